#![doc = include_str!("root_without_hardware_mfa.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{has_password, summary};
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list, listed, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_account.root_without_hardware_mfa"),
        technology: Cow::Borrowed("iam_account"),
        score: 2,
        reads: Texts::new(&["/RootVirtualMFADevices", "/SummaryMap"]),
        part_of: Some(Cow::Borrowed("iam_account.root_without_mfa")),
        page: Cow::Borrowed(include_str!("root_without_hardware_mfa.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if !has_password(case.item)? || summary(case.item, "AccountMFAEnabled")? == Some(0) {
        return Ok(());
    }
    let devices = list(&case.item.config["RootVirtualMFADevices"]);
    let names: Vec<&str> = devices.iter().map(|device| text(&device["SerialNumber"])).collect();
    if names.is_empty() {
        return Ok(());
    }
    let detail =
        format!("root signs in with the virtual MFA device {}", listed(names.iter().copied()));
    found.add(Whole, detail).at("/RootVirtualMFADevices");
    Ok(())
}
