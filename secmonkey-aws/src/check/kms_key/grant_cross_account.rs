#![doc = include_str!("grant_cross_account.md")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;

use super::idle;
use crate::check::case::Case;
use crate::check::resource_policy::Idle;
use crate::check::subject::Principal;
use crate::check::{AwsCheck, list, listed, text};
use crate::relation::{Relation, relation};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("kms_key.grant_cross_account"),
        technology: Cow::Borrowed("kms_key"),
        score: 7,
        reads: Texts::new(&["/Grants", "/KeyMetadata/KeyState"]),
        doubts: Texts::new(&["/KeyMetadata/KeyState"]),
        world: Texts::new(&["accounts", "known"]),
        page: Cow::Borrowed(include_str!("grant_cross_account.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let mut grantees = BTreeMap::<&str, (BTreeSet<&str>, Vec<usize>)>::new();
    for (index, grant) in list(&case.item.config["Grants"]).iter().enumerate() {
        let grantee = text(&grant["GranteePrincipal"]);
        // Services have names, and what is deleted an id.
        if grantee.starts_with("arn:") {
            let (operations, at) = grantees.entry(grantee).or_default();
            operations.extend(list(&grant["Operations"]).iter().map(text));
            at.push(index);
        }
    }
    let idle = idle(case.item);
    for (grantee, (operations, at)) in grantees {
        let who = Who::Arn(grantee.into());
        let party = relation(&who, &case.item.key.account, &case.world)?;
        let score = match party.relation {
            Relation::Own => continue,
            Relation::Friendly | Relation::ThirdParty => 0,
            Relation::Unknown => 7,
        };
        let may = listed(operations.iter().copied());
        let detail = format!("{grantee} ({party}) may {may} by a grant");
        let finding = match idle {
            Some(why) => {
                let finding = found.add(Principal(&who), format!("{detail}; {why}"));
                finding.score(score.min(Idle::SCORE))
            }
            None => found.add(Principal(&who), detail).score(score).ground("in use"),
        };
        finding.grounds.extend(operations.into_iter().map(str::to_owned));
        for index in at {
            finding.at(format!("/Grants/{index}"));
        }
    }
    Ok(())
}
