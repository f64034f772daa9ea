//! Checks of SQS queues, beside those of their policies.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;
use secmonkey_policy::document::{Effect, Of};
use secmonkey_policy::principal::Principal as Named;

use super::AwsCheck;
use super::case::Case;
use super::subject::Principal;

pub(super) const CHECKS: &[AwsCheck] = &[AwsCheck {
    check: Check {
        id: Cow::Borrowed("sqs_queue.policy_wildcard_principal"),
        technology: Cow::Borrowed("sqs_queue"),
        score: 2,
        reads: Texts::new(&["/Attributes/Policy"]),
        page: Cow::Borrowed(include_str!("sqs_queue/policy_wildcard_principal.md")),
        ..Check::DEFAULT
    },
    run: policy_wildcard_principal,
}];

fn policy_wildcard_principal(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for (index, statement) in exposed.policy.statements.iter().enumerate() {
        let names_all = match &statement.principals {
            Some(Of::Only(named)) => named.contains(&Named::Everyone),
            // All but some.
            Some(_) => true,
            None => false,
        };
        if statement.effect == Effect::Allow && names_all {
            let detail = if statement.conditions.is_empty() {
                "names everybody, and nothing keeps anybody out"
            } else {
                "names everybody: only its conditions say who comes"
            };
            found.add(Principal(&Who::Public), detail).at(exposed.statement(index));
        }
    }
    Ok(())
}
