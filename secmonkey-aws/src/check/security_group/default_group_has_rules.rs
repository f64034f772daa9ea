#![doc = include_str!("default_group_has_rules.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.default_group_has_rules"),
        technology: Cow::Borrowed("security_group"),
        score: 2,
        reads: Texts::new(&["/GroupName", "/IpPermissions", "/IpPermissionsEgress"]),
        page: Cow::Borrowed(include_str!("default_group_has_rules.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let config = &case.item.config;
    if config["GroupName"] != "default" {
        return;
    }
    let both = ["IpPermissions", "IpPermissionsEgress"];
    let with: Vec<_> = both.into_iter().filter(|it| !list(&config[*it]).is_empty()).collect();
    let what = match with.as_slice() {
        [] => return,
        ["IpPermissions"] => "rules that let traffic in",
        ["IpPermissionsEgress"] => "rules that let traffic out",
        _ => "rules that let traffic in and out",
    };
    let finding = found.add(Whole, format!("the default group has {what}"));
    for permissions in with {
        finding.at(format!("/{permissions}")).ground(permissions);
    }
}
