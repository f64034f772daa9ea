#![doc = include_str!("federated_subject_open.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::exposure::Flaw;

use crate::check::resource_policy::iam_role::PLACE;
use crate::check::subject::Principal;

check! {
    iam_role.federated_subject_open, score: 7,
    reads: ["/AssumeRolePolicyDocument"],
}

/// The score where only whom a token was made for is left open.
const AUDIENCE: u8 = 3;

fn run(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(policy) = PLACE.policy(item)? else { return Ok(()) };
    for weakness in PLACE.exposure(item, &policy).weaknesses {
        let only_audience = match weakness.flaw {
            Flaw::NoSubject | Flaw::WideSubject => false,
            Flaw::NoAudience | Flaw::NoSamlAudience => true,
            Flaw::NoExternalId | Flaw::NoSource | Flaw::EverybodyBut => continue,
        };
        let finding = found.add(Principal(&weakness.who), weakness.to_string());
        finding.at(PLACE.at(&policy.statements[weakness.statement].pointer));
        finding.ground(weakness.flaw.as_str());
        if only_audience {
            finding.score(AUDIENCE);
        }
    }
    Ok(())
}
