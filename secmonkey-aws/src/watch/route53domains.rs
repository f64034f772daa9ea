//! Route 53's registrar of domains.

use aws_sdk_route53domains::Client;
use aws_sdk_route53domains::types::{
    DomainSummary, FilterCondition, ListDomainsAttributeName, Operator,
};
use futures::join;
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Cause, Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, known, pages_of, required};

pub(super) const READS: &[Entry] = &[Entry::described::<DomainSummary>()];

/// Domains that are registered with Route 53: how long, whether anybody can take them away,
/// which servers answer for them, and their tags.
pub const DOMAIN: Facts = Facts {
    id: "route53_domain",
    title: "registered domain",
    reach: Reach::Global,
    operations: &[DETAIL, TAGS],
    structures: &[
        Structure::new("DomainSummary", ""),
        Structure::new("GetDomainDetailOutput", "/DomainDetail"),
        Structure::new("Tag", "/TagList/*"),
    ],
    events: &[Events::new(
        "/requestParameters/domainName",
        &[
            "AssociateDelegationSignerToDomain",
            "CancelDomainTransferToAnotherAwsAccount",
            "DeleteDomain",
            "DeleteTagsForDomain",
            "DisableDomainAutoRenew",
            "DisableDomainTransferLock",
            "DisassociateDelegationSignerFromDomain",
            "EnableDomainAutoRenew",
            "EnableDomainTransferLock",
            "RegisterDomain",
            "RenewDomain",
            "RetrieveDomainAuthCode",
            "TransferDomain",
            "TransferDomainToAnotherAwsAccount",
            "UpdateDomainContact",
            "UpdateDomainContactPrivacy",
            "UpdateDomainNameservers",
            "UpdateTagsForDomain",
        ],
    )],
    sets: &[
        Set::new("/DomainDetail/DnssecKeys", &[]),
        Set::new("/DomainDetail/Nameservers", &["Name"]),
        Set::new("/DomainDetail/Nameservers/*/GlueIps", &[]),
        Set::new("/DomainDetail/StatusList", &[]),
        Set::new("/TagList", &["Key"]),
    ],
    dropped: &[
        // They stand in the item itself.
        "/DomainDetail/AutoRenew",
        "/DomainDetail/DomainName",
        "/DomainDetail/ExpirationDate",
        // Personal data of people, which nobody has to keep for ever.
        "/DomainDetail/AdminContact",
        "/DomainDetail/BillingContact",
        "/DomainDetail/RegistrantContact",
        "/DomainDetail/TechContact",
        // That something was changed, which it does not tell.
        "/DomainDetail/UpdatedDate",
    ],
    // How to complain to the registrar, which is AWS or a partner.
    plain: &["/DomainDetail/AbuseContactEmail", "/DomainDetail/AbuseContactPhone"],
    ..Facts::of(&service::ROUTE53DOMAINS, LIST)
};

const LIST: Operation = Operation::new("route53domains:ListDomains");
const DETAIL: Operation = Operation::new("route53domains:GetDomainDetail");
const TAGS: Operation = Operation::new("route53domains:ListTagsForDomain");

/// The largest page of the listing.
const PAGE: i32 = 100;

/// The fewest calls that read an account: `⌈domains / 100⌉`, one at least, and two a domain.
#[must_use]
pub const fn fewest_calls(domains: usize) -> usize {
    pages_of(domains, PAGE as usize) + 2 * domains
}

impl Described for DomainSummary {
    const FACTS: &'static Facts = &DOMAIN;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.route53domains(&scope.account)
    }

    async fn page(
        domains: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let call = domains.list_domains().max_items(PAGE).set_marker(token);
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            return Ok(Listed::page(page.domains, page.next_page_marker));
        };
        // Only the listing says whether a domain is locked. The shortest of the names that
        // begin with one comes first, which is the one.
        let mut there = Vec::new();
        for one in wanted {
            let named = FilterCondition::builder()
                .name(ListDomainsAttributeName::DomainName)
                .operator(Operator::BeginsWith)
                .values(&one.id)
                .build()
                .map_err(|error| Error::new(LIST, Cause::Other, error.to_string()))?;
            let call = domains.list_domains().filter_conditions(named).max_items(PAGE);
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            let mut found = page.domains.unwrap_or_default().into_iter();
            there.extend(found.find(|domain| domain.domain_name() == Some(&one.id)));
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        domains: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let name = required(LIST, "DomainName", self.domain_name.clone())?;
        let (detail, tags) = join!(
            domains.get_domain_detail().domain_name(&name).send(),
            domains.list_tags_for_domain().domain_name(&name).send(),
        );
        let detail = match found(DETAIL, detail) {
            Ok(answer) => known(answer.to_json()),
            Err(error) => Part::Failed(error),
        };
        let tags = match found(TAGS, tags) {
            Ok(answer) => known(answer.and_then(|answer| answer.tag_list).to_json()),
            Err(error) => Part::Failed(error),
        };
        let domain = DOMAIN.observed(name, self.to_json());
        Ok(Some(domain.with("/DomainDetail", detail).with("/TagList", tags)))
    }
}
