//! Checks of EBS snapshots.

use std::borrow::Cow;

use secmonkey_core::check::Check;
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;

use super::sharing::{self, MARKETPLACE};
use super::{AwsCheck, list};
use crate::check::subject::Principal;
use crate::relation::Relation;

mod unencrypted;

const SNAPSHOT: Cow<'static, str> = Cow::Borrowed("ebs_snapshot");
const PERMISSIONS: &str = "CreateVolumePermissions";
const ACCOUNTS: Texts = Texts::new(&["/CreateVolumePermissions/*/UserId"]);
const MAY: &str = "make volumes of it";

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ebs_snapshot.friendly_access"),
            technology: SNAPSHOT,
            reads: ACCOUNTS,
            world: Texts::new(&["accounts"]),
            page: Cow::Borrowed(include_str!("ebs_snapshot/friendly_access.md")),
            ..Check::DEFAULT
        },
        run: |case, found| sharing::find(case, PERMISSIONS, Relation::Friendly, MAY, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ebs_snapshot.marketplace_access"),
            technology: SNAPSHOT,
            score: 7,
            reads: ACCOUNTS,
            page: Cow::Borrowed(include_str!("ebs_snapshot/marketplace_access.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            for (index, permission) in list(&case.item.config[PERMISSIONS]).iter().enumerate() {
                if permission["UserId"] == MARKETPLACE {
                    let who = Who::Account(MARKETPLACE.into());
                    let finding = found.add(Principal(&who), format!("AWS Marketplace may {MAY}"));
                    finding.at(format!("/{PERMISSIONS}/{index}"));
                }
            }
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ebs_snapshot.public"),
            technology: SNAPSHOT,
            score: 10,
            reads: Texts::new(&["/CreateVolumePermissions/*/Group"]),
            page: Cow::Borrowed(include_str!("ebs_snapshot/public.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            for (index, permission) in list(&case.item.config[PERMISSIONS]).iter().enumerate() {
                if permission["Group"] == "all" {
                    let finding =
                        found.add(Principal(&Who::Public), format!("everybody may {MAY}"));
                    finding.at(format!("/{PERMISSIONS}/{index}"));
                }
            }
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ebs_snapshot.thirdparty_access"),
            technology: SNAPSHOT,
            reads: ACCOUNTS,
            world: Texts::new(&["accounts"]),
            page: Cow::Borrowed(include_str!("ebs_snapshot/thirdparty_access.md")),
            ..Check::DEFAULT
        },
        run: |case, found| sharing::find(case, PERMISSIONS, Relation::ThirdParty, MAY, found),
    },
    unencrypted::CHECK,
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ebs_snapshot.unknown_access"),
            technology: SNAPSHOT,
            score: 10,
            reads: ACCOUNTS,
            world: Texts::new(&["accounts"]),
            page: Cow::Borrowed(include_str!("ebs_snapshot/unknown_access.md")),
            ..Check::DEFAULT
        },
        run: |case, found| sharing::find(case, PERMISSIONS, Relation::Unknown, MAY, found),
    },
];
