#![doc = include_str!("policy_pass_role.md")]

use super::{Family, Place, Said, find_statements, is_fixed, scope};

/// The score of passing only roles that are named.
const NAMED: u8 = 3;

pub(super) const FAMILY: Family<Place> = Family {
    score: 10,
    world: &[],
    version: 1,
    page: include_str!("policy_pass_role.md"),
    run: |place, item, _, found| {
        find_statements(
            place,
            item,
            found,
            |it| it.pass_role(),
            |one| Said {
                score: if is_fixed(one.resources()) { NAMED } else { 10 },
                text: format!("iam:PassRole{}", scope(one.statement)),
            },
        )
    },
};
