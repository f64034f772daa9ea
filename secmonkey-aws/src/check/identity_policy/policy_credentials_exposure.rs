#![doc = include_str!("policy_credentials_exposure.md")]

use super::{Family, Place, Told, find_policies, some};

pub(super) const FAMILY: Family<Place> = Family {
    score: 5,
    world: &[],
    version: 1,
    page: include_str!("policy_credentials_exposure.md"),
    run: |place, item, _, found| {
        find_policies(place, item, found, |permissions| {
            let held = permissions.credentials_exposure()?;
            let text = format!("hands out credentials: {}", some(&held.actions));
            Some(Told::of(&held, text))
        })
    },
};
