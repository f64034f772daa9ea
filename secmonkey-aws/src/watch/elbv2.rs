//! Elastic Load Balancing: application, network and gateway load balancers.

use std::collections::HashMap;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::LoadBalancer;
use futures::join;
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted, pages};
use serde_json::Value;

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{
    Described, Entry, Events, Facts, Structure, Writes, all, known, pages_of, required,
};

pub(super) const READS: &[Entry] = &[Entry::described::<Balancer>()];

/// Application, network and gateway load balancers with their attributes, their listeners,
/// the target groups that they send to, and their tags.
///
/// Listeners say what they do by default. Their other rules, by host and path, are not read:
/// that is a call for each listener, no check judges them, and what runs behind a load
/// balancer changes them with every deployment. Nor is who the targets are and how they do.
pub const LOAD_BALANCER: Facts = Facts {
    id: "elbv2",
    title: "load balancer",
    operations: &[ATTRIBUTES, LISTENERS, TARGET_GROUPS, TAGS],
    structures: &[
        Structure::new("LoadBalancer", ""),
        Structure::new("Listener", "/Listeners/*"),
        Structure::new("LoadBalancerAttribute", "/Attributes/*"),
        Structure::new("Tag", "/Tags/*"),
        Structure::new("TargetGroup", "/TargetGroups/*"),
    ],
    events: &[
        // The ARN of a listener holds the rest of that of its load balancer.
        Events::new("/requestParameters/listenerArn", &["DeleteListener"]),
        Events::new(
            "/requestParameters/loadBalancerArn",
            &[
                "CreateListener",
                "DeleteLoadBalancer",
                "ModifyIpPools",
                "ModifyLoadBalancerAttributes",
                "SetIpAddressType",
                "SetSecurityGroups",
                "SetSubnets",
            ],
        ),
        Events::new("/requestParameters/resourceArns/*", &["AddTags", "RemoveTags"]),
        Events::new("/responseElements/listeners/*/loadBalancerArn", &["ModifyListener"]),
        Events::new("/responseElements/loadBalancers/*/loadBalancerArn", &["CreateLoadBalancer"]),
        Events::new("/responseElements/targetGroups/*/loadBalancerArns/*", &["ModifyTargetGroup"]),
    ],
    sets: &[
        Set::new("/Attributes", &["Key"]),
        Set::new("/AvailabilityZones", &["ZoneName", "SubnetId"]),
        Set::new(
            "/AvailabilityZones/*/LoadBalancerAddresses",
            &["AllocationId", "IpAddress", "IPv6Address", "PrivateIPv4Address"],
        ),
        Set::new("/AvailabilityZones/*/SourceNatIpv6Prefixes", &[]),
        Set::new("/Listeners", &["ListenerArn"]),
        Set::new("/Listeners/*/AlpnPolicy", &[]),
        Set::new("/Listeners/*/Certificates", &["CertificateArn"]),
        // `Order` says which comes first.
        Set::new("/Listeners/*/DefaultActions", &["Order", "Type"]),
        Set::new("/Listeners/*/DefaultActions/*/ForwardConfig/TargetGroups", &["TargetGroupArn"]),
        Set::new("/Listeners/*/DefaultActions/*/JwtValidationConfig/AdditionalClaims", &["Name"]),
        Set::new(
            "/Listeners/*/DefaultActions/*/JwtValidationConfig/AdditionalClaims/*/Values",
            &[],
        ),
        Set::new("/SecurityGroups", &[]),
        Set::new("/Tags", &["Key"]),
        Set::new("/TargetGroups", &["TargetGroupArn"]),
        Set::new("/TargetGroups/*/LoadBalancerArns", &[]),
    ],
    dropped: &[
        // The item itself.
        "/Listeners/*/LoadBalancerArn",
        // The ARN of the item.
        "/LoadBalancerArn",
        // How creating it goes, and whether it has room to grow.
        "/State",
    ],
    // AWS keeps it to itself, and does not mark it.
    secret: &["/Listeners/*/DefaultActions/*/AuthenticateOidcConfig/ClientSecret"],
    names: &[
        Name::new(Kind::BLOCK, "/AvailabilityZones/*/LoadBalancerAddresses/*/IPv6Address"),
        Name::new(Kind::BLOCK, "/AvailabilityZones/*/LoadBalancerAddresses/*/IpAddress"),
        Name::new(Kind::BLOCK, "/AvailabilityZones/*/LoadBalancerAddresses/*/PrivateIPv4Address"),
        Name::new(Kind::BLOCK, "/AvailabilityZones/*/SourceNatIpv6Prefixes/*"),
    ],
    ids: "arn",
    writes: &[
        Writes::new("", &["CreateLoadBalancer", "DeleteLoadBalancer"]),
        Writes::new("/Attributes", &["ModifyLoadBalancerAttributes"]),
        Writes::new("/AvailabilityZones", &["SetSubnets"]),
        Writes::new("/IpAddressType", &["SetIpAddressType"]),
        Writes::new("/IpamPools", &["ModifyIpPools"]),
        Writes::new("/Listeners", &["CreateListener", "DeleteListener", "ModifyListener"]),
        Writes::new("/SecurityGroups", &["SetSecurityGroups"]),
        Writes::new("/TargetGroups", &["ModifyTargetGroup"]),
    ],
    ..Facts::of(&service::ELBV2, LIST)
};

