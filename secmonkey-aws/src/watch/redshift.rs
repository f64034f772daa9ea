//! Redshift.

use aws_sdk_redshift::Client;
use aws_sdk_redshift::operation::describe_logging_status::DescribeLoggingStatusOutput;
use aws_sdk_redshift::types::Cluster;
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, known, pages_of, required};
use crate::{service, settings};

pub(super) const READS: &[Entry] = &[Entry::described::<Cluster>()];

/// Redshift clusters with what they log. Serverless workgroups are not clusters.
pub const CLUSTER: Facts = Facts {
    id: "redshift_cluster",
    title: "Redshift cluster",
    operations: &[LOGGING],
    structures: &[
        Structure::new("Cluster", ""),
        Structure::new("DescribeLoggingStatusOutput", "/LoggingStatus"),
    ],
    events: &[
        Events::new(
            "/requestParameters/clusterIdentifier",
            &[
                "CreateCluster",
                "DeleteCluster",
                "DisableLogging",
                "DisableSnapshotCopy",
                "EnableLogging",
                "EnableSnapshotCopy",
                "FailoverPrimaryCompute",
                "ModifyAquaConfiguration",
                "ModifyCluster",
                "ModifyClusterDbRevision",
                "ModifyClusterIamRoles",
                "ModifyClusterMaintenance",
                "ModifyClusterSnapshotSchedule",
                "ModifySnapshotCopyRetentionPeriod",
                "PauseCluster",
                "RebootCluster",
                "ResizeCluster",
                "RestoreFromClusterSnapshot",
                "ResumeCluster",
                "RotateEncryptionKey",
            ],
        ),
        Events::new("/requestParameters/resourceName", &["CreateTags", "DeleteTags"]),
    ],
    sets: &[
        Set::new("/ClusterNodes", &["NodeRole"]),
        Set::new("/ClusterParameterGroups", &["ParameterGroupName"]),
        Set::new("/ClusterSecurityGroups", &["ClusterSecurityGroupName"]),
        Set::new("/DeferredMaintenanceWindows", &["DeferMaintenanceIdentifier"]),
        Set::new("/Endpoint/VpcEndpoints", &["VpcEndpointId"]),
        Set::new("/Endpoint/VpcEndpoints/*/NetworkInterfaces", &["NetworkInterfaceId"]),
        Set::new("/IamRoles", &["IamRoleArn"]),
        Set::new("/LoggingPublishStatus/S3Tables/S3Tables", &[]),
        Set::new("/LoggingStatus/LogExports", &[]),
        Set::new("/LoggingStatus/S3Tables/S3Tables", &[]),
        Set::new("/MultiAZSecondary/ClusterNodes", &["NodeRole"]),
        Set::new("/Tags", &["Key"]),
        Set::new("/VpcSecurityGroups", &["VpcSecurityGroupId"]),
    ],
    dropped: &[
        // What the cluster is busy with, and how far it is.
        "/ClusterAvailabilityStatus",
        "/ClusterStatus",
        "/DataTransferProgress",
        "/ModifyStatus",
        "/PendingActions",
        "/ReservedNodeExchangeStatus",
        "/ResizeInfo",
        "/RestoreStatus",
        // How a change goes: what it changed shows.
        "/ClusterParameterGroups/*/ClusterParameterStatusList",
        "/ClusterParameterGroups/*/ParameterApplyStatus",
        "/ClusterSecurityGroups/*/Status",
        "/ElasticIpStatus/Status",
        "/HsmStatus/Status",
        "/IamRoles/*/ApplyStatus",
        "/SnapshotScheduleState",
        "/VpcSecurityGroups/*/Status",
        // AWS raises it with every patch.
        "/ClusterRevisionNumber",
        // What it could be resized to.
        "/ElasticResizeNumberOfNodeOptions",
        // They move on with every snapshot and every maintenance.
        "/ExpectedNextSnapshotScheduleTime",
        "/ExpectedNextSnapshotScheduleTimeStatus",
        "/NextMaintenanceWindowStartTime",
        // How the delivery of logs went, every hour.
        "/LoggingPublishStatus/S3Tables/LastIngestionTimes",
        "/LoggingStatus/LastFailureMessage",
        "/LoggingStatus/LastFailureTime",
        "/LoggingStatus/LastSuccessfulDeliveryTime",
        "/LoggingStatus/S3Tables/LastIngestionTimes",
    ],
    secret: &["/PendingModifiedValues/MasterUserPassword"],
    names: &[
        Name::new(Kind::BLOCK, "/ClusterNodes/*/PrivateIPAddress"),
        Name::new(Kind::BLOCK, "/ClusterNodes/*/PublicIPAddress"),
        Name::new(Kind::BLOCK, "/ElasticIpStatus/ElasticIp"),
        Name::new(Kind::BLOCK, "/MultiAZSecondary/ClusterNodes/*/PrivateIPAddress"),
        Name::new(Kind::BLOCK, "/MultiAZSecondary/ClusterNodes/*/PublicIPAddress"),
    ],
    ..Facts::of(&service::REDSHIFT, CLUSTERS)
};

/// The code by which it says that there is no such cluster.
const GONE: &[&str] = &["ClusterNotFound"];
const CLUSTERS: Operation = Operation::new("redshift:DescribeClusters");
/// The same for one cluster: this listing knows no filters by name.
const LOOK: Operation = CLUSTERS.absent(GONE);
const LOGGING: Operation = Operation::new("redshift:DescribeLoggingStatus").absent(GONE);

/// The largest page of the listing.
const PAGE: i32 = 100;

/// The fewest calls that read one region: `⌈clusters / 100⌉`, one at least, and one a cluster.
#[must_use]
pub const fn fewest_calls(clusters: usize) -> usize {
    pages_of(clusters, PAGE as usize) + clusters
}

impl Described for Cluster {
    const FACTS: &'static Facts = &CLUSTER;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.redshift(&scope.account, &scope.region)
    }

    async fn page(
        redshift: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let page = redshift.describe_clusters().max_records(PAGE).set_marker(token).send();
            let page = page.await.map_err(|error| failed(CLUSTERS, &error))?;
            return Ok(Listed::page(page.clusters, page.marker));
        };
        let mut there = Vec::new();
        for one in wanted {
            let name = one.id.rsplit(':').next().unwrap_or_default();
            let answer = redshift.describe_clusters().cluster_identifier(name).send().await;
            let answer = found(LOOK, answer)?.and_then(|answer| answer.clusters);
            there.extend(answer.unwrap_or_default());
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        redshift: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let name = required(CLUSTERS, "ClusterIdentifier", self.cluster_identifier.clone())?;
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let arn = format!("arn:{partition}:redshift:{}:{account}:cluster:{name}", scope.region);
        let answer = redshift.describe_logging_status().cluster_identifier(&name).send().await;
        let logging = match found(LOGGING, answer) {
            Ok(Some(answer)) => known(DescribeLoggingStatusOutput::to_json(&answer)),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let cluster = CLUSTER.observed(arn.as_str(), self.to_json()).named(name).with_arn(arn);
        Ok(Some(cluster.with("/LoggingStatus", logging)))
    }
}
