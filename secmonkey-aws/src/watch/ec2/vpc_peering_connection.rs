//! VPC peering connections: two VPCs that reach each other by private addresses.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    VpcPeeringConnection, VpcPeeringConnectionStateReason, VpcPeeringConnectionStateReasonCode,
};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, name};
use crate::watch::{Described, Events, Facts, Structure, pages_of, required};

/// VPC peering connections: who asked, who accepted, and what each side lets the other do.
///
/// Both ends list one, each with its own tags: it is recorded in every account and region
/// that lists it. One that was deleted, or never came to be, is listed for a while longer: it
/// counts as gone.
pub const VPC_PEERING_CONNECTION: Facts = Facts {
    id: "vpc_peering_connection",
    title: "VPC peering connection",
    structures: &[Structure::new("VpcPeeringConnection", "")],
    events: &[
        Events::new(
            "/requestParameters/ModifyVpcPeeringConnectionOptionsRequest/VpcPeeringConnectionId",
            &["ModifyVpcPeeringConnectionOptions"],
        ),
        TAGS,
        Events::new(
            "/requestParameters/vpcPeeringConnectionId",
            &[
                "AcceptVpcPeeringConnection",
                "DeleteVpcPeeringConnection",
                "RejectVpcPeeringConnection",
            ],
        ),
        Events::new(
            "/responseElements/vpcPeeringConnection/vpcPeeringConnectionId",
            &["CreateVpcPeeringConnection"],
        ),
    ],
    sets: &[
        Set::new("/AccepterVpcInfo/CidrBlockSet", &["CidrBlock"]),
        Set::new("/AccepterVpcInfo/Ipv6CidrBlockSet", &["Ipv6CidrBlock"]),
        Set::new("/RequesterVpcInfo/CidrBlockSet", &["CidrBlock"]),
        Set::new("/RequesterVpcInfo/Ipv6CidrBlockSet", &["Ipv6CidrBlock"]),
        Set::new("/Tags", &["Key"]),
    ],
    ..Facts::of(&service::EC2, PEERINGS)
};

const PEERINGS: Operation = Operation::new("ec2:DescribeVpcPeeringConnections");

/// The fewest calls that read one region: `⌈peering connections / 1000⌉`, one at least. Those
/// that were deleted lately count.
#[must_use]
pub const fn fewest_calls(peerings: usize) -> usize {
    pages_of(peerings, PAGE as usize)
}

impl Described for VpcPeeringConnection {
    described!(
        VPC_PEERING_CONNECTION,
        describe_vpc_peering_connections.set_filters("vpc-peering-connection-id")
            => vpc_peering_connections
    );

    type Beside = ();

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if is_gone(self.status()) {
            return Ok(None);
        }
        let id = self.vpc_peering_connection_id.clone();
        let id = required(PEERINGS, "VpcPeeringConnectionId", id)?;
        let (name, arn) = (name(self.tags(), &id), arn(scope, "vpc-peering-connection", &id));
        Ok(Some(VPC_PEERING_CONNECTION.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}

/// Whether a connection in this state connects nobody and never will.
fn is_gone(status: Option<&VpcPeeringConnectionStateReason>) -> bool {
    matches!(
        status.and_then(VpcPeeringConnectionStateReason::code),
        Some(
            VpcPeeringConnectionStateReasonCode::Deleted
                | VpcPeeringConnectionStateReasonCode::Deleting
                | VpcPeeringConnectionStateReasonCode::Expired
                | VpcPeeringConnectionStateReasonCode::Failed
                | VpcPeeringConnectionStateReasonCode::Rejected
        )
    )
}
