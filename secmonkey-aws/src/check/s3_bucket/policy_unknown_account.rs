#![doc = include_str!("policy_unknown_account.md")]

use std::borrow::Cow;
use std::collections::BTreeSet;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::acl::strangers;
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::resource_policy::{ByPrincipal, Granted};
use crate::relation::Relation;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.policy_unknown_account"),
        technology: Cow::Borrowed("s3_bucket"),
        version: 2,
        score: 10,
        reads: Texts::new(&[
            "/Owner/ID",
            "/Grants/*/Grantee/ID",
            "/Grants/*/Grantee/URI",
            "/Grants/*/Permission",
            "/Policy",
        ]),
        world: Texts::new(&["accounts", "known"]),
        page: Cow::Borrowed(include_str!("policy_unknown_account.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let by_acl = strangers(case)?;
    let by_policy = match case.exposed()? {
        Some(exposed) => exposed.granted_to(Relation::Unknown, &case.world)?,
        None => ByPrincipal::new(),
    };
    let named = by_acl.iter().map(|grants| grants.grantee);
    let all: BTreeSet<&str> = named.chain(by_policy.keys().map(String::as_str)).collect();
    for stranger in all {
        let acl = by_acl.iter().find(|grants| grants.grantee == stranger);
        let granted = by_policy.get(stranger);
        let ways = [acl.map(|grants| grants.to_a_stranger()), granted.map(Granted::describe)];
        let ways: Vec<String> = ways.into_iter().flatten().collect();
        let finding = found.add(stranger, ways.join("; "));
        if let (None, Some(granted)) = (acl, granted) {
            finding.score(granted.weight(&case.world));
        }
        if let Some(grants) = acl {
            finding.evidence.extend(grants.at.iter().cloned());
            finding.grounds.extend(grants.permissions.iter().map(|it| (*it).to_owned()));
        }
        if let Some(granted) = granted {
            granted.show(finding);
        }
    }
    Ok(())
}
