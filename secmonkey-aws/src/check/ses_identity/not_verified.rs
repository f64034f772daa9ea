#![doc = include_str!("not_verified.md")]

use secmonkey_core::check::{Findings, World};
use secmonkey_core::item::Item;

use crate::check::subject::Whole;

check! {
    ses_identity.not_verified, score: 1,
    reads: ["/VerificationAttributes/VerificationStatus"],
}

fn run(item: &Item, _: &World<'_>, found: &mut Findings) {
    match item.config["VerificationAttributes"]["VerificationStatus"].as_str() {
        Some("Success") => {}
        Some(status) => {
            found
                .add(Whole, format!("the verification status is {status}"))
                .at("/VerificationAttributes/VerificationStatus");
        }
        None => {
            found.add(Whole, "there is no verification status");
        }
    }
}
