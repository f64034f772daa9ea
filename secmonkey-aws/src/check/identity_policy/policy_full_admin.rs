#![doc = include_str!("policy_full_admin.md")]

use super::{Family, Place, Said, find_statements, is_wide, written};

/// The score of every action on resources that are named.
const NARROW: u8 = 5;

pub(super) const FAMILY: Family<Place> = Family {
    score: 10,
    world: &[],
    version: 1,
    page: include_str!("policy_full_admin.md"),
    run: |place, item, _, found| {
        find_statements(
            place,
            item,
            found,
            |it| it.full_admin(),
            |one| Said {
                score: if is_wide(one.resources()) { 10 } else { NARROW },
                text: written(one.statement),
            },
        )
    },
};
