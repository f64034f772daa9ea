#![doc = include_str!("http_listener.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;
use serde_json::Value;

use super::{faces_internet, listeners};
use crate::check::case::Case;
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elbv2.http_listener"),
        technology: Cow::Borrowed("elbv2"),
        score: 4,
        reads: Texts::new(&[
            "/Scheme",
            "/Listeners/*/Port",
            "/Listeners/*/Protocol",
            "/Listeners/*/DefaultActions/*/Type",
            "/Listeners/*/DefaultActions/*/RedirectConfig/Protocol",
        ]),
        page: Cow::Borrowed(include_str!("http_listener.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    for (listener, recorded, at) in listeners(case.item) {
        if recorded["Protocol"] != "HTTP" || redirects(recorded) {
            continue;
        }
        let finding = found.add(listener, format!("{listener} serves HTTP without TLS"));
        // Inside, who listens is inside, too.
        finding.score(if faces_internet(case.item) { 4 } else { 1 }).at(at);
    }
}

/// Whether a listener sends everybody to HTTPS by default.
fn redirects(listener: &Value) -> bool {
    list(&listener["DefaultActions"]).iter().any(|action| {
        action["Type"] == "redirect" && action["RedirectConfig"]["Protocol"] == "HTTPS"
    })
}
