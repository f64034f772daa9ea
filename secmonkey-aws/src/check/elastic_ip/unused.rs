#![doc = include_str!("unused.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elastic_ip.unused"),
        technology: Cow::Borrowed("elastic_ip"),
        score: 1,
        reads: Texts::new(&["/AssociationId", "/InstanceId", "/ServiceManaged"]),
        page: Cow::Borrowed(include_str!("unused.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    // An address of the time before VPCs has an instance and no association.
    let has = |member: &str| case.item.config[member].as_str().is_some_and(|it| !it.is_empty());
    if !["AssociationId", "InstanceId", "ServiceManaged"].into_iter().any(has) {
        found.add(Whole, "the address is associated with nothing");
    }
}
