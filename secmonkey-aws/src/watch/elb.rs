//! Elastic Load Balancing: classic load balancers.

use aws_sdk_elasticloadbalancing::Client;
use aws_sdk_elasticloadbalancing::types::LoadBalancerDescription;
use futures::join;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, Writes, known, pages_of, required};
use crate::{service, settings};

pub(super) const READS: &[Entry] = &[Entry::described::<Balancer>()];

/// Classic load balancers with their attributes, their policies, among them what their
/// listeners negotiate of TLS, and their tags.
pub const LOAD_BALANCER: Facts = Facts {
    id: "elb",
    title: "classic load balancer",
    operations: &[ATTRIBUTES, POLICIES, TAGS],
    structures: &[
        Structure::new("LoadBalancerAttributes", "/Attributes"),
        Structure::new("LoadBalancerDescription", ""),
        Structure::new("PolicyDescription", "/PolicyDescriptions/*"),
        Structure::new("Tag", "/Tags/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/loadBalancerName",
            &[
                "ApplySecurityGroupsToLoadBalancer",
                "AttachLoadBalancerToSubnets",
                "ConfigureHealthCheck",
                "CreateAppCookieStickinessPolicy",
                "CreateLBCookieStickinessPolicy",
                "CreateLoadBalancer",
                "CreateLoadBalancerListeners",
                "CreateLoadBalancerPolicy",
                "DeleteLoadBalancer",
                "DeleteLoadBalancerListeners",
                "DeleteLoadBalancerPolicy",
                "DeregisterInstancesFromLoadBalancer",
                "DetachLoadBalancerFromSubnets",
                "DisableAvailabilityZonesForLoadBalancer",
                "EnableAvailabilityZonesForLoadBalancer",
                "ModifyLoadBalancerAttributes",
                "RegisterInstancesWithLoadBalancer",
                "SetLoadBalancerListenerSSLCertificate",
                "SetLoadBalancerPoliciesForBackendServer",
                "SetLoadBalancerPoliciesOfListener",
            ],
        ),
        Events::new("/requestParameters/loadBalancerNames/*", &["AddTags", "RemoveTags"]),
    ],
    sets: &[
        Set::new("/Attributes/AdditionalAttributes", &["Key"]),
        Set::new("/AvailabilityZones", &[]),
        Set::new("/BackendServerDescriptions", &["InstancePort"]),
        Set::new("/BackendServerDescriptions/*/PolicyNames", &[]),
        Set::new("/Instances", &["InstanceId"]),
        Set::new("/ListenerDescriptions", &["Listener/LoadBalancerPort"]),
        Set::new("/ListenerDescriptions/*/PolicyNames", &[]),
        Set::new("/Policies/AppCookieStickinessPolicies", &["PolicyName"]),
        Set::new("/Policies/LBCookieStickinessPolicies", &["PolicyName"]),
        Set::new("/Policies/OtherPolicies", &[]),
        Set::new("/PolicyDescriptions", &["PolicyName"]),
        Set::new(
            "/PolicyDescriptions/*/PolicyAttributeDescriptions",
            &["AttributeName", "AttributeValue"],
        ),
        Set::new("/SecurityGroups", &[]),
        Set::new("/Subnets", &[]),
        Set::new("/Tags", &["Key"]),
    ],
    // They come and go with every scaling.
    relations: &["/Instances"],
    ids: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{name}",
    writes: &[
        Writes::new("", &["CreateLoadBalancer", "DeleteLoadBalancer"]),
        Writes::new("/Attributes", &["ModifyLoadBalancerAttributes"]),
        Writes::new(
            "/AvailabilityZones",
            &[
                "AttachLoadBalancerToSubnets",
                "DetachLoadBalancerFromSubnets",
                "DisableAvailabilityZonesForLoadBalancer",
                "EnableAvailabilityZonesForLoadBalancer",
            ],
        ),
        Writes::new("/HealthCheck", &["ConfigureHealthCheck"]),
        Writes::new(
            "/Instances",
            &["DeregisterInstancesFromLoadBalancer", "RegisterInstancesWithLoadBalancer"],
        ),
        Writes::new(
            "/ListenerDescriptions",
            &[
                "CreateLoadBalancerListeners",
                "DeleteLoadBalancerListeners",
                "SetLoadBalancerListenerSSLCertificate",
                "SetLoadBalancerPoliciesOfListener",
            ],
        ),
        Writes::new(
            "/Policies",
            &[
                "CreateAppCookieStickinessPolicy",
                "CreateLBCookieStickinessPolicy",
                "CreateLoadBalancerPolicy",
                "DeleteLoadBalancerPolicy",
            ],
        ),
        Writes::new(
            "/PolicyDescriptions",
            &[
                "CreateAppCookieStickinessPolicy",
                "CreateLBCookieStickinessPolicy",
                "CreateLoadBalancerPolicy",
                "DeleteLoadBalancerPolicy",
            ],
        ),
        Writes::new("/SecurityGroups", &["ApplySecurityGroupsToLoadBalancer"]),
        Writes::new("/Subnets", &["AttachLoadBalancerToSubnets", "DetachLoadBalancerFromSubnets"]),
    ],
    ..Facts::of(&service::ELB, LIST)
};

