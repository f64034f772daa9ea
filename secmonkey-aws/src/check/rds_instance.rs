//! Checks of DB instances.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;

use super::case::Case;
use super::database::{SUBNET_GROUP, WAY, find_arriving, find_flag, find_unencrypted, flag};
use super::subject::Whole;
use super::{AwsCheck, text};

const INSTANCE: Cow<'static, str> = Cow::Borrowed("rds_instance");

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_instance.backups_disabled"),
            technology: INSTANCE,
            score: 2,
            reads: Texts::new(&[
                "/BackupRetentionPeriod",
                "/DBClusterIdentifier",
                "/ReadReplicaSourceDBClusterIdentifier",
                "/ReadReplicaSourceDBInstanceIdentifier",
            ]),
            page: Cow::Borrowed(include_str!("rds_instance/backups_disabled.md")),
            ..Check::DEFAULT
        },
        run: find_without_backups,
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_instance.deletion_protection_disabled"),
            technology: INSTANCE,
            score: 1,
            reads: Texts::new(&["/DBClusterIdentifier", "/DeletionProtection"]),
            page: Cow::Borrowed(include_str!("rds_instance/deletion_protection_disabled.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            if is_member(case.item) {
                return Ok(());
            }
            find_flag(case, ("/DeletionProtection", false), "no deletion protection", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_instance.minor_upgrades_off"),
            technology: INSTANCE,
            score: 1,
            reads: Texts::new(&["/AutoMinorVersionUpgrade", "/Engine"]),
            page: Cow::Borrowed(include_str!("rds_instance/minor_upgrades_off.md")),
            ..Check::DEFAULT
        },
        run: find_without_upgrades,
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_instance.port_reachable_via_security_group"),
            technology: INSTANCE,
            score: 9,
            reads: Texts::new(&[
                "/DBSubnetGroup/DBSubnetGroupName",
                "/Endpoint/Port",
                "/PubliclyAccessible",
                "/VpcSecurityGroups/*/VpcSecurityGroupId",
            ]),
            // Those of `WAY_IN`, and the group of its subnets.
            world: Texts::new(&[
                "accounts",
                "ec2_prefix_list",
                "internet_gateway",
                "known",
                "network_acl",
                SUBNET_GROUP,
                "route_table",
                "security_group",
                "subnet",
            ]),
            doubts: WAY,
            page: Cow::Borrowed(include_str!("rds_instance/port_reachable_via_security_group.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            if !flag(case.item, "/PubliclyAccessible")? {
                return Ok(());
            }
            let group = text(&case.item.config["DBSubnetGroup"]["DBSubnetGroupName"]);
            find_arriving(case, "/Endpoint/Port", group, found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_instance.publicly_accessible"),
            technology: INSTANCE,
            score: 4,
            reads: Texts::new(&["/PubliclyAccessible"]),
            page: Cow::Borrowed(include_str!("rds_instance/publicly_accessible.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            find_flag(case, ("/PubliclyAccessible", true), "has a public address", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_instance.unencrypted"),
            technology: INSTANCE,
            score: 4,
            reads: Texts::new(&[
                "/DBClusterIdentifier",
                "/StorageEncrypted",
                "/StorageEncryptionType",
            ]),
            page: Cow::Borrowed(include_str!("rds_instance/unencrypted.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            if is_member(case.item) {
                return Ok(());
            }
            find_unencrypted(case, "/StorageEncrypted", found)
        },
    },
];

/// Whether it is a member of a cluster, which has its storage and its backups.
fn is_member(item: &Item) -> bool {
    item.config["DBClusterIdentifier"].is_string()
}

fn find_without_backups(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    const AT: &str = "/BackupRetentionPeriod";
    let config = &case.item.config;
    let source = ["ReadReplicaSourceDBInstanceIdentifier", "ReadReplicaSourceDBClusterIdentifier"];
    // What a replica holds is backed up at its source.
    if is_member(case.item) || source.iter().any(|member| config[member].is_string()) {
        return Ok(());
    }
    match config["BackupRetentionPeriod"].as_u64() {
        None => Err(Undecided::Unread(AT.to_owned())),
        Some(0) => {
            found.add(Whole, "no automated backups").at(AT);
            Ok(())
        }
        Some(_) => Ok(()),
    }
}

fn find_without_upgrades(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let engine = text(&case.item.config["Engine"]);
    // DocumentDB has no such upgrades, RDS Custom allows none.
    if engine == "docdb" || engine.starts_with("custom-") {
        return Ok(());
    }
    let detail = "minor versions are not upgraded automatically";
    find_flag(case, ("/AutoMinorVersionUpgrade", false), detail, found)
}
