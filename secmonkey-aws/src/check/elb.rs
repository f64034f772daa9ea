//! Checks of classic load balancers.

use std::borrow::Cow;

use secmonkey_core::item::Item;

use super::balancer::listener;
use super::reachable::Listening;
use super::{AwsCheck, list, text};

mod access_logs_disabled;
mod access_logs_target_untrusted;
mod classic_internet_facing;
mod internet_facing;
mod listener_reachable_via_security_group;
mod policy;
mod tls;

pub(super) use self::tls::CHECKS as TLS_CHECKS;

/// All but those of TLS.
pub(super) const CHECKS: &[AwsCheck] = &[
    access_logs_disabled::CHECK,
    access_logs_target_untrusted::CHECK,
    classic_internet_facing::CHECK,
    internet_facing::CHECK,
    listener_reachable_via_security_group::CHECK,
];

const BALANCER: Cow<'static, str> = Cow::Borrowed("elb");

/// Whether it can be reached from the internet by its scheme.
fn faces_internet(item: &Item) -> bool {
    item.config["Scheme"] == "internet-facing"
}

/// Its listeners, with where each stands.
fn listeners(item: &Item) -> impl Iterator<Item = Listening<'static>> {
    list(&item.config["ListenerDescriptions"]).iter().enumerate().filter_map(|(at, described)| {
        let recorded = &described["Listener"];
        let listener = listener(text(&recorded["Protocol"]), &recorded["LoadBalancerPort"])?;
        Some(Listening { listener, at: format!("/ListenerDescriptions/{at}") })
    })
}
