//! Checks of Redshift clusters.

use std::borrow::Cow;

use secmonkey_core::check::Check;
use secmonkey_core::texts::Texts;

use super::AwsCheck;
use super::database::{find_flag, find_reachable, flag};
use super::reachable::LET_IN;
use super::subject::Whole;

const CLUSTER: Cow<'static, str> = Cow::Borrowed("redshift_cluster");

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("redshift_cluster.audit_logs_disabled"),
            technology: CLUSTER,
            score: 1,
            reads: Texts::new(&["/LoggingStatus/LoggingEnabled"]),
            page: Cow::Borrowed(include_str!("redshift_cluster/audit_logs_disabled.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            find_flag(case, ("/LoggingStatus/LoggingEnabled", false), "no audit log", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("redshift_cluster.outside_vpc"),
            technology: CLUSTER,
            score: 5,
            reads: Texts::new(&["/VpcId"]),
            page: Cow::Borrowed(include_str!("redshift_cluster/outside_vpc.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            if super::text(&case.item.config["VpcId"]).is_empty() {
                found.add(Whole, "in no VPC");
            }
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("redshift_cluster.port_reachable_via_security_group"),
            technology: CLUSTER,
            score: 9,
            reads: Texts::new(&[
                "/Endpoint/Port",
                "/PubliclyAccessible",
                "/VpcSecurityGroups/*/VpcSecurityGroupId",
            ]),
            world: LET_IN,
            page: Cow::Borrowed(include_str!(
                "redshift_cluster/port_reachable_via_security_group.md"
            )),
            ..Check::DEFAULT
        },
        run: |case, found| {
            if !flag(case.item, "/PubliclyAccessible")? {
                return Ok(());
            }
            find_reachable(case, "/Endpoint/Port", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("redshift_cluster.publicly_accessible"),
            technology: CLUSTER,
            score: 4,
            reads: Texts::new(&["/PubliclyAccessible"]),
            page: Cow::Borrowed(include_str!("redshift_cluster/publicly_accessible.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            find_flag(case, ("/PubliclyAccessible", true), "has a public address", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("redshift_cluster.unencrypted"),
            technology: CLUSTER,
            score: 4,
            reads: Texts::new(&["/Encrypted"]),
            page: Cow::Borrowed(include_str!("redshift_cluster/unencrypted.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_flag(case, ("/Encrypted", false), "not encrypted", found),
    },
];
