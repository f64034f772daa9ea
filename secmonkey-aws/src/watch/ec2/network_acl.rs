//! Network ACLs: what may pass the border of a subnet.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::NetworkAcl;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// The account's own network ACLs with their rules, and the subnets that each guards.
///
/// A subnet that is given another ACL is a change of both, and no relation: other rules
/// guard it from then on.
pub const NETWORK_ACL: Facts = Facts {
    id: "network_acl",
    title: "network ACL",
    structures: &[Structure::new("NetworkAcl", "")],
    // An event that gives a subnet another ACL names the new one only.
    events: &[
        Events::new(
            "/requestParameters/networkAclId",
            &[
                "CreateNetworkAclEntry",
                "DeleteNetworkAcl",
                "DeleteNetworkAclEntry",
                "ReplaceNetworkAclAssociation",
                "ReplaceNetworkAclEntry",
            ],
        ),
        TAGS,
        Events::new("/responseElements/networkAcl/networkAclId", &["CreateNetworkAcl"]),
    ],
    sets: &[
        Set::new("/Associations", &["SubnetId"]),
        Set::new("/Entries", &["Egress", "RuleNumber"]),
        Set::new("/Tags", &["Key"]),
    ],
    writes: &[
        Writes::new("", &["CreateNetworkAcl", "DeleteNetworkAcl"]),
        Writes::new("/Associations", &["ReplaceNetworkAclAssociation"]),
        Writes::new(
            "/Entries",
            &["CreateNetworkAclEntry", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry"],
        ),
    ],
    ..Facts::of(&service::EC2, ACLS)
};

const ACLS: Operation = Operation::new("ec2:DescribeNetworkAcls");

/// The fewest calls that read one region: `⌈network ACLs / 1000⌉`, one at least. Those of
/// VPCs that are shared with the account count.
#[must_use]
pub const fn fewest_calls(acls: usize) -> usize {
    pages_of(acls, PAGE as usize)
}

impl Described for NetworkAcl {
    described!(NETWORK_ACL, describe_network_acls.set_filters("network-acl-id") => network_acls);

    type Beside = ();

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) {
            return Ok(None);
        }
        let id = required(ACLS, "NetworkAclId", self.network_acl_id.clone())?;
        let (name, arn) = (name(self.tags(), &id), arn(scope, "network-acl", &id));
        Ok(Some(NETWORK_ACL.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
