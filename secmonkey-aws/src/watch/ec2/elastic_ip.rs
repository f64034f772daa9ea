//! Elastic IP addresses, and what they lead to.

use async_trait::async_trait;
use aws_sdk_ec2::types::Address;
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{
    Cause, Error, Listed, Missing, Observed, Scope, Sweep, Watcher, pages,
};

use crate::error::{failed, is_absent};
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{arn, name};
use crate::watch::gone;

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
#[derive(Debug, Clone)]
pub struct ElasticIps {
    sessions: Sessions,
}

impl ElasticIps {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone() }
    }
}

#[async_trait]
impl Watcher for ElasticIps {
    fn technologies(&self) -> &[Technology] {
        &[ELASTIC_IP]
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves("ec2", &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let ec2 = self.sessions.ec2(&scope.account, &scope.region);
        let mut listing = pages(ADDRESSES, |_| {
            let call = ec2.describe_addresses();
            async move {
                let answer = call.send().await.map_err(|error| failed(ADDRESSES, &error))?;
                let items = answer.addresses.unwrap_or_default();
                Ok(Listed { items, next: None, truncated: None })
            }
        });
        while let Some(addresses) = listing.next().await? {
            for address in &addresses {
                out.item(observed(scope, address)?).await;
            }
        }
        out.complete(&ELASTIC_IP, &listing.end()?).await;
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
        gone(missing, |address| {
            let call = ec2.describe_addresses();
            let call = if address.id.starts_with(ALLOCATION) {
                call.allocation_ids(address.id)
            } else {
                call.public_ips(address.id)
            };
            async move {
                match call.send().await {
                    Ok(_) => Ok(true),
                    Err(error) if is_absent(ADDRESSES, &error) => Ok(false),
                    Err(error) => Err(failed(ADDRESSES, &error)),
                }
            }
        })
        .await
    }
}

fn observed(scope: &Scope, address: &Address) -> Result<Observed, Error> {
    let text = |member: Option<&str>| member.filter(|text| !text.is_empty()).map(str::to_owned);
    let ip = text(address.public_ip());
    let Some(id) = text(address.allocation_id()).or_else(|| ip.clone()) else {
        let reason = "an address without an id and without an address was listed";
        return Err(Error::new(ADDRESSES, Cause::Garbled, reason));
    };
    Ok(Observed {
        technology: ELASTIC_IP.id,
        name: name(address.tags(), ip.as_deref().unwrap_or(&id)),
        arn: Some(arn(scope, "elastic-ip", &id)),
        config: address.to_json(),
        id,
        parts: Vec::new(),
    })
}
