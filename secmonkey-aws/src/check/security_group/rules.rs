//! The rules of a security group.

use ipnet::IpNet;
use secmonkey_core::check::Undecided;
use secmonkey_core::item::Item;
use serde_json::Value;

use super::internet::{Open, open};
use super::peers::Peers;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Of these, those that name the internet, alone or together.
    pub open: Vec<Open<'a>>,
    /// Those that name security groups.
    pub groups: Vec<Stated<'a>>,
    /// Those that name groups which are out of reach, with the reason.
    pub stale: Vec<(Stated<'a>, &'a str)>,
    /// Those that name lists of networks.
    pub lists: Vec<Stated<'a>>,
}

impl<'a> Rules<'a> {
    fn of(item: &'a Item, direction: Direction) -> Result<Self, Undecided> {
        let permissions = match direction {
            Direction::Ingress => "IpPermissions",
            Direction::Egress => "IpPermissionsEgress",
        };
        let mut blocks = Vec::with_capacity(32);
        let (mut groups, mut stale, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
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
                        "PrefixListIds" => {
                            (&mut prefixes, Peer::PrefixList(text(&entry["PrefixListId"])))
                        }
                        _ => {
                            let rule = Rule { direction, traffic, peer: group(entry) };
                            match out_of_reach(entry) {
                                Some(why) => stale.push((Stated { rule, at }, why)),
                                None => groups.push(Stated { rule, at }),
                            }
                            continue;
                        }
                    };
                    list.push(Stated { rule: Rule { direction, traffic, peer }, at });
                }
            }
        }
        blocks.sort_by_key(|stated| stated.rule.traffic);
        let open = open(&blocks);
        Ok(Self { blocks, open, groups, stale, lists: prefixes })
    }
}

/// Why the group that an entry names lets nobody through any more; `None` where it does.
fn out_of_reach(entry: &Value) -> Option<&str> {
    let status = entry["PeeringStatus"].as_str();
    let dead = ["deleted", "deleting", "expired", "failed", "rejected"];
    if let Some(status) = status.filter(|status| dead.contains(status)) {
        return Some(status);
    }
    // Of a group on the other side of a peering, EC2 leaves the account away once the
    // group is gone.
    let is_peered = status.is_some() || entry["VpcPeeringConnectionId"].is_string();
    (is_peered && entry["UserId"].is_null()).then_some("gone")
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
    lists: [(&'static str, &'a [Value]); 4],
}

impl<'a> Permission<'a> {
    fn of(granted: &'a Value) -> Self {
        let (mut protocol, mut from, mut to) = ("", None, None);
        let mut lists = [
            ("IpRanges", &[][..]),
            ("Ipv6Ranges", &[]),
            ("PrefixListIds", &[]),
            ("UserIdGroupPairs", &[]),
        ];
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
