#![doc = include_str!("service_without_source.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::exposure::Flaw;

use super::{Family, Place};
use crate::check::subject::Principal;

pub(super) const FAMILY: Family<Place> = Family {
    score: 2,
    world: &[],
    version: 1,
    page: include_str!("service_without_source.md"),
    run,
};

fn run(place: &Place, item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(policy) = place.policy(item)? else { return Ok(()) };
    for weakness in place.exposure(item, &policy).weaknesses {
        if weakness.flaw == Flaw::NoSource {
            found
                .add(Principal(&weakness.who), weakness.to_string())
                .at(place.at(&policy.statements[weakness.statement].pointer));
        }
    }
    Ok(())
}
