#![doc = include_str!("acls_enabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.acls_enabled"),
        technology: Cow::Borrowed("s3_bucket"),
        score: 1,
        reads: Texts::new(&["/OwnershipControls/Rules"]),
        page: Cow::Borrowed(include_str!("acls_enabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let rules = list(&case.item.config["OwnershipControls"]["Rules"]);
    if rules.iter().any(|rule| rule["ObjectOwnership"] == "BucketOwnerEnforced") {
        return;
    }
    let ownership = rules.iter().find_map(|rule| rule["ObjectOwnership"].as_str());
    let detail = match ownership {
        Some(ownership) => format!("object ownership is {ownership}, so that ACLs count"),
        None => "object ownership is not set, so that ACLs count".to_owned(),
    };
    let finding = found.add(Whole, detail);
    if ownership.is_some() {
        finding.at("/OwnershipControls/Rules");
    }
}
