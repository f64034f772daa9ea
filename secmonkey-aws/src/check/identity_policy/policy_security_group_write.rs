#![doc = include_str!("policy_security_group_write.md")]

use super::{Family, Place, Said, find_statements, scope, some};

pub(super) const FAMILY: Family<Place> = Family {
    score: 7,
    world: &[],
    version: 1,
    page: include_str!("policy_security_group_write.md"),
    run: |place, item, _, found| {
        find_statements(
            place,
            item,
            found,
            |it| it.security_group_write(),
            |one| Said {
                score: 7,
                text: format!("{}{}", some(&one.actions), scope(one.statement)),
            },
        )
    },
};
