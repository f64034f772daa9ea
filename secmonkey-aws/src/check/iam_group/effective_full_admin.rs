#![doc = include_str!("effective_full_admin.md")]

use std::borrow::Cow;

use secmonkey_core::check::Check;
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::effective::find_full_admin;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_group.effective_full_admin"),
        technology: Cow::Borrowed("iam_group"),
        score: 9,
        version: 1,
        reads: Texts::new(&["/AttachedManagedPolicies", "/GroupPolicyList"]),
        world: Texts::new(&["iam_managed_policy"]),
        page: Cow::Borrowed(include_str!("effective_full_admin.md")),
        ..Check::DEFAULT
    },
    run: |case, found| find_full_admin(case, "group", found),
};
