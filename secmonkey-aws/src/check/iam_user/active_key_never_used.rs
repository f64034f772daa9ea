#![doc = include_str!("active_key_never_used.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{DAYS, active_keys};
use crate::check::subject::AccessKey;
use crate::check::{day, days_ago};

check! {
    iam_user.active_key_never_used, score: 1,
    reads: [
        "/AccessKeys/*/AccessKeyId",
        "/AccessKeys/*/Status",
        "/AccessKeys/*/CreateDate",
        "/AccessKeys/*/AccessKeyLastUsed/LastUsedDate",
    ],
    timed: true,
    part_of: "iam_user.active_key_unused_90d",
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let limit = days_ago(world, DAYS)?;
    for key in active_keys(item) {
        let created = key.created()?;
        if created < limit && key.last_used()?.is_none() {
            let detail =
                format!("access key {} was created on {}, never used", key.id, day(created));
            found.add(AccessKey(key.id), detail).at(key.at());
        }
    }
    Ok(())
}
