//! DB instances.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbInstance;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::rds::{PAGE, TAGS, observed};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of};

/// DB instances of every engine, those of clusters too: Aurora, Neptune and DocumentDB are
/// listed with those of RDS.
///
/// Which subnets an instance may be placed in is recorded of its subnet group.
pub const INSTANCE: Facts = Facts {
    id: "rds_instance",
    title: "DB instance",
    structures: &[Structure::new("DBInstance", "")],
    events: &[
        Events::new(
            "/requestParameters/dBInstanceIdentifier",
            &[
                "AddRoleToDBInstance",
                "CreateDBInstance",
                "CreateDBInstanceReadReplica",
                "DeleteDBInstance",
                "ModifyDBInstance",
                "PromoteReadReplica",
                "RebootDBInstance",
                "RemoveRoleFromDBInstance",
                "RestoreDBInstanceFromDBSnapshot",
                "RestoreDBInstanceFromS3",
                "StartDBInstance",
                "StopDBInstance",
                "SwitchoverReadReplica",
            ],
        ),
        Events::new(
            "/requestParameters/resourceArn",
            &["ModifyActivityStream", "StartActivityStream", "StopActivityStream"],
        ),
        TAGS,
        Events::new(
            "/requestParameters/targetDBInstanceIdentifier",
            &["RestoreDBInstanceToPointInTime"],
        ),
    ],
    sets: &[
        Set::new("/AdditionalStorageVolumes", &["VolumeName"]),
        Set::new("/AssociatedRoles", &["RoleArn", "FeatureName"]),
        Set::new("/DBInstanceAutomatedBackupsReplications", &["DBInstanceAutomatedBackupsArn"]),
        Set::new("/DBParameterGroups", &["DBParameterGroupName"]),
        Set::new("/DBSecurityGroups", &["DBSecurityGroupName"]),
        Set::new("/DBSubnetGroup/SupportedNetworkTypes", &[]),
        Set::new("/DomainMemberships", &["Domain"]),
        Set::new("/DomainMemberships/*/DnsIps", &[]),
        Set::new("/EnabledCloudwatchLogsExports", &[]),
        Set::new("/OptionGroupMemberships", &["OptionGroupName"]),
        Set::new("/PendingModifiedValues/AdditionalStorageVolumes", &["VolumeName"]),
        Set::new("/PendingModifiedValues/PendingCloudwatchLogsExports/LogTypesToDisable", &[]),
        Set::new("/PendingModifiedValues/PendingCloudwatchLogsExports/LogTypesToEnable", &[]),
        Set::new("/PendingModifiedValues/ProcessorFeatures", &["Name"]),
        Set::new("/ProcessorFeatures", &["Name"]),
        Set::new("/ReadReplicaDBClusterIdentifiers", &[]),
        Set::new("/ReadReplicaDBInstanceIdentifiers", &[]),
        Set::new("/TagList", &["Key"]),
        Set::new("/VpcSecurityGroups", &["VpcSecurityGroupId"]),
    ],
    // Replicas come and go on their own.
    relations: &["/ReadReplicaDBClusterIdentifiers", "/ReadReplicaDBInstanceIdentifiers"],
    dropped: &[
        // The ARN of the item.
        "/DBInstanceArn",
        // It moves on every few minutes.
        "/LatestRestorableTime",
        // What the instance is busy with, every night with its backup, and how far it is.
        "/AdditionalStorageVolumes/*/StorageOperationPercentProgress",
        "/AdditionalStorageVolumes/*/StorageOperationStatus",
        "/AdditionalStorageVolumes/*/StorageVolumeStatus",
        "/DBInstanceStatus",
        "/PercentProgress",
        "/StatusInfos",
        "/StorageOperationPercentProgress",
        "/StorageOperationStatus",
        "/StorageVolumeStatus",
        // How a change goes: what it changed shows.
        "/AssociatedRoles/*/Status",
        "/DBParameterGroups/*/ParameterApplyStatus",
        "/DBSecurityGroups/*/Status",
        "/DomainMemberships/*/Status",
        "/MasterUserSecret/SecretStatus",
        "/OptionGroupMemberships/*/Status",
        "/VpcSecurityGroups/*/Status",
        // Those of the group, which is an item of its own.
        "/DBSubnetGroup/SubnetGroupStatus",
        "/DBSubnetGroup/Subnets",
        // What AWS recommends.
        "/IsStorageConfigUpgradeAvailable",
    ],
    secret: &["/PendingModifiedValues/MasterUserPassword"],
    ids: "arn:{partition}:rds:{region}:{account}:db:{name}",
    writes: &[
        Writes::new(
            "",
            &[
                "CreateDBInstance",
                "CreateDBInstanceReadReplica",
                "DeleteDBInstance",
                "RestoreDBInstanceFromDBSnapshot",
                "RestoreDBInstanceFromS3",
                "RestoreDBInstanceToPointInTime",
            ],
        ),
        Writes::new("/AssociatedRoles", &["AddRoleToDBInstance", "RemoveRoleFromDBInstance"]),
    ],
    ..Facts::of(&service::RDS, INSTANCES)
};

const INSTANCES: Operation = Operation::new("rds:DescribeDBInstances");

/// The fewest calls that read one region: `⌈instances / 100⌉`, one at least.
#[must_use]
pub const fn fewest_calls(instances: usize) -> usize {
    pages_of(instances, PAGE as usize)
}

impl Described for DbInstance {
    described!(INSTANCE, describe_db_instances("db-instance-id") => db_instances);

    type Beside = ();

    async fn observe(
        self,
        _rds: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = ("DBInstanceArn", self.db_instance_arn.clone());
        let name = ("DBInstanceIdentifier", self.db_instance_identifier.clone());
        observed(&INSTANCE, arn, name, self.to_json()).map(Some)
    }
}
