#![doc = include_str!("service_without_source.md")]

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::Who;
use secmonkey_policy::exposure::Flaw;

use super::Case;
use crate::check::subject::Principal;

/// Services whose customers say what they read, so that anybody may have them read this:
/// a distribution has any bucket as its origin. The others write what nobody else chooses.
const READS_FOR_ANYBODY: [&str; 2] = ["apigateway.amazonaws.com", "cloudfront.amazonaws.com"];

/// The score where anybody may have the resource read.
const READ: u8 = 5;

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for weakness in exposed.weaknesses().iter().filter(|it| it.flaw == Flaw::NoSource) {
        let finding = found.add(Principal(&weakness.who), weakness.to_string());
        finding.at(exposed.statement(weakness.statement));
        if matches!(&weakness.who, Who::Service(name) if READS_FOR_ANYBODY.contains(&name.as_ref()))
        {
            finding.score(READ);
        }
    }
    Ok(())
}
