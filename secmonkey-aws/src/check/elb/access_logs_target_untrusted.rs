#![doc = include_str!("access_logs_target_untrusted.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{BALANCER, faces_internet};
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};
use crate::kind;
use crate::relation::{Relation, account};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elb.access_logs_target_untrusted"),
        technology: BALANCER,
        score: 3,
        reads: Texts::new(&["/Attributes/AccessLog", "/Scheme"]),
        world: Texts::new(&["accounts", "known"]),
        page: Cow::Borrowed(include_str!("access_logs_target_untrusted.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let log = &case.item.config["Attributes"]["AccessLog"];
    let bucket = text(&log["S3BucketName"]);
    if !faces_internet(case.item) || log["Enabled"] != true || bucket.is_empty() {
        return Ok(());
    }
    let own = &case.item.key.account;
    for owner in case.world.owners(&kind::BUCKET, bucket)? {
        if account(owner.as_str(), own, &case.world)?.relation != Relation::Unknown {
            return Ok(());
        }
    }
    let detail = format!("logs to the bucket {bucket}, which is nobody's that is known");
    found.add(Whole, detail).at("/Attributes/AccessLog/S3BucketName");
    Ok(())
}