/// The code by which it says that there is no such load balancer.
const GONE: &[&str] = &["LoadBalancerNotFound"];
const LIST: Operation = Operation::new("elasticloadbalancing:DescribeLoadBalancers");
/// The same for one load balancer.
const LOOK: Operation = LIST.absent(GONE);
const ATTRIBUTES: Operation =
    Operation::new("elasticloadbalancing:DescribeLoadBalancerAttributes").absent(GONE);
const LISTENERS: Operation = Operation::new("elasticloadbalancing:DescribeListeners").absent(GONE);
const TARGET_GROUPS: Operation = Operation::new("elasticloadbalancing:DescribeTargetGroups");
const TAGS: Operation = Operation::new("elasticloadbalancing:DescribeTags");

/// The largest page of all listings.
const PAGE: i32 = 400;
/// The most load balancers whose tags one call tells.
const BATCH: usize = 20;

/// The fewest calls that read one region, by the number of listeners of each load balancer:
/// `⌈balancers / 400⌉` and `⌈target groups / 400⌉`, one of each at least,
/// `⌈balancers / 20⌉` for the tags, and for every load balancer one for its attributes and
/// `⌈listeners / 400⌉`, one at least.
#[must_use]
pub fn fewest_calls(listeners: &[usize], target_groups: usize) -> usize {
    let size = PAGE as usize;
    let each = listeners.iter().map(|listeners| 1 + pages_of(*listeners, size));
    pages_of(listeners.len(), size)
        + pages_of(target_groups, size)
        + listeners.len().div_ceil(BATCH)
        + each.sum::<usize>()
}

/// A load balancer as it is listed, with its tags.
#[derive(Debug)]
pub struct Balancer {
    listed: LoadBalancer,
    tags: Part,
}

/// The target groups of a region, by the ARNs of the load balancers that send to them.
#[derive(Debug)]
pub struct TargetGroups(Result<HashMap<String, Vec<Value>>, Error>);

impl Default for TargetGroups {
    fn default() -> Self {
        Self(Ok(HashMap::new()))
    }
}

