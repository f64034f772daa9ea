#![doc = include_str!("tls_not_required.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Statement;
use secmonkey_policy::document::{Effect, Of};

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.tls_not_required"),
        technology: Cow::Borrowed("s3_bucket"),
        score: 2,
        reads: Texts::new(&["/Policy"]),
        page: Cow::Borrowed(include_str!("tls_not_required.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else {
        found.add(Whole, "no bucket policy, so that nothing refuses requests without TLS");
        return Ok(());
    };
    if !exposed.policy.statements.iter().any(refuses_plain_http) {
        found.add(Whole, "no statement refuses requests without TLS to everybody").at("/Policy");
    }
    Ok(())
}

/// Whether a statement denies everybody every action over plain HTTP.
fn refuses_plain_http(statement: &Statement<'_>) -> bool {
    let everybody = match &statement.principals {
        Some(Of::Only(named)) => named.iter().any(|principal| principal.as_str() == "*"),
        Some(Of::AllBut(named)) => named.is_empty(),
        None => false,
    };
    let Of::Only(actions) = &statement.actions else { return false };
    let every_action = actions
        .iter()
        .any(|action| ["*", "s3:*"].contains(&action.as_str().to_lowercase().as_str()));
    // A condition more would let somebody in without TLS.
    let [condition] = statement.conditions.as_slice() else { return false };
    let key = condition.key.to_lowercase();
    let operator = condition.operator.to_string().to_lowercase();
    let by_transport = key == "aws:securetransport"
        && operator.starts_with("bool")
        && condition.values.iter().any(|value| value.to_string().eq_ignore_ascii_case("false"));
    let by_version = key == "s3:tlsversion" && operator.starts_with("numericlessthan");
    statement.effect == Effect::Deny && everybody && every_action && (by_transport || by_version)
}
