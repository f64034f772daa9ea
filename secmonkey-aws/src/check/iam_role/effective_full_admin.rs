#![doc = include_str!("effective_full_admin.md")]

use std::borrow::Cow;

use secmonkey_core::check::Check;
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::effective::find_full_admin;
use crate::check::identity_policy::doubts;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_role.effective_full_admin"),
        technology: Cow::Borrowed("iam_role"),
        score: 9,
        version: 3,
        reads: Texts::new(&[
            "/AttachedManagedPolicies",
            "/CreateDate",
            "/Path",
            "/PermissionsBoundary",
            "/RoleLastUsed/LastUsedDate",
            "/RolePolicyList",
        ]),
        world: Texts::new(&["iam_managed_policy"]),
        doubts: doubts("iam_role"),
        timed: true,
        page: Cow::Borrowed(include_str!("effective_full_admin.md")),
        ..Check::DEFAULT
    },
    run: |case, found| find_full_admin(case, "role", found),
};
