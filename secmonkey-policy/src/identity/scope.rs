//! Resources of a statement: what they can name, what they cover.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::actions::{self, Set};
use crate::document::Of;
use crate::pattern::Pattern;

/// Work that may still be done in matching and comparing patterns. When it is used up,
/// resources count as overlapping and as not covered, and actions as allowed and as not
/// denied, which is safe: more seems to be allowed than is.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    /// A fraction of a second; what AWS takes as policies of an identity uses little of it.
    pub const fn new() -> Self {
        Self(20_000_000)
    }

    pub fn spend(&mut self, steps: usize) -> bool {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }

    fn overlaps(&mut self, a: &Pattern<'_>, b: &Pattern<'_>) -> bool {
        !self.spend(cost(a, b)) || a.overlaps(b)
    }

    fn covers(&mut self, a: &Pattern<'_>, b: &Pattern<'_>) -> bool {
        self.spend(cost(a, b)) && a.covers(b)
    }
}

fn cost(a: &Pattern<'_>, b: &Pattern<'_>) -> usize {
    (a.as_str().len() + 1).saturating_mul(b.as_str().len() + 1)
}

/// A kind of resource: the service in its ARN and how the last field of the ARN begins.
/// Where that is a whole family, it ends with a `*`: `role/*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub service: &'static str,
    pub resource: &'static str,
}

/// What the `Resource` or `NotResource` of a statement speaks of. Where neither is there,
/// which AWS refuses, it is taken for everything in an Allow and for nothing in a Deny.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'p, 'a>(pub Option<&'p Of<Pattern<'a>>>);

impl<'p, 'a> Scope<'p, 'a> {
    /// Whether every resource is in it, or all but some that are named: whoever excepts a
    /// bucket from everything still means everything.
    pub fn is_everything(self) -> bool {
        match self.0 {
            None => true,
            Some(Of::Only(named)) => named.iter().any(is_universal),
            Some(Of::AllBut(_)) => !self.is_nothing(),
        }
    }

    /// Whether no resource can be in it.
    pub fn is_nothing(self) -> bool {
        matches!(self.0, Some(Of::AllBut(named)) if named.iter().any(is_universal))
    }

