//! ACM: the certificates that AWS issues, or keeps for others.

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, Filters, KeyAlgorithm};
use futures::join;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, Writes, known, pages_of, required};

pub(super) const READS: &[Entry] = &[Entry::described::<Certificate>()];

/// ACM certificates of every kind of key and in every state, with their tags.
pub const CERTIFICATE: Facts = Facts {
    id: "acm_certificate",
    title: "ACM certificate",
    operations: &[DESCRIBE, TAGS],
    structures: &[
        Structure::new("CertificateDetail", "/Certificate"),
        Structure::new("Tag", "/Tags/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/certificateArn",
            &[
                "AddTagsToCertificate",
                "DeleteCertificate",
                "RemoveTagsFromCertificate",
                "RenewCertificate",
                "RevokeCertificate",
                "UpdateCertificateOptions",
            ],
        ),
        Events::new(
            "/responseElements/certificateArn",
            &["ImportCertificate", "RequestCertificate"],
        ),
    ],
    sets: &[
        Set::new("/Certificate/DomainValidationOptions", &["DomainName"]),
        Set::new("/Certificate/DomainValidationOptions/*/ValidationEmails", &[]),
        Set::new("/Certificate/ExtendedKeyUsages", &["Name", "OID"]),
        Set::new("/Certificate/InUseBy", &[]),
        Set::new("/Certificate/KeyUsages", &["Name"]),
        Set::new("/Certificate/RenewalSummary/DomainValidationOptions", &["DomainName"]),
        Set::new("/Certificate/RenewalSummary/DomainValidationOptions/*/ValidationEmails", &[]),
        Set::new("/Certificate/SubjectAlternativeNames", &[]),
        Set::new("/Tags", &["Key"]),
    ],
    // The load balancers, distributions and APIs that present it.
    relations: &["/Certificate/InUseBy"],
    dropped: &[
        // The ARN of the item.
        "/Certificate/CertificateArn",
        // When a renewal was last looked at.
        "/Certificate/RenewalSummary/UpdatedAt",
        // How a change of its options goes: what it changed shows.
        "/Certificate/UpdateSummary",
    ],
    ids: "arn",
    writes: &[Writes::new("", &["DeleteCertificate", "RequestCertificate"])],
    ..Facts::of(&service::ACM, LIST)
};

const LIST: Operation = Operation::new("acm:ListCertificates");
const DESCRIBE: Operation =
    Operation::new("acm:DescribeCertificate").absent(&["ResourceNotFoundException"]);
const TAGS: Operation =
    Operation::new("acm:ListTagsForCertificate").absent(&["ResourceNotFoundException"]);

/// The largest page of the listing.
const PAGE: i32 = 1000;

/// The fewest calls that read one region: `⌈certificates / 1000⌉`, one at least, and two a
/// certificate.
#[must_use]
pub const fn fewest_calls(certificates: usize) -> usize {
    pages_of(certificates, PAGE as usize) + 2 * certificates
}

/// A certificate, by its ARN, with what is known of it where it was looked for.
#[derive(Debug)]
pub struct Certificate {
    arn: String,
    domain: Option<String>,
    detail: Option<CertificateDetail>,
}

impl Described for Certificate {
    const FACTS: &'static Facts = &CERTIFICATE;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.acm(&scope.account, &scope.region)
    }

    async fn page(
        acm: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            // Without being asked for them, ACM conceals all but the keys of RSA.
            let keys = KeyAlgorithm::values().iter().copied().map(KeyAlgorithm::from).collect();
            let states = CertificateStatus::values().iter().copied().map(CertificateStatus::from);
            let call = acm
                .list_certificates()
                .includes(Filters::builder().set_key_types(Some(keys)).build())
                .set_certificate_statuses(Some(states.collect()))
                .max_items(PAGE)
                .set_next_token(token);
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            let mut there = Vec::new();
            for one in page.certificate_summary_list.unwrap_or_default() {
                let arn = required(LIST, "CertificateArn", one.certificate_arn)?;
                there.push(Self { arn, domain: one.domain_name, detail: None });
            }
            return Ok(Listed::page(there, page.next_token));
        };
        let mut there = Vec::new();
        for one in wanted {
            let arn = one.id.as_str();
            let answer = acm.describe_certificate().certificate_arn(arn).send().await;
            if let Some(detail) = found(DESCRIBE, answer)?.and_then(|answer| answer.certificate) {
                let domain = detail.domain_name.clone();
                there.push(Self { arn: arn.to_owned(), domain, detail: Some(detail) });
            }
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        acm: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { arn, domain, detail } = self;
        let (detail, tags) = join!(
            async {
                if let Some(detail) = detail {
                    return Some(known(detail.to_json()));
                }
                let answer = acm.describe_certificate().certificate_arn(&arn).send().await;
                match found(DESCRIBE, answer) {
                    Ok(answer) => Some(known(answer?.certificate.to_json())),
                    Err(error) => Some(Part::Failed(error)),
                }
            },
            async {
                let answer = acm.list_tags_for_certificate().certificate_arn(&arn).send().await;
                match found(TAGS, answer) {
                    Ok(answer) => Some(known(answer?.tags.to_json())),
                    Err(error) => Some(Part::Failed(error)),
                }
            },
        );
        let (Some(detail), Some(tags)) = (detail, tags) else { return Ok(None) };
        // A certificate for code or mail names no domain.
        let name = domain.filter(|domain| !domain.is_empty()).unwrap_or_else(|| arn.clone());
        let certificate = CERTIFICATE.observed(arn.as_str(), json!({ "CertificateArn": arn }));
        let certificate = certificate.named(name).with_arn(arn);
        Ok(Some(certificate.with("/Certificate", detail).with("/Tags", tags)))
    }
}
