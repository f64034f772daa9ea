//! VPC endpoints: the ways from a VPC to services, and who may take them.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{State, VpcEndpoint};
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{Cause, Error, Listed, Observed, Scope};

use crate::error::{failed, found};
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, Resource, Resources, arn, is_own, name};
use crate::watch::pages_of;

/// VPC endpoints of all types: what they lead to, from where, and their policies.
///
/// A deleted one is listed for a while longer: it counts as gone.
pub const VPC_ENDPOINT: Technology = Technology {
    id: "vpc_endpoint",
    title: "VPC endpoint",
    shape: 1,
    reach: Reach::Regional,
    sets: &[
        Set { at: "/DnsEntries", key: &["DnsName"] },
        Set { at: "/DnsOptions/PrivateDnsSpecifiedDomains", key: &[] },
        Set { at: "/Groups", key: &["GroupId"] },
        Set { at: "/Ipv4Prefixes", key: &["SubnetId"] },
        Set { at: "/Ipv4Prefixes/*/IpPrefixes", key: &[] },
        Set { at: "/Ipv6Prefixes", key: &["SubnetId"] },
        Set { at: "/Ipv6Prefixes/*/IpPrefixes", key: &[] },
        Set { at: "/NetworkInterfaceIds", key: &[] },
        Set { at: "/PayerResponsibilities", key: &["Scope"] },
        Set { at: "/RouteTableIds", key: &[] },
        Set { at: "/SubnetIds", key: &[] },
        Set { at: "/Tags", key: &["Key"] },
    ],
    documents: &["/PolicyDocument"],
    names: &[Name { kind: Kind::VpcEndpoint, at: "/VpcEndpointId" }],
    permissions: &[ENDPOINTS],
    ..Technology::DEFAULT
};

const ENDPOINTS: &str = "ec2:DescribeVpcEndpoints";

/// The fewest calls that read one region: `⌈endpoints / 1000⌉`, one at least.
#[must_use]
pub const fn fewest_calls(endpoints: usize) -> usize {
    pages_of(endpoints, PAGE as usize)
}

/// Reads [`VPC_ENDPOINT`].
pub type VpcEndpoints = Resources<VpcEndpoint>;

impl Resource for VpcEndpoint {
    const TECHNOLOGY: &'static Technology = &VPC_ENDPOINT;
    const OPERATION: &'static str = ENDPOINTS;

    async fn page(ec2: &Client, token: Option<String>) -> Result<Listed<Self>, Error> {
        let page =
            ec2.describe_vpc_endpoints().max_results(PAGE).set_next_token(token).send().await;
        let page = page.map_err(|error| failed(ENDPOINTS, &error))?;
        Ok(Listed {
            items: page.vpc_endpoints.unwrap_or_default(),
            next: page.next_token,
            truncated: None,
        })
    }

    async fn exists(ec2: &Client, id: String) -> Result<bool, Error> {
        let call = ec2.describe_vpc_endpoints().vpc_endpoint_ids(id);
        let answer = found(ENDPOINTS, call.send().await)?;
        Ok(answer.is_some_and(|it| !it.vpc_endpoints().iter().any(is_deleted)))
    }

    fn observed(self, scope: &Scope) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) || is_deleted(&self) {
            return Ok(None);
        }
        let Some(id) = self.vpc_endpoint_id.clone() else {
            return Err(Error::new(
                ENDPOINTS,
                Cause::Garbled,
                "an endpoint without an id was listed",
            ));
        };
        Ok(Some(Observed {
            technology: VPC_ENDPOINT.id,
            name: name(self.tags(), &id),
            arn: Some(arn(scope, "vpc-endpoint", &id)),
            config: self.to_json(),
            id,
            parts: Vec::new(),
        }))
    }
}

/// EC2 writes the states of endpoints in lower case, its model in capitals.
fn is_deleted(endpoint: &VpcEndpoint) -> bool {
    let state = endpoint.state().map(State::as_str);
    state.is_some_and(|state| state.eq_ignore_ascii_case(State::Deleted.as_str()))
}
