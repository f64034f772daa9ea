#![doc = include_str!("federated_subject_open.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::exposure::Flaw;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Principal;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_role.federated_subject_open"),
        technology: Cow::Borrowed("iam_role"),
        score: 7,
        version: 3,
        reads: Texts::new(&["/AssumeRolePolicyDocument"]),
        world: Texts::new(&["accounts", "known"]),
        page: Cow::Borrowed(include_str!("federated_subject_open.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The score where only whom a token was made for is left open.
const AUDIENCE: u8 = 3;

/// The score where anybody may have such a token.
const ANYBODY: u8 = 10;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for weakness in exposed.weaknesses() {
        let only_audience = match weakness.flaw {
            Flaw::Guests | Flaw::NoSubject | Flaw::WideSubject => false,
            Flaw::NoAudience | Flaw::NoSamlAudience => true,
            Flaw::NoExternalId | Flaw::NoSource | Flaw::EverybodyBut => continue,
        };
        let finding = found.add(Principal(&weakness.who), weakness.to_string());
        finding.at(exposed.statement(weakness.statement));
        finding.ground(weakness.flaw.as_str());
        let score = match weakness.flaw {
            Flaw::Guests => ANYBODY,
            _ if only_audience => AUDIENCE,
            _ => CHECK.check.score,
        };
        // Whoever has to come from a place is no worse than everybody there.
        finding.score(score.min(exposed.within_all(weakness, &case.world)));
    }
    Ok(())
}
