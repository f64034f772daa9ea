#![doc = include_str!("console_and_access_key.md")]

use std::collections::BTreeMap;

use secmonkey_core::check::{Findings, World};
use secmonkey_core::item::Item;

use super::active_keys;
use crate::check::listed;
use crate::check::subject::Whole;

check! {
    iam_user.console_and_access_key, score: 1,
    reads: [
        "/LoginProfile",
        "/AccessKeys/*/AccessKeyId",
        "/AccessKeys/*/Status",
    ],
}

fn run(item: &Item, _: &World<'_>, found: &mut Findings) {
    let keys: BTreeMap<_, _> = active_keys(item).map(|key| (key.id, key)).collect();
    if !item.config["LoginProfile"].is_object() || keys.is_empty() {
        return;
    }
    let ids = listed(keys.keys().copied());
    let noun = if keys.len() == 1 { "key" } else { "keys" };
    let finding =
        found.add(Whole, format!("a console password and the active access {noun} {ids}"));
    finding.at("/LoginProfile");
    for (id, key) in keys {
        finding.at(key.at()).ground(id);
    }
}
