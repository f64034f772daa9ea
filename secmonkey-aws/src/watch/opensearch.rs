//! OpenSearch.

use aws_sdk_opensearch::Client;
use aws_sdk_opensearch::types::DomainStatus;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, known};

pub(super) const READS: &[Entry] = &[Entry::described::<DomainStatus>()];

/// Domains of OpenSearch and of Elasticsearch alike: their cluster, where they are reached,
/// who may use them, how they are encrypted, and their tags.
///
/// A domain that is being deleted counts as gone. AWS hands out no master user and no
/// password.
pub const DOMAIN: Facts = Facts {
    id: "elasticsearch_domain",
    title: "OpenSearch domain",
    operations: &[DESCRIBE, TAGS],
    structures: &[Structure::new("DomainStatus", ""), Structure::new("Tag", "/Tags/*")],
    events: &[
        Events::new("/requestParameters/aRN", &["AddTags", "RemoveTags"]),
        Events::new(
            "/requestParameters/domainName",
            &[
                "CreateDomain",
                "CreateElasticsearchDomain",
                "DeleteDomain",
                "DeleteElasticsearchDomain",
                "StartElasticsearchServiceSoftwareUpdate",
                "StartServiceSoftwareUpdate",
                "UpdateDomainConfig",
                "UpdateElasticsearchDomainConfig",
                "UpgradeDomain",
                "UpgradeElasticsearchDomain",
            ],
        ),
    ],
    sets: &[
        Set::new("/ClusterConfig/NodeOptions", &["NodeType"]),
        Set::new("/Tags", &["Key"]),
        Set::new("/VPCOptions/AvailabilityZones", &[]),
        Set::new("/VPCOptions/SecurityGroupIds", &[]),
        Set::new("/VPCOptions/SubnetIds", &[]),
    ],
    documents: &["/AccessPolicies"],
    dropped: &[
        // The ARN of the item.
        "/ARN",
        // How its creation, the last change or its deletion goes: what it changed shows.
        "/AIMLOptions/NaturalLanguageQueryGenerationOptions/CurrentState",
        "/AutoTuneOptions/ErrorMessage",
        "/ChangeProgressDetails",
        "/Created",
        "/Deleted",
        "/DomainProcessingStatus",
        "/ModifyingProperties",
        "/Processing",
        "/UpgradeProcessing",
        // It follows from the times and the clock.
        "/AutomatedSnapshotPauseOptions/State",
        // What AWS offers to install and when: what is installed shows.
        "/ServiceSoftwareOptions/AutomatedUpdateDate",
        "/ServiceSoftwareOptions/Cancellable",
        "/ServiceSoftwareOptions/Description",
        "/ServiceSoftwareOptions/NewVersion",
        "/ServiceSoftwareOptions/OptionalDeployment",
        "/ServiceSoftwareOptions/UpdateAvailable",
        "/ServiceSoftwareOptions/UpdateStatus",
    ],
    ..Facts::of(&service::OPENSEARCH, LIST)
};

const LIST: Operation = Operation::new("es:ListDomainNames");
const DESCRIBE: Operation = Operation::new("es:DescribeDomains");
const TAGS: Operation = Operation::new("es:ListTags").absent(&["ResourceNotFoundException"]);

/// How many domains one call describes. The listing has no pages.
const AT_A_TIME: usize = 5;

/// The fewest calls that read one region: one, `⌈domains / 5⌉`, and one a domain.
#[must_use]
pub const fn fewest_calls(domains: usize) -> usize {
    1 + domains.div_ceil(AT_A_TIME) + domains
}

impl Described for DomainStatus {
    const FACTS: &'static Facts = &DOMAIN;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.opensearch(&scope.account, &scope.region)
    }

    async fn page(
        opensearch: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        _token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let names: Vec<String> = if let Some(wanted) = wanted {
            let names = wanted.iter().filter_map(|one| one.id.rsplit('/').next());
            names.map(str::to_owned).collect()
        } else {
            let answer = opensearch.list_domain_names().send().await;
            let answer = answer.map_err(|error| failed(LIST, &error))?;
            let domains = answer.domain_names.unwrap_or_default().into_iter();
            domains.filter_map(|domain| domain.domain_name).collect()
        };
        // Names that nobody has are left out of the answer.
        let mut there = Vec::new();
        for names in names.chunks(AT_A_TIME) {
            let call = opensearch.describe_domains().set_domain_names(Some(names.to_vec()));
            let answer = call.send().await.map_err(|error| failed(DESCRIBE, &error))?;
            there.extend(answer.domain_status_list);
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        opensearch: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if self.deleted == Some(true) {
            return Ok(None);
        }
        let tags = match found(TAGS, opensearch.list_tags().arn(&self.arn).send().await) {
            Ok(Some(answer)) => known(answer.tag_list.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let domain = DOMAIN.observed(self.arn.as_str(), self.to_json());
        Ok(Some(domain.named(self.domain_name).with_arn(self.arn).with("/Tags", tags)))
    }
}
