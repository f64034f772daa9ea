#![doc = include_str!("cross_account_root.md")]

use std::collections::BTreeMap;

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::Who;
use secmonkey_policy::principal::{Arn, Principal as Named};

use super::{Case, Grant, Policy};
use crate::check::subject::Principal;
use crate::relation::{Relation, relation};

/// The score of trusting an account as a whole, wherever it comes from.
pub(super) const SCORE: u8 = 6;

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    let mut statements: BTreeMap<&Who<'_>, Vec<usize>> = BTreeMap::new();
    for grant in exposed.grants() {
        if let Who::Account(id) = &grant.who
            && names_whole_account(grant, &exposed.policy, id)
        {
            statements.entry(&grant.who).or_default().push(grant.statement);
        }
    }
    for (who, statements) in statements {
        let party = relation(who, &case.item.key.account, &case.world)?;
        if party.relation == Relation::Own || party.aws {
            continue;
        }
        let Who::Account(id) = who else { continue };
        let detail = format!("account {id} ({party}) is trusted as a whole, not a role in it");
        let finding = found.add(Principal(who), detail);
        let grants = exposed.grants().iter().filter(|it| it.who == *who);
        let within = grants.map(|grant| exposed.within(grant, &case.world)).max();
        finding.score(SCORE.min(within.unwrap_or(SCORE)));
        for statement in statements {
            finding.at(exposed.statement(statement));
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
