#![doc = include_str!("tls_sweet32.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::listeners;
use crate::check::case::Case;
use crate::check::tls::{Of, predefined};
use crate::check::{AwsCheck, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elbv2.tls_sweet32"),
        technology: Cow::Borrowed("elbv2"),
        score: 3,
        reads: Texts::new(&[
            "/Listeners/*/Port",
            "/Listeners/*/Protocol",
            "/Listeners/*/SslPolicy",
        ]),
        part_of: Some(Cow::Borrowed("elbv2.tls_policy_deprecated")),
        page: Cow::Borrowed(include_str!("tls_sweet32.md")),
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
        if predefined(Of::V2, name).is_some_and(|policy| policy.has("3des")) {
            found.add(listener, format!("{listener} accepts 3DES, CVE-2016-2183 ({name})")).at(at);
        }
    }
}
