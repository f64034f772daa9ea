//! EKS.

use aws_sdk_eks::Client;
use aws_sdk_eks::types::Cluster as Detail;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, known, pages_of};
use crate::{service, settings};

pub(super) const READS: &[Entry] = &[Entry::described::<Cluster>()];

/// EKS clusters, and clusters elsewhere that are registered with EKS: how their control plane
/// is reached, encrypted and logged.
///
/// Who may use the Kubernetes API (access entries, what Kubernetes itself grants), node groups,
/// Fargate profiles and add-ons are left out: each would take calls of its own.
pub const CLUSTER: Facts = Facts {
    id: "eks_cluster",
    title: "EKS cluster",
    operations: &[DESCRIBE],
    structures: &[Structure::new("Cluster", "/cluster")],
    events: &[
        Events::new(
            "/requestParameters/clusterName",
            &["AssociateEncryptionConfig", "CancelUpdate"],
        ),
        Events::new(
            "/requestParameters/name",
            &[
                "CreateCluster",
                "DeleteCluster",
                "DeregisterCluster",
                "RegisterCluster",
                "UpdateClusterConfig",
                "UpdateClusterVersion",
            ],
        ),
        Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
    ],
    sets: &[
        Set::new("/cluster/computeConfig/nodePools", &[]),
        Set::new("/cluster/encryptionConfig", &[]),
        Set::new("/cluster/encryptionConfig/*/resources", &[]),
        Set::new(
            "/cluster/kubeSchedulerConfig/nodeResourcesFit/scoringStrategy/resources",
            &["name"],
        ),
        Set::new("/cluster/logging/clusterLogging", &["enabled"]),
        Set::new("/cluster/logging/clusterLogging/*/types", &[]),
        Set::new("/cluster/outpostConfig/outpostArns", &[]),
        Set::new("/cluster/remoteNetworkConfig/remoteNodeNetworks", &[]),
        Set::new("/cluster/remoteNetworkConfig/remoteNodeNetworks/*/cidrs", &[]),
        Set::new("/cluster/remoteNetworkConfig/remotePodNetworks", &[]),
        Set::new("/cluster/remoteNetworkConfig/remotePodNetworks/*/cidrs", &[]),
        Set::new("/cluster/resourcesVpcConfig/publicAccessCidrs", &[]),
        Set::new("/cluster/resourcesVpcConfig/securityGroupIds", &[]),
        Set::new("/cluster/resourcesVpcConfig/subnetIds", &[]),
    ],
    dropped: &[
        // They stand in the item itself.
        "/cluster/arn",
        "/cluster/name",
        // A word of the request that made it.
        "/cluster/clientRequestToken",
        // How it is, and how the last change goes.
        "/cluster/health",
        "/cluster/status",
        // AWS moves clusters to newer ones by itself.
        "/cluster/platformVersion",
    ],
    // By which another cluster connects itself in the place of the one that is meant.
    secret: &["/cluster/connectorConfig/activationCode"],
    ids: "arn:{partition}:eks:{region}:{account}:cluster/{name}",
    ..Facts::of(&service::EKS, LIST)
};

const LIST: Operation = Operation::new("eks:ListClusters");
const DESCRIBE: Operation =
    Operation::new("eks:DescribeCluster").absent(&["ResourceNotFoundException"]);

/// The largest page of the listing.
const PAGE: i32 = 100;

/// What the listing has to be asked for, so that clusters elsewhere are in it.
const ALL: &str = "all";

/// The fewest calls that read one region: `⌈clusters / 100⌉`, one at least, and one a cluster.
#[must_use]
pub const fn fewest_calls(clusters: usize) -> usize {
    pages_of(clusters, PAGE as usize) + clusters
}

/// A cluster by its name, with what is known of it where it was looked for.
#[derive(Debug)]
pub struct Cluster {
    name: String,
    detail: Option<Detail>,
}

impl Described for Cluster {
    const FACTS: &'static Facts = &CLUSTER;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.eks(&scope.account, &scope.region)
    }

    async fn page(
        eks: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let mut there = Vec::new();
        let Some(wanted) = wanted else {
            let call = eks.list_clusters().include(ALL).max_results(PAGE).set_next_token(token);
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            let names = page.clusters.unwrap_or_default().into_iter();
            there.extend(names.map(|name| Self { name, detail: None }));
            return Ok(Listed::page(there, page.next_token));
        };
        for one in wanted {
            let name = one.id.rsplit('/').next().unwrap_or_default().to_owned();
            let answer = found(DESCRIBE, eks.describe_cluster().name(&name).send().await)?;
            let detail = answer.and_then(|answer| answer.cluster);
            there.extend(detail.map(|detail| Self { name, detail: Some(detail) }));
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        eks: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { name, detail } = self;
        let detail = match detail {
            Some(detail) => known(detail.to_json()),
            None => match found(DESCRIBE, eks.describe_cluster().name(&name).send().await) {
                Ok(Some(answer)) => known(answer.cluster.to_json()),
                Ok(None) => return Ok(None),
                Err(error) => Part::Failed(error),
            },
        };
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let arn = format!("arn:{partition}:eks:{}:{account}:cluster/{name}", scope.region);
        let item = CLUSTER.observed(&arn, json!({ "name": name })).named(name).with_arn(arn);
        Ok(Some(item.with("/cluster", detail)))
    }
}
