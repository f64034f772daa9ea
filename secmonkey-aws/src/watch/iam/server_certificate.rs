//! Server certificates that somebody uploaded to IAM.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::ServerCertificateMetadata;
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, known, pages_of};

/// Server certificates with their body, chain and tags. The private key is never answered.
pub const SERVER_CERTIFICATE: Facts = Facts {
    id: "iam_server_certificate",
    title: "IAM server certificate",
    reach: Reach::Global,
    operations: &[GET],
    structures: &[Structure::new("ServerCertificate", "")],
    events: &[Events::new(
        "/requestParameters/serverCertificateName",
        &[
            "DeleteServerCertificate",
            "TagServerCertificate",
            "UntagServerCertificate",
            "UpdateServerCertificate",
            "UploadServerCertificate",
        ],
    )],
    sets: &[Set::new("/Tags", &["Key"])],
    dropped: &["/ServerCertificateMetadata/Arn"], // the ARN of the item
    ..Facts::of(&service::IAM, LIST)
};

const LIST: Operation = Operation::new("iam:ListServerCertificates");
const GET: Operation = Operation::new("iam:GetServerCertificate").absent(&["NoSuchEntity"]);

/// The largest page of the listing.
const PAGE: i32 = 1000;

/// The fewest calls that read an account: `⌈certificates / 1000⌉`, one at least, and one a
/// certificate.
#[must_use]
pub const fn fewest_calls(certificates: usize) -> usize {
    pages_of(certificates, PAGE as usize) + certificates
}

impl Described for ServerCertificateMetadata {
    const FACTS: &'static Facts = &SERVER_CERTIFICATE;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.iam(&scope.account)
    }

    /// Certificates are asked for by names, which change: only the listing tells their ids.
    async fn page(
        iam: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let call = iam.list_server_certificates().max_items(PAGE).set_marker(token);
        let page = call.send().await.map_err(|error| failed(LIST, &error))?;
        let is_wanted = |one: &Self| {
            wanted.is_none_or(|wanted| wanted.iter().any(|it| it.id == one.server_certificate_id))
        };
        let all = page.server_certificate_metadata_list.into_iter();
        Ok(Listed {
            items: all.filter(is_wanted).collect(),
            next: page.marker,
            truncated: Some(page.is_truncated),
        })
    }

    async fn observe(
        self,
        iam: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let name = self.server_certificate_name.clone();
        let answer = iam.get_server_certificate().server_certificate_name(&name).send().await;
        let (body, chain, tags) = match found(GET, answer) {
            Ok(Some(answer)) => match answer.server_certificate {
                Some(certificate) => (
                    known(certificate.certificate_body.to_json()),
                    known(certificate.certificate_chain.to_json()),
                    known(certificate.tags.to_json()),
                ),
                None => return Ok(None),
            },
            Ok(None) => return Ok(None),
            Err(error) => {
                let part = || Part::Failed(error.clone());
                (part(), part(), part())
            }
        };
        let config = json!({ "ServerCertificateMetadata": self.to_json() });
        let certificate = SERVER_CERTIFICATE.observed(self.server_certificate_id, config);
        Ok(Some(
            certificate
                .named(name)
                .with_arn(self.arn)
                .with("/CertificateBody", body)
                .with("/CertificateChain", chain)
                .with("/Tags", tags),
        ))
    }
}
