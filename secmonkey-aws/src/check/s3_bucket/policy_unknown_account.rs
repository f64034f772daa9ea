#![doc = include_str!("policy_unknown_account.md")]

use std::collections::BTreeSet;

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{PLACE, Who, grants, who};
use crate::check::resource_policy::{ByPrincipal, granted_to};
use crate::relation::Relation;

check! {
    s3_bucket.policy_unknown_account, score: 10,
    reads: [
        "/Owner/ID",
        "/Grants/*/Grantee/ID",
        "/Grants/*/Grantee/URI",
        "/Grants/*/Permission",
        "/Policy",
    ],
    world: ["accounts", "known"],
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let mut by_acl = Vec::new();
    for grants in grants(item) {
        if matches!(who(world, grants.grantee)?, Who::Unknown) {
            by_acl.push(grants);
        }
    }
    let policy = PLACE.policy(item)?;
    let exposure = policy.as_ref().map(|policy| PLACE.exposure(item, policy));
    let by_policy = match &exposure {
        Some(exposure) => granted_to(&exposure.grants, item, world, Relation::Unknown)?,
        None => ByPrincipal::new(),
    };
    let named = by_acl.iter().map(|grants| grants.grantee);
    let strangers: BTreeSet<&str> = named.chain(by_policy.keys().map(String::as_str)).collect();
    for stranger in strangers {
        let acl = by_acl.iter().find(|grants| grants.grantee == stranger);
        let granted = by_policy.get(stranger);
        let ways = [
            acl.map(|grants| {
                format!("the ACL grants {} to {stranger}, who is unknown", grants.permissions())
            }),
            granted.map(|granted| granted.told(&PLACE, item)),
        ];
        let ways: Vec<String> = ways.into_iter().flatten().collect();
        let finding = found.add(stranger, ways.join("; "));
        if let Some(grants) = acl {
            finding.evidence.extend(grants.at.iter().cloned());
            finding.grounds.extend(grants.permissions.iter().map(|it| (*it).to_owned()));
        }
        if let (Some(granted), Some(policy)) = (granted, &policy) {
            granted.show(&PLACE, policy, finding);
        }
    }
    Ok(())
}
