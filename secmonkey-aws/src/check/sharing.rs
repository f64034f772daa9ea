//! Whom a snapshot or a machine image is shared with.

use secmonkey_core::account::AccountId;
use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_policy::Who;
use secmonkey_policy::principal::Arn;
use serde_json::Value;

use super::case::Case;
use super::list;
use super::subject::Principal;
use crate::relation::{Party, Relation, account, relation};

/// What AWS Marketplace is called among the accounts that a snapshot is shared with.
pub(super) const MARKETPLACE: &str = "aws-marketplace";

/// The score of an organization that nobody knows: who is in it decides at least somebody.
const UNKNOWN_ORGANIZATION: u8 = 7;

/// Finds the accounts and organizations of one relation that a list of permissions names,
/// which `may` do something.
pub(super) fn find(
    case: &Case<'_>,
    permissions: &str,
    wanted: Relation,
    may: &str,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for (index, permission) in list(&case.item.config[permissions]).iter().enumerate() {
        let Some(who) = who(permission) else { continue };
        let party = party(&who, permission, &case.item.key.account, &case.world)?;
        if party.relation != wanted {
            continue;
        }
        let finding = found.add(Principal(&who), format!("{who} ({party}) may {may}"));
        finding.at(format!("/{permissions}/{index}"));
        if wanted == Relation::Unknown && !matches!(who, Who::Account(_)) {
            finding.score(UNKNOWN_ORGANIZATION);
        }
    }
    Ok(())
}

/// Who has a permission, apart from everybody and AWS Marketplace. Organizations and their
/// units are named by ARN: what is no such ARN stands for itself, and nobody knows it.
fn who(permission: &Value) -> Option<Who<'_>> {
    let member = |name: &str| permission[name].as_str();
    let resource = |arn| Arn::read(arn).map_or(arn, |arn| arn.resource);
    if let Some(id) = member("UserId") {
        return (id != MARKETPLACE).then(|| Who::Account(id.into()));
    }
    if let Some(arn) = member("OrganizationArn") {
        let id = resource(arn);
        return Some(Who::Organization(id.strip_prefix("organization/").unwrap_or(id).into()));
    }
    let unit = resource(member("OrganizationalUnitArn")?);
    Some(Who::OrganizationalUnit(unit.strip_prefix("ou/").unwrap_or(unit).into()))
}

/// How they stand to the owner. An organization is whose its accounts are, also where only
/// the one that manages it is registered; that the owner is in it does not make the others
/// the owner.
fn party<'a>(
    who: &Who<'_>,
    permission: &Value,
    owner: &AccountId,
    world: &World<'a>,
) -> Result<Party<'a>, Undecided> {
    let mut party = relation(who, owner, world)?;
    let arns = ["OrganizationArn", "OrganizationalUnitArn"];
    let Some(arn) = arns.iter().find_map(|name| permission[*name].as_str()) else {
        return Ok(party);
    };
    if party.relation == Relation::Unknown
        && let Some(arn) = Arn::read(arn)
    {
        let manager = account(arn.account, owner, world)?;
        party = Party { account: None, name: None, ..manager };
    }
    if party.relation == Relation::Own {
        party.relation = Relation::Friendly;
    }
    Ok(party)
}
