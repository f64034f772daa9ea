#![doc = include_str!("publicly_accessible.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::acl::public_grants;
use super::{in_doubt, is_blocked};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::resource_policy::{ByPrincipal, Exposed};
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.publicly_accessible"),
        technology: Cow::Borrowed("s3_bucket"),
        version: 3,
        score: 10,
        reads: Texts::new(&[
            "/Owner/ID",
            "/Grants/*/Grantee/ID",
            "/Grants/*/Grantee/URI",
            "/Grants/*/Permission",
            "/Policy",
            "/OwnershipControls/Rules",
            "/PolicyStatus/IsPublic",
            "/PublicAccessBlockConfiguration/IgnorePublicAcls",
            "/PublicAccessBlockConfiguration/RestrictPublicBuckets",
        ]),
        world: Texts::new(&["s3_account"]),
        doubts: Texts::new(&[
            "/OwnershipControls/Rules",
            "/PublicAccessBlockConfiguration/IgnorePublicAcls",
            "/PublicAccessBlockConfiguration/RestrictPublicBuckets",
            "s3_account",
        ]),
        page: Cow::Borrowed(include_str!("publicly_accessible.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let acl = public_grants(case)?;
    let mut public = case.exposed()?.map_or_else(ByPrincipal::new, Exposed::granted_to_the_public);
    let by_status = case.item.config["PolicyStatus"]["IsPublic"] == true;
    let by_policy = !public.is_empty();
    let open = (by_status || by_policy) && !is_blocked(case, "RestrictPublicBuckets")?;
    if !open {
        public.clear();
    }

    let mut ways: Vec<String> = acl
        .iter()
        .map(|(everybody, grants)| {
            format!("the ACL grants {} to {everybody}", grants.permissions())
        })
        .collect();
    for granted in public.values() {
        ways.push(format!("by the policy, {}", granted.describe()));
    }
    if open && !by_policy {
        ways.push("S3 says that the policy is public".to_owned());
    }
    if ways.is_empty() {
        return Ok(());
    }
    let finding = found.add(Whole, ways.join("; "));
    finding.doubt.extend(in_doubt(case).map(str::to_owned));
    for (_, grants) in acl {
        for permission in &grants.permissions {
            finding.ground(format!("{} {permission}", grants.grantee));
        }
        for pointer in &grants.at {
            finding.at(pointer);
        }
    }
    if open {
        finding.ground("policy");
        if by_status {
            finding.at("/PolicyStatus/IsPublic");
        }
        for granted in public.values() {
            granted.show(finding);
        }
    }
    Ok(())
}
