#![doc = include_str!("acl_thirdparty_canonical.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::find_accounts;

check! {
    s3_bucket.acl_thirdparty_canonical, score: 0,
    reads: [
        "/Owner/ID",
        "/Grants/*/Grantee/ID",
        "/Grants/*/Grantee/URI",
        "/Grants/*/Permission",
    ],
    world: ["known"],
    version: 2,
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    find_accounts(item, world, true, found)
}
