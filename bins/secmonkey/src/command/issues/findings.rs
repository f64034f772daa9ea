//! Issues in the formats of others.

use secmonkey_app::error::Error;
use secmonkey_aws::{compliance, security_hub};
use secmonkey_core::Timestamp;
use secmonkey_core::record::{
    AsffFinding, IssueRecord, OcsfFinding, Records, Requirement, SarifLog, StatusRecord,
};

use crate::args::Standard;
use crate::console::count;
use crate::context::Context;
use crate::output::{self, warn};

/// Writes issues, beside them what was not looked at, read or judged, and says how many issues
/// there are.
pub fn list(
    context: &Context,
    records: &Records<'_>,
    standard: Standard,
    issues: &[IssueRecord],
    coverage: &StatusRecord,
) -> Result<u64, Error> {
    let explanations = records.explain(issues, requirements, security_hub::resource_type);
    let now = Timestamp::now();
    match standard {
        Standard::Sarif => {
            context.output.object(&SarifLog::of(issues, &explanations, coverage))?;
        }
        Standard::Ocsf => {
            let told = issues.iter().map(|issue| OcsfFinding::of(issue, &explanations, now));
            let unknown = coverage.accounts.iter().flat_map(|place| {
                let gaps = place.gaps().into_iter();
                gaps.map(move |gap| OcsfFinding::of_gap(place, &gap, now))
            });
            output::array(told.chain(unknown))?;
        }
        Standard::Asff => {
            let told = issues.iter().filter_map(|issue| AsffFinding::of(issue, &explanations, now));
            let left_out = (issues.len() as u64).saturating_sub(output::array(told)?);
            if left_out > 0 {
                let issues = count(left_out, "issue");
                warn(&format!("{issues} of no AWS account left out: ASFF has no place for them"));
            }
        }
    }
    Ok(issues.len() as u64)
}

/// The controls that a check answers, of frameworks that are not retired.
fn requirements(check: &str) -> Vec<Requirement> {
    let controls = compliance::controls_of(check);
    let current = controls.filter(|(framework, _)| framework.retired.is_none());
    let requirement = current.map(|(framework, control)| Requirement {
        standard: format!("{} {}", framework.name, framework.version),
        control: format!("{} {}", framework.label, control.id),
    });
    requirement.collect()
}
