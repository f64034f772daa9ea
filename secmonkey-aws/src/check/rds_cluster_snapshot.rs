//! Checks of DB cluster snapshots.

use std::borrow::Cow;

use secmonkey_core::check::Check;
use secmonkey_core::texts::Texts;

use super::AwsCheck;
use super::database::find_unencrypted;
use super::snapshot::{find_public, find_shared};
use crate::relation::Relation;

const SNAPSHOT: Cow<'static, str> = Cow::Borrowed("rds_cluster_snapshot");

/// The attributes, which say who may restore it.
const ATTRIBUTES: &str = "DBClusterSnapshotAttributes";
const READS: Texts = Texts::new(&["/DBClusterSnapshotAttributes"]);
const WORLD: Texts = Texts::new(&["accounts"]);

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_cluster_snapshot.friendly_cross_account"),
            technology: SNAPSHOT,
            reads: READS,
            world: WORLD,
            page: Cow::Borrowed(include_str!("rds_cluster_snapshot/friendly_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_shared(case, ATTRIBUTES, Relation::Friendly, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_cluster_snapshot.public"),
            technology: SNAPSHOT,
            score: 10,
            reads: READS,
            page: Cow::Borrowed(include_str!("rds_cluster_snapshot/public.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            find_public(case, ATTRIBUTES, found);
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_cluster_snapshot.thirdparty_cross_account"),
            technology: SNAPSHOT,
            reads: READS,
            world: WORLD,
            page: Cow::Borrowed(include_str!("rds_cluster_snapshot/thirdparty_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_shared(case, ATTRIBUTES, Relation::ThirdParty, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_cluster_snapshot.unencrypted"),
            technology: SNAPSHOT,
            score: 3,
            reads: Texts::new(&["/StorageEncrypted", "/StorageEncryptionType"]),
            page: Cow::Borrowed(include_str!("rds_cluster_snapshot/unencrypted.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_unencrypted(case, "/StorageEncrypted", found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_cluster_snapshot.unknown_cross_account"),
            technology: SNAPSHOT,
            score: 10,
            reads: READS,
            world: WORLD,
            page: Cow::Borrowed(include_str!("rds_cluster_snapshot/unknown_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_shared(case, ATTRIBUTES, Relation::Unknown, found),
    },
];
