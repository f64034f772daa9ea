//! Services: which containers run where, and how they are reached.

use std::collections::BTreeMap;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, ServiceField};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted, pages};
use serde_json::Value;

use super::{INACTIVE, PAGE, TAGS, only_missing};
use crate::error::{failed, found, is_absent};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{AT_ONCE, Described, Events, Facts, Structure, pages_of, required};
use crate::{service, settings};

/// ECS services of every cluster, with their tags.
///
/// Of the deployments only the current one is kept, which alone says how services connect and
/// which volumes they have; what services report of themselves is left out. A deleted service
/// is told for a while longer: it counts as gone. The containers stand in the task definition,
/// which is named.
///
/// Old ARNs of services lack the cluster, so that two services have the same: the id of an
/// item is the ARN with it.
pub const SERVICE: Facts = Facts {
    id: "ecs_service",
    title: "ECS service",
    operations: &[CLUSTERS, DESCRIBE],
    structures: &[Structure::new("Service", "")],
    events: &[
        TAGS,
        Events::new(
            "/responseElements/service/serviceArn",
            &["CreateService", "DeleteService", "UpdateService"],
        ),
    ],
    sets: &[
        Set::new("/capacityProviderStrategy", &["capacityProvider"]),
        Set::new("/deploymentConfiguration/alarms/alarmNames", &[]),
        Set::new("/deploymentConfiguration/lifecycleHooks", &[]),
        Set::new("/deploymentConfiguration/lifecycleHooks/*/lifecycleStages", &[]),
        Set::new("/deployments", &["status"]),
        Set::new("/deployments/*/capacityProviderStrategy", &["capacityProvider"]),
        Set::new("/deployments/*/networkConfiguration/awsvpcConfiguration/securityGroups", &[]),
        Set::new("/deployments/*/networkConfiguration/awsvpcConfiguration/subnets", &[]),
        Set::new("/deployments/*/serviceConnectConfiguration/containerConfigurations", &[]),
        Set::new(
            "/deployments/*/serviceConnectConfiguration/logConfiguration/secretOptions",
            &["name"],
        ),
        Set::new("/deployments/*/serviceConnectConfiguration/services", &["portName"]),
        Set::new(
            "/deployments/*/serviceConnectConfiguration/services/*/clientAliases",
            &["port", "dnsName"],
        ),
        Set::new("/deployments/*/serviceConnectResources", &["discoveryName"]),
        Set::new("/deployments/*/volumeConfigurations", &["name"]),
        Set::new(
            "/deployments/*/volumeConfigurations/*/managedEBSVolume/tagSpecifications",
            &["resourceType"],
        ),
        Set::new(
            "/deployments/*/volumeConfigurations/*/managedEBSVolume/tagSpecifications/*/tags",
            &["key"],
        ),
        Set::new("/deployments/*/vpcLatticeConfigurations", &["targetGroupArn"]),
        Set::new(
            "/loadBalancers",
            &["targetGroupArn", "loadBalancerName", "containerName", "containerPort"],
        ),
        Set::new("/networkConfiguration/awsvpcConfiguration/securityGroups", &[]),
        Set::new("/networkConfiguration/awsvpcConfiguration/subnets", &[]),
        Set::new("/placementConstraints", &[]),
        Set::new("/serviceRegistries", &["registryArn"]),
        Set::new("/tags", &["key"]),
        Set::new("/taskSets", &["id"]),
        Set::new("/taskSets/*/capacityProviderStrategy", &["capacityProvider"]),
        Set::new(
            "/taskSets/*/loadBalancers",
            &["targetGroupArn", "loadBalancerName", "containerName", "containerPort"],
        ),
        Set::new("/taskSets/*/networkConfiguration/awsvpcConfiguration/securityGroups", &[]),
        Set::new("/taskSets/*/networkConfiguration/awsvpcConfiguration/subnets", &[]),
        Set::new("/taskSets/*/serviceRegistries", &["registryArn"]),
        Set::new("/taskSets/*/tags", &["key"]),
    ],
    ordered: &[
        // The first decides where a task goes, the next among what is left.
        "/placementStrategy",
    ],
    dropped: &[
        // The ARN of the item.
        "/serviceArn",
        // How it is, and how much of everything runs: scaling changes what is desired all day.
        "/currentServiceDeployment",
        "/currentServiceRevisions",
        "/desiredCount",
        "/pendingCount",
        "/runningCount",
        "/status",
        "/taskSets/*/computedDesiredCount",
        "/taskSets/*/pendingCount",
        "/taskSets/*/runningCount",
        "/taskSets/*/stabilityStatus",
        "/taskSets/*/stabilityStatusAt",
        "/taskSets/*/status",
        "/taskSets/*/updatedAt",
        // How the current deployment goes.
        "/deployments/*/createdAt",
        "/deployments/*/desiredCount",
        "/deployments/*/failedTasks",
        "/deployments/*/id",
        "/deployments/*/pendingCount",
        "/deployments/*/rolloutState",
        "/deployments/*/rolloutStateReason",
        "/deployments/*/runningCount",
        "/deployments/*/updatedAt",
    ],
    // Some drivers of logs take tokens.
    secret: &["/deployments/*/serviceConnectConfiguration/logConfiguration/options/*"],
    ..Facts::of(&service::ECS, LIST)
};

