//! What reaches an instance from the internet, over all its interfaces.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use secmonkey_core::check::Undecided;
use secmonkey_core::item::Item;
use secmonkey_core::network::block;
use serde_json::Value;

use crate::check::case::{Case, Once};
use crate::check::security_group::is_routed;
use crate::check::way_in::{Interface, WAY_IN, reaching};
use crate::check::{list, text};

/// Traffic that strangers may send in.
pub(in crate::check) struct Exposure {
    /// What gets in, for people.
    pub traffic: String,
    /// Who gets in, for people.
    pub who: String,
    /// What that is worth.
    pub score: u8,
    /// What lies on the way of each interface.
    pub paths: BTreeSet<String>,
    /// The rules of security groups that let it in.
    pub rules: BTreeSet<String>,
    /// Where the interfaces stand.
    pub at: BTreeSet<String>,
}

/// Whether an instance does not run, so that nothing answers.
pub(super) fn is_idle(item: &Item) -> bool {
    matches!(text(&item.config["State"]["Name"]), "shutting-down" | "stopped" | "stopping")
}

/// What the checks of an instance share: what reaches it.
#[derive(Default)]
pub(in crate::check) struct Shared(Once<BTreeMap<String, Exposure>>);

/// What reaches the instance, by the rule that it comes to.
///
/// # Errors
/// Where a piece of a way was never read.
pub(super) fn exposures<'a>(case: &Case<'a>) -> Result<&'a BTreeMap<String, Exposure>, Undecided> {
    WAY_IN.iter().try_for_each(|what| case.world.require(what))?;
    case.shared.instance.0.get(|| read(case))
}

fn read(case: &Case<'_>) -> Result<BTreeMap<String, Exposure>, Undecided> {
    let mut all = BTreeMap::<String, Exposure>::new();
    for (index, interface) in list(&case.item.config["NetworkInterfaces"]).iter().enumerate() {
        let addresses = addresses(interface);
        if addresses.is_empty() {
            continue;
        }
        let groups = list(&interface["Groups"]).iter().map(|group| text(&group["GroupId"]));
        let interface = Interface {
            id: text(&interface["NetworkInterfaceId"]),
            vpc: text(&interface["VpcId"]),
            subnet: text(&interface["SubnetId"]),
            addresses,
            groups: groups.collect(),
        };
        for it in reaching(case, &interface)? {
            let exposure = all.entry(it.rule).or_insert_with(|| Exposure {
                traffic: it.traffic,
                who: it.who,
                score: 0,
                paths: BTreeSet::new(),
                rules: BTreeSet::new(),
                at: BTreeSet::new(),
            });
            exposure.score = exposure.score.max(it.score);
            exposure.paths.insert(it.path);
            exposure.rules.extend(it.rules);
            exposure.at.insert(format!("/NetworkInterfaces/{index}"));
        }
    }
    Ok(all)
}

/// The addresses of the internet that an interface has: public ones of IPv4, and those of IPv6
/// that are unique in the world, alone and in blocks.
fn addresses(interface: &Value) -> Vec<(IpNet, &str)> {
    let of = |list_at: &str, pointer: &str| -> Vec<&Value> {
        let one = list(&interface[list_at]).iter();
        one.filter_map(|one| one.pointer(pointer)).collect()
    };
    let v4 = of("PrivateIpAddresses", "/Association/PublicIp").into_iter();
    let v4 = v4.chain(interface.pointer("/Association/PublicIp"));
    let v6 = of("Ipv6Addresses", "/Ipv6Address").into_iter();
    let v6 = v6.chain(of("Ipv6Prefixes", "/Ipv6Prefix"));
    let all = v4.chain(v6).filter_map(|address| {
        let address = address.as_str()?;
        Some((block(address)?, address))
    });
    all.filter(|(address, _)| is_routed(*address)).collect()
}
