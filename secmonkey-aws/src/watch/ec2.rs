//! EC2.

use aws_sdk_ec2::types::{
    Address, DhcpOptions, Filter, FlowLog, Image, Instance, InternetGateway, KeyPairInfo,
    ManagedPrefixList, NatGateway, NetworkAcl, NetworkInterface, RouteTable, SecurityGroup,
    Snapshot, Subnet, Tag, Volume, Vpc, VpcEndpoint, VpcPeeringConnection, VpnConnection,
    VpnGateway, VpnState,
};
use secmonkey_core::watch::{Scope, Wanted};

use crate::settings;
use crate::watch::{Entry, Events};

/// What is the same for every resource that one operation describes page by page:
/// `described!(VPC, describe_vpcs.set_filters("vpc-id") => vpcs)`; with what else it has to be
/// told: `=> snapshots, owner_ids("self"))`; in pages smaller than [`PAGE`]:
/// `=> route_tables, 100)`; without pages: `=> vpn_gateways, at once)`.
macro_rules! described {
    (
        $facts:ident, $describe:ident.$filters:ident($filter:literal) => $listed:ident
        $(, $option:ident($value:expr))*
    ) => {
        described!(
            @paged $facts, $describe.$filters($filter) => $listed, $crate::watch::ec2::PAGE
            $(, $option($value))*
        );
    };
    ($facts:ident, $describe:ident.$filters:ident($filter:literal) => $listed:ident, at once) => {
        described!(@client $facts);

        async fn page(
            ec2: &Self::Client,
            _scope: &secmonkey_core::watch::Scope,
            wanted: Option<&[secmonkey_core::watch::Wanted]>,
            _token: Option<String>,
        ) -> Result<secmonkey_core::watch::Listed<Self>, secmonkey_core::watch::Error> {
            let call = ec2.$describe().$filters($crate::watch::ec2::only($filter, wanted));
            let all = call.send().await;
            let all = all.map_err(|error| $crate::error::failed($facts.list, &error))?;
            Ok(secmonkey_core::watch::Listed::page(all.$listed, None))
        }
    };
    ($facts:ident, $describe:ident.$filters:ident($filter:literal) => $listed:ident, $size:expr) => {
        described!(@paged $facts, $describe.$filters($filter) => $listed, $size);
    };
    (
        @paged $facts:ident, $describe:ident.$filters:ident($filter:literal) => $listed:ident,
        $size:expr $(, $option:ident($value:expr))*
    ) => {
        described!(@client $facts);

        async fn page(
            ec2: &Self::Client,
            _scope: &secmonkey_core::watch::Scope,
            wanted: Option<&[secmonkey_core::watch::Wanted]>,
            token: Option<String>,
        ) -> Result<secmonkey_core::watch::Listed<Self>, secmonkey_core::watch::Error> {
            let call = ec2.$describe().max_results($size).set_next_token(token);
            let call = call.$filters($crate::watch::ec2::only($filter, wanted));
            let page = call$(.$option($value))*.send().await;
            let page = page.map_err(|error| $crate::error::failed($facts.list, &error))?;
            Ok(secmonkey_core::watch::Listed::page(page.$listed, page.next_token))
        }
    };
    (@client $facts:ident) => {
        const FACTS: &'static $crate::watch::Facts = &$facts;
        type Client = aws_sdk_ec2::Client;

        fn client(
            sessions: &$crate::session::Sessions,
            scope: &secmonkey_core::watch::Scope,
        ) -> Self::Client {
            sessions.ec2(&scope.account, &scope.region)
        }
    };
}

pub mod dhcp_options;
pub mod elastic_ip;
pub mod flow_log;
pub mod image;
pub mod instance;
pub mod internet_gateway;
pub mod key_pair;
pub mod nat_gateway;
pub mod network_acl;
pub mod network_interface;
pub mod prefix_list;
pub mod route_table;
pub mod security_group;
pub mod snapshot;
pub mod subnet;
pub mod virtual_gateway;
pub mod volume;
pub mod vpc;
pub mod vpc_endpoint;
pub mod vpc_peering_connection;
pub mod vpn_connection;

pub(super) const READS: &[Entry] = &[
    Entry::described::<Address>(),
    Entry::described::<DhcpOptions>(),
    Entry::described::<FlowLog>(),
    Entry::described::<Image>(),
    Entry::described::<Instance>(),
    Entry::described::<InternetGateway>(),
    Entry::described::<KeyPairInfo>(),
    Entry::described::<ManagedPrefixList>(),
    Entry::described::<NatGateway>(),
    Entry::described::<NetworkAcl>(),
    Entry::described::<NetworkInterface>(),
    Entry::described::<RouteTable>(),
    Entry::described::<SecurityGroup>(),
    Entry::described::<Snapshot>(),
    Entry::described::<Subnet>(),
    Entry::described::<Volume>(),
    Entry::described::<Vpc>(),
    Entry::described::<VpcEndpoint>(),
    Entry::described::<VpcPeeringConnection>(),
    Entry::described::<VpnConnection>(),
    Entry::described::<VpnGateway>(),
];

/// Tags, of resources of every kind.
const TAGS: Events = Events::new(
    "/requestParameters/resourcesSet/items/*/resourceId",
    &["CreateTags", "DeleteTags"],
);

/// The largest page of a listing.
const PAGE: i32 = 1000;

/// Only those that are wanted, by the filter that knows their ids. A call that lists ids
/// instead fails for all where one does not exist.
fn only(filter: &str, wanted: Option<&[Wanted]>) -> Option<Vec<Filter>> {
    let ids = wanted?.iter().map(|one| one.id.clone());
    Some(vec![one_of(filter, ids)])
}

fn one_of(filter: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(filter).set_values(Some(values.into_iter().collect())).build()
}

/// Whether a resource belongs to the account that listed it. What other accounts share
/// with it is listed, too: that is theirs, and names nothing of ours.
fn is_own(scope: &Scope, owner: Option<&str>) -> bool {
    owner.is_none_or(|owner| owner == scope.account.id.as_str())
}

/// The ARN of a resource of the account, which EC2 does not tell.
fn arn(scope: &Scope, kind: &str, id: &str) -> String {
    let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
    format!("arn:{partition}:ec2:{}:{account}:{kind}/{id}", scope.region)
}

/// The ARN of what every account may be given, which names none.
fn arn_of_nobody(scope: &Scope, kind: &str, id: &str) -> String {
    format!("arn:{}:ec2:{}::{kind}/{id}", settings::partition(&scope.account), scope.region)
}

/// What people call a resource: its tag `Name`, else its id.
fn name(tags: &[Tag], id: &str) -> String {
    let named = tags.iter().find(|tag| tag.key() == Some("Name")).and_then(Tag::value);
    named.filter(|name| !name.is_empty()).unwrap_or(id).to_owned()
}

/// Whether part of a VPN in this state is gone, although it is still listed.
fn is_gone(state: Option<&VpnState>) -> bool {
    matches!(state, Some(VpnState::Deleted | VpnState::Deleting))
}
