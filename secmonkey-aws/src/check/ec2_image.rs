//! Checks of machine images.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;

use super::{AwsCheck, sharing};
use crate::check::subject::Principal;
use crate::relation::Relation;

const IMAGE: Cow<'static, str> = Cow::Borrowed("ec2_image");
const PERMISSIONS: &str = "LaunchPermissions";
const NAMED: Texts = Texts::new(&[
    "/LaunchPermissions/*/OrganizationArn",
    "/LaunchPermissions/*/OrganizationalUnitArn",
    "/LaunchPermissions/*/UserId",
]);
const WORLD: Texts = Texts::new(&["accounts", "known"]);
const MAY: &str = "start instances of it";

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ec2_image.friendly_cross_account"),
            technology: IMAGE,
            reads: NAMED,
            world: WORLD,
            page: Cow::Borrowed(include_str!("ec2_image/friendly_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| sharing::find(case, PERMISSIONS, Relation::Friendly, MAY, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ec2_image.public"),
            technology: IMAGE,
            score: 10,
            reads: Texts::new(&["/Public"]),
            page: Cow::Borrowed(include_str!("ec2_image/public.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            match case.item.config["Public"].as_bool() {
                Some(true) => {
                    let detail = format!("everybody may {MAY}");
                    found.add(Principal(&Who::Public), detail).at("/Public");
                }
                Some(false) => {}
                None => return Err(Undecided::Unread("/Public".to_owned())),
            }
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ec2_image.thirdparty_cross_account"),
            technology: IMAGE,
            reads: NAMED,
            world: WORLD,
            page: Cow::Borrowed(include_str!("ec2_image/thirdparty_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| sharing::find(case, PERMISSIONS, Relation::ThirdParty, MAY, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("ec2_image.unknown_cross_account"),
            technology: IMAGE,
            score: 10,
            reads: NAMED,
            world: WORLD,
            page: Cow::Borrowed(include_str!("ec2_image/unknown_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| sharing::find(case, PERMISSIONS, Relation::Unknown, MAY, found),
    },
];
