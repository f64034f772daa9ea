#![doc = include_str!("default_vpc_in_use.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::event::ScopeId;
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("vpc.default_vpc_in_use"),
        technology: Cow::Borrowed("vpc"),
        score: 2,
        reads: Texts::new(&["/IsDefault"]),
        world: Texts::new(&["network_interface"]),
        page: Cow::Borrowed(include_str!("default_vpc_in_use.md")),
        ..Check::DEFAULT
    },
    run,
};

/// Where a network interface says in which VPC it is.
const IN: Texts = Texts::new(&["/VpcId"]);

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let key = &case.item.key;
    if case.item.config["IsDefault"] != true {
        return Ok(());
    }
    let scope = ScopeId { technology: "network_interface".to_owned(), ..ScopeId::of(key) };
    // How many there are comes and goes, and is no part of what is found.
    if !case.world.naming(&scope, &IN, &key.id)?.is_empty() {
        found.add(Whole, "network interfaces are in the default VPC").at("/IsDefault");
    }
    Ok(())
}
