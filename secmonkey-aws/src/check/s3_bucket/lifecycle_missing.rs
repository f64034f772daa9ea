#![doc = include_str!("lifecycle_missing.md")]

use secmonkey_core::check::{Findings, World};
use secmonkey_core::item::Item;

use crate::check::list;
use crate::check::subject::Whole;

check! { s3_bucket.lifecycle_missing, score: 0, reads: ["/LifecycleConfiguration/Rules"] }

fn run(item: &Item, _: &World<'_>, found: &mut Findings) {
    if list(&item.config["LifecycleConfiguration"]["Rules"]).is_empty() {
        found.add(Whole, "no lifecycle rules");
    }
}
