#![doc = include_str!("public_write.md")]

use std::borrow::Cow;
use std::sync::LazyLock;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Grant;
use secmonkey_policy::actions::{self, AccessLevel, ActionId, Set};
use secmonkey_policy::document::Of;

use super::acl::public_grants;
use super::{in_doubt, is_blocked};
use crate::check::case::Case;
use crate::check::resource_policy::ByPrincipal;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.public_write"),
        technology: Cow::Borrowed("s3_bucket"),
        score: 10,
        reads: Texts::new(&[
            "/Owner/ID",
            "/Grants/*/Grantee/ID",
            "/Grants/*/Grantee/URI",
            "/Grants/*/Permission",
            "/Policy",
            "/OwnershipControls/Rules",
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
        part_of: Some(Cow::Borrowed("s3_bucket.publicly_accessible")),
        page: Cow::Borrowed(include_str!("public_write.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The permissions of an access control list that let somebody write.
const WRITE: [&str; 3] = ["FULL_CONTROL", "WRITE", "WRITE_ACP"];

/// The actions of S3 that change what is there, or who may.
static WRITES: LazyLock<Set> = LazyLock::new(|| {
    let mut writes = Set::new();
    for action in actions::all() {
        if action.service == "s3"
            && matches!(action.level, AccessLevel::Write | AccessLevel::PermissionsManagement)
            && let Some(id) = ActionId::find(&action.to_string())
        {
            writes.insert(id);
        }
    }
    writes
});

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let mut ways = Vec::new();
    let mut acl = public_grants(case)?;
    acl.retain(|(_, grants)| WRITE.iter().any(|it| grants.permissions.contains(it)));
    for (everybody, grants) in &acl {
        let granted = grants.permissions.iter().copied().filter(|it| WRITE.contains(it));
        ways.push(format!("the ACL grants {} to {everybody}", listed(granted)));
    }
    let mut public = match case.exposed()? {
        Some(exposed) => exposed.granted_to_the_public_where(writes),
        None => ByPrincipal::new(),
    };
    if !public.is_empty() && is_blocked(case, "RestrictPublicBuckets")? {
        public.clear();
    }
    ways.extend(public.values().map(|granted| format!("by the policy, {}", granted.describe())));
    if ways.is_empty() {
        return Ok(());
    }
    let finding = found.add(Whole, ways.join("; "));
    finding.doubt.extend(in_doubt(case).map(str::to_owned));
    for (_, grants) in acl {
        for permission in grants.permissions.iter().filter(|it| WRITE.contains(it)) {
            finding.ground(format!("{} {permission}", grants.grantee));
        }
        for pointer in &grants.at {
            finding.at(pointer);
        }
    }
    for granted in public.values() {
        granted.show(finding);
    }
    Ok(())
}

fn writes(grant: &Grant<'_, '_>) -> bool {
    match grant.actions.as_ref() {
        Of::Only(named) => named.iter().any(|pattern| WRITES.meets(pattern)),
        Of::AllBut(named) => {
            let but = named.iter().map(Set::matching).fold(Set::new(), |all, one| all.union(&one));
            !WRITES.difference(&but).is_empty()
        }
    }
}
