#![doc = include_str!("tls_policy_unknown.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::listeners;
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::tls::{Of, predefined};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elbv2.tls_policy_unknown"),
        technology: Cow::Borrowed("elbv2"),
        score: 3,
        reads: Texts::new(&[
            "/Listeners/*/Port",
            "/Listeners/*/Protocol",
            "/Listeners/*/SslPolicy",
        ]),
        page: Cow::Borrowed(include_str!("tls_policy_unknown.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    for (listener, recorded, at) in listeners(case.item) {
        let Some(name) = recorded["SslPolicy"].as_str() else { continue };
        if predefined(Of::V2, name).is_none() {
            found
                .add(listener, format!("{listener} has the policy {name}, which is unknown"))
                .at(at);
        }
    }
}
