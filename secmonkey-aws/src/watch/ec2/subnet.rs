//! Subnets: the parts of a VPC that things stand in.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Subnet, SubnetCidrBlockState, SubnetCidrBlockStateCode};
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// The account's own subnets. Those that other accounts share with it are read where they
/// belong.
///
/// Which route table and which network ACL a subnet has say these: both name it in their
/// `Associations`, and one that no route table names has the main one of its VPC. A block
/// that was taken away, or never came to be, is listed for a while longer: it is left out.
pub const SUBNET: Facts = Facts {
    id: "subnet",
    title: "subnet",
    structures: &[Structure::new("Subnet", "")],
    events: &[
        Events::new(
            "/requestParameters/AssociateSubnetCidrBlockRequest/SubnetId",
            &["AssociateSubnetCidrBlock"],
        ),
        TAGS,
        Events::new("/requestParameters/subnetId", &["DeleteSubnet", "ModifySubnetAttribute"]),
        Events::new(
            "/responseElements/CreateDefaultSubnetResponse/subnet/subnetId",
            &["CreateDefaultSubnet"],
        ),
        Events::new(
            "/responseElements/DisassociateSubnetCidrBlockResponse/subnetId",
            &["DisassociateSubnetCidrBlock"],
        ),
        Events::new("/responseElements/subnet/subnetId", &["CreateSubnet"]),
    ],
    sets: &[
        Set::new("/Ipv6CidrBlockAssociationSet", &["AssociationId"]),
        Set::new("/Tags", &["Key"]),
    ],
    dropped: &[
        // Changes with every instance, function and load balancer that comes and goes.
        "/AvailableIpAddressCount",
        // The ARN of the item.
        "/SubnetArn",
    ],
    names: &[
        Name::new(Kind::BLOCK, "/CidrBlock"),
        Name::new(Kind::BLOCK, "/Ipv6CidrBlockAssociationSet/*/Ipv6CidrBlock"),
    ],
    writes: &[
        Writes::new("", &["CreateDefaultSubnet", "CreateSubnet", "DeleteSubnet"]),
        Writes::new(
            "/Ipv6CidrBlockAssociationSet",
            &["AssociateSubnetCidrBlock", "DisassociateSubnetCidrBlock"],
        ),
    ],
    ..Facts::of(&service::EC2, SUBNETS)
};

const SUBNETS: Operation = Operation::new("ec2:DescribeSubnets");

/// The fewest calls that read one region: `⌈subnets / 1000⌉`, one at least. Subnets that are
/// shared with the account count.
#[must_use]
pub const fn fewest_calls(subnets: usize) -> usize {
    pages_of(subnets, PAGE as usize)
}

impl Described for Subnet {
    described!(SUBNET, describe_subnets.set_filters("subnet-id") => subnets);

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
        let id = required(SUBNETS, "SubnetId", self.subnet_id.clone())?;
        if let Some(blocks) = &mut self.ipv6_cidr_block_association_set {
            blocks.retain(|block| is_held(block.ipv6_cidr_block_state()));
        }
        let (name, arn) = (name(self.tags(), &id), arn(scope, "subnet", &id));
        Ok(Some(SUBNET.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}

/// Whether a block in this state is one that the subnet has.
fn is_held(state: Option<&SubnetCidrBlockState>) -> bool {
    !matches!(
        state.and_then(SubnetCidrBlockState::state),
        Some(SubnetCidrBlockStateCode::Disassociated | SubnetCidrBlockStateCode::Failed)
    )
}
