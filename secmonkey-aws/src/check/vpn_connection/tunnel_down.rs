#![doc = include_str!("tunnel_down.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Tunnel;
use crate::check::{AwsCheck, list, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("vpn_connection.tunnel_down"),
        technology: Cow::Borrowed("vpn_connection"),
        score: 1,
        reads: Texts::new(&[
            "/State",
            "/VgwTelemetry/*/OutsideIpAddress",
            "/VgwTelemetry/*/Status",
        ]),
        page: Cow::Borrowed(include_str!("tunnel_down.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    if config["State"] != "available" {
        return Ok(());
    }
    let tunnels = list(&config["VgwTelemetry"]);
    if tunnels.is_empty() {
        return Err(Undecided::Unread("/VgwTelemetry".to_owned()));
    }
    for (index, tunnel) in tunnels.iter().enumerate() {
        let (address, status) = (text(&tunnel["OutsideIpAddress"]), text(&tunnel["Status"]));
        if status != "UP" {
            let detail = format!("the tunnel to {address} is {status}");
            found.add(Tunnel(address), detail).at(format!("/VgwTelemetry/{index}"));
        }
    }
    Ok(())
}
