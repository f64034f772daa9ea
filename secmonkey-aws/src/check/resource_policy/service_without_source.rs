#![doc = include_str!("service_without_source.md")]

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::Who;
use secmonkey_policy::exposure::{Flaw, Kind};

use super::Case;
use crate::check::subject::Principal;

/// Services whose customers say what they read, so that anybody may have them read this:
/// a distribution has any bucket as its origin. The others write what nobody else chooses.
const READS_FOR_ANYBODY: [&str; 2] = ["apigateway.amazonaws.com", "cloudfront.amazonaws.com"];

/// How grave it is that a service is let in whoever it acts for. A service takes on a role
/// only for the account the role is in.
pub(super) fn score(service: &str, kind: Kind) -> u8 {
    match kind {
        Kind::Role | Kind::VpcEndpoint => 0,
        _ if service == "*" || READS_FOR_ANYBODY.contains(&service) => 7,
        _ => 5,
    }
}

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for weakness in exposed.weaknesses().iter().filter(|it| it.flaw == Flaw::NoSource) {
        let finding = found.add(Principal(&weakness.who), weakness.to_string());
        finding.at(exposed.statement(weakness.statement));
        if let Who::Service(name) = &weakness.who {
            let within = exposed.within_all(weakness, &case.world);
            finding.score(score(name, exposed.row.kind).min(within));
        }
    }
    Ok(())
}
