//! VPCs and their blocks of addresses.

use async_trait::async_trait;
use aws_sdk_ec2::types::{Vpc, VpcCidrBlockState, VpcCidrBlockStateCode};
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{
    Cause, Error, Listed, Missing, Observed, Scope, Sweep, Watcher, pages,
};

use crate::error::{failed, is_absent};
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, arn, is_own, name};
use crate::watch::{gone, pages_of};

/// The account's own VPCs. Those that other accounts share with it are read where they
/// belong.
///
/// A block that was taken away, or never came to be, is listed for a while longer: it is
/// left out.
pub const VPC: Technology = Technology {
    id: "vpc",
    title: "VPC",
    shape: 1,
    reach: Reach::Regional,
    sets: &[
        Set { at: "/CidrBlockAssociationSet", key: &["AssociationId"] },
        Set { at: "/EncryptionControl/Tags", key: &["Key"] },
        Set { at: "/Ipv6CidrBlockAssociationSet", key: &["AssociationId"] },
        Set { at: "/Tags", key: &["Key"] },
    ],
    names: &[
        Name { kind: Kind::Vpc, at: "/VpcId" },
        Name { kind: Kind::Block, at: "/CidrBlock" },
        Name { kind: Kind::Block, at: "/CidrBlockAssociationSet/*/CidrBlock" },
        Name { kind: Kind::Block, at: "/Ipv6CidrBlockAssociationSet/*/Ipv6CidrBlock" },
    ],
    permissions: &[VPCS],
    ..Technology::DEFAULT
};

const VPCS: &str = "ec2:DescribeVpcs";

/// The fewest calls that read one region: `⌈VPCs / 1000⌉`, one at least. VPCs that are
/// shared with the account count.
#[must_use]
pub const fn fewest_calls(vpcs: usize) -> usize {
    pages_of(vpcs, PAGE as usize)
}

/// Reads [`VPC`].
#[derive(Debug, Clone)]
pub struct Vpcs {
    sessions: Sessions,
}

impl Vpcs {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone() }
    }
}

#[async_trait]
impl Watcher for Vpcs {
    fn technologies(&self) -> &[Technology] {
        &[VPC]
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves("ec2", &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let ec2 = self.sessions.ec2(&scope.account, &scope.region);
        let mut listing = pages(VPCS, |token| {
            let call = ec2.describe_vpcs().max_results(PAGE);
            async move {
                let page = call.set_next_token(token).send().await;
                let page = page.map_err(|error| failed(VPCS, &error))?;
                Ok(Listed {
                    items: page.vpcs.unwrap_or_default(),
                    next: page.next_token,
                    truncated: None,
                })
            }
        });
        while let Some(vpcs) = listing.next().await? {
            for vpc in vpcs.into_iter().filter(|vpc| is_own(scope, vpc.owner_id())) {
                out.item(observed(scope, vpc)?).await;
            }
        }
        out.complete(&VPC, &listing.end()?).await;
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
        gone(missing, |vpc| {
            let call = ec2.describe_vpcs().vpc_ids(vpc.id);
            async move {
                match call.send().await {
                    Ok(_) => Ok(true),
                    Err(error) if is_absent(VPCS, &error) => Ok(false),
                    Err(error) => Err(failed(VPCS, &error)),
                }
            }
        })
        .await
    }
}

fn observed(scope: &Scope, mut vpc: Vpc) -> Result<Observed, Error> {
    let Some(id) = vpc.vpc_id.clone() else {
        return Err(Error::new(VPCS, Cause::Garbled, "a VPC without an id was listed"));
    };
    if let Some(blocks) = &mut vpc.cidr_block_association_set {
        blocks.retain(|block| is_held(block.cidr_block_state()));
    }
    if let Some(blocks) = &mut vpc.ipv6_cidr_block_association_set {
        blocks.retain(|block| is_held(block.ipv6_cidr_block_state()));
    }
    Ok(Observed {
        technology: VPC.id,
        name: name(vpc.tags(), &id),
        arn: Some(arn(scope, "vpc", &id)),
        config: vpc.to_json(),
        id,
        parts: Vec::new(),
    })
}

/// Whether a block in this state is one that the VPC has.
fn is_held(state: Option<&VpcCidrBlockState>) -> bool {
    !matches!(
        state.and_then(VpcCidrBlockState::state),
        Some(VpcCidrBlockStateCode::Disassociated | VpcCidrBlockStateCode::Failed)
    )
}
