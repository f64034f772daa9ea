//! Virtual private gateways: the ends of VPN and Direct Connect connections at a VPC.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{AttachmentStatus, VpnGateway};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{TAGS, arn, is_gone, name};
use crate::watch::{Described, Events, Facts, Structure, required};

/// Virtual private gateways, and the VPC that each is attached to.
///
/// A deleted one, and an attachment that ended, is listed for a while longer: it counts as
/// gone.
pub const VIRTUAL_GATEWAY: Facts = Facts {
    id: "virtual_gateway",
    title: "virtual private gateway",
    structures: &[Structure::new("VpnGateway", "")],
    events: &[
        TAGS,
        Events::new(
            "/requestParameters/vpnGatewayId",
            &["AttachVpnGateway", "DeleteVpnGateway", "DetachVpnGateway"],
        ),
        Events::new("/responseElements/vpnGateway/vpnGatewayId", &["CreateVpnGateway"]),
    ],
    sets: &[Set::new("/Tags", &["Key"]), Set::new("/VpcAttachments", &["VpcId"])],
    ..Facts::of(&service::EC2, GATEWAYS)
};

const GATEWAYS: Operation = Operation::new("ec2:DescribeVpnGateways");

/// The calls that read one region: the listing has no pages.
pub const FEWEST_CALLS: usize = 1;

impl Described for VpnGateway {
    described!(
        VIRTUAL_GATEWAY,
        describe_vpn_gateways.set_filters("vpn-gateway-id") => vpn_gateways,
        at once
    );

    type Beside = ();

    async fn observe(
        mut self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if is_gone(self.state()) {
            return Ok(None);
        }
        let id = required(GATEWAYS, "VpnGatewayId", self.vpn_gateway_id.clone())?;
        if let Some(attachments) = &mut self.vpc_attachments {
            attachments.retain(|one| one.state() != Some(&AttachmentStatus::Detached));
        }
        let (name, arn) = (name(self.tags(), &id), arn(scope, "vpn-gateway", &id));
        Ok(Some(VIRTUAL_GATEWAY.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
