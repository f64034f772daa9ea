//! What an identity may do all in all: its inline and attached policies, those of its
//! groups, and its permissions boundary.

use std::cell::OnceCell;

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::identity::Source;
use secmonkey_policy::{Identity, Permissions, Policy};
use serde_json::Value;

use super::case::{Case, Once};
use super::identity_policy::{IDLE, Stated};
use super::policy;
use super::subject::Whole;
use super::{list, listed, text};

/// The technology of managed policies.
const MANAGED: &str = "iam_managed_policy";

/// The technology of groups.
const GROUP: &str = "iam_group";

/// The policies that bear on an identity, and what they allow together.
pub(super) struct Effective<'a> {
    inline: &'a [Stated<'a>],
    /// Those that are attached, and those of its groups.
    elsewhere: Vec<Foreign>,
    boundary: Option<Foreign>,
    policies: Once<Policies<'a>>,
    permissions: OnceCell<Permissions<'a, 'a>>,
}

/// A policy that stands in another item.
struct Foreign {
    /// `attached/ARN`, and of a group `group/NAME/inline/NAME`.
    label: String,
    /// The member of the identity by which it has the policy.
    at: String,
    document: Value,
}

impl Foreign {
    fn policy(&self) -> Result<Option<Policy<'_>>, Undecided> {
        policy::read(policy::Of::Identity, &self.document, &self.label)
    }
}

/// Those that stand in other items, parsed; `None` where there is nothing in one.
struct Policies<'a> {
    elsewhere: Vec<Option<Policy<'a>>>,
    boundary: Option<Policy<'a>>,
}

impl<'a> Case<'a> {
    /// What the item may do all in all. The check must declare managed policies, and for a
    /// user its groups.
    ///
    /// # Errors
    /// Where one of its policies cannot be looked up: it may be the one that matters.
    pub fn effective(&self) -> Result<&'a Effective<'a>, Undecided> {
        self.world.require(MANAGED)?;
        if !list(&self.item.config["GroupList"]).is_empty() {
            self.world.require(GROUP)?;
        }
        self.shared.effective.get(|| self.gather())
    }

    fn gather(&self) -> Result<Effective<'a>, Undecided> {
        let config = &self.item.config;
        let mut elsewhere = Vec::new();
        for (index, policy) in list(&config["AttachedManagedPolicies"]).iter().enumerate() {
            let arn = text(&policy["PolicyArn"]);
            let at = format!("/AttachedManagedPolicies/{index}");
            elsewhere.push(self.managed(arn, format!("attached/{arn}"), at)?);
        }
        for (index, name) in list(&config["GroupList"]).iter().enumerate() {
            let (name, at) = (text(name), format!("/GroupList/{index}"));
            let group = self.world.find(&self.item.key.account, GROUP, name)?;
            let mut group = group.ok_or_else(|| Undecided::Unread(format!("group {name}")))?;
            for policy in list(&group.config["AttachedManagedPolicies"]) {
                let arn = text(&policy["PolicyArn"]);
                let label = format!("group/{name}/attached/{arn}");
                elsewhere.push(self.managed(arn, label, at.clone())?);
            }
            for policy in group.config["GroupPolicyList"].as_array_mut().into_iter().flatten() {
                elsewhere.push(Foreign {
                    label: format!("group/{name}/inline/{}", text(&policy["PolicyName"])),
                    at: at.clone(),
                    document: policy["PolicyDocument"].take(),
                });
            }
        }
        let boundary =
            config["PermissionsBoundary"]["PermissionsBoundaryArn"].as_str().map(|arn| {
                self.managed(arn, format!("boundary/{arn}"), "/PermissionsBoundary".to_owned())
            });
        Ok(Effective {
            inline: self.stated()?,
            elsewhere,
            boundary: boundary.transpose()?,
            policies: Once::default(),
            permissions: OnceCell::new(),
        })
    }

    /// A managed policy by its ARN.
    fn managed(&self, arn: &str, label: String, at: String) -> Result<Foreign, Undecided> {
        let policy = self.world.find(&self.item.key.account, MANAGED, arn)?;
        let document = policy.map(|mut policy| policy.config["Document"].take());
        match document {
            Some(document) if !document.is_null() => Ok(Foreign { label, at, document }),
            _ => Err(Undecided::Unread(arn.to_owned())),
        }
    }
}

impl<'a> Effective<'a> {
    /// What they allow together.
    ///
    /// # Errors
    /// Where one of them is no policy.
    pub fn permissions(&'a self) -> Result<&'a Permissions<'a, 'a>, Undecided> {
        if let ([only], [], None) = (self.inline, self.elsewhere.as_slice(), &self.boundary) {
            return Ok(only.permissions());
        }
        let Policies { elsewhere, boundary } = self.policies.get(|| {
            let elsewhere = self.elsewhere.iter().map(Foreign::policy).collect::<Result<_, _>>()?;
            let boundary = self.boundary.as_ref().map_or(Ok(None), Foreign::policy)?;
            Ok(Policies { elsewhere, boundary })
        })?;
        Ok(self.permissions.get_or_init(|| {
            let mut identity = Identity::new();
            for stated in self.inline {
                identity = identity.with(&stated.label, &stated.policy);
            }
            for (foreign, policy) in self.elsewhere.iter().zip(elsewhere) {
                if let Some(policy) = policy {
                    identity = identity.with(&foreign.label, policy);
                }
            }
            if let (Some(foreign), Some(policy)) = (&self.boundary, boundary) {
                identity = identity.bounded_by(&foreign.label, policy);
            }
            identity.permissions()
        }))
    }

    /// What permissions rest on.
    pub fn basis(&self, evidence: &[Source<'_>]) -> Basis {
        let mut labels: Vec<String> = evidence.iter().map(|it| it.label.to_owned()).collect();
        labels.sort();
        labels.dedup();
        let at = evidence.iter().filter_map(|it| self.at(it.label, it.pointer)).collect();
        Basis { labels, at }
    }

    /// Where in the identity the source of a permission is.
    fn at(&self, label: &str, pointer: &str) -> Option<String> {
        let inline = self.inline.iter().find(|it| it.label == label).map(|it| it.at(pointer));
        let elsewhere = || self.elsewhere.iter().find(|it| it.label == label);
        inline.or_else(|| elsewhere().map(|it| it.at.clone()))
    }
}

/// Finds an identity that is a full administrator all in all; `what` it is called.
///
/// Where nobody is one, that counts less: a group without members, a role that nobody uses.
pub(super) fn find_full_admin(
    case: &Case<'_>,
    what: &str,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let effective = case.effective()?;
    if let Some(held) = effective.permissions()?.full_admin() {
        let basis = effective.basis(&held.evidence);
        let by = listed(basis.labels.iter().map(String::as_str));
        let finding =
            found.add(Whole, format!("the {what} may do everything on everything, by {by}"));
        finding.evidence.extend(basis.at);
        finding.grounds.extend(basis.labels);
        let usage = case.usage()?;
        if let Some(why) = usage.idle {
            finding.score(IDLE);
            finding.detail.push_str("; ");
            finding.detail.push_str(&why);
        }
        if usage.in_use {
            finding.ground("in use");
        }
    }
    Ok(())
}

/// What permissions rest on.
pub(super) struct Basis {
    /// What the policies are called, each once.
    pub labels: Vec<String>,
    /// Pointers into the identity.
    pub at: Vec<String>,
}
