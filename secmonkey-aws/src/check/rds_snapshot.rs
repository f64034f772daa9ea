//! Checks of DB snapshots and of DB cluster snapshots: the same of both.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;

use super::case::Case;
use super::database::find_unencrypted;
use super::subject::Principal;
use super::{AwsCheck, list, text};
use crate::relation::{Relation, account};

/// The checks of a technology, by the member that says who may restore a snapshot, and where it
/// says whether it is encrypted.
macro_rules! checks {
    ($technology:literal, $attributes:literal, $encrypted:literal) => {
        &[
            checks!(@shared $technology, $attributes, "friendly_cross_account", 0, Friendly),
            AwsCheck {
                check: Check {
                    id: Cow::Borrowed(concat!($technology, ".public")),
                    technology: Cow::Borrowed($technology),
                    score: 10,
                    reads: Texts::new(&[concat!("/", $attributes)]),
                    page: Cow::Borrowed(include_str!(concat!($technology, "/public.md"))),
                    ..Check::DEFAULT
                },
                run: |case, found| {
                    find_public(case, $attributes, found);
                    Ok(())
                },
            },
            checks!(@shared $technology, $attributes, "thirdparty_cross_account", 0, ThirdParty),
            AwsCheck {
                check: Check {
                    id: Cow::Borrowed(concat!($technology, ".unencrypted")),
                    technology: Cow::Borrowed($technology),
                    score: 3,
                    reads: Texts::new(&[$encrypted, "/StorageEncryptionType"]),
                    page: Cow::Borrowed(include_str!(concat!($technology, "/unencrypted.md"))),
                    ..Check::DEFAULT
                },
                run: |case, found| find_unencrypted(case, $encrypted, found),
            },
            checks!(@shared $technology, $attributes, "unknown_cross_account", 10, Unknown),
        ]
    };
    (@shared $technology:literal, $attributes:literal, $name:literal, $score:literal, $of:ident) => {
        AwsCheck {
            check: Check {
                id: Cow::Borrowed(concat!($technology, ".", $name)),
                technology: Cow::Borrowed($technology),
                score: $score,
                reads: Texts::new(&[concat!("/", $attributes)]),
                world: Texts::new(&["accounts"]),
                page: Cow::Borrowed(include_str!(concat!($technology, "/", $name, ".md"))),
                ..Check::DEFAULT
            },
            run: |case, found| find_shared(case, $attributes, Relation::$of, found),
        }
    };
}

pub(super) const CHECKS: &[AwsCheck] =
    checks!("rds_snapshot", "DBSnapshotAttributes", "/Encrypted");

pub(super) const CLUSTER_CHECKS: &[AwsCheck] =
    checks!("rds_cluster_snapshot", "DBClusterSnapshotAttributes", "/StorageEncrypted");

/// What stands for every account.
const ALL: &str = "all";

/// Who may restore a snapshot, by the attributes in a list, with where each stands.
fn sharers<'a>(case: &Case<'a>, attributes: &str) -> impl Iterator<Item = (&'a str, String)> {
    let all = list(&case.item.config[attributes]).iter().enumerate();
    let restore = all.filter(|(_, attribute)| attribute["AttributeName"] == "restore");
    restore.flat_map(move |(index, attribute)| {
        let values = list(&attribute["AttributeValues"]).iter().enumerate();
        let within = format!("/{attributes}/{index}/AttributeValues");
        values.map(move |(nth, value)| (text(value), format!("{within}/{nth}")))
    })
}

/// Finds a snapshot that any account may restore.
fn find_public(case: &Case<'_>, attributes: &str, found: &mut Findings) {
    for (_, at) in sharers(case, attributes).filter(|(who, _)| *who == ALL) {
        found.add(Principal(&Who::Public), "any AWS account may copy and restore it").at(at);
    }
}

/// Finds accounts of this standing that may restore a snapshot. That its own account is named
/// gives nobody anything.
fn find_shared(
    case: &Case<'_>,
    attributes: &str,
    wanted: Relation,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for (id, at) in sharers(case, attributes).filter(|(who, _)| *who != ALL) {
        let party = account(id, &case.item.key.account, &case.world)?;
        if party.relation == wanted {
            let detail = format!("account {id} ({party}) may copy and restore it");
            found.add(Principal(&Who::Account(id.into())), detail).at(at);
        }
    }
    Ok(())
}
