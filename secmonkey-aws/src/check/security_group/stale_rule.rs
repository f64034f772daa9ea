#![doc = include_str!("stale_rule.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{KNOWN, phrase};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::{Direction, Peer};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.stale_rule"),
        technology: Cow::Borrowed("security_group"),
        score: 1,
        reads: Texts::new(&["/IpPermissions", "/IpPermissionsEgress"]),
        world: KNOWN,
        page: Cow::Borrowed(include_str!("stale_rule.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for direction in [Direction::Ingress, Direction::Egress] {
        for (stated, why) in &case.rules(direction)?.stale {
            let Peer::Group { group, .. } = stated.rule.peer else { continue };
            let traffic = phrase(direction, stated.rule.traffic, group);
            let why = match *why {
                "gone" => "which is gone".to_owned(),
                status => format!("over a peering that is {status}"),
            };
            found.add(stated.rule, format!("names {traffic}, {why}")).at(stated.at);
        }
    }
    Ok(())
}
