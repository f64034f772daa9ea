//! Security groups: their rules, and what they protect.

use std::collections::HashMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{NetworkInterface, SecurityGroup};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted, pages};
use serde_json::Value;

use crate::error::failed;
use crate::operation::Operation;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, only};
use crate::watch::{
    Described, Events, Facts, Structure, Writes, known, object, pages_of, required,
};
use crate::{service, settings, wording};

/// Security groups with their rules, and the network interfaces that each is attached to.
///
/// Rules that share protocol and ports are one element of `IpPermissions`, so these tell
/// the elements apart.
pub const SECURITY_GROUP: Facts = Facts {
    id: "security_group",
    title: "security group",
    operations: &[INTERFACES],
    structures: &[
        Structure::new("NetworkInterface", "/Attachments/*"),
        Structure::new("SecurityGroup", ""),
    ],
    events: &[
        Events::new(
            "/requestParameters/ModifySecurityGroupRulesRequest/GroupId",
            &["ModifySecurityGroupRules"],
        ),
        Events::new(
            "/requestParameters/UpdateSecurityGroupRuleDescriptionsEgressRequest/GroupId",
            &["UpdateSecurityGroupRuleDescriptionsEgress"],
        ),
        Events::new(
            "/requestParameters/UpdateSecurityGroupRuleDescriptionsIngressRequest/GroupId",
            &["UpdateSecurityGroupRuleDescriptionsIngress"],
        ),
        Events::new(
            "/requestParameters/groupId",
            &[
                "AuthorizeSecurityGroupEgress",
                "AuthorizeSecurityGroupIngress",
                "DeleteSecurityGroup",
                "RevokeSecurityGroupEgress",
                "RevokeSecurityGroupIngress",
            ],
        ),
        TAGS,
        Events::new("/responseElements/groupId", &["CreateSecurityGroup"]),
    ],
    sets: &[
        Set::new(ATTACHMENTS, &["NetworkInterfaceId"]),
        Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
        Set::new("/IpPermissions/*/Ipv6Ranges", &["CidrIpv6"]),
        Set::new("/IpPermissions/*/PrefixListIds", &["PrefixListId"]),
        Set::new("/IpPermissions/*/UserIdGroupPairs", &["UserId", "GroupId"]),
        Set::new("/IpPermissionsEgress", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/IpPermissionsEgress/*/IpRanges", &["CidrIp"]),
        Set::new("/IpPermissionsEgress/*/Ipv6Ranges", &["CidrIpv6"]),
        Set::new("/IpPermissionsEgress/*/PrefixListIds", &["PrefixListId"]),
        Set::new("/IpPermissionsEgress/*/UserIdGroupPairs", &["UserId", "GroupId"]),
        Set::new("/Tags", &["Key"]),
    ],
    relations: &[ATTACHMENTS],
    dropped: &["/SecurityGroupArn"], // the ARN of the item
    wordings: &[wording::INGRESS, wording::EGRESS],
    writes: &[
        Writes::new("", &["CreateSecurityGroup", "DeleteSecurityGroup"]),
        Writes::new(
            "/IpPermissions",
            &[
                "AuthorizeSecurityGroupIngress",
                "ModifySecurityGroupRules",
                "RevokeSecurityGroupIngress",
                "UpdateSecurityGroupRuleDescriptionsIngress",
            ],
        ),
        Writes::new(
            "/IpPermissionsEgress",
            &[
                "AuthorizeSecurityGroupEgress",
                "ModifySecurityGroupRules",
                "RevokeSecurityGroupEgress",
                "UpdateSecurityGroupRuleDescriptionsEgress",
            ],
        ),
    ],
    ..Facts::of(&service::EC2, GROUPS)
};

const GROUPS: Operation = Operation::new("ec2:DescribeSecurityGroups");
const INTERFACES: Operation = Operation::new("ec2:DescribeNetworkInterfaces");
const ATTACHMENTS: &str = "/Attachments";

/// The fewest calls that read one region: `⌈groups / 1000⌉ + ⌈interfaces / 1000⌉`, one of
/// each at least.
#[must_use]
pub const fn fewest_calls(groups: usize, interfaces: usize) -> usize {
    pages_of(groups, PAGE as usize) + pages_of(interfaces, PAGE as usize)
}

impl Described for SecurityGroup {
    described!(SECURITY_GROUP, describe_security_groups.set_filters("group-id") => security_groups);

    type Beside = Attachments;

    /// Without the interfaces, what the groups allow is still worth knowing.
    async fn beside(ec2: &Client, wanted: Option<&[Wanted]>) -> Attachments {
        let mut attachments = Attachments::default();
        attachments.failure = attachments.read(ec2, wanted).await.err();
        attachments
    }

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        attachments: &Attachments,
    ) -> Result<Option<Observed>, Error> {
        let id = required(GROUPS, "GroupId", self.group_id.clone())?;
        let arn = self.security_group_arn.clone();
        let arn = arn.unwrap_or_else(|| {
            let (account, region) = (&scope.account, &scope.region);
            let owner = self.owner_id().unwrap_or(account.id.as_str());
            format!("arn:{}:ec2:{region}:{owner}:security-group/{id}", settings::partition(account))
        });
        let name = self.group_name.clone().unwrap_or_else(|| id.clone());
        let attached = attachments.of(&id);
        let group = SECURITY_GROUP.observed(id, self.to_json());
        Ok(Some(group.named(name).with_arn(arn).with(ATTACHMENTS, attached)))
    }
}

/// The network interfaces of a region by the groups they are in. All kinds, not only
/// those of instances: load balancers, functions, databases and endpoints are reached
/// through them, too.
#[derive(Debug, Default)]
pub struct Attachments {
    by_group: HashMap<String, Vec<Value>>,
    /// Why they are not known.
    failure: Option<Error>,
}

impl Attachments {
    async fn read(&mut self, ec2: &Client, wanted: Option<&[Wanted]>) -> Result<(), Error> {
        let mut listing = pages(INTERFACES, |token| {
            let call = ec2.describe_network_interfaces().max_results(PAGE);
            // Those of services, too: AWS may hide them from who does not ask for them.
            let call = call.include_managed_resources(true);
            let call = call.set_filters(only("group-id", wanted));
            async move {
                let page = call.set_next_token(token).send().await;
                let page = page.map_err(|error| failed(INTERFACES, &error))?;
                Ok(Listed::page(page.network_interfaces, page.next_token))
            }
        });
        while let Some(interfaces) = listing.next().await? {
            for interface in &interfaces {
                for group in interface.groups().iter().filter_map(|group| group.group_id()) {
                    let attached = self.by_group.entry(group.to_owned()).or_default();
                    attached.push(attachment(interface));
                }
            }
        }
        listing.end().map(drop)
    }

    fn of(&self, group: &str) -> Part {
        match &self.failure {
            Some(error) => Part::Failed(error.clone()),
            None => known(self.by_group.get(group).cloned().unwrap_or_default().into()),
        }
    }
}

/// Of an interface, what tells what is behind it.
fn attachment(interface: &NetworkInterface) -> Value {
    let instance = interface.attachment().and_then(|attachment| attachment.instance_id.as_ref());
    object([
        ("NetworkInterfaceId", interface.network_interface_id.to_json()),
        ("InterfaceType", interface.interface_type.to_json()),
        ("Description", interface.description.to_json()),
        ("RequesterId", interface.requester_id.to_json()),
        ("Status", interface.status.to_json()),
        ("Attachment", instance.map_or(Value::Null, |id| object([("InstanceId", id.to_json())]))),
    ])
}
