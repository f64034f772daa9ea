#![doc = include_str!("policy_data_exfiltration.md")]

use super::{Family, Place, Told, find_policies, some};

pub(super) const FAMILY: Family<Place> = Family {
    score: 5,
    world: &[],
    version: 1,
    page: include_str!("policy_data_exfiltration.md"),
    run: |place, item, _, found| {
        find_policies(place, item, found, |permissions| {
            let held = permissions.exfiltration()?;
            let text =
                format!("lets data be carried away from everywhere: {}", some(&held.actions));
            Some(Told::of(&held, text))
        })
    },
};
