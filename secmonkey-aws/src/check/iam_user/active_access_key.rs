#![doc = include_str!("active_access_key.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::active_keys;
use crate::check::day;
use crate::check::subject::AccessKey;

check! {
    iam_user.active_access_key, score: 1,
    reads: [
        "/AccessKeys/*/AccessKeyId",
        "/AccessKeys/*/Status",
        "/AccessKeys/*/CreateDate",
    ],
}

fn run(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for key in active_keys(item) {
        let detail = format!("access key {} is active, created on {}", key.id, day(key.created()?));
        found.add(AccessKey(key.id), detail).at(key.at());
    }
    Ok(())
}
