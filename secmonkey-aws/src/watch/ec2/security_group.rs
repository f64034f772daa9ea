//! Security groups: their rules, and what they protect.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{NetworkInterface, SecurityGroup};
use secmonkey_core::technology::{Reach, Set, Technology};
use secmonkey_core::watch::{
    Cause, Error, Listed, Missing, Observed, Part, Scope, Sweep, Watcher, pages,
};
use serde_json::Value;

use crate::error::{failed, found};
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::PAGE;
use crate::watch::{gone, known, object, pages_of};

/// Security groups with their rules, and the network interfaces that each is attached to.
///
/// Rules that share protocol and ports are one element of `IpPermissions`, so these tell
/// the elements apart.
pub const SECURITY_GROUP: Technology = Technology {
    id: "security_group",
    title: "security group",
    shape: 1,
    reach: Reach::Regional,
    sets: &[
        Set { at: "/Attachments", key: &["NetworkInterfaceId"] },
        Set { at: "/IpPermissions", key: &["IpProtocol", "FromPort", "ToPort"] },
        Set { at: "/IpPermissions/*/IpRanges", key: &["CidrIp"] },
        Set { at: "/IpPermissions/*/Ipv6Ranges", key: &["CidrIpv6"] },
        Set { at: "/IpPermissions/*/PrefixListIds", key: &["PrefixListId"] },
        Set { at: "/IpPermissions/*/UserIdGroupPairs", key: &["UserId", "GroupId"] },
        Set { at: "/IpPermissionsEgress", key: &["IpProtocol", "FromPort", "ToPort"] },
        Set { at: "/IpPermissionsEgress/*/IpRanges", key: &["CidrIp"] },
        Set { at: "/IpPermissionsEgress/*/Ipv6Ranges", key: &["CidrIpv6"] },
        Set { at: "/IpPermissionsEgress/*/PrefixListIds", key: &["PrefixListId"] },
        Set { at: "/IpPermissionsEgress/*/UserIdGroupPairs", key: &["UserId", "GroupId"] },
        Set { at: "/Tags", key: &["Key"] },
    ],
    relations: &[ATTACHMENTS],
    dropped: &["/SecurityGroupArn"], // the ARN of the item
    permissions: &[GROUPS, INTERFACES],
    ..Technology::DEFAULT
};

const GROUPS: &str = "ec2:DescribeSecurityGroups";
const INTERFACES: &str = "ec2:DescribeNetworkInterfaces";
const ATTACHMENTS: &str = "/Attachments";

/// The fewest calls that read one region: `⌈groups / 1000⌉ + ⌈interfaces / 1000⌉`, one of
/// each at least.
#[must_use]
pub const fn fewest_calls(groups: usize, interfaces: usize) -> usize {
    pages_of(groups, PAGE as usize) + pages_of(interfaces, PAGE as usize)
}

/// Reads [`SECURITY_GROUP`].
#[derive(Debug, Clone)]
pub struct SecurityGroups {
    sessions: Sessions,
}

impl SecurityGroups {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone() }
    }
}

#[async_trait]
impl Watcher for SecurityGroups {
    fn technologies(&self) -> &[Technology] {
        &[SECURITY_GROUP]
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves("ec2", &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let ec2 = self.sessions.ec2(&scope.account, &scope.region);
        // First, because every group needs all of them. Without them, what the groups
        // allow is still worth knowing.
        let attachments = attachments(&ec2).await;
        let mut listing = pages(GROUPS, |token| {
            let call = ec2.describe_security_groups().max_results(PAGE);
            async move {
                let page = call.set_next_token(token).send().await;
                let page = page.map_err(|error| failed(GROUPS, &error))?;
                Ok(Listed {
                    items: page.security_groups.unwrap_or_default(),
                    next: page.next_token,
                    truncated: None,
                })
            }
        });
        while let Some(groups) = listing.next().await? {
            for group in groups {
                let item = observed(scope, &group, &attachments)?;
                out.item(item).await;
            }
        }
        out.complete(&SECURITY_GROUP, &listing.end()?).await;
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
        gone(missing, |group| {
            let call = ec2.describe_security_groups().group_ids(group.id);
            async move { Ok(found(GROUPS, call.send().await)?.is_some()) }
        })
        .await
    }
}

/// The network interfaces of a region by the groups they are in. All kinds, not only
/// those of instances: load balancers, functions, databases and endpoints are reached
/// through them, too.
async fn attachments(ec2: &Client) -> Result<HashMap<String, Vec<Value>>, Error> {
    let mut by_group: HashMap<String, Vec<Value>> = HashMap::new();
    let mut listing = pages(INTERFACES, |token| {
        let call = ec2.describe_network_interfaces().max_results(PAGE);
        async move {
            let page = call.set_next_token(token).send().await;
            let page = page.map_err(|error| failed(INTERFACES, &error))?;
            Ok(Listed {
                items: page.network_interfaces.unwrap_or_default(),
                next: page.next_token,
                truncated: None,
            })
        }
    });
    while let Some(interfaces) = listing.next().await? {
        for interface in &interfaces {
            let groups = interface.groups().iter().filter_map(|group| group.group_id());
            for group in groups {
                by_group.entry(group.to_owned()).or_default().push(attachment(interface));
            }
        }
    }
    listing.end()?;
    Ok(by_group)
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

fn observed(
    scope: &Scope,
    group: &SecurityGroup,
    attachments: &Result<HashMap<String, Vec<Value>>, Error>,
) -> Result<Observed, Error> {
    let Some(id) = group.group_id.clone() else {
        return Err(Error::new(GROUPS, Cause::Garbled, "a group without an id was listed"));
    };
    let arn = group.security_group_arn.clone().unwrap_or_else(|| {
        let owner = group.owner_id.as_deref().unwrap_or(scope.account.id.as_str());
        let partition = &scope.account.partition;
        format!("arn:{partition}:ec2:{}:{owner}:security-group/{id}", scope.region)
    });
    let attached = match attachments {
        Ok(by_group) => known(by_group.get(&id).cloned().unwrap_or_default().into()),
        Err(error) => Part::Failed(error.clone()),
    };
    Ok(Observed {
        technology: SECURITY_GROUP.id,
        name: group.group_name.clone().unwrap_or_else(|| id.clone()),
        id,
        arn: Some(arn),
        config: group.to_json(),
        parts: vec![(ATTACHMENTS, attached)],
    })
}
