#![doc = include_str!("service_without_source.md")]

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::exposure::Flaw;

use super::Case;
use crate::check::subject::Principal;

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for weakness in exposed.weaknesses().iter().filter(|it| it.flaw == Flaw::NoSource) {
        found
            .add(Principal(&weakness.who), weakness.to_string())
            .at(exposed.statement(weakness.statement));
    }
    Ok(())
}
