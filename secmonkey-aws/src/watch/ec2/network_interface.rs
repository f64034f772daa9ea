//! Network interfaces: where everything that has an address is plugged in.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::NetworkInterface;
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// The account's own network interfaces, those too that services of AWS manage for it: load
/// balancers, functions, databases and endpoints are reached through them.
///
/// What one is attached to, the public addresses that it is associated with and their names
/// are relations. Interfaces of other accounts in a VPC that is shared with them are read
/// where they belong.
pub const NETWORK_INTERFACE: Facts = Facts {
    id: "network_interface",
    title: "network interface",
    structures: &[Structure::new("NetworkInterface", "")],
    events: &[
        Events::new(
            "/requestParameters/AssignIpv6AddressesRequest/NetworkInterfaceId",
            &["AssignIpv6Addresses"],
        ),
        Events::new(
            "/requestParameters/ModifyPublicIpDnsNameOptionsRequest/NetworkInterfaceId",
            &["ModifyPublicIpDnsNameOptions"],
        ),
        Events::new(
            "/requestParameters/UnassignIpv6AddressesRequest/NetworkInterfaceId",
            &["UnassignIpv6Addresses"],
        ),
        Events::new(
            "/requestParameters/networkInterfaceId",
            &[
                "AssignPrivateIpAddresses",
                "AssociateAddress",
                "AttachNetworkInterface",
                "DeleteNetworkInterface",
                "ModifyNetworkInterfaceAttribute",
                "ResetNetworkInterfaceAttribute",
                "UnassignPrivateIpAddresses",
            ],
        ),
        TAGS,
        Events::new(
            "/responseElements/networkInterface/networkInterfaceId",
            &["CreateNetworkInterface"],
        ),
    ],
    sets: &[
        Set::new("/AssociatedSubnets", &[]),
        Set::new("/Groups", &["GroupId"]),
        Set::new("/Ipv4Prefixes", &["Ipv4Prefix"]),
        Set::new("/Ipv6Addresses", &["Ipv6Address"]),
        Set::new("/Ipv6Prefixes", &["Ipv6Prefix"]),
        Set::new("/PrivateIpAddresses", &["PrivateIpAddress"]),
        Set::new("/TagSet", &["Key"]),
    ],
    relations: &[
        "/Association",
        "/Attachment",
        "/PrivateIpAddresses/*/Association",
        "/PublicDnsName",
        "/PublicIpDnsNameOptions",
        "/Status",
    ],
    dropped: &[
        // How attaching goes, and when it was done: what it is attached to shows.
        "/Attachment/AttachTime",
        "/Attachment/Status",
    ],
    names: &[
        Name::new(Kind::BLOCK, "/Association/CarrierIp"),
        Name::new(Kind::BLOCK, "/Association/CustomerOwnedIp"),
        Name::new(Kind::BLOCK, "/Association/PublicIp"),
        Name::new(Kind::BLOCK, "/Ipv4Prefixes/*/Ipv4Prefix"),
        Name::new(Kind::BLOCK, "/Ipv6Addresses/*/Ipv6Address"),
        Name::new(Kind::BLOCK, "/Ipv6Prefixes/*/Ipv6Prefix"),
        Name::new(Kind::BLOCK, "/PrivateIpAddresses/*/Association/PublicIp"),
        Name::new(Kind::BLOCK, "/PrivateIpAddresses/*/PrivateIpAddress"),
    ],
    writes: &[Writes::new("", &["CreateNetworkInterface", "DeleteNetworkInterface"])],
    ..Facts::of(&service::EC2, INTERFACES)
};

const INTERFACES: Operation = Operation::new("ec2:DescribeNetworkInterfaces");

/// The fewest calls that read one region: `⌈interfaces / 1000⌉`, one at least. Those of
/// other accounts in a VPC of this one count.
#[must_use]
pub const fn fewest_calls(interfaces: usize) -> usize {
    pages_of(interfaces, PAGE as usize)
}

impl Described for NetworkInterface {
    described!(
        NETWORK_INTERFACE,
        describe_network_interfaces.set_filters("network-interface-id") => network_interfaces,
        include_managed_resources(true)
    );

    type Beside = ();

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) {
            return Ok(None);
        }
        let id = required(INTERFACES, "NetworkInterfaceId", self.network_interface_id.clone())?;
        let (name, arn) = (name(self.tag_set(), &id), arn(scope, "network-interface", &id));
        Ok(Some(NETWORK_INTERFACE.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
