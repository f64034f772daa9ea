#![doc = include_str!("policy_arn_unparseable.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::Who;
use secmonkey_policy::document::Effect;
use secmonkey_policy::principal::Principal as Named;

use super::{Family, Place};
use crate::check::subject::Principal;

pub(super) const FAMILY: Family<Place> = Family {
    score: 3,
    world: &[],
    version: 1,
    page: include_str!("policy_arn_unparseable.md"),
    run,
};

fn run(place: &Place, item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(policy) = place.policy(item)? else { return Ok(()) };
    for statement in &policy.statements {
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
                .at(place.at(&statement.pointer));
        }
    }
    Ok(())
}
