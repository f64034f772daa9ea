//! VPCs and their blocks of addresses.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Vpc, VpcCidrBlockState, VpcCidrBlockStateCode};
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::kind;
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// The account's own VPCs. Those that other accounts share with it are read where they
/// belong.
///
/// A block that was taken away, or never came to be, is listed for a while longer: it is
/// left out.
pub const VPC: Facts = Facts {
    id: "vpc",
    title: "VPC",
    structures: &[Structure::new("Vpc", "")],
    events: &[
        Events::new(
            "/requestParameters/AssociateVpcCidrBlockRequest/VpcId",
            &["AssociateVpcCidrBlock"],
        ),
        Events::new("/requestParameters/ModifyVpcTenancyRequest/VpcId", &["ModifyVpcTenancy"]),
        TAGS,
        Events::new("/requestParameters/vpcId", &["AssociateDhcpOptions", "DeleteVpc"]),
        Events::new("/responseElements/CreateDefaultVpcResponse/vpc/vpcId", &["CreateDefaultVpc"]),
        Events::new(
            "/responseElements/DisassociateVpcCidrBlockResponse/vpcId",
            &["DisassociateVpcCidrBlock"],
        ),
        Events::new("/responseElements/vpc/vpcId", &["CreateVpc"]),
    ],
    sets: &[
        Set::new("/CidrBlockAssociationSet", &["AssociationId"]),
        Set::new("/EncryptionControl/Tags", &["Key"]),
        Set::new("/Ipv6CidrBlockAssociationSet", &["AssociationId"]),
        Set::new("/Tags", &["Key"]),
    ],
    names: &[
        Name::new(kind::VPC, "/VpcId"),
        Name::new(Kind::BLOCK, "/CidrBlock"),
        Name::new(Kind::BLOCK, "/CidrBlockAssociationSet/*/CidrBlock"),
        Name::new(Kind::BLOCK, "/Ipv6CidrBlockAssociationSet/*/Ipv6CidrBlock"),
    ],
    writes: &[
        Writes::new("", &["CreateDefaultVpc", "CreateVpc", "DeleteVpc"]),
        Writes::new(
            "/CidrBlockAssociationSet",
            &["AssociateVpcCidrBlock", "DisassociateVpcCidrBlock"],
        ),
        Writes::new("/DhcpOptionsId", &["AssociateDhcpOptions"]),
        Writes::new("/InstanceTenancy", &["ModifyVpcTenancy"]),
        Writes::new(
            "/Ipv6CidrBlockAssociationSet",
            &["AssociateVpcCidrBlock", "DisassociateVpcCidrBlock"],
        ),
    ],
    ..Facts::of(&service::EC2, VPCS)
};

const VPCS: Operation = Operation::new("ec2:DescribeVpcs");

/// The fewest calls that read one region: `⌈VPCs / 1000⌉`, one at least. VPCs that are
/// shared with the account count.
#[must_use]
pub const fn fewest_calls(vpcs: usize) -> usize {
    pages_of(vpcs, PAGE as usize)
}

impl Described for Vpc {
    described!(VPC, describe_vpcs.set_filters("vpc-id") => vpcs);

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
        let id = required(VPCS, "VpcId", self.vpc_id.clone())?;
        if let Some(blocks) = &mut self.cidr_block_association_set {
            blocks.retain(|block| is_held(block.cidr_block_state()));
        }
        if let Some(blocks) = &mut self.ipv6_cidr_block_association_set {
            blocks.retain(|block| is_held(block.ipv6_cidr_block_state()));
        }
        let (name, arn) = (name(self.tags(), &id), arn(scope, "vpc", &id));
        Ok(Some(VPC.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}

/// Whether a block in this state is one that the VPC has.
fn is_held(state: Option<&VpcCidrBlockState>) -> bool {
    !matches!(
        state.and_then(VpcCidrBlockState::state),
        Some(VpcCidrBlockStateCode::Disassociated | VpcCidrBlockStateCode::Failed)
    )
}
