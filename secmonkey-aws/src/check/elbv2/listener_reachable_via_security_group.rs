#![doc = include_str!("listener_reachable_via_security_group.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{faces_internet, listeners};
use crate::check::AwsCheck;
use crate::check::balancer::find_reachable;
use crate::check::case::Case;
use crate::check::reachable::{LET_IN, Listening};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elbv2.listener_reachable_via_security_group"),
        technology: Cow::Borrowed("elbv2"),
        score: 3,
        reads: Texts::new(&[
            "/Listeners/*/Port",
            "/Listeners/*/Protocol",
            "/Scheme",
            "/SecurityGroups",
        ]),
        world: LET_IN,
        page: Cow::Borrowed(include_str!("listener_reachable_via_security_group.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if !faces_internet(case.item) {
        return Ok(());
    }
    let listening: Vec<_> =
        listeners(case.item).map(|(listener, _, at)| Listening { listener, at }).collect();
    find_reachable(case, &listening, found)
}