const GONE: &[&str] = &["ClusterNotFoundException"];
const LIST: Operation = Operation::new("ecs:ListServices").absent(GONE);
const CLUSTERS: Operation = Operation::new("ecs:ListClusters");
const DESCRIBE: Operation = Operation::new("ecs:DescribeServices").absent(GONE);

/// The most services that one call describes.
const MANY: usize = 10;

/// The deployment that counts, by its status.
const CURRENT: &str = "PRIMARY";

/// The fewest calls that read one region, by the number of services of each cluster:
/// `⌈clusters / 100⌉`, one at least; for each cluster `⌈services / 100⌉`, one at least, and
/// `⌈services / 10⌉`.
#[must_use]
pub fn fewest_calls(services: &[usize]) -> usize {
    let size = PAGE as usize;
    let each = services.iter().map(|count| pages_of(*count, size) + count.div_ceil(MANY));
    pages_of(services.len(), size) + each.sum::<usize>()
}

/// A service with its configuration.
#[derive(Debug)]
pub struct Service {
    /// The ARN of its cluster.
    cluster: String,
    name: String,
    arn: String,
    config: Value,
}

impl Described for Service {
    const FACTS: &'static Facts = &SERVICE;
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
        let Some(wanted) = wanted else {
            // The services of a page of clusters.
            let page = ecs.list_clusters().max_results(PAGE).set_next_token(token).send().await;
            let page = page.map_err(|error| failed(CLUSTERS, &error))?;
            let clusters = stream::iter(page.cluster_arns.unwrap_or_default());
            let services = clusters.map(|cluster| listed(ecs, cluster)).buffer_unordered(AT_ONCE);
            let services: Vec<Vec<Self>> = services.try_collect().await?;
            let services: Vec<_> = services.into_iter().flatten().collect();
            return Ok(Listed::page(services, page.next_token));
        };
        let mut of_cluster = BTreeMap::<&str, Vec<String>>::new();
        for one in wanted {
            let mut parts = one.id.rsplit('/');
            if let (Some(name), Some(cluster)) = (parts.next(), parts.next()) {
                of_cluster.entry(cluster).or_default().push(name.to_owned());
            }
        }
        let mut there = Vec::new();
        for (cluster, names) in of_cluster {
            for names in names.chunks(MANY) {
                there.extend(described(ecs, cluster, names.to_vec()).await?);
            }
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        _ecs: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { cluster, name, arn, config } = self;
        if config["status"] == INACTIVE {
            return Ok(None);
        }
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let cluster = cluster.rsplit('/').next().unwrap_or_default();
        let place = format!("arn:{partition}:ecs:{}:{account}", scope.region);
        let id = format!("{place}:service/{cluster}/{name}");
        Ok(Some(SERVICE.observed(id, config).named(name).with_arn(arn)))
    }
}

/// The services of a cluster; none where it is gone by now.
async fn listed(ecs: &Client, cluster: String) -> Result<Vec<Service>, Error> {
    let mut listing = pages(LIST, |token| {
        let call = ecs.list_services().cluster(&cluster).max_results(PAGE).set_next_token(token);
        async move {
            match call.send().await {
                Ok(page) => Ok(Listed::page(page.service_arns, page.next_token)),
                Err(error) if is_absent(LIST, &error) => Ok(Listed::page(None, None)),
                Err(error) => Err(failed(LIST, &error)),
            }
        }
    });
    let mut all = Vec::new();
    while let Some(arns) = listing.next().await? {
        for arns in arns.chunks(MANY) {
            all.extend(described(ecs, &cluster, arns.to_vec()).await?);
        }
    }
    listing.end()?;
    Ok(all)
}

/// Services of a cluster, by name or ARN: those that are there.
async fn described(
    ecs: &Client,
    cluster: &str,
    services: Vec<String>,
) -> Result<Vec<Service>, Error> {
    let call = ecs.describe_services().cluster(cluster).set_services(Some(services));
    let answer = found(DESCRIBE, call.include(ServiceField::Tags).send().await)?;
    let Some(answer) = answer else { return Ok(Vec::new()) };
    only_missing(DESCRIBE, answer.failures)?;
    required(DESCRIBE, "services", answer.services)?.into_iter().map(read).collect()
}

fn read(mut service: types::Service) -> Result<Service, Error> {
    service.events = None;
    if let Some(deployments) = &mut service.deployments {
        deployments.retain(|deployment| deployment.status() == Some(CURRENT));
    }
    Ok(Service {
        cluster: required(DESCRIBE, "clusterArn", service.cluster_arn.clone())?,
        name: required(DESCRIBE, "serviceName", service.service_name.clone())?,
        arn: required(DESCRIBE, "serviceArn", service.service_arn.clone())?,
        config: service.to_json(),
    })
}