    /// The services whose ARNs alone can be in it; `None` where it may be any.
    fn services(self) -> Option<Vec<&'p str>> {
        let Some(Of::Only(named)) = self.0 else { return None };
        named.iter().map(|pattern| Fields::of(pattern).map(|fields| fields.service)).collect()
    }

    /// Those of some actions that can be about a resource in it: `s3:GetObject` is not about
    /// a queue, and allowing it there allows nothing.
    pub fn allowing(self, actions: Set) -> Set {
        let Some(services) = self.services() else { return actions };
        let mut can_be = Set::new();
        for service in services {
            can_be = can_be.union(acting_on(service));
        }
        let can_be = actions.intersection(&can_be);
        let iam = of_service("iam");
        if can_be.intersection(&iam).is_empty() {
            return can_be;
        }
        // Of IAM's own actions those that act on what is named.
        let named = self.0.map(Of::named).unwrap_or_default();
        let (own, others) = (can_be.intersection(&iam), can_be.difference(&iam));
        let own = own.iter().filter(|id| {
            let kinds = kinds_of_iam(id.action().name);
            let about = |resource: &'static str| {
                named.iter().any(|it| names(it, Kind { service: "iam", resource }))
            };
            kinds.is_empty() || kinds.iter().any(|kind| about(kind))
        });
        others.union(&own.collect())
    }

    /// Whether it reaches all of a kind of resource of a service: `*`, the whole service, or
    /// `function:*`. All but some that are named is as much.
    pub fn is_wide_for(self, service: &str) -> bool {
        match self.0 {
            None | Some(Of::AllBut(_)) => !self.is_nothing(),
            Some(Of::Only(named)) => named.iter().any(|pattern| {
                is_universal(pattern)
                    || match Fields::of(pattern) {
                        // `arn:*`, `arn:aws:*`, an ARN whose service is left open.
                        None => is_open(pattern),
                        Some(fields) => fields.is_whole_kind(service),
                    }
            }),
        }
    }

    /// Whether it holds a resource of this kind that is not named in full: many of them.
    pub fn names_many(self, kind: Kind) -> bool {
        match self.0 {
            None | Some(Of::AllBut(_)) => self.names(kind),
            Some(Of::Only(named)) => named.iter().any(|pattern| {
                let last = pattern.as_str().rsplit('/').next().unwrap_or_default();
                names(pattern, kind) && last.contains(['*', '?'])
            }),
        }
    }

    /// The services of which it holds every resource, or, under `NotResource`, none.
    pub fn whole_services(self) -> Vec<&'p str> {
        let whole = |pattern: &Pattern<'a>| {
            let fields = Fields::of(pattern)?;
            let all = ["*", "*/*"].contains(&fields.resource);
            (all && fields.is_any_account()).then_some(fields.service)
        };
        self.0.map(Of::named).unwrap_or_default().iter().filter_map(whole).collect()
    }

    /// Whether a resource of this kind can be in it.
    pub fn names(self, kind: Kind) -> bool {
        match self.0 {
            None => true,
            Some(Of::Only(named)) => named.iter().any(|pattern| names(pattern, kind)),
            Some(Of::AllBut(named)) => !named.iter().any(|pattern| {
                is_universal(pattern)
                    || covers(pattern, kind)
                        && Fields::of(pattern).is_some_and(|it| it.account == "*")
            }),
        }
    }

    /// Whether every resource of this kind is in it, of one account at least.
    pub fn covers(self, kind: Kind) -> bool {
        match self.0 {
            None => true,
            Some(Of::Only(named)) => named.iter().any(|pattern| covers(pattern, kind)),
            Some(Of::AllBut(named)) => !named.iter().any(|pattern| covers(pattern, kind)),
        }
    }

    /// As [`names`](Self::names), where the user who asks does not count.
    pub fn names_other_than_self(self, kind: Kind) -> bool {
        match self.0 {
            Some(Of::Only(named)) => named.iter().any(|it| names(it, kind) && !is_own_user(it)),
            None | Some(Of::AllBut(_)) => self.names(kind),
        }
    }

    /// Whether every resource of `other` is surely in it.
    pub fn surely_covers(self, other: Scope<'_, '_>, budget: &mut Budget) -> bool {
        match (self.0, other.0) {
            (None, _) | (Some(Of::AllBut(_)), None) => false,
            (Some(Of::Only(ours)), Some(Of::Only(theirs))) => {
                theirs.iter().all(|their| ours.iter().any(|our| budget.covers(our, their)))
            }
            (Some(Of::Only(ours)), _) => ours.iter().any(is_universal),
            (Some(Of::AllBut(spared)), Some(Of::Only(theirs))) => {
                !theirs.iter().any(|their| spared.iter().any(|it| budget.overlaps(it, their)))
            }
            (Some(Of::AllBut(spared)), Some(Of::AllBut(theirs))) => {
                spared.iter().all(|it| theirs.iter().any(|their| budget.covers(their, it)))
            }
        }
    }

    /// Whether a resource may be in both.
    pub fn overlaps(self, other: Scope<'_, '_>, budget: &mut Budget) -> bool {
        match (self.0, other.0) {
            (Some(Of::Only(ours)), Some(Of::Only(theirs))) => {
                ours.iter().any(|our| theirs.iter().any(|their| budget.overlaps(our, their)))
            }
            (Some(Of::Only(named)), Some(Of::AllBut(spared)))
            | (Some(Of::AllBut(spared)), Some(Of::Only(named))) => {
                !named.iter().all(|it| spared.iter().any(|spared| budget.covers(spared, it)))
            }
            _ => true,
        }
    }
}

