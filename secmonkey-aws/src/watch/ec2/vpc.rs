//! VPCs and their blocks of addresses.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Vpc, VpcCidrBlockState, VpcCidrBlockStateCode};
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{Cause, Error, Listed, Observed, Scope};

use crate::error::{failed, found};
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, Resource, Resources, arn, is_own, name};
use crate::watch::pages_of;

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
pub type Vpcs = Resources<Vpc>;

impl Resource for Vpc {
    const TECHNOLOGY: &'static Technology = &VPC;
    const OPERATION: &'static str = VPCS;

    async fn page(ec2: &Client, token: Option<String>) -> Result<Listed<Self>, Error> {
        let page = ec2.describe_vpcs().max_results(PAGE).set_next_token(token).send().await;
        let page = page.map_err(|error| failed(VPCS, &error))?;
        Ok(Listed { items: page.vpcs.unwrap_or_default(), next: page.next_token, truncated: None })
    }

    async fn exists(ec2: &Client, id: String) -> Result<bool, Error> {
        let call = ec2.describe_vpcs().vpc_ids(id);
        Ok(found(VPCS, call.send().await)?.is_some())
    }

    fn observed(mut self, scope: &Scope) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) {
            return Ok(None);
        }
        let Some(id) = self.vpc_id.clone() else {
            return Err(Error::new(VPCS, Cause::Garbled, "a VPC without an id was listed"));
        };
        if let Some(blocks) = &mut self.cidr_block_association_set {
            blocks.retain(|block| is_held(block.cidr_block_state()));
        }
        if let Some(blocks) = &mut self.ipv6_cidr_block_association_set {
            blocks.retain(|block| is_held(block.ipv6_cidr_block_state()));
        }
        Ok(Some(Observed {
            technology: VPC.id,
            name: name(self.tags(), &id),
            arn: Some(arn(scope, "vpc", &id)),
            config: self.to_json(),
            id,
            parts: Vec::new(),
        }))
    }
}

/// Whether a block in this state is one that the VPC has.
fn is_held(state: Option<&VpcCidrBlockState>) -> bool {
    !matches!(
        state.and_then(VpcCidrBlockState::state),
        Some(VpcCidrBlockStateCode::Disassociated | VpcCidrBlockStateCode::Failed)
    )
}
