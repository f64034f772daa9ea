//! NAT gateways: the addresses that whole networks come from.

use async_trait::async_trait;
use aws_sdk_ec2::types::{NatGateway, NatGatewayState};
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{
    Cause, Error, Listed, Missing, Observed, Scope, Sweep, Watcher, pages,
};

use crate::error::{failed, is_absent};
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, arn, name};
use crate::watch::{gone, pages_of};

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
#[derive(Debug, Clone)]
pub struct NatGateways {
    sessions: Sessions,
}

impl NatGateways {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone() }
    }
}

#[async_trait]
impl Watcher for NatGateways {
    fn technologies(&self) -> &[Technology] {
        &[NAT_GATEWAY]
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves("ec2", &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let ec2 = self.sessions.ec2(&scope.account, &scope.region);
        let mut listing = pages(GATEWAYS, |token| {
            let call = ec2.describe_nat_gateways().max_results(PAGE);
            async move {
                let page = call.set_next_token(token).send().await;
                let page = page.map_err(|error| failed(GATEWAYS, &error))?;
                Ok(Listed {
                    items: page.nat_gateways.unwrap_or_default(),
                    next: page.next_token,
                    truncated: None,
                })
            }
        });
        while let Some(gateways) = listing.next().await? {
            for gateway in gateways.iter().filter(|gateway| !is_deleted(gateway)) {
                out.item(observed(scope, gateway)?).await;
            }
        }
        out.complete(&NAT_GATEWAY, &listing.end()?).await;
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
        gone(missing, |gateway| {
            let call = ec2.describe_nat_gateways().nat_gateway_ids(gateway.id);
            async move {
                match call.send().await {
                    Ok(answer) => Ok(!answer.nat_gateways().iter().any(is_deleted)),
                    Err(error) if is_absent(GATEWAYS, &error) => Ok(false),
                    Err(error) => Err(failed(GATEWAYS, &error)),
                }
            }
        })
        .await
    }
}

fn is_deleted(gateway: &NatGateway) -> bool {
    gateway.state() == Some(&NatGatewayState::Deleted)
}

fn observed(scope: &Scope, gateway: &NatGateway) -> Result<Observed, Error> {
    let Some(id) = gateway.nat_gateway_id.clone() else {
        return Err(Error::new(GATEWAYS, Cause::Garbled, "a NAT gateway without an id was listed"));
    };
    Ok(Observed {
        technology: NAT_GATEWAY.id,
        name: name(gateway.tags(), &id),
        arn: Some(arn(scope, "natgateway", &id)),
        config: gateway.to_json(),
        id,
        parts: Vec::new(),
    })
}
