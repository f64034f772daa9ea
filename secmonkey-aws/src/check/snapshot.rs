//! Whom snapshots of databases are shared with.

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::Who;

use super::case::Case;
use super::subject::Principal;
use super::{list, text};
use crate::relation::{Relation, account};

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
pub(super) fn find_public(case: &Case<'_>, attributes: &str, found: &mut Findings) {
    for (_, at) in sharers(case, attributes).filter(|(who, _)| *who == ALL) {
        found.add(Principal(&Who::Public), "any AWS account may copy and restore it").at(at);
    }
}

/// Finds accounts of this standing that may restore a snapshot. That its own account is named
/// gives nobody anything.
pub(super) fn find_shared(
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
