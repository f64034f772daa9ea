//! NAT gateways: the addresses that whole networks come from.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{NatGateway, NatGatewayState};
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted};

use crate::error::failed;
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, arn, name, only};
use crate::watch::{Described, Events, Facts, Structure, pages_of, required};

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
        Events::new(
            "/requestParameters/resourcesSet/items/*/resourceId",
            &["CreateTags", "DeleteTags"],
        ),
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
    const FACTS: &'static Facts = &NAT_GATEWAY;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.ec2(&scope.account, &scope.region)
    }

    async fn page(
        ec2: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let call = ec2.describe_nat_gateways().max_results(PAGE).set_next_token(token);
        let page = call.set_filter(only("nat-gateway-id", wanted)).send().await;
        let page = page.map_err(|error| failed(GATEWAYS, &error))?;
        Ok(Listed::page(page.nat_gateways, page.next_token))
    }

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
