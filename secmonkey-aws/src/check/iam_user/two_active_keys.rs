#![doc = include_str!("two_active_keys.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::active_keys;
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.two_active_keys"),
        technology: Cow::Borrowed("iam_user"),
        score: 2,
        reads: Texts::new(&["/AccessKeys/*/AccessKeyId", "/AccessKeys/*/Status"]),
        page: Cow::Borrowed(include_str!("two_active_keys.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let mut keys: Vec<_> = active_keys(case.item).collect();
    if keys.len() > 1 {
        keys.sort_by_key(|key| key.id);
        let ids = listed(keys.iter().map(|key| key.id));
        let finding = found.add(Whole, format!("access keys {ids} are active at once"));
        for key in keys {
            finding.at(key.at());
        }
    }
}
