#![doc = include_str!("rolesanywhere_trust_open.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;
use secmonkey_policy::condition::{Condition, Quantifier, Test};

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Principal;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_role.rolesanywhere_trust_open"),
        technology: Cow::Borrowed("iam_role"),
        score: 5,
        reads: Texts::new(&["/AssumeRolePolicyDocument"]),
        page: Cow::Borrowed(include_str!("rolesanywhere_trust_open.md")),
        ..Check::DEFAULT
    },
    run,
};

const SERVICE: &str = "rolesanywhere.amazonaws.com";

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for grant in exposed.grants() {
        let is_service = matches!(&grant.who, Who::Service(name) if name == SERVICE);
        if is_service && !grant.conditions.iter().any(names_certificate) {
            found
                .add(
                    Principal(&grant.who),
                    "any certificate of any trust anchor of the account lets in: no condition \
                     names an anchor or a field of the certificate"
                        .to_owned(),
                )
                .at(exposed.statement(grant.statement));
        }
    }
    Ok(())
}

/// Whether a condition names a trust anchor or a field of a certificate.
fn names_certificate(condition: &Condition<'_>) -> bool {
    let operator = condition.operator;
    let positive = matches!(
        operator.test,
        Test::StringEquals
            | Test::StringEqualsIgnoreCase
            | Test::StringLike
            | Test::ArnEquals
            | Test::ArnLike
    );
    let key = condition.key.to_ascii_lowercase();
    let about = key == "aws:sourcearn" || key.starts_with("aws:principaltag/x509");
    let open = |value: &str| value.bytes().all(|byte| matches!(byte, b'*' | b'?'));
    about
        && positive
        && !operator.if_exists
        && operator.quantifier != Some(Quantifier::ForAllValues)
        && !condition.values.is_empty()
        && !condition.values.iter().any(|value| open(value))
}
