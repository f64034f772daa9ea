//! Checks of VPC peering connections: who is at the other end.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;

use super::case::Case;
use super::subject::Principal;
use super::{AwsCheck, text};
use crate::relation::{Relation, account};

const PEERING: Cow<'static, str> = Cow::Borrowed("vpc_peering_connection");

const READS: Texts = Texts::new(&[
    "/AccepterVpcInfo/OwnerId",
    "/AccepterVpcInfo/VpcId",
    "/RequesterVpcInfo/OwnerId",
    "/RequesterVpcInfo/VpcId",
    "/Status/Code",
]);

const ACCOUNTS: Texts = Texts::new(&["accounts"]);

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("vpc_peering_connection.friendly_cross_account"),
            technology: PEERING,
            reads: READS,
            world: ACCOUNTS,
            page: Cow::Borrowed(include_str!("vpc_peering_connection/friendly_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find(case, Relation::Friendly, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("vpc_peering_connection.thirdparty_cross_account"),
            technology: PEERING,
            reads: READS,
            world: ACCOUNTS,
            page: Cow::Borrowed(include_str!("vpc_peering_connection/thirdparty_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find(case, Relation::ThirdParty, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("vpc_peering_connection.unknown_cross_account"),
            technology: PEERING,
            score: 7,
            reads: READS,
            world: ACCOUNTS,
            page: Cow::Borrowed(include_str!("vpc_peering_connection/unknown_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find(case, Relation::Unknown, found),
    },
];

/// The most that a connection scores which nobody has accepted yet.
const IDLE: u8 = 3;

/// Finds the other end where it belongs to an account that stands so to ours.
fn find(case: &Case<'_>, relation: Relation, found: &mut Findings) -> Result<(), Undecided> {
    let (config, owner) = (&case.item.config, &case.item.key.account);
    let is_waiting =
        matches!(text(&config["Status"]["Code"]), "initiating-request" | "pending-acceptance");
    for side in ["AccepterVpcInfo", "RequesterVpcInfo"] {
        let (id, vpc) = (text(&config[side]["OwnerId"]), text(&config[side]["VpcId"]));
        if id.is_empty() {
            return Err(Undecided::Unread(format!("/{side}/OwnerId")));
        }
        let party = account(id, owner, &case.world)?;
        if party.relation != relation {
            continue;
        }
        let who = Who::Account(id.into());
        let finding = if is_waiting {
            let detail = format!("{vpc} of account {id} ({party}) waits to be connected");
            let finding = found.add(Principal(&who), detail);
            finding.score(finding.score.min(IDLE))
        } else {
            let detail = format!("connected with {vpc} of account {id} ({party})");
            found.add(Principal(&who), detail).ground("accepted")
        };
        finding.at(format!("/{side}/OwnerId"));
    }
    Ok(())
}
