#![doc = include_str!("unused.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::event::ScopeId;
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.unused"),
        technology: Cow::Borrowed("security_group"),
        score: 1,
        reads: Texts::new(&["/Attachments", "/GroupName"]),
        world: Texts::new(&["security_group"]),
        page: Cow::Borrowed(include_str!("unused.md")),
        ..Check::DEFAULT
    },
    run,
};

/// Where a group names others.
const NAMED: Texts = Texts::new(&[
    "/IpPermissions/*/UserIdGroupPairs/*/GroupId",
    "/IpPermissionsEgress/*/UserIdGroupPairs/*/GroupId",
]);

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    // The default group cannot be deleted.
    if config["GroupName"] == "default" || !list(&config["Attachments"]).is_empty() {
        return Ok(());
    }
    let key = &case.item.key;
    let mut naming = case.world.naming(&ScopeId::of(key), &NAMED, &key.id)?;
    naming.remove(key);
    if naming.is_empty() {
        found.add(Whole, "attached to nothing, and no rule of another group names it");
    }
    Ok(())
}
