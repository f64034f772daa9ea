#![doc = include_str!("cross_account_root.md")]

use std::collections::BTreeMap;

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::Who;
use secmonkey_policy::principal::{Arn, Principal as Named};

use super::{Family, Grant, Place, Policy};
use crate::check::subject::Principal;
use crate::relation::{Relation, relation};

pub(super) const FAMILY: Family<Place> = Family {
    score: 6,
    world: &["accounts", "known"],
    version: 1,
    page: include_str!("cross_account_root.md"),
    run,
};

fn run(
    place: &Place,
    item: &Item,
    world: &World<'_>,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let Some(policy) = place.policy(item)? else { return Ok(()) };
    let exposure = place.exposure(item, &policy);
    let mut statements: BTreeMap<&Who<'_>, Vec<&str>> = BTreeMap::new();
    for grant in &exposure.grants {
        if let Who::Account(id) = &grant.who
            && names_whole_account(grant, &policy, id)
        {
            let pointer = policy.statements[grant.statement].pointer.as_str();
            statements.entry(&grant.who).or_default().push(pointer);
        }
    }
    for (who, statements) in statements {
        let party = relation(who, &item.key.account, world)?;
        if party.relation == Relation::Own || party.aws {
            continue;
        }
        let Who::Account(id) = who else { continue };
        let detail = format!("account {id} ({party}) is trusted as a whole, not a role in it");
        let finding = found.add(Principal(who), detail);
        for statement in statements {
            finding.at(place.at(statement));
        }
    }
    Ok(())
}

/// Whether a statement names all of an account: as its principal, or by the ARN of its root
/// in a condition.
fn names_whole_account(grant: &Grant<'_, '_>, policy: &Policy<'_>, id: &str) -> bool {
    let named = policy.statements[grant.statement].principals.as_ref();
    let is_root = |value: &str| {
        Arn::read(value)
            .is_some_and(|arn| arn.service == "iam" && arn.account == id && arn.resource == "root")
    };
    named.is_some_and(|named| named.named().contains(&Named::Account(id)))
        || grant.conditions.iter().any(|it| it.values.iter().any(|value| is_root(value)))
}
