#![doc = include_str!("external_id_missing.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::exposure::Flaw;

use crate::check::resource_policy::iam_role::PLACE;
use crate::check::subject::Principal;
use crate::relation::{Relation, relation};

check! {
    iam_role.external_id_missing, score: 5,
    reads: ["/AssumeRolePolicyDocument"],
    world: ["accounts", "known"],
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(policy) = PLACE.policy(item)? else { return Ok(()) };
    for weakness in PLACE.exposure(item, &policy).weaknesses {
        if weakness.flaw != Flaw::NoExternalId {
            continue;
        }
        let party = relation(&weakness.who, &item.key.account, world)?;
        if party.aws || !matches!(party.relation, Relation::ThirdParty | Relation::Unknown) {
            continue;
        }
        let who = secmonkey_policy::words::who(&weakness.who);
        found
            .add(
                Principal(&weakness.who),
                format!("{who} ({party}) may assume the role without an external id"),
            )
            .at(PLACE.at(&policy.statements[weakness.statement].pointer));
    }
    Ok(())
}
