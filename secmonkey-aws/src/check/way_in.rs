//! What reaches an interface from the internet: by which routes, past which network ACL,
//! through which security groups.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use secmonkey_core::check::Undecided;
use secmonkey_core::item::{Item, Key};
use secmonkey_core::texts::Texts;
use serde_json::{Value, json};

pub(super) use self::border::{Border, Route};
pub(super) use self::subnet::Subnet;
use super::case::{Case, Shared};
use super::listed;
use super::reachable::group;
use super::security_group::{blocks_in, strangers};
use super::subject::Traffic;

mod border;
mod subnet;
#[cfg(test)]
mod tests;

/// What is looked up to know what reaches an interface.
pub(super) const WAY_IN: Texts = Texts::new(&[
    "accounts",
    "ec2_prefix_list",
    "internet_gateway",
    "known",
    "network_acl",
    "route_table",
    "security_group",
    "subnet",
]);

/// Of these, what says only which way there is: it could take away what groups let in.
pub(super) const WAY: Texts =
    Texts::new(&["internet_gateway", "network_acl", "route_table", "subnet"]);

/// An interface with addresses of the internet.
pub(super) struct Interface<'a> {
    pub id: &'a str,
    pub vpc: &'a str,
    pub subnet: &'a str,
    /// Each address, or block of such, by which the internet would reach it.
    pub addresses: Vec<(IpNet, &'a str)>,
    /// The ids of its security groups.
    pub groups: Vec<&'a str>,
}

/// What reaches an interface, from somebody whom nobody knows.
pub(super) struct Reaching {
    /// The rule that all that is on the way comes to: `ingress tcp/22 0.0.0.0/0`.
    pub rule: String,
    /// What gets in, for people.
    pub traffic: String,
    /// Who gets in, for people.
    pub who: String,
    /// What that is worth.
    pub score: u8,
    /// What lies on the way, from outside to inside.
    pub path: String,
    /// The rules of groups that let it in, with the group: `sg-1 (ingress tcp/22 0.0.0.0/0)`.
    pub rules: BTreeSet<String>,
}

/// What reaches an interface from the internet. The check that asks declares [`WAY_IN`].
///
/// What lies on the way is made one security group that lets in what all of it lets in, so
/// that it is judged, and told, as any group.
///
/// # Errors
/// Where a piece of the way was never read.
pub(super) fn reaching(
    case: &Case<'_>,
    interface: &Interface<'_>,
) -> Result<Vec<Reaching>, Undecided> {
    let Some(subnet) = Subnet::read(case, interface.vpc, interface.subnet)? else {
        return Ok(Vec::new());
    };
    let is_public = |address: IpNet| !subnet.is_private(address);
    let addresses = interface.addresses.iter().filter(|(address, _)| is_public(*address));
    let addresses: Vec<_> = addresses.collect();
    let border = subnet.border()?;
    let mut permissions = Vec::new();
    let mut by = BTreeMap::<String, BTreeSet<String>>::new();
    for id in &interface.groups {
        let item = group(case, id)?;
        let shared = Shared::default();
        for (rule, source) in blocks_in(&Case::new(&item, case.world, &shared))? {
            let has_address = |(address, _): &&&(IpNet, &str)| is_v4(*address) == is_v4(source);
            if !addresses.iter().any(|one| has_address(&one)) {
                continue;
            }
            for (traffic, source) in border.let_in(rule.traffic, source) {
                let rules = by.entry(format!("ingress {traffic} {source}")).or_default();
                rules.insert(format!("{id} ({rule})"));
                permissions.push(permission(traffic, source));
            }
        }
    }
    let all = Item {
        key: Key {
            technology: "security_group".to_owned(),
            id: interface.id.to_owned(),
            ..case.item.key.clone()
        },
        name: interface.id.to_owned(),
        arn: None,
        config: json!({ "IpPermissions": permissions }),
    };
    let shared = Shared::default();
    let strangers = strangers(&Case::new(&all, case.world, &shared))?;
    if let (Some(appliance), false) = (&subnet.appliance, strangers.is_empty()) {
        return Err(Undecided::Unread(format!("what {appliance} lets through")));
    }
    let reaching = strangers.into_iter().map(|it| {
        let at = addresses.iter().filter(|(address, _)| is_v4(*address) == is_v4(it.block));
        let at: BTreeSet<&str> = at.map(|(_, text)| *text).collect();
        let rules = by.get(&it.rule).cloned().unwrap_or_default();
        let path = format!(
            "{}, {}, {}, {} and {} of {} in {}",
            subnet.gateway,
            subnet.table,
            subnet.acl.key.id,
            listed(rules.iter().map(String::as_str)),
            listed(at),
            interface.id,
            interface.subnet,
        );
        Reaching { rule: it.rule, traffic: it.traffic, who: it.who, score: it.score, path, rules }
    });
    Ok(reaching.collect())
}

/// Which of some ports anybody of the internet gets to in any of some subnets, as far as routes
/// and network ACLs go; `None` where a piece of the way was never read. The check that asks
/// declares [`WAY_IN`].
///
/// # Errors
/// Where something that was read makes no sense.
pub(super) fn arriving(
    case: &Case<'_>,
    vpc: &str,
    subnets: &[&str],
    ports: &[Traffic<'_>],
) -> Result<Vec<Option<bool>>, Undecided> {
    // Who does not know in which subnets it stands knows nothing.
    let mut all = vec![(!subnets.is_empty()).then_some(false); ports.len()];
    for id in subnets {
        let subnet = match Subnet::read(case, vpc, id) {
            Ok(Some(subnet)) => subnet,
            Ok(None) => continue,
            Err(Undecided::Unlisted(_) | Undecided::Unread(_)) => {
                for arrives in &mut all {
                    *arrives = arrives.filter(|arrives| *arrives);
                }
                continue;
            }
            Err(why) => return Err(why),
        };
        let border = subnet.border()?;
        for (port, arrives) in ports.iter().zip(&mut all) {
            let is_let_in = EVERYBODY.iter().any(|all| !border.let_in(*port, *all).is_empty());
            if is_let_in && *arrives != Some(true) {
                *arrives = subnet.appliance.is_none().then_some(true);
            }
        }
    }
    Ok(all)
}

/// All addresses of both families.
const EVERYBODY: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
];

/// Whether a block is one of IPv4.
fn is_v4(block: IpNet) -> bool {
    block.addr().is_ipv4()
}

/// What a security group that lets this in would say.
fn permission(traffic: Traffic<'_>, source: IpNet) -> Value {
    let (ranges, member) =
        if is_v4(source) { ("IpRanges", "CidrIp") } else { ("Ipv6Ranges", "CidrIpv6") };
    let from = json!([{ member: source.to_string() }]);
    match traffic {
        Traffic::All => json!({ "IpProtocol": "-1", ranges: from }),
        Traffic::Ports { protocol, from: first, to: last } => {
            json!({ "IpProtocol": protocol, "FromPort": first, "ToPort": last, ranges: from })
        }
        Traffic::Icmp { protocol, .. } | Traffic::Protocol(protocol) => {
            json!({ "IpProtocol": protocol, ranges: from })
        }
    }
}
