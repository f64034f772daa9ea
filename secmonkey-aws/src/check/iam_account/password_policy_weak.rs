#![doc = include_str!("password_policy_weak.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Parameter, Undecided};
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
        parameters: Cow::Borrowed(&[MIN_LENGTH, REUSE_PREVENTION]),
        page: Cow::Borrowed(include_str!("password_policy_weak.md")),
        ..Check::DEFAULT
    },
    run,
};

/// AWS accepts 6 to 128.
const MIN_LENGTH: Parameter = Parameter::number(
    "min_length",
    14,
    (6, 128),
    "characters",
    "how many characters a password must have",
);

/// AWS remembers 24 at most.
const REUSE_PREVENTION: Parameter = Parameter::number(
    "reuse_prevention",
    24,
    (1, 24),
    "passwords",
    "how many passwords have to be new before one may come again",
);

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
    let least = case.world.number(&MIN_LENGTH.name)?;
    let remembered = case.world.number(&REUSE_PREVENTION.name)?;
    let (length, reuse) = (&policy["MinimumPasswordLength"], &policy["PasswordReusePrevention"]);
    let mut weak = Vec::new();
    // AWS asks for six characters where nobody says more.
    if length.as_i64().unwrap_or(6) < least {
        let length = length.as_i64().unwrap_or(6);
        weak.push(("length", format!("passwords of {length} characters ({least} at least)")));
    }
    match reuse.as_i64() {
        Some(reuse) if reuse >= remembered => {}
        Some(reuse) => weak.push((
            "reuse",
            format!("re-use of a password after {reuse} others ({remembered} at least)"),
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
