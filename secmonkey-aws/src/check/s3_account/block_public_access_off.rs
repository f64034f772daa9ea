#![doc = include_str!("block_public_access_off.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::s3_bucket::SETTINGS;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_account.block_public_access_off"),
        technology: Cow::Borrowed("s3_account"),
        score: 4,
        reads: Texts::new(&["/PublicAccessBlockConfiguration"]),
        page: Cow::Borrowed(include_str!("block_public_access_off.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let block = &case.item.config["PublicAccessBlockConfiguration"];
    let off: Vec<&str> = SETTINGS.into_iter().filter(|it| block[*it] != true).collect();
    if off.is_empty() {
        return;
    }
    let finding = found.add(Whole, format!("off for the account: {}", listed(off.iter().copied())));
    for setting in off {
        finding.ground(setting);
    }
    if block.is_object() {
        finding.at("/PublicAccessBlockConfiguration");
    }
}
