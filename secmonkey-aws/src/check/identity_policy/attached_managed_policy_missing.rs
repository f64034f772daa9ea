#![doc = include_str!("attached_managed_policy_missing.md")]

use secmonkey_core::check::{Findings, Undecided};

use crate::check::case::Case;
use crate::check::subject::{Granting, Permissions};
use crate::check::{list, text};

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let attached = list(&case.item.config["AttachedManagedPolicies"]);
    for (index, attached) in attached.iter().enumerate() {
        let arn = text(&attached["PolicyArn"]);
        let policy = case.world.find(&case.item.key.account, "iam_managed_policy", arn)?;
        if policy.is_none() {
            let subject = Permissions { policy: Granting::Attached(arn), service: None };
            found
                .add(subject, format!("{arn} is attached and was not read"))
                .at(format!("/AttachedManagedPolicies/{index}"));
        }
    }
    Ok(())
}
