//! DB clusters.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbCluster;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::rds::{PAGE, TAGS, observed};
use crate::watch::{Described, Events, Facts, Structure, pages_of};

/// DB clusters: Aurora, Multi-AZ clusters of RDS, and those of Neptune and DocumentDB, which
/// are listed with them.
///
/// Members are DB instances, and items of their own. What other accounts share with the
/// account is not listed: it is read where it belongs.
pub const CLUSTER: Facts = Facts {
    id: "rds_cluster",
    title: "DB cluster",
    structures: &[Structure::new("DBCluster", "")],
    events: &[
        Events::new(
            "/requestParameters/dBClusterIdentifier",
            &[
                "AddRoleToDBCluster",
                "BacktrackDBCluster",
                "CreateDBCluster",
                "DeleteDBCluster",
                "FailoverDBCluster",
                "ModifyCurrentDBClusterCapacity",
                "ModifyDBCluster",
                "PromoteReadReplicaDBCluster",
                "RebootDBCluster",
                "RemoveRoleFromDBCluster",
                "RestoreDBClusterFromS3",
                "RestoreDBClusterFromSnapshot",
                "RestoreDBClusterToPointInTime",
                "StartDBCluster",
                "StopDBCluster",
            ],
        ),
        Events::new(
            "/requestParameters/resourceArn",
            &[
                "DisableHttpEndpoint",
                "EnableHttpEndpoint",
                "ModifyActivityStream",
                "StartActivityStream",
                "StopActivityStream",
            ],
        ),
        TAGS,
        // A member joins or leaves.
        Events::new(
            "/responseElements/dBClusterIdentifier",
            &["CreateDBInstance", "DeleteDBInstance"],
        ),
    ],
    sets: &[
        Set::new("/AssociatedRoles", &["RoleArn", "FeatureName"]),
        Set::new("/AvailabilityZones", &[]),
        Set::new("/CustomEndpoints", &[]),
        Set::new("/DBClusterMembers", &["DBInstanceIdentifier"]),
        Set::new("/DBClusterOptionGroupMemberships", &["DBClusterOptionGroupName"]),
        Set::new("/DomainMemberships", &["Domain"]),
        Set::new("/DomainMemberships/*/DnsIps", &[]),
        Set::new("/EnabledCloudwatchLogsExports", &[]),
        Set::new("/PendingModifiedValues/PendingCloudwatchLogsExports/LogTypesToDisable", &[]),
        Set::new("/PendingModifiedValues/PendingCloudwatchLogsExports/LogTypesToEnable", &[]),
        Set::new("/ReadReplicaIdentifiers", &[]),
        Set::new("/TagList", &["Key"]),
        Set::new("/VpcSecurityGroups", &["VpcSecurityGroupId"]),
    ],
    // Members come and go with every scaling, and one of them writes until it fails.
    relations: &["/DBClusterMembers", "/ReadReplicaIdentifiers"],
    dropped: &[
        // The ARN of the item.
        "/DBClusterArn",
        // They move on every few minutes, or with what is written.
        "/BacktrackConsumedChangeRecords",
        "/EarliestBacktrackTime",
        "/EarliestRestorableTime",
        "/LatestRestorableTime",
        // What Aurora Serverless has scaled to.
        "/Capacity",
        // What the cluster is busy with, every night with its backup, and how far it is.
        "/PercentProgress",
        "/Status",
        "/StatusInfos",
        // How a change goes: what it changed shows.
        "/AssociatedRoles/*/Status",
        "/DBClusterMembers/*/DBClusterParameterGroupStatus",
        "/DBClusterOptionGroupMemberships/*/Status",
        "/DomainMemberships/*/Status",
        "/MasterUserSecret/SecretStatus",
        "/VpcSecurityGroups/*/Status",
        // When the storage may be changed again.
        "/IOOptimizedNextAllowedModificationTime",
    ],
    secret: &["/PendingModifiedValues/MasterUserPassword"],
    ids: "arn:{partition}:rds:{region}:{account}:cluster:{name}",
    ..Facts::of(&service::RDS, CLUSTERS)
};

const CLUSTERS: Operation = Operation::new("rds:DescribeDBClusters");

/// The fewest calls that read one region: `⌈clusters / 100⌉`, one at least.
#[must_use]
pub const fn fewest_calls(clusters: usize) -> usize {
    pages_of(clusters, PAGE as usize)
}

impl Described for DbCluster {
    described!(CLUSTER, describe_db_clusters("db-cluster-id") => db_clusters);

    type Beside = ();

    async fn observe(
        self,
        _rds: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = ("DBClusterArn", self.db_cluster_arn.clone());
        let name = ("DBClusterIdentifier", self.db_cluster_identifier.clone());
        observed(&CLUSTER, arn, name, self.to_json()).map(Some)
    }
}
