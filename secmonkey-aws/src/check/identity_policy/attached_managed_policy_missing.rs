#![doc = include_str!("attached_managed_policy_missing.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{Family, Place};
use crate::check::subject::{Granting, Permissions};
use crate::check::{list, text};

pub(super) const FAMILY: Family<Place> = Family {
    score: 0,
    world: &["iam_managed_policy"],
    version: 1,
    page: include_str!("attached_managed_policy_missing.md"),
    run,
};

fn run(_: &Place, item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for (index, attached) in list(&item.config["AttachedManagedPolicies"]).iter().enumerate() {
        let arn = text(&attached["PolicyArn"]);
        if world.find(&item.key.account, "iam_managed_policy", arn)?.is_none() {
            let subject = Permissions { policy: Granting::Attached(arn), service: None };
            found
                .add(subject, format!("{arn} is attached and was not read"))
                .at(format!("/AttachedManagedPolicies/{index}"));
        }
    }
    Ok(())
}
