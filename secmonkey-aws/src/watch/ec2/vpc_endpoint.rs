//! VPC endpoints: the ways from a VPC to services, and who may take them.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{State, VpcEndpoint};
use secmonkey_core::technology::{Name, Set};
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::kind;
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// VPC endpoints of all types: what they lead to, from where, and their policies.
///
/// A deleted one is listed for a while longer: it counts as gone.
pub const VPC_ENDPOINT: Facts = Facts {
    id: "vpc_endpoint",
    title: "VPC endpoint",
    structures: &[Structure::new("VpcEndpoint", "")],
    events: &[
        Events::new(
            "/requestParameters/DeleteVpcEndpointsRequest/VpcEndpointId/content",
            &["DeleteVpcEndpoints"],
        ),
        Events::new(
            "/requestParameters/ModifyVpcEndpointRequest/VpcEndpointId",
            &["ModifyVpcEndpoint"],
        ),
        TAGS,
        Events::new(
            "/responseElements/CreateVpcEndpointResponse/vpcEndpoint/vpcEndpointId",
            &["CreateVpcEndpoint"],
        ),
    ],
    sets: &[
        Set::new("/DnsEntries", &["DnsName"]),
        Set::new("/DnsOptions/PrivateDnsSpecifiedDomains", &[]),
        Set::new("/Groups", &["GroupId"]),
        Set::new("/Ipv4Prefixes", &["SubnetId"]),
        Set::new("/Ipv4Prefixes/*/IpPrefixes", &[]),
        Set::new("/Ipv6Prefixes", &["SubnetId"]),
        Set::new("/Ipv6Prefixes/*/IpPrefixes", &[]),
        Set::new("/NetworkInterfaceIds", &[]),
        Set::new("/PayerResponsibilities", &["Scope"]),
        Set::new("/RouteTableIds", &[]),
        Set::new("/SubnetIds", &[]),
        Set::new("/Tags", &["Key"]),
    ],
    documents: &["/PolicyDocument"],
    names: &[Name::new(kind::VPC_ENDPOINT, "/VpcEndpointId")],
    writes: &[Writes::new("", &["CreateVpcEndpoint", "DeleteVpcEndpoints"])],
    ..Facts::of(&service::EC2, ENDPOINTS)
};

const ENDPOINTS: Operation = Operation::new("ec2:DescribeVpcEndpoints");

/// The fewest calls that read one region: `⌈endpoints / 1000⌉`, one at least.
#[must_use]
pub const fn fewest_calls(endpoints: usize) -> usize {
    pages_of(endpoints, PAGE as usize)
}

impl Described for VpcEndpoint {
    described!(VPC_ENDPOINT, describe_vpc_endpoints.set_filters("vpc-endpoint-id") => vpc_endpoints);

    type Beside = ();

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) || is_deleted(&self) {
            return Ok(None);
        }
        let id = required(ENDPOINTS, "VpcEndpointId", self.vpc_endpoint_id.clone())?;
        let (name, arn) = (name(self.tags(), &id), arn(scope, "vpc-endpoint", &id));
        Ok(Some(VPC_ENDPOINT.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}

/// EC2 writes the states of endpoints in lower case, its model in capitals.
fn is_deleted(endpoint: &VpcEndpoint) -> bool {
    let state = endpoint.state().map(State::as_str);
    state.is_some_and(|state| state.eq_ignore_ascii_case(State::Deleted.as_str()))
}
