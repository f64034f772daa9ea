//! Networks that somebody vouched for: offices, partners, private ranges.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::account::AccountId;

/// A block of addresses as it was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// What people call it; unique among the registered.
    pub name: String,
    /// Its addresses; no bits are set behind the prefix.
    pub cidr: IpNet,
    /// The account it belongs to. `None`: it is ours, and of no account in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// A known block of addresses: the answer to whose an address is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// The addresses.
    pub network: IpNet,
    /// The account it belongs to; `None` for a registered network of no account in
    /// particular.
    pub account: Option<AccountId>,
    /// The name it is registered by; `None` where a configuration names it.
    pub name: Option<String>,
}

impl From<Network> for Block {
    fn from(network: Network) -> Self {
        Self { network: network.cidr.trunc(), account: network.account, name: Some(network.name) }
    }
}

/// The block that a text names: a CIDR, whose bits behind the prefix do not count, or
/// one address.
#[must_use]
pub fn block(text: &str) -> Option<IpNet> {
    let block = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    Some(block.trunc())
}
