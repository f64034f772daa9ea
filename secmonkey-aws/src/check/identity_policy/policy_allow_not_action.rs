#![doc = include_str!("policy_allow_not_action.md")]

use super::{Family, Place, Said, find_statements, written};

pub(super) const FAMILY: Family<Place> = Family {
    score: 10,
    world: &[],
    version: 1,
    page: include_str!("policy_allow_not_action.md"),
    run: |place, item, _, found| {
        find_statements(
            place,
            item,
            found,
            |it| it.allow_not_action(),
            |one| Said { score: 10, text: written(one.statement) },
        )
    },
};
