//! NAT gateways: the addresses that whole networks come from.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{NatGateway, NatGatewayState};
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// NAT gateways, public and private, with their addresses.
///
/// A deleted one is listed for about an hour longer: it counts as gone. An address that
/// is being provided has no private address yet, one of a private gateway has no
/// allocation: both together tell the addresses apart.
pub const NAT_GATEWAY: Facts = Facts {
    id: "nat_gateway",
    title: "NAT gateway",
    structures: &[Structure::new("NatGateway", "")],
    events: &[
        Events::new(
            "/requestParameters/AssignPrivateNatGatewayAddressRequest/NatGatewayId",
            &["AssignPrivateNatGatewayAddress"],
        ),
        Events::new(
            "/requestParameters/AssociateNatGatewayAddressRequest/NatGatewayId",
            &["AssociateNatGatewayAddress"],
        ),
        Events::new(
            "/requestParameters/DeleteNatGatewayRequest/NatGatewayId",
            &["DeleteNatGateway"],
        ),
        Events::new(
            "/requestParameters/DisassociateNatGatewayAddressRequest/NatGatewayId",
            &["DisassociateNatGatewayAddress"],
        ),
        Events::new(
            "/requestParameters/UnassignPrivateNatGatewayAddressRequest/NatGatewayId",
            &["UnassignPrivateNatGatewayAddress"],
        ),
        TAGS,
        Events::new(
            "/responseElements/CreateNatGatewayResponse/natGateway/natGatewayId",
            &["CreateNatGateway"],
        ),
    ],
    sets: &[
        Set::new("/AttachedAppliances", &["ApplianceArn"]),
        Set::new("/NatGatewayAddresses", &["AllocationId", "PrivateIp"]),
        Set::new("/Tags", &["Key"]),
    ],
    names: &[
        Name::new(Kind::BLOCK, "/NatGatewayAddresses/*/PrivateIp"),
        Name::new(Kind::BLOCK, "/NatGatewayAddresses/*/PublicIp"),
    ],
    writes: &[Writes::new("", &["CreateNatGateway", "DeleteNatGateway"])],
    ..Facts::of(&service::EC2, GATEWAYS)
};

const GATEWAYS: Operation = Operation::new("ec2:DescribeNatGateways");

/// The fewest calls that read one region: `⌈gateways / 1000⌉`, one at least. Those that
/// were deleted within the hour count.
#[must_use]
pub const fn fewest_calls(gateways: usize) -> usize {
    pages_of(gateways, PAGE as usize)
}

impl Described for NatGateway {
    described!(NAT_GATEWAY, describe_nat_gateways.set_filter("nat-gateway-id") => nat_gateways);

    type Beside = ();

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if self.state() == Some(&NatGatewayState::Deleted) {
            return Ok(None);
        }
        let id = required(GATEWAYS, "NatGatewayId", self.nat_gateway_id.clone())?;
        let (name, arn) = (name(self.tags(), &id), arn(scope, "natgateway", &id));
        Ok(Some(NAT_GATEWAY.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
