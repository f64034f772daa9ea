#![doc = include_str!("active_key_unused_90d.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{DAYS, active_keys};
use crate::check::subject::AccessKey;
use crate::check::{day, days_ago};

check! {
    iam_user.active_key_unused_90d, score: 1,
    reads: [
        "/AccessKeys/*/AccessKeyId",
        "/AccessKeys/*/Status",
        "/AccessKeys/*/CreateDate",
        "/AccessKeys/*/AccessKeyLastUsed/LastUsedDate",
    ],
    timed: true,
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let limit = days_ago(world, DAYS)?;
    for key in active_keys(item) {
        let (created, last_used) = (key.created()?, key.last_used()?);
        if last_used.unwrap_or(created) >= limit {
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
