#![doc = include_str!("thirdparty_cross_account.md")]

use super::{Family, Place};

pub(super) const FAMILY: Family<Place> = Family {
    score: 0,
    world: &["accounts", "known"],
    version: 1,
    page: include_str!("thirdparty_cross_account.md"),
    run: |place, item, world, found| {
        super::find_related(place, item, world, super::Relation::ThirdParty, found)
    },
};
