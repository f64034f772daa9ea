#![doc = include_str!("console_without_mfa.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, day, list, time};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.console_without_mfa"),
        technology: Cow::Borrowed("iam_user"),
        score: 6,
        reads: Texts::new(&["/LoginProfile", "/MFADevices"]),
        part_of: Some(Cow::Borrowed("iam_user.console_without_mfa_privileged")),
        page: Cow::Borrowed(include_str!("console_without_mfa.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if !case.item.config["LoginProfile"].is_object()
        || !list(&case.item.config["MFADevices"]).is_empty()
    {
        return Ok(());
    }
    let since = match time(case.item, "/LoginProfile/CreateDate")? {
        Some(created) => format!(", set on {},", day(created)),
        None => String::new(),
    };
    found.add(Whole, format!("a console password{since} and no MFA device")).at("/LoginProfile");
    Ok(())
}
