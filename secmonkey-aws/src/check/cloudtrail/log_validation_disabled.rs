#![doc = include_str!("log_validation_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::Check;
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::subject::Whole;

const AT: &str = "/LogFileValidationEnabled";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudtrail.log_validation_disabled"),
        technology: Cow::Borrowed("cloudtrail"),
        score: 2,
        reads: Texts::new(&[AT]),
        page: Cow::Borrowed(include_str!("log_validation_disabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        if case.item.config["LogFileValidationEnabled"] != true {
            found.add(Whole, "nobody could prove that a log file is as it was delivered").at(AT);
        }
        Ok(())
    },
};
