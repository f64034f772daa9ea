//! Elastic IP addresses, and what they lead to.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Address;
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{Cause, Error, Listed, Observed, Scope};

use crate::error::{failed, found};
use crate::shape::Shape as _;
use crate::watch::ec2::{Resource, Resources, arn, name};

/// Elastic IP addresses. What one is associated with comes and goes with instances and is
/// a relation.
///
/// The resource id is that of the allocation; an address of the time before VPCs has none
/// and is its own id.
pub const ELASTIC_IP: Technology = Technology {
    id: "elastic_ip",
    title: "elastic IP address",
    shape: 1,
    reach: Reach::Regional,
    sets: &[Set { at: "/Tags", key: &["Key"] }],
    relations: &[
        "/AssociationId",
        "/InstanceId",
        "/NetworkInterfaceId",
        "/NetworkInterfaceOwnerId",
        "/PrivateIpAddress",
        "/SubnetId",
    ],
    names: &[
        Name { kind: Kind::Block, at: "/CarrierIp" },
        Name { kind: Kind::Block, at: "/PrivateIpAddress" },
        Name { kind: Kind::Block, at: "/PublicIp" },
    ],
    permissions: &[ADDRESSES],
    ..Technology::DEFAULT
};

const ADDRESSES: &str = "ec2:DescribeAddresses";

/// What the ids of allocations start with; other ids are addresses.
const ALLOCATION: &str = "eipalloc-";

/// The calls that read one region: the listing has no pages.
pub const FEWEST_CALLS: usize = 1;

/// Reads [`ELASTIC_IP`].
pub type ElasticIps = Resources<Address>;

impl Resource for Address {
    const TECHNOLOGY: &'static Technology = &ELASTIC_IP;
    const OPERATION: &'static str = ADDRESSES;

    async fn page(ec2: &Client, _token: Option<String>) -> Result<Listed<Self>, Error> {
        let answer = ec2.describe_addresses().send().await;
        let answer = answer.map_err(|error| failed(ADDRESSES, &error))?;
        let items = answer.addresses.unwrap_or_default();
        Ok(Listed { items, next: None, truncated: None })
    }

    async fn exists(ec2: &Client, id: String) -> Result<bool, Error> {
        let call = ec2.describe_addresses();
        let call =
            if id.starts_with(ALLOCATION) { call.allocation_ids(id) } else { call.public_ips(id) };
        Ok(found(ADDRESSES, call.send().await)?.is_some())
    }

    fn observed(self, scope: &Scope) -> Result<Option<Observed>, Error> {
        let text = |member: Option<&str>| member.filter(|text| !text.is_empty()).map(str::to_owned);
        let ip = text(self.public_ip());
        let Some(id) = text(self.allocation_id()).or_else(|| ip.clone()) else {
            let reason = "an address without an id and without an address was listed";
            return Err(Error::new(ADDRESSES, Cause::Garbled, reason));
        };
        Ok(Some(Observed {
            technology: ELASTIC_IP.id,
            name: name(self.tags(), ip.as_deref().unwrap_or(&id)),
            arn: Some(arn(scope, "elastic-ip", &id)),
            config: self.to_json(),
            id,
            parts: Vec::new(),
        }))
    }
}
