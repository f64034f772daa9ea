//! Clusters: what their containers share.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{Cluster, ClusterField};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted};

use super::{INACTIVE, PAGE, TAGS, only_missing};
use crate::error::failed;
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, pages_of, required};

/// ECS clusters with their settings and tags. A deleted cluster is told for a while longer: it
/// counts as gone.
pub const CLUSTER: Facts = Facts {
    id: "ecs_cluster",
    title: "ECS cluster",
    operations: &[DESCRIBE],
    structures: &[Structure::new("Cluster", "")],
    events: &[
        Events::new(
            "/requestParameters/cluster",
            &[
                "DeleteCluster",
                "PutClusterCapacityProviders",
                "UpdateCluster",
                "UpdateClusterSettings",
            ],
        ),
        TAGS,
        Events::new("/responseElements/cluster/clusterArn", &["CreateCluster"]),
    ],
    sets: &[
        Set::new("/capacityProviders", &[]),
        Set::new("/defaultCapacityProviderStrategy", &["capacityProvider"]),
        Set::new("/settings", &["name"]),
        Set::new("/tags", &["key"]),
    ],
    dropped: &[
        // The ARN of the item.
        "/clusterArn",
        // How it is, and how much of everything runs.
        "/activeServicesCount",
        "/attachmentsStatus",
        "/pendingTasksCount",
        "/registeredContainerInstancesCount",
        "/runningTasksCount",
        "/statistics",
        "/status",
    ],
    ..Facts::of(&service::ECS, LIST)
};

const LIST: Operation = Operation::new("ecs:ListClusters");
const DESCRIBE: Operation = Operation::new("ecs:DescribeClusters");

/// The fewest calls that read one region: a listing and a description for each hundred
/// clusters, one listing at least.
#[must_use]
pub const fn fewest_calls(clusters: usize) -> usize {
    pages_of(clusters, PAGE as usize) + clusters.div_ceil(PAGE as usize)
}

impl Described for Cluster {
    const FACTS: &'static Facts = &CLUSTER;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.ecs(&scope.account, &scope.region)
    }

    async fn page(
        ecs: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let (arns, next) = if let Some(wanted) = wanted {
            (wanted.iter().map(|one| one.id.clone()).collect(), None)
        } else {
            let page = ecs.list_clusters().max_results(PAGE).set_next_token(token).send().await;
            let page = page.map_err(|error| failed(LIST, &error))?;
            (page.cluster_arns.unwrap_or_default(), page.next_token)
        };
        // Asked about none, ECS tells of the one called `default`.
        if arns.is_empty() {
            return Ok(Listed::page(Vec::new(), next));
        }
        let call = ecs
            .describe_clusters()
            .set_clusters(Some(arns))
            .include(ClusterField::Configurations)
            .include(ClusterField::Settings)
            .include(ClusterField::Tags);
        let answer = call.send().await.map_err(|error| failed(DESCRIBE, &error))?;
        only_missing(DESCRIBE, answer.failures)?;
        Ok(Listed::page(required(DESCRIBE, "clusters", answer.clusters)?, next))
    }

    async fn observe(
        self,
        _ecs: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if self.status() == Some(INACTIVE) {
            return Ok(None);
        }
        let arn = required(DESCRIBE, "clusterArn", self.cluster_arn.clone())?;
        let name = required(DESCRIBE, "clusterName", self.cluster_name.clone())?;
        let cluster = CLUSTER.observed(&arn, self.to_json());
        Ok(Some(cluster.named(name).with_arn(arn)))
    }
}
