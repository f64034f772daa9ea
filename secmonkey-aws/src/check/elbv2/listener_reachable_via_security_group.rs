#![doc = include_str!("listener_reachable_via_security_group.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{faces_internet, listeners};
use crate::check::balancer::find_reachable;
use crate::check::case::Case;
use crate::check::reachable::Listening;
use crate::check::way_in::{WAY, WAY_IN};
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elbv2.listener_reachable_via_security_group"),
        technology: Cow::Borrowed("elbv2"),
        score: 3,
        version: 2,
        reads: Texts::new(&[
            "/AvailabilityZones/*/SubnetId",
            "/Listeners/*/Port",
            "/Listeners/*/Protocol",
            "/Scheme",
            "/SecurityGroups",
            "/VpcId",
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
    let listening: Vec<_> =
        listeners(case.item).map(|(listener, _, at)| Listening { listener, at }).collect();
    let config = &case.item.config;
    let zones = list(&config["AvailabilityZones"]).iter();
    let subnets: Vec<_> = zones.filter_map(|zone| zone["SubnetId"].as_str()).collect();
    find_reachable(case, &config["VpcId"], &subnets, listening, found)
}
