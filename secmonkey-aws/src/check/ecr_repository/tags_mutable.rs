#![doc = include_str!("tags_mutable.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};

const AT: &str = "/imageTagMutability";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ecr_repository.tags_mutable"),
        technology: Cow::Borrowed("ecr_repository"),
        score: 1,
        reads: Texts::new(&[AT]),
        page: Cow::Borrowed(include_str!("tags_mutable.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let detail = match text(&case.item.config["imageTagMutability"]) {
        "MUTABLE" => "a tag can be moved to another image",
        "MUTABLE_WITH_EXCLUSION" => "most tags can be moved to another image",
        _ => return,
    };
    found.add(Whole, detail).at(AT);
}
