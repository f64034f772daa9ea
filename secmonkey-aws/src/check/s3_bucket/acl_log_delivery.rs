#![doc = include_str!("acl_log_delivery.md")]

use secmonkey_core::check::{Findings, World};
use secmonkey_core::item::Item;

use super::{grants, log_delivery};

check! {
    s3_bucket.acl_log_delivery, score: 0,
    reads: [
        "/Owner/ID",
        "/Grants/*/Grantee/ID",
        "/Grants/*/Grantee/URI",
        "/Grants/*/Permission",
    ],
}

fn run(item: &Item, _: &World<'_>, found: &mut Findings) {
    for grants in grants(item) {
        if let Some(service) = log_delivery(grants.grantee) {
            let detail =
                format!("the ACL grants {} to the log delivery of {service}", grants.permissions());
            grants.find(found, detail);
        }
    }
}
