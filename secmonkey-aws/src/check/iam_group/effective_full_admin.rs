#![doc = include_str!("effective_full_admin.md")]

use std::borrow::Cow;

use secmonkey_core::check::Check;
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::effective::find_full_admin;
use crate::check::identity_policy::doubts;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_group.effective_full_admin"),
        technology: Cow::Borrowed("iam_group"),
        score: 9,
        version: 2,
        reads: Texts::new(&["/AttachedManagedPolicies", "/GroupId", "/GroupPolicyList", "/Users"]),
        world: Texts::new(&["iam_managed_policy"]),
        doubts: doubts("iam_group"),
        page: Cow::Borrowed(include_str!("effective_full_admin.md")),
        ..Check::DEFAULT
    },
    run: |case, found| find_full_admin(case, "group", found),
};
