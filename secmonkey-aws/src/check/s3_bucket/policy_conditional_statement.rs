#![doc = include_str!("policy_conditional_statement.md")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;
use secmonkey_policy::document::{Effect, Of};
use secmonkey_policy::{Principal, Statement, words};

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::policy::conditions;
use crate::check::subject::Grantee;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.policy_conditional_statement"),
        technology: Cow::Borrowed("s3_bucket"),
        reads: Texts::new(&["/Policy"]),
        page: Cow::Borrowed(include_str!("policy_conditional_statement.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    let mut by_principal: BTreeMap<&str, Vec<&Statement<'_>>> = BTreeMap::new();
    for statement in &exposed.policy.statements {
        if statement.effect == Effect::Deny || statement.conditions.is_empty() {
            continue;
        }
        match &statement.principals {
            None => {}
            Some(Of::AllBut(_)) => by_principal.entry("*").or_default().push(statement),
            Some(Of::Only(named)) => {
                for principal in named.iter().filter(|it| is_stranger(it, case.item)) {
                    by_principal.entry(principal.as_str()).or_default().push(statement);
                }
            }
        }
    }
    for (principal, statements) in by_principal {
        let mut texts: Vec<String> = statements
            .iter()
            .map(|statement| words::conditions(&conditions(&statement.conditions)))
            .collect();
        texts.sort();
        texts.dedup();
        let who = if principal == "*" { "everybody" } else { principal };
        let finding = found.add(Grantee(principal), format!("{who} {}", texts.join("; or ")));
        for condition in statements.iter().flat_map(|statement| &statement.conditions) {
            finding.at(exposed.at(&condition.pointer));
            finding.ground(format!("{} {}", condition.operator, condition.key));
        }
    }
    Ok(())
}

/// Whether a principal is everybody, or somebody of another account.
fn is_stranger(principal: &Principal<'_>, item: &Item) -> bool {
    let own = item.key.account.as_str();
    match principal {
        Principal::Account(id) => *id != own,
        Principal::Arn(arn) => arn.account != own,
        Principal::Service(_) => false,
        Principal::Federated(_)
        | Principal::Everyone
        | Principal::UniqueId(_)
        | Principal::OriginAccessIdentity(_)
        | Principal::CanonicalUser(_)
        | Principal::Unparsable(_) => true,
    }
}
