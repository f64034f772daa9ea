#![doc = include_str!("default_encryption_disabled.md")]

use secmonkey_core::check::{Findings, World};
use secmonkey_core::item::Item;

use crate::check::list;
use crate::check::subject::Whole;

check! { s3_bucket.default_encryption_disabled, score: 3, reads: ["/ServerSideEncryptionConfiguration/Rules"] }

fn run(item: &Item, _: &World<'_>, found: &mut Findings) {
    if list(&item.config["ServerSideEncryptionConfiguration"]["Rules"]).is_empty() {
        found.add(Whole, "no rule for default encryption");
    }
}
