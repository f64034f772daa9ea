#![doc = include_str!("acl_internet_accessible.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::public_grants;

check! {
    s3_bucket.acl_internet_accessible, score: 10,
    reads: [
        "/Owner/ID",
        "/Grants/*/Grantee/ID",
        "/Grants/*/Grantee/URI",
        "/Grants/*/Permission",
        "/PublicAccessBlockConfiguration/IgnorePublicAcls",
    ],
    world: ["s3_account"],
    part_of: "s3_bucket.publicly_accessible",
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for (everybody, grants) in public_grants(item, world)? {
        let detail = format!("the ACL grants {} to {everybody}", grants.permissions());
        grants.find(found, detail);
    }
    Ok(())
}
