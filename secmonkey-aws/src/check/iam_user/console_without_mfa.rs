#![doc = include_str!("console_without_mfa.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use crate::check::subject::Whole;
use crate::check::{day, list, time};

check! {
    iam_user.console_without_mfa, score: 1,
    reads: [
        "/LoginProfile",
        "/MFADevices",
    ],
    part_of: "iam_user.console_without_mfa_privileged",
}

fn run(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if !item.config["LoginProfile"].is_object() || !list(&item.config["MFADevices"]).is_empty() {
        return Ok(());
    }
    let since = match time(item, "/LoginProfile/CreateDate")? {
        Some(created) => format!(", set on {},", day(created)),
        None => String::new(),
    };
    found.add(Whole, format!("a console password{since} and no MFA device")).at("/LoginProfile");
    Ok(())
}
