#![doc = include_str!("tls_policy_deprecated.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::listeners;
use crate::check::case::Case;
use crate::check::tls::{Of, predefined};
use crate::check::{AwsCheck, listed, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elbv2.tls_policy_deprecated"),
        technology: Cow::Borrowed("elbv2"),
        score: 3,
        reads: Texts::new(&[
            "/Listeners/*/Port",
            "/Listeners/*/Protocol",
            "/Listeners/*/SslPolicy",
        ]),
        page: Cow::Borrowed(include_str!("tls_policy_deprecated.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    for (listener, recorded, at) in listeners(case.item) {
        let name = text(&recorded["SslPolicy"]);
        let Some(policy) = predefined(Of::V2, name) else { continue };
        let old: Vec<_> = policy.deprecated().collect();
        if !old.is_empty() {
            let old = listed(old);
            found.add(listener, format!("{listener} accepts {old} ({name})")).at(at);
        }
    }
}
