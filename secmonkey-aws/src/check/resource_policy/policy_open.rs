#![doc = include_str!("policy_open.md")]

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::condition::Condition;
use secmonkey_policy::document::{Effect, Of};
use secmonkey_policy::exposure::{Kind, Own};
use secmonkey_policy::principal::Principal as Named;
use secmonkey_policy::{Grant, Pattern, Policy, Statement, Who, words};

use super::Case;
use crate::check::subject::Principal;

/// The score of reaching anybody's resources from inside the network.
const OPEN: u8 = 3;

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    if exposed.row.kind != Kind::VpcEndpoint {
        return Ok(());
    }
    let anybody = Who::Own(Own::Network);
    for grant in exposed.grants() {
        if grant.who == anybody && weight(&exposed.policy, grant) == OPEN {
            let actions = words::may(&grant.actions);
            let detail =
                format!("everybody inside the network may {actions} on resources of any account");
            found.add(Principal(&anybody), detail).at(exposed.statement(grant.statement));
        }
    }
    Ok(())
}

/// How grave it is what a grant of an endpoint's policy reaches, whoever is granted it.
pub(super) fn weight(policy: &Policy<'_>, grant: &Grant<'_, '_>) -> u8 {
    let anybodys = grant.resources.as_deref().is_none_or(is_anybodys)
        && !grant.conditions.iter().any(|it| !it.operator.test.is_negated() && is_on_whose(it))
        && !policy.statements.iter().any(denies_strangers);
    if anybodys { OPEN } else { 0 }
}

/// Whether an element does not say whose: `*`, `arn:aws:s3:::*`, `arn:aws:sqs:*:*:*`, or all
/// but some.
fn is_anybodys(named: &Of<Pattern<'_>>) -> bool {
    let one = |pattern: &Pattern<'_>| {
        let fields: Vec<&str> = pattern.as_str().splitn(6, ':').collect();
        match fields.as_slice() {
            [.., "" | "*", "*" | "*/*"] => true,
            _ => pattern.is_everything(),
        }
    };
    named.is_all_but() || named.named().iter().any(one)
}

/// Whether a condition says whose the resource is: by its value, or by a variable of the
/// resource that the caller is compared with.
fn is_on_whose(condition: &Condition<'_>) -> bool {
    const KEYS: [&str; 3] = ["aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths"];
    let star = |value: &str| value.bytes().all(|byte| byte == b'*');
    let of_resource = |value: &str| value.to_ascii_lowercase().starts_with("${aws:resource");
    let values = &condition.values;
    if KEYS.iter().any(|key| condition.is(key)) {
        !values.iter().any(|value| star(value))
    } else {
        condition.variables && !values.is_empty() && values.iter().all(|value| of_resource(value))
    }
}

/// Whether a statement refuses everybody everything that is not of an account or organisation.
fn denies_strangers(statement: &Statement<'_>) -> bool {
    let Statement { effect, principals, actions, resources, conditions, .. } = statement;
    let [condition] = conditions.as_slice() else { return false };
    let only = |named: &Of<Pattern<'_>>| !named.is_all_but();
    *effect == Effect::Deny
        && matches!(principals, Some(Of::Only(named)) if named.contains(&Named::Everyone))
        && only(actions)
        && actions.named().iter().any(|it| is_service(it.as_str()))
        && resources.as_ref().is_none_or(|on| only(on) && is_anybodys(on))
        && condition.operator.test.is_negated()
        && is_on_whose(condition)
}

/// Every action of a service, or of all: an endpoint is of one service.
fn is_service(pattern: &str) -> bool {
    pattern.rsplit(':').next() == Some("*")
}