/// The fields of a pattern that is an ARN in which the service is spelled out.
struct Fields<'a> {
    service: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Fields<'a> {
    fn of(pattern: &Pattern<'a>) -> Option<Self> {
        let mut fields = pattern.as_str().splitn(6, ':');
        let mut field = || fields.next();
        let (arn, _partition, service) = (field()?, field()?, field()?);
        let (_region, account, resource) = (field()?, field()?, field()?);
        let spelled = arn == "arn" && !service.is_empty() && !service.contains(['*', '?', '$']);
        spelled.then_some(Self { service, account, resource })
    }

    /// Whether it names every resource of some kind of a service, of one account at least.
    fn is_whole_kind(&self, service: &str) -> bool {
        // Below a bucket and a stage of an API stand objects and methods, no kinds.
        let is_flat = matches!(self.service, "s3" | "execute-api" | "sqs" | "sns");
        let kind = self.resource.trim_end_matches(['*', '/', ':']).trim_start_matches('/');
        let is_kind = !kind.is_empty()
            && self.resource.ends_with('*')
            && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        self.is_any_account()
            && (["*", "*/*"].contains(&self.resource) || !is_flat && is_kind)
            && (self.service == service
                || !acting_on(self.service).intersection(&of_service(service)).is_empty())
    }

    /// Whether the account is any, or one: that of the identity itself as a rule.
    fn is_any_account(&self) -> bool {
        self.account.is_empty()
            || self.account == "*"
            || crate::principal::is_account(self.account)
            || self.account.starts_with("${")
    }
}

/// Whether it matches every resource: `*`, or an ARN that leaves the service open and ends
/// with a star.
fn is_universal(pattern: &Pattern<'_>) -> bool {
    if pattern.is_everything() {
        return true;
    }
    let text = pattern.as_str();
    let mut fields = text.splitn(6, ':');
    let open = |field: &str| field.bytes().all(|byte| byte == b'*') && !field.is_empty();
    fields.next() == Some("arn")
        && fields.next().is_some_and(|it| open(it) || it.starts_with("aws"))
        && text.ends_with('*')
        && fields.all(open)
}

/// Whether it leaves the service open without naming anything behind it: `arn:aws:*`.
fn is_open(pattern: &Pattern<'_>) -> bool {
    let text = pattern.as_str();
    text.ends_with('*')
        && (text.splitn(6, ':').skip(2).all(|field| field.bytes().all(|byte| byte == b'*')))
}

/// Whether a pattern names what nothing in IAM is called: in the language of 2008 a variable
/// is a plain text, and no name has a `$`.
fn is_impossible(pattern: &Pattern<'_>, fields: &Fields<'_>) -> bool {
    fields.service == "iam" && !pattern.has_variables() && fields.resource.contains("${")
}

/// The kinds of IAM's resources that an action is about; empty where it is about any or
/// none. Source: *Actions, resources, and condition keys for IAM*.
fn kinds_of_iam(action: &str) -> &'static [&'static str] {
    let about = |parts: &[&str]| parts.iter().any(|part| action.contains(part));
    if about(&["Account"]) {
        // The account itself, which no ARN of a user or a policy is.
        &["account/*"]
    } else if about(&["Principal", "Custom", "Context", "Service", "Delegation", "Organization"])
        && !action.contains("ServiceSpecificCredential")
    {
        &[]
    } else if about(&["MFADevice"]) {
        &["mfa/*", "sms-mfa/*", "user/*"]
    } else if about(&["SAMLProvider"]) {
        &["saml-provider/*"]
    } else if about(&["OpenIDConnectProvider"]) {
        &["oidc-provider/*"]
    } else if about(&["ServerCertificate"]) {
        &["server-certificate/*"]
    } else if about(&["InstanceProfile"]) {
        &["instance-profile/*", "role/*"]
    } else if about(&["Role"]) {
        &["role/*"]
    } else if about(&["Group"]) {
        &["group/*", "user/*"]
    } else if about(&[
        "User",
        "AccessKey",
        "LoginProfile",
        "SSHPublicKey",
        "SigningCertificate",
        "Credential",
        "Password",
    ]) {
        &["user/*"]
    } else if about(&["AssumeRolePolicy"]) {
        &["role/*"]
    } else if about(&["Policy", "Policies"]) {
        &["policy/*"]
    } else {
        &[]
    }
}

fn names(pattern: &Pattern<'_>, kind: Kind) -> bool {
    let Some(fields) = Fields::of(pattern) else { return true };
    fields.service == kind.service
        && !is_impossible(pattern, &fields)
        && Pattern::new(fields.resource).overlaps(&Pattern::plain(kind.resource))
}

fn covers(pattern: &Pattern<'_>, kind: Kind) -> bool {
    if is_universal(pattern) {
        return true;
    }
    let Some(fields) = Fields::of(pattern) else { return false };
    fields.service == kind.service
        && fields.is_any_account()
        && Pattern::new(fields.resource).covers(&Pattern::plain(kind.resource))
}

