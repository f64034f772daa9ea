#![doc = include_str!("external_id_missing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Grant;
use secmonkey_policy::exposure::Flaw;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Principal;
use crate::relation::{Relation, relation};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_role.external_id_missing"),
        technology: Cow::Borrowed("iam_role"),
        score: 5,
        version: 3,
        reads: Texts::new(&["/AssumeRolePolicyDocument"]),
        world: Texts::new(&["accounts", "known"]),
        page: Cow::Borrowed(include_str!("external_id_missing.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for weakness in exposed.weaknesses().iter().filter(|it| it.flaw == Flaw::NoExternalId) {
        let deleted = |grant: &Grant<'_, '_>| {
            grant.who == weakness.who && exposed.is_deleted(&grant.who, grant)
        };
        if exposed.grants().iter().any(deleted) {
            continue;
        }
        let party = relation(&weakness.who, &case.item.key.account, &case.world)?;
        if party.aws || !matches!(party.relation, Relation::ThirdParty | Relation::Unknown) {
            continue;
        }
        let who = weakness.who.to_string();
        found
            .add(
                Principal(&weakness.who),
                format!("{who} ({party}) may assume the role without an external id"),
            )
            .at(exposed.statement(weakness.statement))
            .score(CHECK.check.score.min(exposed.within_all(weakness, &case.world)));
    }
    Ok(())
}
