//! What is recorded around a subnet.

use ipnet::IpNet;
use secmonkey_core::account::AccountId;
use secmonkey_core::check::Undecided;
use secmonkey_core::event::ScopeId;
use secmonkey_core::item::{Item, Key};
use secmonkey_core::network::block;
use secmonkey_core::texts::Texts;
use serde_json::Value;

use super::{Border, Route};
use crate::check::case::Case;
use crate::check::security_group::{PrefixList, prefix_list};
use crate::check::{list, network_acl, text};
use crate::kind;

/// A subnet whose VPC has an internet gateway, with what decides who gets in.
pub(in crate::check) struct Subnet {
    item: Item,
    /// The internet gateway of its VPC.
    pub gateway: String,
    /// Its route table.
    pub table: String,
    pub routes: Vec<Route>,
    /// Its network ACL.
    pub acl: Item,
    /// Through what the gateway sends everything that is for the subnet: a firewall.
    pub appliance: Option<String>,
}

const GATEWAY_OF: Texts = Texts::new(&["/Attachments/*/VpcId"]);
const OF_SUBNET: Texts = Texts::new(&["/Associations/*/SubnetId"]);
const OF_GATEWAY: Texts = Texts::new(&["/Associations/*/GatewayId"]);
const OF_VPC: Texts = Texts::new(&["/VpcId"]);

impl Subnet {
    /// A subnet, also one that another account shares; `None` where
    /// nothing comes in from the internet: the VPC has no gateway, or blocks what comes in.
    pub fn read(case: &Case<'_>, vpc: &str, id: &str) -> Result<Option<Self>, Undecided> {
        let item = subnet(case, vpc, id)?;
        if text(&item.config["BlockPublicAccessStates"]["InternetGatewayBlockMode"])
            .starts_with("block")
        {
            return Ok(None);
        }
        let Some(gateway) = naming(case, &item.key, "internet_gateway", &GATEWAY_OF, vpc)?.pop()
        else {
            return Ok(None);
        };
        let gateway = gateway.key.id;
        let blocks = blocks(&item);
        let mut appliance = None;
        for table in naming(case, &item.key, "route_table", &OF_GATEWAY, &gateway)? {
            for route in list(&table.config["Routes"]) {
                let Some(to) = appliance_of(route) else { continue };
                let destinations = destinations(case, route)?.unwrap_or_default();
                let is_here =
                    |to: &IpNet| blocks.iter().any(|own| own.contains(to) || to.contains(own));
                if destinations.iter().any(is_here) {
                    appliance = Some(to.to_owned());
                }
            }
        }
        let named = naming(case, &item.key, "route_table", &OF_SUBNET, id)?.pop();
        let table = named.map_or_else(|| main_table(case, &item.key, vpc), Ok)?;
        let mut routes = Vec::new();
        let made = list(&table.config["Routes"]).iter();
        for route in made.chain(list(&table.config["PropagatedRoutes"])) {
            let to_internet = route["GatewayId"] == *gateway
                || appliance.is_some() && appliance_of(route) == appliance.as_deref();
            match destinations(case, route)? {
                Some(all) => routes
                    .extend(all.into_iter().map(|destination| Route { destination, to_internet })),
                None if to_internet => {
                    let list = text(&route["DestinationPrefixListId"]);
                    return Err(Undecided::Unread(format!("the prefix list {list}")));
                }
                None => {}
            }
        }
        let acl = naming(case, &item.key, "network_acl", &OF_SUBNET, id)?.pop();
        let acl = acl.ok_or_else(|| Undecided::Unread(format!("the network ACL of {id}")))?;
        Ok(Some(Self { item, gateway, table: table.key.id, routes, acl, appliance }))
    }

    /// What decides who gets in.
    pub fn border(&self) -> Result<Border<'_>, Undecided> {
        Ok(Border { routes: self.routes.clone(), entries: network_acl::entries(&self.acl.config)? })
    }

    /// Whether an address is of a block that is not announced on the internet.
    pub fn is_private(&self, address: IpNet) -> bool {
        list(&self.item.config["Ipv6CidrBlockAssociationSet"]).iter().any(|one| {
            one["Ipv6AddressAttribute"] == "private"
                && block(text(&one["Ipv6CidrBlock"])).is_some_and(|own| own.contains(&address))
        })
    }
}

/// A subnet, of the item's account or of the one whose VPC it is in.
fn subnet(case: &Case<'_>, vpc: &str, id: &str) -> Result<Item, Undecided> {
    let key = |account: AccountId| Key {
        technology: "subnet".to_owned(),
        id: id.to_owned(),
        account,
        ..case.item.key.clone()
    };
    let own = &case.item.key.account;
    if let Some(item) = case.world.item(&key(own.clone()))? {
        return Ok(item);
    }
    for account in case.world.owners(&kind::VPC, vpc)? {
        if let Some(item) = case.world.item(&key(account))? {
            return Ok(item);
        }
    }
    Err(Undecided::Unread(format!("the subnet {id}")))
}

/// The route table of the subnets of a VPC that have none of their own.
fn main_table(case: &Case<'_>, subnet: &Key, vpc: &str) -> Result<Item, Undecided> {
    let is_main =
        |table: &Item| list(&table.config["Associations"]).iter().any(|one| one["Main"] == true);
    let mut all = naming(case, subnet, "route_table", &OF_VPC, vpc)?.into_iter();
    all.find(is_main).ok_or_else(|| Undecided::Unread(format!("the route table of {}", subnet.id)))
}

/// The items of a technology, beside another item, that name something.
fn naming(
    case: &Case<'_>,
    beside: &Key,
    technology: &str,
    at: &Texts,
    id: &str,
) -> Result<Vec<Item>, Undecided> {
    let scope = ScopeId { technology: technology.to_owned(), ..ScopeId::of(beside) };
    let mut all = Vec::new();
    for key in case.world.naming(&scope, at, id)? {
        all.extend(case.world.item(&key)?);
    }
    Ok(all)
}

/// The blocks of a subnet.
fn blocks(subnet: &Item) -> Vec<IpNet> {
    let v6 = list(&subnet.config["Ipv6CidrBlockAssociationSet"]).iter();
    let v6 = v6.map(|one| &one["Ipv6CidrBlock"]);
    v6.chain([&subnet.config["CidrBlock"]]).filter_map(|text| block(text.as_str()?)).collect()
}

/// For which addresses a route is; `None` where they are those of a list that was never read.
fn destinations(case: &Case<'_>, route: &Value) -> Result<Option<Vec<IpNet>>, Undecided> {
    if let Some(list) = route["DestinationPrefixListId"].as_str() {
        return Ok(match prefix_list(case, list)? {
            PrefixList::Of(blocks) => Some(blocks),
            // Only AWS's services.
            PrefixList::OfAws => Some(Vec::new()),
            PrefixList::Unread => None,
        });
    }
    let at = ["DestinationCidrBlock", "DestinationIpv6CidrBlock"];
    let text = at.iter().find_map(|at| route[*at].as_str()).unwrap_or_default();
    let block = block(text).ok_or_else(|| Undecided::Failed(format!("{text} is no block")))?;
    Ok(Some(vec![block]))
}

/// The interface or endpoint that a route sends traffic to, so that somebody looks at it.
fn appliance_of(route: &Value) -> Option<&str> {
    let endpoint = route["GatewayId"].as_str().filter(|id| id.starts_with("vpce-"));
    endpoint.or_else(|| route["NetworkInterfaceId"].as_str())
}
