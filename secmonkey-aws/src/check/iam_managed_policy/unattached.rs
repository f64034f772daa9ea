#![doc = include_str!("unattached.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::identity_policy::is_by_aws;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_managed_policy.unattached"),
        technology: Cow::Borrowed("iam_managed_policy"),
        score: 1,
        reads: Texts::new(&["/Arn", "/AttachmentCount", "/PermissionsBoundaryUsageCount"]),
        page: Cow::Borrowed(include_str!("unattached.md")),
        ..Check::DEFAULT
    },
    run,
};

#[expect(clippy::unnecessary_wraps, reason = "what every check answers")]
fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let count = |member: &str| case.item.config[member].as_u64();
    let bounds = count("PermissionsBoundaryUsageCount").unwrap_or(0);
    // Where the count was not read, somebody may have it.
    if !is_by_aws(case.item) && count("AttachmentCount") == Some(0) && bounds == 0 {
        found
            .add(Whole, "the policy is attached to nothing and bounds nobody".to_owned())
            .at("/AttachmentCount");
    }
    Ok(())
}
