//! The rules of a security group, and which of them name every address.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use secmonkey_core::check::Undecided;
use secmonkey_core::item::Item;
use serde_json::Value;

use super::peers::{Peers, ROUTED_V6};
use crate::check::case::{Case, Once};
use crate::check::subject::{Direction, Peer, Rule, Traffic};
use crate::check::{list, text};

/// What the checks of a group share.
#[derive(Default)]
pub(in crate::check) struct Shared<'a> {
    ingress: OfDirection<'a>,
    egress: OfDirection<'a>,
}

#[derive(Default)]
struct OfDirection<'a> {
    rules: Once<Rules<'a>>,
    peers: Once<Peers<'a>>,
}

impl<'a> Shared<'a> {
    const fn of(&self, direction: Direction) -> &OfDirection<'a> {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

impl<'a> Case<'a> {
    /// The rules of one direction.
    ///
    /// # Errors
    /// Where one of them names a block that is none.
    pub(super) fn rules(&self, direction: Direction) -> Result<&'a Rules<'a>, Undecided> {
        let Self { item, shared, .. } = *self;
        shared.group.of(direction).rules.get(|| Rules::of(item, direction))
    }

    /// Who is at the other end of the rules of one direction.
    ///
    /// # Errors
    /// Where a rule names a block that is none, or it cannot be known whose one is.
    pub(super) fn peers(&self, direction: Direction) -> Result<&'a Peers<'a>, Undecided> {
        self.world.require("accounts")?;
        self.world.require("known")?;
        self.shared.group.of(direction).peers.get(|| Peers::of(self, direction))
    }
}

/// A rule and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated<'a> {
    pub rule: Rule<'a>,
    pub at: Entry,
}

/// An entry of one of the lists of a permission; a pointer is written only for a finding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    permissions: &'static str,
    permission: usize,
    peers: &'static str,
    peer: usize,
}

impl From<Entry> for String {
    fn from(Entry { permissions, permission, peers, peer }: Entry) -> Self {
        format!("/{permissions}/{permission}/{peers}/{peer}")
    }
}

/// The rules of one direction.
pub(super) struct Rules<'a> {
    /// Those that name blocks of addresses, by traffic.
    pub blocks: Vec<Stated<'a>>,
    /// Of these, by traffic, those that name every address of a family, alone or together.
    pub anywhere: Vec<Anywhere<'a>>,
    /// Those that name security groups.
    pub groups: Vec<Stated<'a>>,
}

impl<'a> Rules<'a> {
    fn of(item: &'a Item, direction: Direction) -> Result<Self, Undecided> {
        let permissions = match direction {
            Direction::Ingress => "IpPermissions",
            Direction::Egress => "IpPermissionsEgress",
        };
        let mut blocks = Vec::with_capacity(32);
        let mut groups = Vec::new();
        for (permission, granted) in list(&item.config[permissions]).iter().enumerate() {
            let Permission { traffic, lists } = Permission::of(granted);
            for (peers, entries) in lists {
                for (peer, entry) in entries.iter().enumerate() {
                    let at = Entry { permissions, permission, peers, peer };
                    let group = |entry: &'a Value| Peer::Group {
                        account: entry["UserId"].as_str().unwrap_or(item.key.account.as_str()),
                        group: text(&entry["GroupId"]),
                    };
                    let (list, peer) = match peers {
                        "IpRanges" => (&mut blocks, block(at, "CidrIp", entry)?),
                        "Ipv6Ranges" => (&mut blocks, block(at, "CidrIpv6", entry)?),
                        _ => (&mut groups, group(entry)),
                    };
                    list.push(Stated { rule: Rule { direction, traffic, peer }, at });
                }
            }
        }
        blocks.sort_by_key(|stated| stated.rule.traffic);
        let alike = blocks.chunk_by(|a, b| a.rule.traffic == b.rule.traffic);
        let anywhere = alike.flat_map(|rules| anywhere(rules[0].rule.traffic, rules)).collect();
        Ok(Self { blocks, anywhere, groups })
    }
}

/// The block of addresses that an entry names.
fn block<'a>(at: Entry, member: &str, entry: &Value) -> Result<Peer<'a>, Undecided> {
    let block: IpNet = text(&entry[member]).parse().map_err(|_| {
        let at = String::from(at);
        Undecided::Failed(format!("{at}/{member} is no block: {}", entry[member]))
    })?;
    Ok(Peer::Block(block.trunc()))
}

/// What a permission lets through, and its lists of peers.
struct Permission<'a> {
    traffic: Traffic<'a>,
    lists: [(&'static str, &'a [Value]); 3],
}

impl<'a> Permission<'a> {
    fn of(granted: &'a Value) -> Self {
        let (mut protocol, mut from, mut to) = ("", None, None);
        let mut lists = [("IpRanges", &[][..]), ("Ipv6Ranges", &[]), ("UserIdGroupPairs", &[])];
        // Every member is looked at once: groups have many permissions.
        for (name, value) in granted.as_object().into_iter().flatten() {
            match name.as_str() {
                "IpProtocol" => protocol = text(value),
                "FromPort" => from = value.as_i64(),
                "ToPort" => to = value.as_i64(),
                name => {
                    if let Some((_, entries)) = lists.iter_mut().find(|(list, _)| *list == name) {
                        *entries = list(value);
                    }
                }
            }
        }
        Self { traffic: Traffic::new(protocol, from, to), lists }
    }
}

/// Every address of a family, named by one block or by several together.
pub(super) struct Anywhere<'a> {
    pub traffic: Traffic<'a>,
    pub block: IpNet,
    pub rules: Vec<Stated<'a>>,
}

impl Anywhere<'_> {
    /// What the rules let in or out, for people.
    pub fn name(&self) -> &'static str {
        match self.block {
            IpNet::V4(_) => "any IPv4 address",
            IpNet::V6(_) => "any IPv6 address",
        }
    }
}

/// The families of addresses that rules name in full for some traffic. Two halves are a
/// whole, and `2000::/3` is all of IPv6 that is routed.
pub(super) fn anywhere<'a>(traffic: Traffic<'a>, rules: &[Stated<'a>]) -> Vec<Anywhere<'a>> {
    let v4 = IpNet::V4(Ipv4Net::default());
    let v6 = IpNet::V6(Ipv6Net::default());
    let mut found = Vec::new();
    for (whole, routed) in [(v4, v4), (v6, ROUTED_V6)] {
        let family = || {
            rules.iter().filter_map(|stated| match stated.rule.peer {
                Peer::Block(block) if block.addr().is_ipv4() == whole.addr().is_ipv4() => {
                    Some((block, stated))
                }
                _ => None,
            })
        };
        let mut naming: Vec<_> =
            family().filter(|(block, _)| block.contains(&routed)).map(|(_, it)| *it).collect();
        if naming.is_empty() && share(family().map(|(block, _)| block)) >= share([routed]) {
            let blocks: Vec<_> = family().map(|(block, _)| block).collect();
            if IpNet::aggregate(&blocks).iter().any(|block| block.contains(&routed)) {
                naming = family().map(|(_, it)| *it).collect();
            }
        }
        if !naming.is_empty() {
            found.push(Anywhere { traffic, block: whole, rules: naming });
        }
    }
    found
}

/// How much of their family blocks hold together, at most: what is too little needs no
/// closer look.
fn share(blocks: impl IntoIterator<Item = IpNet>) -> f64 {
    blocks.into_iter().map(|block| (-f64::from(block.prefix_len())).exp2()).sum()
}
