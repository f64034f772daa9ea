#![doc = include_str!("root_used_recently.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Parameter, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, DAYS, day, days_ago, listed, time};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_account.root_used_recently"),
        technology: Cow::Borrowed("iam_account"),
        score: 4,
        reads: Texts::new(&["/RootUser"]),
        timed: true,
        parameters: Cow::Borrowed(&[MIN_IDLE]),
        page: Cow::Borrowed(include_str!("root_used_recently.md")),
        ..Check::DEFAULT
    },
    run,
};

const MIN_IDLE: Parameter = Parameter::number(
    "min_idle_days",
    90,
    DAYS,
    "days",
    "how long ago the last use of root has to be",
);

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let limit = days_ago(&case.world, &MIN_IDLE)?;
    let (mut uses, mut at) = (Vec::new(), Vec::new());
    for (what, pointer) in
        [("password", "/RootUser/PasswordLastUsed"), ("access key", "/RootUser/AccessKeyLastUsed")]
    {
        if let Some(used) = time(case.item, pointer)?.filter(|used| *used >= limit) {
            uses.push(format!("its {what} on {}", day(used)));
            at.push(pointer.to_owned());
        }
    }
    if !uses.is_empty() {
        let uses = listed(uses.iter().map(String::as_str));
        found.add(Whole, format!("root was last used with {uses}")).evidence = at;
    }
    Ok(())
}
