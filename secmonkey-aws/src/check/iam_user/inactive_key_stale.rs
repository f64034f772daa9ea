#![doc = include_str!("inactive_key_stale.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{DAYS, inactive_keys};
use crate::check::subject::AccessKey;
use crate::check::{day, days_ago};

check! {
    iam_user.inactive_key_stale, score: 1,
    reads: [
        "/AccessKeys/*/AccessKeyId",
        "/AccessKeys/*/Status",
        "/AccessKeys/*/CreateDate",
        "/AccessKeys/*/AccessKeyLastUsed/LastUsedDate",
    ],
    timed: true,
    part_of: "iam_user.inactive_access_key",
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let limit = days_ago(world, DAYS)?;
    for key in inactive_keys(item) {
        let (created, last_used) = (key.created()?, key.last_used()?);
        if created >= limit || last_used.is_some_and(|last_used| last_used >= limit) {
            continue;
        }
        let use_of_it = match last_used {
            Some(last_used) => format!("last used on {}", day(last_used)),
            None => "never used".to_owned(),
        };
        let detail = format!("access key {} was created on {}, {use_of_it}", key.id, day(created));
        found.add(AccessKey(key.id), detail).at(key.at());
    }
    Ok(())
}
