#![doc = include_str!("internet_exposed.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::exposure::{Exposure, exposures, is_idle};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::reachable::few;
use crate::check::way_in::WAY_IN;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ec2_instance.internet_exposed"),
        technology: Cow::Borrowed("ec2_instance"),
        score: 7,
        reads: Texts::new(&["/NetworkInterfaces", "/State/Name"]),
        world: WAY_IN,
        page: Cow::Borrowed(include_str!("internet_exposed.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The most that it scores while the instance is stopped.
const IDLE: u8 = 3;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let is_idle = is_idle(case.item);
    for (rule, Exposure { traffic, who, score, paths, rules, at }) in exposures(case)? {
        let paths = few(&paths.iter().map(String::as_str).collect());
        let mut detail = format!("{traffic} is open to {who} by {paths}");
        if is_idle {
            detail.push_str("; the instance does not run");
        }
        let finding = found.add(rule.as_str(), detail);
        finding.score(if is_idle { IDLE.min(*score) } else { *score });
        finding.evidence.extend(at.iter().cloned());
        finding.grounds.extend(rules.iter().cloned());
        if !is_idle {
            // Running widens a finding that was accepted because the instance did not.
            finding.ground("running");
        }
    }
    Ok(())
}
