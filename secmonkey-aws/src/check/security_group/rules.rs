//! The rules of a security group.

use ipnet::IpNet;
use secmonkey_core::check::Undecided;
use secmonkey_core::item::Key;
use serde_json::Value;

use super::internet::{Open, is_internet, open};
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
    /// The rules of one direction. The check must declare prefix lists and what is known.
    ///
    /// # Errors
    /// Where one of them names a block that is none.
    pub(super) fn rules(&self, direction: Direction) -> Result<&'a Rules<'a>, Undecided> {
        self.world.require(PREFIX_LIST)?;
        self.world.require("known")?;
        self.shared.group.of(direction).rules.get(|| Rules::of(self, direction))
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

/// The technology of prefix lists.
const PREFIX_LIST: &str = "ec2_prefix_list";

/// A rule and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated<'a> {
    pub rule: Rule<'a>,
    pub at: Entry,
}

/// A block that a rule names, itself or by an entry of a prefix list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub stated: Stated<'a>,
    pub block: IpNet,
    /// Whether it is the internet by itself.
    pub is_internet: bool,
}

impl Named<'_> {
    /// The prefix list it is in, for people: what follows the block.
    pub fn by(&self) -> String {
        match self.stated.rule.peer {
            Peer::PrefixList(list) => format!(", in the prefix list {list}"),
            Peer::Block(_) | Peer::Group { .. } => String::new(),
        }
    }
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
    /// The blocks of addresses that they name, by traffic.
    pub blocks: Vec<Named<'a>>,
    /// Of these, those that name the internet, alone or together.
    pub open: Vec<Open<'a>>,
    /// Those that name security groups.
    pub groups: Vec<Stated<'a>>,
    /// Those that name groups which are out of reach, with the reason.
    pub stale: Vec<(Stated<'a>, &'a str)>,
    /// Those that name lists of networks which could not be read.
    pub lists: Vec<Stated<'a>>,
}

impl<'a> Rules<'a> {
    fn of(case: &Case<'a>, direction: Direction) -> Result<Self, Undecided> {
        let item = case.item;
        let permissions = match direction {
            Direction::Ingress => "IpPermissions",
            Direction::Egress => "IpPermissionsEgress",
        };
        let mut blocks = Vec::with_capacity(32);
        let (mut groups, mut stale, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for (permission, granted) in list(&item.config[permissions]).iter().enumerate() {
            let Permission { traffic, lists } = Permission::of(granted);
            for (peers, entries) in lists {
                for (peer, entry) in entries.iter().enumerate() {
                    let at = Entry { permissions, permission, peers, peer };
                    let stated = |peer| Stated { rule: Rule { direction, traffic, peer }, at };
                    let mut name = |peer, block| {
                        let is_internet = is_internet(&case.world, block)?;
                        blocks.push(Named { stated: stated(peer), block, is_internet });
                        Ok::<_, Undecided>(())
                    };
                    match peers {
                        "IpRanges" | "Ipv6Ranges" => {
                            let member = if peers == "IpRanges" { "CidrIp" } else { "CidrIpv6" };
                            let block = block(&entry[member]).map_err(|why| {
                                Undecided::Failed(format!("{}/{member} {why}", String::from(at)))
                            })?;
                            name(Peer::Block(block), block)?;
                        }
                        "PrefixListIds" => {
                            let id = text(&entry["PrefixListId"]);
                            let peer = Peer::PrefixList(id);
                            match prefix_list(case, id)? {
                                PrefixList::OfAws => {}
                                PrefixList::Unread => unread.push(stated(peer)),
                                PrefixList::Of(entries) => {
                                    entries.into_iter().try_for_each(|block| name(peer, block))?;
                                }
                            }
                        }
                        _ => {
                            let stated = stated(Peer::Group {
                                account: entry["UserId"]
                                    .as_str()
                                    .unwrap_or(item.key.account.as_str()),
                                group: text(&entry["GroupId"]),
                            });
                            match out_of_reach(entry) {
                                Some(why) => stale.push((stated, why)),
                                None => groups.push(stated),
                            }
                        }
                    }
                }
            }
        }
        blocks.sort_by_key(|named| named.stated.rule.traffic);
        let open = open(&blocks);
        Ok(Self { blocks, open, groups, stale, lists: unread })
    }
}

/// Whom a prefix list holds.
pub(in crate::check) enum PrefixList {
    /// AWS's services.
    OfAws,
    /// These.
    Of(Vec<IpNet>),
    /// Nobody knows.
    Unread,
}

/// What is known of a prefix list of the region, the account's own or one that is shared
/// with it.
pub(in crate::check) fn prefix_list(case: &Case<'_>, id: &str) -> Result<PrefixList, Undecided> {
    let key =
        Key { technology: PREFIX_LIST.to_owned(), id: id.to_owned(), ..case.item.key.clone() };
    let item = match case.world.item(&key) {
        Err(Undecided::Unlisted(_)) => None,
        other => other?,
    };
    let Some(item) = item else {
        // AWS's own of old kept the short ids, with which no list that a customer made was
        // ever named.
        let is_short = id.strip_prefix("pl-").is_some_and(|id| id.len() == 8);
        return Ok(if is_short { PrefixList::OfAws } else { PrefixList::Unread });
    };
    if item.config["OwnerId"] == "AWS" {
        return Ok(PrefixList::OfAws);
    }
    let read = &item.config["ManagedPrefixListEntries"];
    if !read.is_object() {
        return Ok(PrefixList::Unread);
    }
    let entries = list(&read["Entries"]).iter().map(|entry| block(&entry["Cidr"]));
    let entries = entries.collect::<Result<_, _>>();
    Ok(PrefixList::Of(entries.map_err(|why| Undecided::Failed(format!("an entry of {id} {why}")))?))
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

/// The block of addresses that a text names, else what is wrong with it.
fn block(text: &Value) -> Result<IpNet, String> {
    let block = text.as_str().and_then(|text| text.parse::<IpNet>().ok());
    block.map(|block| block.trunc()).ok_or_else(|| format!("is no block: {text}"))
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
