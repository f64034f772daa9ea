#![doc = include_str!("unknown_cross_account.md")]

use super::{Family, Place};

pub(super) const FAMILY: Family<Place> = Family {
    score: 10,
    world: &["accounts", "known"],
    version: 1,
    page: include_str!("unknown_cross_account.md"),
    run: |place, item, world, found| {
        super::find_related(place, item, world, super::Relation::Unknown, found)
    },
};
