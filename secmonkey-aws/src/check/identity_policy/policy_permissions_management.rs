#![doc = include_str!("policy_permissions_management.md")]

use super::{Family, Place, Said, by_service_named, find_statements, scope, some};

pub(super) const FAMILY: Family<Place> = Family {
    score: 10,
    world: &[],
    version: 1,
    page: include_str!("policy_permissions_management.md"),
    run: |place, item, _, found| {
        find_statements(
            place,
            item,
            found,
            |document| by_service_named(document.permissions_management()),
            |one| Said {
                score: 10,
                text: format!(
                    "to manage permissions: {}{}",
                    some(&one.actions),
                    scope(one.statement)
                ),
            },
        )
    },
};