/// Whether it is the user who asks, by name: `arn:aws:iam::*:user/${aws:username}`, below
/// whatever path.
fn is_own_user(pattern: &Pattern<'_>) -> bool {
    let Some(fields) = Fields::of(pattern) else { return false };
    let own = |name: &str| {
        ["${aws:username}", "${aws:userid}"].iter().any(|own| own.eq_ignore_ascii_case(name))
    };
    pattern.has_variables()
        && fields.service == "iam"
        && fields
            .resource
            .strip_prefix("user/")
            .is_some_and(|user| own(user.rsplit_once('/').map_or(user, |(_path, name)| name)))
}

/// The actions that can be about resources of a service: its own, and those of other
/// services that act on them. AWS Backup acts on many.
fn acting_on(service: &str) -> &'static Set {
    type Sets = BTreeMap<&'static str, OnceLock<Set>>;
    static SETS: OnceLock<Sets> = OnceLock::new();
    static OTHERS: OnceLock<Set> = OnceLock::new();
    let sets = SETS.get_or_init(|| {
        let own = actions::all().map(|action| action.service);
        let foreign = FOREIGN.iter().flat_map(|(_, others)| others.iter().copied());
        own.chain(foreign).map(|service| (service, OnceLock::new())).collect()
    });
    let find = || {
        let mut all = of_service(service).union(&of_service("backup"));
        for (acting, others) in FOREIGN {
            if others.contains(&service) {
                all = all.union(&of_service(acting));
            }
        }
        all
    };
    match sets.get(service) {
        Some(known) => known.get_or_init(find),
        None => OTHERS.get_or_init(find),
    }
}

/// The actions of a service.
pub(super) fn of_service(service: &str) -> Set {
    Set::matching(&Pattern::plain(&format!("{service}:*")))
}

/// Services whose actions are about resources of other services, by the names in their
/// ARNs. Source: *Actions, resources, and condition keys for AWS services*.
const FOREIGN: &[(&str, &[&str])] = &[
    ("aco-automation", &["compute-optimizer"]),
    ("apprunner", &["wafv2"]),
    ("aps", &["eks"]),
    ("arc-zonal-shift", &["elasticloadbalancing"]),
    ("bcm-data-exports", &["billing"]),
    ("ce", &["billing"]),
    ("cloudfront-keyvaluestore", &["cloudfront"]),
    ("cloudtrail-data", &["cloudtrail"]),
    ("codestar", &["iam"]),
    ("cognito-idp", &["wafv2"]),
    ("connect", &["wisdom"]),
    ("devops-guru", &["sns"]),
    ("ds-data", &["ds"]),
    ("ebs", &["ec2"]),
    ("ec2", &["acm", "elastic-inference", "iam", "license-manager", "resource-groups"]),
    ("ec2-instance-connect", &["ec2"]),
    ("eks-auth", &["eks"]),
    ("es", &["iam", "opensearch"]),
    ("events", &["kms"]),
    ("greengrass", &["iot"]),
    ("iotjobsdata", &["iot"]),
    ("iotwireless", &["iot"]),
    ("iq", &["iq-permission"]),
    ("kafka-cluster", &["kafka"]),
    ("kinesis", &["kms"]),
    ("q", &["codewhisperer", "qdeveloper"]),
    ("qapps", &["qbusiness"]),
    ("rds-data", &["rds"]),
    ("redshift-data", &["redshift", "redshift-serverless"]),
    ("route53", &["ec2"]),
    ("route53-recovery-cluster", &["route53-recovery-control"]),
    ("route53-recovery-control-config", &["route53-recovery-control"]),
    ("s3", &["s3-object-lambda"]),
    ("sagemaker-mlflow", &["sagemaker"]),
    ("servicecatalog", &["catalog"]),
    ("ssm", &["ec2", "ecs", "iam", "s3"]),
    ("sso-oauth", &["sso"]),
    ("sts", &["iam"]),
    ("vpc-lattice-svcs", &["vpc-lattice"]),
    ("vpce", &["ec2"]),
    ("waf-regional", &["elasticloadbalancing"]),
    (
        "wafv2",
        &[
            "amplify",
            "apigateway",
            "apprunner",
            "appsync",
            "cognito-idp",
            "ec2",
            "elasticloadbalancing",
        ],
    ),
    ("workspaces-instances", &["ec2"]),
];
