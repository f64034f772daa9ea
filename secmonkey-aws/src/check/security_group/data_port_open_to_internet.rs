#![doc = include_str!("data_port_open_to_internet.md")]

use std::borrow::Cow;

use secmonkey_core::check::Check;

use super::ports::DATA;
use super::{BLOCKS_IN, KNOWN, find_services};
use crate::check::AwsCheck;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.data_port_open_to_internet"),
        technology: Cow::Borrowed("security_group"),
        version: 2,
        score: 9,
        reads: BLOCKS_IN,
        world: KNOWN,
        part_of: Some(Cow::Borrowed("security_group.ingress_from_internet")),
        page: Cow::Borrowed(include_str!("data_port_open_to_internet.md")),
        ..Check::DEFAULT
    },
    run: |case, found| find_services(case, DATA, 9, found),
};
