//! What checks of databases share.

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_core::event::ScopeId;
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;

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

/// The technology of the subnets that RDS may use.
pub(super) const SUBNET_GROUP: &str = "rds_subnet_group";

/// What says only which way leads to a database: it could take away what groups let in.
pub(super) const WAY: Texts =
    Texts::new(&["internet_gateway", "network_acl", SUBNET_GROUP, "route_table", "subnet"]);

/// Finds a database with public addresses, listening at the port that stands `at`, which
/// others reach through its VPC security groups.
pub(super) fn find_reachable(
    case: &Case<'_>,
    at: &str,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let listening: Vec<_> = listening(case.item, at).into_iter().collect();
    reachable::find_reachable(case, &groups(case.item), &listening, |_| OPEN, found)
}

/// Finds the same in RDS, where a way from the internet leads to one of the subnets of its
/// group. AWS does not tell in which of them it stands.
pub(super) fn find_arriving(
    case: &Case<'_>,
    at: &str,
    subnet_group: &str,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let scope = ScopeId { technology: SUBNET_GROUP.to_owned(), ..ScopeId::of(&case.item.key) };
    let named = Texts::new(&["/DBSubnetGroupName"]);
    let group = match case.world.naming(&scope, &named, subnet_group) {
        Ok(keys) => keys.first().map(|key| case.world.item(key)).transpose()?.flatten(),
        Err(Undecided::Unlisted(_)) => None,
        Err(error) => return Err(error),
    };
    let Some(group) = group else {
        find_reachable(case, at, found)?;
        for finding in found.running() {
            finding.doubt(SUBNET_GROUP);
        }
        return Ok(());
    };
    let subnets = list(&group.config["Subnets"]).iter();
    let subnets: Vec<_> = subnets.map(|one| text(&one["SubnetIdentifier"])).collect();
    let stands = (text(&group.config["VpcId"]), subnets.as_slice());
    let listening: Vec<_> = listening(case.item, at).into_iter().collect();
    reachable::find_arriving(case, stands, &groups(case.item), listening, |_| OPEN, found)
}

/// The port that it listens at. As long as it is made it has none.
fn listening(item: &Item, at: &str) -> Option<Listening<'static>> {
    let port = item.config.pointer(at)?.as_u64()?;
    let port = u16::try_from(port).ok()?;
    Some(Listening { listener: Listener { transport: "tcp", port }, at: at.to_owned() })
}

/// Its VPC security groups.
fn groups(item: &Item) -> Vec<Behind<'_>> {
    let groups = list(&item.config["VpcSecurityGroups"]).iter().enumerate();
    groups
        .map(|(index, group)| Behind {
            group: text(&group["VpcSecurityGroupId"]),
            at: format!("/VpcSecurityGroups/{index}"),
        })
        .collect()
}
