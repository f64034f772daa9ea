#![doc = include_str!("policy_open.md")]

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::condition::Condition;
use secmonkey_policy::document::{Effect, Of};
use secmonkey_policy::exposure::{Kind, Own};
use secmonkey_policy::principal::Principal as Named;
use secmonkey_policy::{Pattern, Policy, Statement, Who};

use super::Case;
use crate::check::subject::Principal;

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    if exposed.row.kind != Kind::VpcEndpoint || denies_strangers(&exposed.policy) {
        return Ok(());
    }
    let anybody = Who::Own(Own::Network);
    let open = exposed.grants().iter().filter(|grant| {
        grant.who == anybody
            && is_all(&grant.actions, is_service)
            && grant.resources.as_deref().is_none_or(|on| is_all(on, is_anybodys))
            && !grant.conditions.iter().any(is_on_whose)
    });
    for grant in open {
        found
            .add(
                Principal(&anybody),
                "everybody inside the network may do anything on anybody's resources",
            )
            .at(exposed.statement(grant.statement));
    }
    Ok(())
}

/// Whether an element holds one that is all there is, or all but some.
fn is_all(named: &Of<Pattern<'_>>, is_everything: fn(&str) -> bool) -> bool {
    named.is_all_but() || named.named().iter().any(|it| is_everything(it.as_str()))
}

/// Every action of a service, or of all: an endpoint is of one service.
fn is_service(pattern: &str) -> bool {
    let actions = pattern.rsplit(':').next().unwrap_or_default();
    !actions.is_empty() && actions.bytes().all(|byte| byte == b'*')
}

/// `*`, `arn:aws:s3:::*`, `arn:aws:sqs:*:*:*`: whose, it does not say.
fn is_anybodys(pattern: &str) -> bool {
    let fields: Vec<&str> = pattern.splitn(6, ':').collect();
    match fields.as_slice() {
        [.., "" | "*", "*" | "*/*"] => true,
        [all] => !all.is_empty() && all.bytes().all(|byte| byte == b'*'),
        _ => false,
    }
}

/// Whether a condition says whose the caller or the resource is.
fn is_on_whose(condition: &Condition<'_>) -> bool {
    const KEYS: [&str; 6] = [
        "aws:PrincipalAccount",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:ResourceAccount",
        "aws:ResourceOrgID",
        "aws:ResourceOrgPaths",
    ];
    let star = |value: &str| value.bytes().all(|byte| byte == b'*');
    KEYS.iter().any(|key| condition.is(key)) && !condition.values.iter().any(|value| star(value))
}

/// Whether a statement refuses everybody, or everything, that is not of an organisation.
fn denies_strangers(policy: &Policy<'_>) -> bool {
    policy.statements.iter().any(|statement| {
        let Statement { effect, principals, actions, resources, conditions, .. } = statement;
        let [condition] = conditions.as_slice() else { return false };
        let everybody = |named: &Of<Named<'_>>| match named {
            Of::Only(named) => named.contains(&Named::Everyone),
            Of::AllBut(_) => false,
        };
        *effect == Effect::Deny
            && principals.as_ref().is_some_and(everybody)
            && !actions.is_all_but()
            && is_all(actions, is_service)
            && resources.as_ref().is_none_or(|on| !on.is_all_but() && is_all(on, is_anybodys))
            && condition.operator.test.is_negated()
            && is_on_whose(condition)
    })
}
