#![doc = include_str!("behind_public_distribution.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::cloudfront_distribution::served;
use crate::check::subject::Distribution;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.behind_public_distribution"),
        technology: Cow::Borrowed("s3_bucket"),
        score: 1,
        world: Texts::new(&["cloudfront_distribution"]),
        page: Cow::Borrowed(include_str!("behind_public_distribution.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let key = &case.item.key;
    // An account has few distributions.
    for distribution in case.world.all(&key.account, "cloudfront_distribution")?.iter() {
        if served(distribution).any(|bucket| bucket == key.id) {
            let id = distribution.key.id.as_str();
            let detail = format!("the distribution {id} serves it to everybody");
            found.add(Distribution(id), detail);
        }
    }
    Ok(())
}
