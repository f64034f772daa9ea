#![doc = include_str!("url_without_auth.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::FunctionUrl;
use crate::check::{AwsCheck, list, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("lambda_function.url_without_auth"),
        technology: Cow::Borrowed("lambda_function"),
        score: 7,
        reads: Texts::new(&[
            "/FunctionUrlConfigs/*/AuthType",
            "/FunctionUrlConfigs/*/FunctionArn",
            "/FunctionUrlConfigs/*/FunctionUrl",
        ]),
        page: Cow::Borrowed(include_str!("url_without_auth.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    for (index, one) in list(&case.item.config["FunctionUrlConfigs"]).iter().enumerate() {
        if one["AuthType"] == "NONE" {
            let detail = format!("{} asks nobody who they are", text(&one["FunctionUrl"]));
            let subject = FunctionUrl(text(&one["FunctionArn"]));
            found.add(subject, detail).at(format!("/FunctionUrlConfigs/{index}/AuthType"));
        }
    }
}
