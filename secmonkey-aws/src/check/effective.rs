//! What an identity may do all in all: its inline and attached policies, those of its
//! groups, and its permissions boundary.

use std::borrow::Cow;

use secmonkey_core::check::{Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::identity::Source;
use secmonkey_policy::{Identity, Permissions, Policy};
use serde_json::Value;

use super::family;
use super::{list, text};

/// The technology of managed policies.
const MANAGED: &str = "iam_managed_policy";

/// The policies that bear on an identity.
pub(super) struct Policies<'a> {
    granting: Vec<Stated<'a>>,
    boundary: Option<Stated<'a>>,
}

/// A policy, and where it comes from.
struct Stated<'a> {
    /// `inline/NAME`, `attached/ARN`, and of a group `group/NAME/inline/NAME`.
    label: String,
    /// The member of the identity by which it has the policy.
    at: String,
    /// Whether the policy stands there itself.
    is_there: bool,
    document: Cow<'a, Value>,
}

impl<'a> Policies<'a> {
    /// Reads the policies of an identity that has its inline ones in the list at `inline`.
    ///
    /// # Errors
    /// Where one of them cannot be looked up: it may be the one that matters.
    pub(super) fn of(item: &'a Item, inline: &str, world: &World<'_>) -> Result<Self, Undecided> {
        let mut granting = Vec::new();
        let listed = item.config.pointer(inline).map_or(&[][..], list);
        for (index, policy) in listed.iter().enumerate() {
            granting.push(Stated {
                label: format!("inline/{}", text(&policy["PolicyName"])),
                at: format!("{inline}/{index}/PolicyDocument"),
                is_there: true,
                document: Cow::Borrowed(&policy["PolicyDocument"]),
            });
        }
        for (index, policy) in list(&item.config["AttachedManagedPolicies"]).iter().enumerate() {
            let arn = text(&policy["PolicyArn"]);
            let at = format!("/AttachedManagedPolicies/{index}");
            granting.push(managed(item, arn, format!("attached/{arn}"), at, world)?);
        }
        for (index, name) in list(&item.config["GroupList"]).iter().enumerate() {
            let (name, at) = (text(name), format!("/GroupList/{index}"));
            let group = world.find(&item.key.account, "iam_group", name)?;
            let mut group = group.ok_or_else(|| Undecided::Unread(format!("group {name}")))?;
            for policy in list(&group.config["AttachedManagedPolicies"]) {
                let arn = text(&policy["PolicyArn"]);
                let label = format!("group/{name}/attached/{arn}");
                granting.push(managed(item, arn, label, at.clone(), world)?);
            }
            for policy in group.config["GroupPolicyList"].as_array_mut().into_iter().flatten() {
                granting.push(Stated {
                    label: format!("group/{name}/inline/{}", text(&policy["PolicyName"])),
                    at: at.clone(),
                    is_there: false,
                    document: Cow::Owned(policy["PolicyDocument"].take()),
                });
            }
        }
        let boundary = match item.config["PermissionsBoundary"]["PermissionsBoundaryArn"].as_str() {
            Some(arn) => {
                let at = "/PermissionsBoundary".to_owned();
                Some(managed(item, arn, format!("boundary/{arn}"), at, world)?)
            }
            None => None,
        };
        Ok(Self { granting, boundary })
    }

    /// Asks what they allow together.
    ///
    /// # Errors
    /// Where one of them is no policy.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Permissions<'_, '_>) -> T,
    ) -> Result<T, Undecided> {
        let granting = self.granting.iter().map(Stated::policy).collect::<Result<Vec<_>, _>>()?;
        let boundary = self.boundary.as_ref().map(Stated::policy).transpose()?;
        let mut identity = Identity::new();
        for (stated, policy) in self.granting.iter().zip(&granting) {
            if let Some(policy) = policy {
                identity = identity.with(&stated.label, policy);
            }
        }
        if let (Some(stated), Some(Some(policy))) = (&self.boundary, &boundary) {
            identity = identity.bounded_by(&stated.label, policy);
        }
        Ok(question(&identity.permissions()))
    }

    /// Where in the identity the source of a permission is.
    pub(super) fn at(&self, label: &str, pointer: &str) -> Option<String> {
        let stated = self.granting.iter().find(|it| it.label == label)?;
        Some(if stated.is_there { format!("{}{pointer}", stated.at) } else { stated.at.clone() })
    }
}

impl Stated<'_> {
    fn policy(&self) -> Result<Option<Policy<'_>>, Undecided> {
        family::policy(&self.document, if self.is_there { &self.at } else { &self.label })
    }
}

/// What permissions rest on.
pub(super) struct Basis {
    /// What the policies are called, each once.
    pub labels: Vec<String>,
    /// Pointers into the identity.
    pub at: Vec<String>,
}

impl Basis {
    pub(super) fn of(policies: &Policies<'_>, evidence: &[Source<'_>]) -> Self {
        let mut labels: Vec<String> = evidence.iter().map(|it| it.label.to_owned()).collect();
        labels.sort();
        labels.dedup();
        let at = evidence.iter().filter_map(|it| policies.at(it.label, it.pointer)).collect();
        Self { labels, at }
    }
}

/// A managed policy by its ARN.
fn managed<'a>(
    item: &Item,
    arn: &str,
    label: String,
    at: String,
    world: &World<'_>,
) -> Result<Stated<'a>, Undecided> {
    let policy = world.find(&item.key.account, MANAGED, arn)?;
    let document = policy.map(|mut policy| policy.config["Document"].take());
    match document {
        Some(document) if !document.is_null() => {
            Ok(Stated { label, at, is_there: false, document: Cow::Owned(document) })
        }
        _ => Err(Undecided::Unread(arn.to_owned())),
    }
}
