#![doc = include_str!("admin_port_open_to_internet.md")]

use std::borrow::Cow;

use secmonkey_core::check::Check;

use super::ports::ADMINISTRATION;
use super::{BLOCKS_IN, KNOWN, find_services};
use crate::check::AwsCheck;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.admin_port_open_to_internet"),
        technology: Cow::Borrowed("security_group"),
        version: 3,
        score: 10,
        reads: BLOCKS_IN,
        world: KNOWN,
        part_of: Some(Cow::Borrowed("security_group.ingress_from_internet")),
        page: Cow::Borrowed(include_str!("admin_port_open_to_internet.md")),
        ..Check::DEFAULT
    },
    run: |case, found| find_services(case, ADMINISTRATION, 10, found),
};
