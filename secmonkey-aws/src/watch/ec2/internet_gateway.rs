//! Internet gateways: the doors between a VPC and the internet.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{AttachmentStatus, InternetGateway};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// The account's own internet gateways, and the VPC that each is attached to.
///
/// Which subnets lead there say the route tables: their `Routes` name it as `GatewayId`.
pub const INTERNET_GATEWAY: Facts = Facts {
    id: "internet_gateway",
    title: "internet gateway",
    structures: &[Structure::new("InternetGateway", "")],
    events: &[
        Events::new(
            "/requestParameters/internetGatewayId",
            &["AttachInternetGateway", "DeleteInternetGateway", "DetachInternetGateway"],
        ),
        TAGS,
        Events::new(
            "/responseElements/internetGateway/internetGatewayId",
            &["CreateInternetGateway"],
        ),
    ],
    sets: &[Set::new("/Attachments", &["VpcId"]), Set::new("/Tags", &["Key"])],
    writes: &[
        Writes::new("", &["CreateInternetGateway", "DeleteInternetGateway"]),
        Writes::new("/Attachments", &["AttachInternetGateway", "DetachInternetGateway"]),
    ],
    ..Facts::of(&service::EC2, GATEWAYS)
};

const GATEWAYS: Operation = Operation::new("ec2:DescribeInternetGateways");

/// The fewest calls that read one region: `⌈gateways / 1000⌉`, one at least.
#[must_use]
pub const fn fewest_calls(gateways: usize) -> usize {
    pages_of(gateways, PAGE as usize)
}

impl Described for InternetGateway {
    described!(
        INTERNET_GATEWAY,
        describe_internet_gateways.set_filters("internet-gateway-id") => internet_gateways
    );

    type Beside = ();

    async fn observe(
        mut self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) {
            return Ok(None);
        }
        let id = required(GATEWAYS, "InternetGatewayId", self.internet_gateway_id.clone())?;
        if let Some(attachments) = &mut self.attachments {
            attachments.retain(|one| one.state() != Some(&AttachmentStatus::Detached));
        }
        let (name, arn) = (name(self.tags(), &id), arn(scope, "internet-gateway", &id));
        Ok(Some(INTERNET_GATEWAY.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
