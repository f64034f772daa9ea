#![doc = include_str!("publicly_accessible.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{PLACE, is_blocked, public_grants};
use crate::check::resource_policy::granted_to_the_public;
use crate::check::subject::Whole;

check! {
    s3_bucket.publicly_accessible, score: 10,
    reads: [
        "/Owner/ID",
        "/Grants/*/Grantee/ID",
        "/Grants/*/Grantee/URI",
        "/Grants/*/Permission",
        "/Policy",
        "/PolicyStatus/IsPublic",
        "/PublicAccessBlockConfiguration/IgnorePublicAcls",
        "/PublicAccessBlockConfiguration/RestrictPublicBuckets",
    ],
    world: ["s3_account"],
    version: 2,
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let acl = public_grants(item, world)?;
    let policy = PLACE.policy(item)?;
    let exposure = policy.as_ref().map(|policy| (policy, PLACE.exposure(item, policy)));
    let mut public = exposure
        .as_ref()
        .map(|(policy, exposure)| (policy, granted_to_the_public(&exposure.grants)));
    let by_status = item.config["PolicyStatus"]["IsPublic"] == true;
    let by_policy = public.as_ref().is_some_and(|(_, granted)| !granted.is_empty());
    let open = (by_status || by_policy) && !is_blocked(item, world, "RestrictPublicBuckets")?;
    if !open {
        public = None;
    }

    let mut ways: Vec<String> = acl
        .iter()
        .map(|(everybody, grants)| {
            format!("the ACL grants {} to {everybody}", grants.permissions())
        })
        .collect();
    for granted in public.iter().flat_map(|(_, granted)| granted.values()) {
        ways.push(format!("by the policy, {}", granted.told(&PLACE, item)));
    }
    if open && !by_policy {
        ways.push("S3 says that the policy is public".to_owned());
    }
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
    if open {
        finding.ground("policy");
        if by_status {
            finding.at("/PolicyStatus/IsPublic");
        }
        if let Some((policy, granted)) = &public {
            for granted in granted.values() {
                granted.show(&PLACE, policy, finding);
            }
        }
    }
    Ok(())
}
