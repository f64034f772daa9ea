#![doc = include_str!("admin_port_open_to_internet.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Parameter};

use super::ports::{ADMINISTRATION, services};
use super::{BLOCKS_IN, KNOWN, find_services};
use crate::check::AwsCheck;

const PORTS: Parameter = Parameter::numbers(
    "ports",
    &[22, 23, 135, 445, 2375, 2376, 3389, 5900, 5985, 5986, 10250],
    (0, 65535),
    "the ports at which machines are administered",
);

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.admin_port_open_to_internet"),
        technology: Cow::Borrowed("security_group"),
        version: 3,
        score: 10,
        reads: BLOCKS_IN,
        world: KNOWN,
        part_of: Some(Cow::Borrowed("security_group.ingress_from_internet")),
        parameters: Cow::Borrowed(&[PORTS]),
        page: Cow::Borrowed(include_str!("admin_port_open_to_internet.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        let ports = case.world.numbers(&PORTS.name)?;
        find_services(case, &services(ADMINISTRATION, &ports, "an administrative port"), 10, found)
    },
};
