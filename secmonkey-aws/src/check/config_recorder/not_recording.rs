#![doc = include_str!("not_recording.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("config_recorder.not_recording"),
        technology: Cow::Borrowed("config_recorder"),
        score: 5,
        reads: Texts::new(&["/ConfigurationRecorderStatus/recording"]),
        page: Cow::Borrowed(include_str!("not_recording.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if case.item.config["ConfigurationRecorderStatus"]["recording"] == false {
        let finding = found.add(Whole, "the recorder is stopped");
        finding.at("/ConfigurationRecorderStatus/recording");
    }
}
