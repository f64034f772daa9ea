//! What checks of databases share.

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_core::item::Item;

use super::case::Case;
use super::reachable::{self, Behind, Listening};
use super::subject::{Listener, Whole};
use super::{list, text};

/// What it is worth that anybody on the internet reaches a database, whatever its port.
const OPEN: u8 = 9;

/// A member that AWS always tells.
pub(super) fn flag(item: &Item, at: &str) -> Result<bool, Undecided> {
    let value = item.config.pointer(at).and_then(serde_json::Value::as_bool);
    value.ok_or_else(|| Undecided::Unread(at.to_owned()))
}

/// Finds a member that is not as it should be.
pub(super) fn find_flag(
    case: &Case<'_>,
    (at, wrong): (&str, bool),
    detail: &str,
    found: &mut Findings,
) -> Result<(), Undecided> {
    if flag(case.item, at)? == wrong {
        found.add(Whole, detail).at(at);
    }
    Ok(())
}

/// Finds what is stored in the clear. RDS may encrypt with keys of its own, too.
pub(super) fn find_unencrypted(
    case: &Case<'_>,
    at: &str,
    found: &mut Findings,
) -> Result<(), Undecided> {
    match text(&case.item.config["StorageEncryptionType"]) {
        "" | "none" => find_flag(case, (at, false), "not encrypted", found),
        _ => Ok(()),
    }
}

/// Finds a database with public addresses, listening at the port that stands `at`, which
/// others reach through its VPC security groups.
pub(super) fn find_reachable(
    case: &Case<'_>,
    at: &str,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let port = case.item.config.pointer(at).and_then(serde_json::Value::as_u64);
    // As long as it is made it has no endpoint.
    let Some(port) = port.and_then(|port| u16::try_from(port).ok()) else { return Ok(()) };
    let groups = list(&case.item.config["VpcSecurityGroups"]).iter().enumerate();
    let groups: Vec<_> = groups
        .map(|(index, group)| Behind {
            group: text(&group["VpcSecurityGroupId"]),
            at: format!("/VpcSecurityGroups/{index}"),
        })
        .collect();
    let listening = Listening { listener: Listener { transport: "tcp", port }, at: at.to_owned() };
    reachable::find_reachable(case, &groups, &[listening], |_| OPEN, found)
}