/// The code by which it says that there is no such load balancer.
const GONE: &[&str] = &["LoadBalancerNotFound"];
const LIST: Operation = Operation::new("elasticloadbalancing:DescribeLoadBalancers");
/// The same for one load balancer.
const LOOK: Operation = LIST.absent(GONE);
const ATTRIBUTES: Operation =
    Operation::new("elasticloadbalancing:DescribeLoadBalancerAttributes").absent(GONE);
const POLICIES: Operation =
    Operation::new("elasticloadbalancing:DescribeLoadBalancerPolicies").absent(GONE);
const TAGS: Operation = Operation::new("elasticloadbalancing:DescribeTags");

/// The largest page of the listing.
const PAGE: i32 = 400;
/// The most load balancers whose tags one call tells.
const BATCH: usize = 20;

/// The fewest calls that read one region: `⌈balancers / 400⌉`, one at least,
/// `⌈balancers / 20⌉` for the tags, and two a load balancer.
#[must_use]
pub const fn fewest_calls(balancers: usize) -> usize {
    pages_of(balancers, PAGE as usize) + balancers.div_ceil(BATCH) + 2 * balancers
}

/// A classic load balancer as it is listed, with its tags.
#[derive(Debug)]
pub struct Balancer {
    listed: LoadBalancerDescription,
    tags: Part,
}

impl Described for Balancer {
    const FACTS: &'static Facts = &LOAD_BALANCER;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.elb(&scope.account, &scope.region)
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
                let name = one.id.rsplit('/').next().unwrap_or_default();
                let answer = elb.describe_load_balancers().load_balancer_names(name).send();
                let answer = found(LOOK, answer.await)?;
                let found = answer.and_then(|answer| answer.load_balancer_descriptions);
                there.extend(found.unwrap_or_default());
            }
            (there, None)
        } else {
            let page = elb.describe_load_balancers().page_size(PAGE).set_marker(token).send().await;
            let page = page.map_err(|error| failed(LIST, &error))?;
            (page.load_balancer_descriptions.unwrap_or_default(), page.next_marker)
        };
        Ok(Listed::page(tagged(elb, balancers).await, next))
    }

    async fn observe(
        self,
        elb: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { listed, tags } = self;
        let name = required(LIST, "LoadBalancerName", listed.load_balancer_name.clone())?;
        let (attributes, policies) = join!(attributes(elb, &name), policies(elb, &name));
        let (Some(attributes), Some(policies)) = (attributes, policies) else { return Ok(None) };
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let region = &scope.region;
        let arn =
            format!("arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{name}");
        let balancer = LOAD_BALANCER.observed(arn.as_str(), listed.to_json());
        let balancer = balancer
            .named(name)
            .with_arn(arn)
            .with("/Attributes", attributes)
            .with("/PolicyDescriptions", policies)
            .with("/Tags", tags);
        Ok(Some(balancer))
    }
}

/// Load balancers with their tags, as many to a call as it takes.
async fn tagged(elb: &Client, balancers: Vec<LoadBalancerDescription>) -> Vec<Balancer> {
    let mut tagged = Vec::with_capacity(balancers.len());
    let mut left = balancers.into_iter().peekable();
    while left.peek().is_some() {
        let batch: Vec<_> = left.by_ref().take(BATCH).collect();
        let names: Vec<_> = batch.iter().filter_map(|it| it.load_balancer_name.clone()).collect();
        let answer = elb.describe_tags().set_load_balancer_names(Some(names)).send().await;
        let answer = answer.map_err(|error| failed(TAGS, &error));
        let all = answer.map(|answer| answer.tag_descriptions.unwrap_or_default());
        tagged.extend(batch.into_iter().map(|listed| {
            let tags = match &all {
                Ok(all) => {
                    let name = listed.load_balancer_name();
                    let its = all.iter().find(|its| its.load_balancer_name() == name);
                    known(its.map(|its| its.tags.to_json()).unwrap_or_default())
                }
                Err(error) => Part::Failed(error.clone()),
            };
            Balancer { listed, tags }
        }));
    }
    tagged
}

/// The attributes of a load balancer; `None` where it is gone by now.
async fn attributes(elb: &Client, name: &str) -> Option<Part> {
    let answer = elb.describe_load_balancer_attributes().load_balancer_name(name).send().await;
    match found(ATTRIBUTES, answer) {
        Ok(answer) => Some(known(answer?.load_balancer_attributes.to_json())),
        Err(error) => Some(Part::Failed(error)),
    }
}

/// The policies of a load balancer; `None` where it is gone by now.
async fn policies(elb: &Client, name: &str) -> Option<Part> {
    let answer = elb.describe_load_balancer_policies().load_balancer_name(name).send().await;
    match found(POLICIES, answer) {
        Ok(answer) => Some(known(answer?.policy_descriptions.to_json())),
        Err(error) => Some(Part::Failed(error)),
    }
}