impl Described for Balancer {
    const FACTS: &'static Facts = &LOAD_BALANCER;
    type Client = Client;
    type Beside = TargetGroups;

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.elbv2(&scope.account, &scope.region)
    }

    async fn beside(elb: &Client, _wanted: Option<&[Wanted]>) -> TargetGroups {
        TargetGroups(target_groups(elb).await)
    }

    async fn page(
        elb: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let (balancers, next) = if let Some(wanted) = wanted {
            let mut there = Vec::new();
            for one in wanted {
                let answer = elb.describe_load_balancers().load_balancer_arns(&one.id).send();
                let answer = found(LOOK, answer.await)?;
                there.extend(answer.and_then(|answer| answer.load_balancers).unwrap_or_default());
            }
            (there, None)
        } else {
            let page = elb.describe_load_balancers().page_size(PAGE).set_marker(token).send().await;
            let page = page.map_err(|error| failed(LIST, &error))?;
            (page.load_balancers.unwrap_or_default(), page.next_marker)
        };
        Ok(Listed::page(tagged(elb, balancers).await, next))
    }

    async fn observe(
        self,
        elb: &Client,
        _scope: &Scope,
        TargetGroups(groups): &TargetGroups,
    ) -> Result<Option<Observed>, Error> {
        let Self { listed, tags } = self;
        let arn = required(LIST, "LoadBalancerArn", listed.load_balancer_arn.clone())?;
        let name = required(LIST, "LoadBalancerName", listed.load_balancer_name.clone())?;
        let (attributes, listeners) = join!(attributes(elb, &arn), listeners(elb, &arn));
        let (Some(attributes), Some(listeners)) = (attributes, listeners) else { return Ok(None) };
        let groups = match groups {
            Ok(groups) => known(groups.get(&arn).cloned().unwrap_or_default().into()),
            Err(error) => Part::Failed(error.clone()),
        };
        let balancer = LOAD_BALANCER.observed(arn.as_str(), listed.to_json());
        let balancer = balancer
            .named(name)
            .with_arn(arn)
            .with("/Attributes", attributes)
            .with("/Listeners", listeners)
            .with("/Tags", tags)
            .with("/TargetGroups", groups);
        Ok(Some(balancer))
    }
}

/// Load balancers with their tags, as many to a call as it takes.
async fn tagged(elb: &Client, balancers: Vec<LoadBalancer>) -> Vec<Balancer> {
    let mut tagged = Vec::with_capacity(balancers.len());
    let mut left = balancers.into_iter().peekable();
    while left.peek().is_some() {
        let batch: Vec<_> = left.by_ref().take(BATCH).collect();
        let arns: Vec<_> = batch.iter().filter_map(|one| one.load_balancer_arn.clone()).collect();
        let answer = elb.describe_tags().set_resource_arns(Some(arns)).send().await;
        let answer = answer.map_err(|error| failed(TAGS, &error));
        let all = answer.map(|answer| answer.tag_descriptions.unwrap_or_default());
        tagged.extend(batch.into_iter().map(|listed| {
            let tags = match &all {
                Ok(all) => {
                    let its = all.iter().find(|it| it.resource_arn() == listed.load_balancer_arn());
                    known(its.map(|its| its.tags.to_json()).unwrap_or_default())
                }
                Err(error) => Part::Failed(error.clone()),
            };
            Balancer { listed, tags }
        }));
    }
    tagged
}

/// The target groups of the region, by load balancer.
async fn target_groups(elb: &Client) -> Result<HashMap<String, Vec<Value>>, Error> {
    let mut listing = pages(TARGET_GROUPS, |marker| {
        let call = elb.describe_target_groups().page_size(PAGE).set_marker(marker);
        async move {
            let page = call.send().await.map_err(|error| failed(TARGET_GROUPS, &error))?;
            Ok(Listed::page(page.target_groups, page.next_marker))
        }
    });
    let mut all = HashMap::<_, Vec<_>>::new();
    while let Some(page) = listing.next().await? {
        for group in page {
            for balancer in group.load_balancer_arns() {
                all.entry(balancer.clone()).or_default().push(group.to_json());
            }
        }
    }
    listing.end()?;
    Ok(all)
}

/// The attributes of a load balancer; `None` where it is gone by now.
async fn attributes(elb: &Client, arn: &str) -> Option<Part> {
    let answer = elb.describe_load_balancer_attributes().load_balancer_arn(arn).send().await;
    match found(ATTRIBUTES, answer) {
        Ok(answer) => Some(known(answer?.attributes.to_json())),
        Err(error) => Some(Part::Failed(error)),
    }
}

/// The listeners of a load balancer; `None` where it is gone by now.
async fn listeners(elb: &Client, arn: &str) -> Option<Part> {
    let listeners = all(LISTENERS, |marker| {
        let call = elb.describe_listeners().load_balancer_arn(arn).page_size(PAGE);
        async move {
            let page = found(LISTENERS, call.set_marker(marker).send().await)?;
            Ok(page.map(|page| Listed::page(page.listeners, page.next_marker)))
        }
    });
    match listeners.await {
        Ok(all) => Some(known(all?.to_json())),
        Err(error) => Some(Part::Failed(error)),
    }
}
