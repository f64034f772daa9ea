#![doc = include_str!("policy_iam_wildcard.md")]

use super::{Family, Place, Said, find_statements, scope};

pub(super) const FAMILY: Family<Place> = Family {
    score: 10,
    world: &[],
    version: 1,
    page: include_str!("policy_iam_wildcard.md"),
    run: |place, item, _, found| {
        find_statements(
            place,
            item,
            found,
            |it| it.iam_wildcard(),
            |one| Said { score: 10, text: format!("any action of iam{}", scope(one.statement)) },
        )
    },
};
