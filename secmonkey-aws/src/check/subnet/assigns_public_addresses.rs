#![doc = include_str!("assigns_public_addresses.md")]

use std::borrow::Cow;

use secmonkey_core::check::Check;
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::subject::Whole;

const AT: &str = "/MapPublicIpOnLaunch";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("subnet.assigns_public_addresses"),
        technology: Cow::Borrowed("subnet"),
        score: 1,
        reads: Texts::new(&[AT]),
        page: Cow::Borrowed(include_str!("assigns_public_addresses.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        if case.item.config["MapPublicIpOnLaunch"] == true {
            found.add(Whole, "what is launched here gets a public IPv4 address").at(AT);
        }
        Ok(())
    },
};
