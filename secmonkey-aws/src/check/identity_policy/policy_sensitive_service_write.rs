#![doc = include_str!("policy_sensitive_service_write.md")]

use super::{Family, Place, Said, by_service_named, find_statements, scope, some};

pub(super) const FAMILY: Family<Place> = Family {
    score: 1,
    world: &[],
    version: 1,
    page: include_str!("policy_sensitive_service_write.md"),
    run: |place, item, _, found| {
        find_statements(
            place,
            item,
            found,
            |document| by_service_named(document.service_write(|_| true)),
            |one| Said {
                score: 1,
                text: format!("to write: {}{}", some(&one.actions), scope(one.statement)),
            },
        )
    },
};
