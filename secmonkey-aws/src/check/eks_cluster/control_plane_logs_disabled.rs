#![doc = include_str!("control_plane_logs_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Parameter, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list, listed, text};

/// By default those that say who did what; the others are for those who run the cluster.
const LOGS: Parameter =
    Parameter::texts("logs", &["api", "audit", "authenticator"], "the logs that have to be kept");

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("eks_cluster.control_plane_logs_disabled"),
        technology: Cow::Borrowed("eks_cluster"),
        score: 1,
        reads: Texts::new(&[
            "/cluster/connectorConfig/provider",
            "/cluster/logging/clusterLogging",
        ]),
        parameters: Cow::Borrowed(&[LOGS]),
        page: Cow::Borrowed(include_str!("control_plane_logs_disabled.md")),
        ..Check::DEFAULT
    },
    run: find,
};

fn find(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let wanted = case.world.texts(&LOGS.name)?;
    let cluster = &case.item.config["cluster"];
    // The control plane of a cluster elsewhere is somebody else's.
    if !cluster["connectorConfig"].is_null() {
        return Ok(());
    }
    let kinds =
        list(&cluster["logging"]["clusterLogging"]).iter().filter(|it| it["enabled"] == true);
    let on: Vec<_> = kinds.flat_map(|it| list(&it["types"])).map(text).collect();
    let off: Vec<_> = wanted.iter().map(String::as_str).filter(|kind| !on.contains(kind)).collect();
    if !off.is_empty() {
        let detail = format!("the control plane keeps no log of {}", listed(off.iter().copied()));
        let finding = found.add(Whole, detail).at("/cluster");
        finding.grounds.extend(off.into_iter().map(str::to_owned));
    }
    Ok(())
}
