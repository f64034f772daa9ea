#![doc = include_str!("data_port_open_to_internet.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Parameter};

use super::ports::{DATA, services};
use super::{BLOCKS_IN, KNOWN, find_services};
use crate::check::AwsCheck;

const PORTS: Parameter = Parameter::numbers(
    "ports",
    &[
        1433, 1521, 2379, 3306, 5432, 5439, 5984, 6379, 7000, 7001, 8086, 9042, 9200, 9300, 11211,
        27017, 27018, 27019, 50070,
    ],
    (0, 65535),
    "the ports at which data is stored",
);

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.data_port_open_to_internet"),
        technology: Cow::Borrowed("security_group"),
        version: 2,
        score: 9,
        reads: BLOCKS_IN,
        world: KNOWN,
        part_of: Some(Cow::Borrowed("security_group.ingress_from_internet")),
        parameters: Cow::Borrowed(&[PORTS]),
        page: Cow::Borrowed(include_str!("data_port_open_to_internet.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        let ports = case.world.numbers(&PORTS.name)?;
        find_services(case, &services(DATA, &ports, "a data port"), 9, found)
    },
};
