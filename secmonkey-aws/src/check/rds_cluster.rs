//! Checks of DB clusters.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::event::ScopeId;
use secmonkey_core::texts::Texts;

use super::case::Case;
use super::database::{SUBNET_GROUP, WAY, find_arriving, find_flag, find_unencrypted, flag};

use super::{AwsCheck, list, text};

const CLUSTER: Cow<'static, str> = Cow::Borrowed("rds_cluster");

/// The technology of its members.
const INSTANCE: &str = "rds_instance";

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_cluster.deletion_protection_disabled"),
            technology: CLUSTER,
            score: 1,
            reads: Texts::new(&["/DeletionProtection"]),
            page: Cow::Borrowed(include_str!("rds_cluster/deletion_protection_disabled.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            find_flag(case, ("/DeletionProtection", false), "no deletion protection", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_cluster.port_reachable_via_security_group"),
            technology: CLUSTER,
            score: 9,
            reads: Texts::new(&[
                "/DBClusterIdentifier",
                "/DBClusterMembers/*/DBInstanceIdentifier",
                "/DBSubnetGroup",
                "/Port",
                "/PubliclyAccessible",
                "/VpcSecurityGroups/*/VpcSecurityGroupId",
            ]),
            // Those of `WAY_IN`, its members and the group of its subnets.
            world: Texts::new(&[
                "accounts",
                "ec2_prefix_list",
                "internet_gateway",
                "known",
                "network_acl",
                INSTANCE,
                SUBNET_GROUP,
                "route_table",
                "security_group",
                "subnet",
            ]),
            doubts: WAY,
            page: Cow::Borrowed(include_str!("rds_cluster/port_reachable_via_security_group.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            if !is_public(case)? {
                return Ok(());
            }
            find_arriving(case, "/Port", text(&case.item.config["DBSubnetGroup"]), found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_cluster.unencrypted"),
            technology: CLUSTER,
            score: 4,
            reads: Texts::new(&["/StorageEncrypted", "/StorageEncryptionType"]),
            page: Cow::Borrowed(include_str!("rds_cluster/unencrypted.md")),
            ..Check::DEFAULT
        },
        run: |case: &Case<'_>, found: &mut Findings| {
            find_unencrypted(case, "/StorageEncrypted", found)
        },
    },
];

/// Whether a cluster has public addresses: a Multi-AZ cluster says so itself, any other has
/// those of its members.
fn is_public(case: &Case<'_>) -> Result<bool, Undecided> {
    let config = &case.item.config;
    if config["PubliclyAccessible"] == true {
        return Ok(true);
    }
    let scope = ScopeId { technology: INSTANCE.to_owned(), ..ScopeId::of(&case.item.key) };
    let of_cluster = Texts::new(&["/DBClusterIdentifier"]);
    let mut missing: Vec<_> = list(&config["DBClusterMembers"])
        .iter()
        .map(|member| text(&member["DBInstanceIdentifier"]))
        .collect();
    for key in case.world.naming(&scope, &of_cluster, text(&config["DBClusterIdentifier"]))? {
        let Some(member) = case.world.item(&key)? else { continue };
        if flag(&member, "/PubliclyAccessible")? {
            return Ok(true);
        }
        missing.retain(|name| member.config["DBInstanceIdentifier"] != *name);
    }
    match missing.first() {
        Some(name) => Err(Undecided::Unread(format!("the DB instance {name}"))),
        None => Ok(false),
    }
}
