//! NAT gateways: the addresses that whole networks come from.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{NatGateway, NatGatewayState};
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{Cause, Error, Listed, Observed, Scope};

use crate::error::{failed, found};
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, Resource, Resources, arn, name};
use crate::watch::pages_of;

/// NAT gateways, public and private, with their addresses.
///
/// A deleted one is listed for about an hour longer: it counts as gone. An address that
/// is being provided has no private address yet, one of a private gateway has no
/// allocation: both together tell the addresses apart.
pub const NAT_GATEWAY: Technology = Technology {
    id: "nat_gateway",
    title: "NAT gateway",
    shape: 1,
    reach: Reach::Regional,
    sets: &[
        Set { at: "/AttachedAppliances", key: &["ApplianceArn"] },
        Set { at: "/NatGatewayAddresses", key: &["AllocationId", "PrivateIp"] },
        Set { at: "/Tags", key: &["Key"] },
    ],
    names: &[
        Name { kind: Kind::Block, at: "/NatGatewayAddresses/*/PrivateIp" },
        Name { kind: Kind::Block, at: "/NatGatewayAddresses/*/PublicIp" },
    ],
    permissions: &[GATEWAYS],
    ..Technology::DEFAULT
};

const GATEWAYS: &str = "ec2:DescribeNatGateways";

/// The fewest calls that read one region: `⌈gateways / 1000⌉`, one at least. Those that
/// were deleted within the hour count.
#[must_use]
pub const fn fewest_calls(gateways: usize) -> usize {
    pages_of(gateways, PAGE as usize)
}

/// Reads [`NAT_GATEWAY`].
pub type NatGateways = Resources<NatGateway>;

impl Resource for NatGateway {
    const TECHNOLOGY: &'static Technology = &NAT_GATEWAY;
    const OPERATION: &'static str = GATEWAYS;

    async fn page(ec2: &Client, token: Option<String>) -> Result<Listed<Self>, Error> {
        let page = ec2.describe_nat_gateways().max_results(PAGE).set_next_token(token).send().await;
        let page = page.map_err(|error| failed(GATEWAYS, &error))?;
        Ok(Listed {
            items: page.nat_gateways.unwrap_or_default(),
            next: page.next_token,
            truncated: None,
        })
    }

    async fn exists(ec2: &Client, id: String) -> Result<bool, Error> {
        let call = ec2.describe_nat_gateways().nat_gateway_ids(id);
        let answer = found(GATEWAYS, call.send().await)?;
        Ok(answer.is_some_and(|it| !it.nat_gateways().iter().any(is_deleted)))
    }

    fn observed(self, scope: &Scope) -> Result<Option<Observed>, Error> {
        if is_deleted(&self) {
            return Ok(None);
        }
        let Some(id) = self.nat_gateway_id.clone() else {
            return Err(Error::new(
                GATEWAYS,
                Cause::Garbled,
                "a NAT gateway without an id was listed",
            ));
        };
        Ok(Some(Observed {
            technology: NAT_GATEWAY.id,
            name: name(self.tags(), &id),
            arn: Some(arn(scope, "natgateway", &id)),
            config: self.to_json(),
            id,
            parts: Vec::new(),
        }))
    }
}

fn is_deleted(gateway: &NatGateway) -> bool {
    gateway.state() == Some(&NatGatewayState::Deleted)
}
