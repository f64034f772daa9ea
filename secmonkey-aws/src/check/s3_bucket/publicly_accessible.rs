#![doc = include_str!("publicly_accessible.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{is_blocked, public_grants};
use crate::check::subject::Whole;

check! {
    s3_bucket.publicly_accessible, score: 10,
    reads: [
        "/Owner/ID",
        "/Grants/*/Grantee/ID",
        "/Grants/*/Grantee/URI",
        "/Grants/*/Permission",
        "/PolicyStatus/IsPublic",
        "/PublicAccessBlockConfiguration/IgnorePublicAcls",
        "/PublicAccessBlockConfiguration/RestrictPublicBuckets",
    ],
    world: ["s3_account"],
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let acl = public_grants(item, world)?;
    let policy = item.config["PolicyStatus"]["IsPublic"] == true
        && !is_blocked(item, world, "RestrictPublicBuckets")?;
    let ways: Vec<String> = acl
        .iter()
        .map(|(everybody, grants)| {
            format!("the ACL grants {} to {everybody}", grants.permissions())
        })
        .chain(policy.then(|| "the policy lets the public in".to_owned()))
        .collect();
    if ways.is_empty() {
        return Ok(());
    }
    let finding = found.add(Whole, ways.join("; "));
    for (_, grants) in acl {
        for permission in grants.permissions {
            finding.ground(format!("{} {permission}", grants.grantee));
        }
        for pointer in grants.at {
            finding.at(pointer);
        }
    }
    if policy {
        finding.at("/PolicyStatus/IsPublic").ground("policy");
    }
    Ok(())
}
