#![doc = include_str!("password_policy_weak.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_account.password_policy_weak"),
        technology: Cow::Borrowed("iam_account"),
        score: 3,
        reads: Texts::new(&["/ConsoleUsers", "/PasswordPolicy"]),
        page: Cow::Borrowed(include_str!("password_policy_weak.md")),
        ..Check::DEFAULT
    },
    run,
};

/// How many characters a password must have.
const LENGTH: i64 = 14;

/// How many passwords have to be new before one may come again.
const REUSE: i64 = 24;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    match config["ConsoleUsers"].as_bool() {
        Some(true) => {}
        Some(false) => return Ok(()),
        None => return Err(Undecided::Unread("/ConsoleUsers".to_owned())),
    }
    let policy = &config["PasswordPolicy"];
    if !policy.is_object() {
        let finding = found.add(Whole, "no password policy");
        finding.ground("length").ground("reuse");
        return Ok(());
    }
    let (length, reuse) = (&policy["MinimumPasswordLength"], &policy["PasswordReusePrevention"]);
    let mut weak = Vec::new();
    // AWS asks for six characters where nobody says more.
    if length.as_i64().unwrap_or(6) < LENGTH {
        let length = length.as_i64().unwrap_or(6);
        weak.push(("length", format!("passwords of {length} characters ({LENGTH} at least)")));
    }
    match reuse.as_i64() {
        Some(reuse) if reuse >= REUSE => {}
        Some(reuse) => weak.push((
            "reuse",
            format!("re-use of a password after {reuse} others ({REUSE} at least)"),
        )),
        None => weak.push(("reuse", "re-use of any password".to_owned())),
    }
    if weak.is_empty() {
        return Ok(());
    }
    let what = listed(weak.iter().map(|(_, what)| what.as_str()));
    let finding = found.add(Whole, format!("the password policy allows {what}"));
    finding.at("/PasswordPolicy");
    for (ground, _) in weak {
        finding.ground(ground);
    }
    Ok(())
}
