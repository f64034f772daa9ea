//! Managed policies: the account's own, and those of AWS that the account uses.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{ManagedPolicyDetail, Policy};
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Looked, Observed, Part, Wanted};

use super::DETAILS;
use crate::error::found;
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::{Events, Facts, Structure, Writes, each, looked, required};

/// Managed policies with the document of the default version: all of the account's own;
/// those of AWS while they are attached or a permissions boundary.
///
/// A policy of AWS that is neither any more leaves the account: it is recorded as deleted
/// once `GetPolicy` says that nothing uses it. Used again, it returns.
///
/// `Document` is the default version's, so that a new version shows as the edit that it
/// is. Of the other versions their ids and dates are kept. Tags are not: AWS tells them
/// only policy by policy, and no check reads them.
pub const MANAGED_POLICY: Facts = Facts {
    id: "iam_managed_policy",
    title: "IAM managed policy",
    reach: Reach::Global,
    operations: &[GET],
    structures: &[Structure::new("ManagedPolicyDetail", "")],
    events: &[
        Events::new(
            "/requestParameters/policyArn",
            &[
                "AttachGroupPolicy",
                "AttachRolePolicy",
                "AttachUserPolicy",
                "CreatePolicyVersion",
                "DeletePolicy",
                "DeletePolicyVersion",
                "DetachGroupPolicy",
                "DetachRolePolicy",
                "DetachUserPolicy",
                "SetDefaultPolicyVersion",
            ],
        ),
        Events::new("/responseElements/policy/arn", &["CreatePolicy"]),
    ],
    sets: &[Set::new("/PolicyVersionList", &["VersionId"])],
    documents: &["/Document"],
    relations: &["/AttachmentCount", "/PermissionsBoundaryUsageCount"],
    dropped: &[
        // What is in force stands in `/Document`, and under it in the history.
        "/PolicyVersionList/*/Document",
        // `/DefaultVersionId` says it once.
        "/PolicyVersionList/*/IsDefaultVersion",
    ],
    ids: "/responseElements/policy/policyId",
    writes: &[
        Writes::new("", &["CreatePolicy", "DeletePolicy"]),
        Writes::new("/DefaultVersionId", &["CreatePolicyVersion", "SetDefaultPolicyVersion"]),
        Writes::new("/Document", &["CreatePolicyVersion", "SetDefaultPolicyVersion"]),
        Writes::new(
            "/PolicyVersionList",
            &["CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"],
        ),
        Writes::new(
            "/UpdateDate",
            &["CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"],
        ),
    ],
    ..Facts::of(&service::IAM, DETAILS)
};

const GET: Operation = Operation::new("iam:GetPolicy").absent(&["NoSuchEntity"]);

/// The item of a policy. `None`: it is one of AWS that the account does not use, or was
/// deleted meanwhile.
pub(super) async fn read(
    iam: &Client,
    mut policy: ManagedPolicyDetail,
) -> Result<Option<Observed>, Error> {
    let arn = required(DETAILS, "Arn", policy.arn.clone())?;
    let uses = (policy.attachment_count, policy.permissions_boundary_usage_count);
    if is_of_aws(&arn) && !is_used(uses) {
        return Ok(None);
    }
    // AWS names every policy; services that imitate it leave that to `GetPolicy`.
    if policy.policy_id.is_none() || policy.policy_name.is_none() {
        let Some(found) = find(iam, &arn).await? else { return Ok(None) };
        policy.policy_id = policy.policy_id.or(found.policy_id);
        policy.policy_name = policy.policy_name.or(found.policy_name);
    }
    let default = policy.policy_version_list().iter().find(|version| version.is_default_version);
    let document = default.and_then(|version| version.document.clone());
    let document = match required(DETAILS, "Document of the default version", document) {
        Ok(document) => Part::Known(document.into()),
        Err(error) => Part::Failed(error),
    };
    let id = required(DETAILS, "PolicyId", policy.policy_id.clone())?;
    let name = required(DETAILS, "PolicyName", policy.policy_name.clone())?;
    let item = MANAGED_POLICY.observed(id, policy.to_json()).named(name).with_arn(arn);
    Ok(Some(item.with("/Document", document)))
}

async fn find(iam: &Client, arn: &str) -> Result<Option<Policy>, Error> {
    let answer = found(GET, iam.get_policy().policy_arn(arn).send().await)?;
    answer.map(|answer| required(GET, "Policy", answer.policy)).transpose()
}

/// A policy is asked for by its ARN, which may be another policy's by now. One of AWS is
/// gone when the account does not use it any more.
pub(super) async fn look(iam: &Client, wanted: &[Wanted]) -> Vec<Looked> {
    each(wanted, |policy| async move { looked(&policy, is_there(iam, &policy).await) }).await
}

async fn is_there(iam: &Client, policy: &Wanted) -> Result<bool, Error> {
    let arn = required(GET, "Arn", policy.arn.clone())?;
    let Some(found) = find(iam, &arn).await? else { return Ok(false) };
    let uses = (found.attachment_count, found.permissions_boundary_usage_count);
    let id = required(GET, "PolicyId", found.policy_id)?;
    Ok(id == policy.id && (!is_of_aws(&arn) || is_used(uses)))
}

/// Whether a policy is managed by AWS: `arn:aws:iam::aws:policy/ReadOnlyAccess`.
fn is_of_aws(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

/// Whether anything has the policy attached or as its boundary, or may have.
fn is_used((attached, boundary): (Option<i32>, Option<i32>)) -> bool {
    attached.is_none_or(|count| count > 0) || boundary.is_some_and(|count| count > 0)
}
