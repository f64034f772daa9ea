//! The rules of a network ACL.

use ipnet::IpNet;
use secmonkey_core::check::Undecided;
use secmonkey_core::network::block;
use serde_json::Value;

use crate::check::subject::Traffic;
use crate::check::{list, text};

/// A rule, and where it stands.
#[derive(Debug, Clone)]
pub(in crate::check) struct Entry<'a> {
    pub index: usize,
    pub number: u64,
    pub egress: bool,
    pub allows: bool,
    pub traffic: Traffic<'a>,
    pub block: IpNet,
}

/// The rules of a configuration, in the order in which they are asked.
///
/// # Errors
/// Where one of them names a block that is none.
pub(in crate::check) fn entries(config: &Value) -> Result<Vec<Entry<'_>>, Undecided> {
    let mut entries = Vec::new();
    for (index, entry) in list(&config["Entries"]).iter().enumerate() {
        let at = if entry["CidrBlock"].is_string() { "CidrBlock" } else { "Ipv6CidrBlock" };
        let network = block(text(&entry[at])).ok_or_else(|| {
            Undecided::Failed(format!("/Entries/{index}/{at} is no block: {}", entry[at]))
        })?;
        let ports = &entry["PortRange"];
        entries.push(Entry {
            index,
            number: entry["RuleNumber"].as_u64().unwrap_or_default(),
            egress: entry["Egress"] == true,
            allows: entry["RuleAction"] == "allow",
            traffic: Traffic::new(
                text(&entry["Protocol"]),
                ports["From"].as_i64(),
                ports["To"].as_i64(),
            ),
            block: network,
        });
    }
    entries.sort_by_key(|entry| entry.number);
    Ok(entries)
}
