#![doc = include_str!("policy_arn_unparseable.md")]

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::Who;
use secmonkey_policy::document::Effect;
use secmonkey_policy::principal::Principal as Named;

use super::Case;
use crate::check::subject::Principal;

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for statement in &exposed.policy.statements {
        let (Effect::Allow, Some(named)) = (statement.effect, &statement.principals) else {
            continue;
        };
        for principal in named.named() {
            let (text, why) = match *principal {
                Named::UniqueId(id) => {
                    (id, "a unique id in the place of a user or role that was deleted")
                }
                Named::Unparsable(text) => (text, "no principal that AWS knows"),
                _ => continue,
            };
            found
                .add(Principal(&Who::Arn(text.into())), format!("names `{text}`, {why}"))
                .at(exposed.at(&statement.pointer));
        }
    }
    Ok(())
}
