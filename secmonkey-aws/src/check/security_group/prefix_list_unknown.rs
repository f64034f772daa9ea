#![doc = include_str!("prefix_list_unknown.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::ports::with_stranger;
use super::{add_by_reach, phrase};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::{Direction, Peer};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.prefix_list_unknown"),
        technology: Cow::Borrowed("security_group"),
        score: 5,
        reads: Texts::new(&["/IpPermissions", "/IpPermissionsEgress", "/Attachments"]),
        page: Cow::Borrowed(include_str!("prefix_list_unknown.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for direction in [Direction::Ingress, Direction::Egress] {
        for stated in &case.rules(direction)?.lists {
            let Peer::PrefixList(list) = stated.rule.peer else { continue };
            if is_of_aws(list) {
                continue;
            }
            let peer = format!("whoever is in the prefix list {list}, which is not known");
            let detail = format!("allows {}", phrase(direction, stated.rule.traffic, &peer));
            let score = with_stranger(direction, stated.rule.traffic);
            add_by_reach(case.item, found, stated.rule, &detail, score).at(stated.at);
        }
    }
    Ok(())
}

/// Whether a list is AWS's own, of its services: those kept the short ids, with which no
/// list that a customer made was ever named.
fn is_of_aws(list: &str) -> bool {
    list.strip_prefix("pl-").is_some_and(|id| id.len() == 8)
}
