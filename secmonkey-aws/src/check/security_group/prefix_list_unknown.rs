#![doc = include_str!("prefix_list_unknown.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::ports::with_stranger;
use super::{KNOWN, add_by_reach, phrase};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::{Direction, Peer};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.prefix_list_unknown"),
        technology: Cow::Borrowed("security_group"),
        version: 2,
        score: 5,
        reads: Texts::new(&["/IpPermissions", "/IpPermissionsEgress", "/Attachments"]),
        world: KNOWN,
        page: Cow::Borrowed(include_str!("prefix_list_unknown.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for direction in [Direction::Ingress, Direction::Egress] {
        for stated in &case.rules(direction)?.lists {
            let Peer::PrefixList(list) = stated.rule.peer else { continue };
            let peer = format!("whoever is in the prefix list {list}, which is not known");
            let detail = format!("allows {}", phrase(direction, stated.rule.traffic, &peer));
            let score = with_stranger(direction, stated.rule.traffic);
            add_by_reach(case.item, found, stated.rule, &detail, score).at(stated.at);
        }
    }
    Ok(())
}
