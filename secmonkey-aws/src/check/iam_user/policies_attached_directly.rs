#![doc = include_str!("policies_attached_directly.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list, listed, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.policies_attached_directly"),
        technology: Cow::Borrowed("iam_user"),
        score: 1,
        reads: Texts::new(&[
            "/AttachedManagedPolicies/*/PolicyArn",
            "/AttachedManagedPolicies/*/PolicyName",
            "/UserPolicyList/*/PolicyName",
        ]),
        page: Cow::Borrowed(include_str!("policies_attached_directly.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let config = &case.item.config;
    let inline = list(&config["UserPolicyList"]).iter().map(|policy| text(&policy["PolicyName"]));
    let inline: Vec<&str> = inline.collect();
    let attached = list(&config["AttachedManagedPolicies"]);
    let names: Vec<&str> = attached.iter().map(|policy| text(&policy["PolicyName"])).collect();
    let mut what = Vec::new();
    for (kind, names) in [("inline", &inline), ("attached", &names)] {
        let mut names = names.clone();
        names.sort_unstable();
        if !names.is_empty() {
            what.push(format!("{kind} {}", listed(names.iter().copied())));
        }
    }
    if what.is_empty() {
        return;
    }
    let finding = found.add(Whole, format!("policies of the user itself: {}", what.join("; ")));
    for (index, name) in inline.iter().enumerate() {
        finding.at(format!("/UserPolicyList/{index}")).ground(format!("inline/{name}"));
    }
    for (index, policy) in attached.iter().enumerate() {
        let ground = format!("attached/{}", text(&policy["PolicyArn"]));
        finding.at(format!("/AttachedManagedPolicies/{index}")).ground(ground);
    }
}
