//! VPC endpoints: the ways from a VPC to services, and who may take them.

use async_trait::async_trait;
use aws_sdk_ec2::types::{State, VpcEndpoint};
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{
    Cause, Error, Listed, Missing, Observed, Scope, Sweep, Watcher, pages,
};

use crate::error::{failed, is_absent};
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, arn, is_own, name};
use crate::watch::{gone, pages_of};

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
#[derive(Debug, Clone)]
pub struct VpcEndpoints {
    sessions: Sessions,
}

impl VpcEndpoints {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone() }
    }
}

#[async_trait]
impl Watcher for VpcEndpoints {
    fn technologies(&self) -> &[Technology] {
        &[VPC_ENDPOINT]
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves("ec2", &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let ec2 = self.sessions.ec2(&scope.account, &scope.region);
        let mut listing = pages(ENDPOINTS, |token| {
            let call = ec2.describe_vpc_endpoints().max_results(PAGE);
            async move {
                let page = call.set_next_token(token).send().await;
                let page = page.map_err(|error| failed(ENDPOINTS, &error))?;
                Ok(Listed {
                    items: page.vpc_endpoints.unwrap_or_default(),
                    next: page.next_token,
                    truncated: None,
                })
            }
        });
        while let Some(endpoints) = listing.next().await? {
            for endpoint in endpoints {
                if is_own(scope, endpoint.owner_id()) && !is_deleted(&endpoint) {
                    out.item(observed(scope, &endpoint)?).await;
                }
            }
        }
        out.complete(&VPC_ENDPOINT, &listing.end()?).await;
        Ok(())
    }

    /// One by one: a call for many fails for all where one does not exist.
    async fn gone(
        &self,
        scope: &Scope,
        _technology: &Technology,
        missing: &[Missing],
    ) -> Result<Vec<String>, Error> {
        let ec2 = self.sessions.ec2(&scope.account, &scope.region);
        gone(missing, |endpoint| {
            let call = ec2.describe_vpc_endpoints().vpc_endpoint_ids(endpoint.id);
            async move {
                match call.send().await {
                    Ok(answer) => Ok(!answer.vpc_endpoints().iter().any(is_deleted)),
                    Err(error) if is_absent(ENDPOINTS, &error) => Ok(false),
                    Err(error) => Err(failed(ENDPOINTS, &error)),
                }
            }
        })
        .await
    }
}

/// EC2 writes the states of endpoints in lower case, its model in capitals.
fn is_deleted(endpoint: &VpcEndpoint) -> bool {
    let state = endpoint.state().map(State::as_str);
    state.is_some_and(|state| state.eq_ignore_ascii_case(State::Deleted.as_str()))
}

fn observed(scope: &Scope, endpoint: &VpcEndpoint) -> Result<Observed, Error> {
    let Some(id) = endpoint.vpc_endpoint_id.clone() else {
        return Err(Error::new(ENDPOINTS, Cause::Garbled, "an endpoint without an id was listed"));
    };
    Ok(Observed {
        technology: VPC_ENDPOINT.id,
        name: name(endpoint.tags(), &id),
        arn: Some(arn(scope, "vpc-endpoint", &id)),
        config: endpoint.to_json(),
        id,
        parts: Vec::new(),
    })
}
