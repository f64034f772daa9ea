//! Elastic IP addresses, and what they lead to.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Address, Filter};
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted};

use crate::error::failed;
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{TAGS, arn, name, one_of};
use crate::watch::{Described, Events, Facts, Structure, required};

/// Elastic IP addresses. What one is associated with comes and goes with instances and is
/// a relation.
///
/// The resource id is that of the allocation; an address of the time before VPCs has none
/// and is its own id.
pub const ELASTIC_IP: Facts = Facts {
    id: "elastic_ip",
    title: "elastic IP address",
    structures: &[Structure::new("Address", "")],
    // An event that ends an association names the association only.
    events: &[
        Events::new("/requestParameters/allocationId", &["AssociateAddress", "ReleaseAddress"]),
        TAGS,
        Events::new("/responseElements/allocationId", &["AllocateAddress"]),
    ],
    sets: &[Set::new("/Tags", &["Key"])],
    relations: &[
        "/AssociationId",
        "/InstanceId",
        "/NetworkInterfaceId",
        "/NetworkInterfaceOwnerId",
        "/PrivateIpAddress",
        "/SubnetId",
    ],
    names: &[
        Name::new(Kind::BLOCK, "/CarrierIp"),
        Name::new(Kind::BLOCK, "/PrivateIpAddress"),
        Name::new(Kind::BLOCK, "/PublicIp"),
    ],
    ..Facts::of(&service::EC2, ADDRESSES)
};

const ADDRESSES: Operation = Operation::new("ec2:DescribeAddresses");

/// What the ids of allocations start with; other ids are addresses.
const ALLOCATION: &str = "eipalloc-";

/// The calls that read one region: the listing has no pages.
pub const FEWEST_CALLS: usize = 1;

impl Described for Address {
    const FACTS: &'static Facts = &ELASTIC_IP;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.ec2(&scope.account, &scope.region)
    }

    async fn page(
        ec2: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        _token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            return Ok(Listed::page(describe(ec2, None).await?, None));
        };
        // Two filters of one call would have to hold both.
        let ids = wanted.iter().map(|one| one.id.clone());
        let (allocations, addresses): (Vec<_>, Vec<_>) =
            ids.partition(|id| id.starts_with(ALLOCATION));
        let mut found = Vec::new();
        for (filter, ids) in [("allocation-id", allocations), ("public-ip", addresses)] {
            if !ids.is_empty() {
                found.extend(describe(ec2, Some(one_of(filter, ids))).await?);
            }
        }
        Ok(Listed::page(found, None))
    }

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let text = |member: Option<&str>| member.filter(|text| !text.is_empty()).map(str::to_owned);
        let ip = text(self.public_ip());
        let id = text(self.allocation_id()).or_else(|| ip.clone());
        let id = required(ADDRESSES, "AllocationId and no PublicIp", id)?;
        let name = name(self.tags(), ip.as_deref().unwrap_or(&id));
        let arn = arn(scope, "elastic-ip", &id);
        Ok(Some(ELASTIC_IP.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}

async fn describe(ec2: &Client, filter: Option<Filter>) -> Result<Vec<Address>, Error> {
    let call = ec2.describe_addresses().set_filters(filter.map(|filter| vec![filter]));
    let answer = call.send().await.map_err(|error| failed(ADDRESSES, &error))?;
    Ok(answer.addresses.unwrap_or_default())
}
