#![doc = include_str!("console_and_access_key.md")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::active_keys;
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.console_and_access_key"),
        technology: Cow::Borrowed("iam_user"),
        score: 1,
        reads: Texts::new(&["/LoginProfile", "/AccessKeys/*/AccessKeyId", "/AccessKeys/*/Status"]),
        page: Cow::Borrowed(include_str!("console_and_access_key.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let keys: BTreeMap<_, _> = active_keys(case.item).map(|key| (key.id, key)).collect();
    if !case.item.config["LoginProfile"].is_object() || keys.is_empty() {
        return;
    }
    let ids = listed(keys.keys().copied());
    let noun = if keys.len() == 1 { "key" } else { "keys" };
    let finding =
        found.add(Whole, format!("a console password and the active access {noun} {ids}"));
    finding.at("/LoginProfile");
    for (id, key) in keys {
        finding.at(key.at()).ground(id);
    }
}
