#![doc = include_str!("policy_missing.md")]

use secmonkey_core::check::{Findings, World};
use secmonkey_core::item::Item;

use crate::check::subject::Whole;

check! { s3_bucket.policy_missing, score: 0, reads: ["/Policy"] }

fn run(item: &Item, _: &World<'_>, found: &mut Findings) {
    if item.config["Policy"].is_null() {
        found.add(Whole, "the bucket has no policy");
    }
}
