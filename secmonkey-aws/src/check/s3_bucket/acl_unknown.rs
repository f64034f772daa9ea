#![doc = include_str!("acl_unknown.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{Who, grants, who};

check! {
    s3_bucket.acl_unknown, score: 10,
    reads: [
        "/Owner/ID",
        "/Grants/*/Grantee/ID",
        "/Grants/*/Grantee/URI",
        "/Grants/*/Permission",
    ],
    world: ["known"],
    part_of: "s3_bucket.policy_unknown_account",
    version: 2,
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for grants in grants(item) {
        if matches!(who(world, grants.grantee)?, Who::Unknown) {
            let detail = format!(
                "the ACL grants {} to {}, who is unknown",
                grants.permissions(),
                grants.grantee
            );
            grants.find(found, detail);
        }
    }
    Ok(())
}
