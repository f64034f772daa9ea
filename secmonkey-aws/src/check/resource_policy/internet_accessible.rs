#![doc = include_str!("internet_accessible.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{Family, Place, granted_to_the_public};

pub(super) const FAMILY: Family<Place> =
    Family { score: 10, world: &[], version: 1, page: include_str!("internet_accessible.md"), run };

/// The score of what something else keeps shut, at present.
const SHIELDED: u8 = 3;

fn run(
    place: &Place,
    item: &Item,
    world: &World<'_>,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let Some(policy) = place.policy(item)? else { return Ok(()) };
    let exposure = place.exposure(item, &policy);
    let public = granted_to_the_public(&exposure.grants);
    if public.is_empty() {
        return Ok(());
    }
    let shield = (place.shield)(item, world)?;
    for (principal, granted) in public {
        let mut detail = granted.told(place, item);
        if let Some(shield) = shield {
            detail = format!("{detail}; {shield} keeps the public out at present");
        }
        let finding = found.add(principal, detail);
        granted.show(place, &policy, finding);
        match shield {
            Some(_) => finding.score(SHIELDED),
            // Taking the shield down widens a finding that was accepted behind it.
            None => finding.ground("unshielded"),
        };
    }
    Ok(())
}
