#![doc = include_str!("block_public_access_off.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{SETTINGS, account, is_blocked};
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.block_public_access_off"),
        technology: Cow::Borrowed("s3_bucket"),
        score: 3,
        reads: Texts::new(&["/PublicAccessBlockConfiguration"]),
        world: Texts::new(&["s3_account"]),
        page: Cow::Borrowed(include_str!("block_public_access_off.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    account(case)?;
    let mut off = Vec::new();
    for setting in SETTINGS {
        if !is_blocked(case, setting)? {
            off.push(setting);
        }
    }
    if off.is_empty() {
        return Ok(());
    }
    let detail = format!("off for the bucket and its account: {}", listed(off.iter().copied()));
    let finding = found.add(Whole, detail);
    for setting in off {
        finding.ground(setting);
    }
    if case.item.config["PublicAccessBlockConfiguration"].is_object() {
        finding.at("/PublicAccessBlockConfiguration");
    }
    Ok(())
}
