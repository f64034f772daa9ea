#![doc = include_str!("listener_reachable_via_security_group.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{BALANCER, faces_internet, listeners};
use crate::check::balancer::find_reachable;
use crate::check::case::Case;
use crate::check::way_in::{WAY, WAY_IN};
use crate::check::{AwsCheck, list, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elb.listener_reachable_via_security_group"),
        technology: BALANCER,
        score: 3,
        version: 2,
        reads: Texts::new(&[
            "/ListenerDescriptions/*/Listener",
            "/Scheme",
            "/SecurityGroups",
            "/Subnets",
            "/VPCId",
        ]),
        world: WAY_IN,
        doubts: WAY,
        page: Cow::Borrowed(include_str!("listener_reachable_via_security_group.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if !faces_internet(case.item) {
        return Ok(());
    }
    let listening: Vec<_> = listeners(case.item).collect();
    let config = &case.item.config;
    let subnets: Vec<_> = list(&config["Subnets"]).iter().map(text).collect();
    find_reachable(case, &config["VPCId"], &subnets, listening, found)
}
