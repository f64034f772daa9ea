#![doc = include_str!("versioning_disabled.md")]

use secmonkey_core::check::{Findings, World};
use secmonkey_core::item::Item;

use crate::check::subject::Whole;

check! { s3_bucket.versioning_disabled, score: 1, reads: ["/Versioning/Status"] }

fn run(item: &Item, _: &World<'_>, found: &mut Findings) {
    let status = &item.config["Versioning"]["Status"];
    if status == "Enabled" {
        return;
    }
    if status.is_null() {
        found.add(Whole, "versioning was never turned on");
    } else {
        found.add(Whole, "versioning is suspended").at("/Versioning/Status");
    }
}
