//! Policies of an organization: what its accounts may do at most, and more.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{PolicySummary, PolicyTargetSummary, PolicyType, Tag};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use super::{NOT_IN_USE, ORGANIZATION, PAGE, is_members};
use crate::error::{code, failed, found, is_absent};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, all, known, pages_of, required};

/// Policies of every type, with what they say, to whom they are attached, and the tags of
/// those that are not AWS's own; where the management account or a delegated administrator
/// looks. To be attached is what makes a policy count: it is no relation, but configuration.
pub const POLICY: Facts = Facts {
    id: "organizations_policy",
    title: "policy of the organization",
    reach: Reach::Global,
    operations: &[DESCRIBE, ORGANIZATION, TAGS, TARGETS],
    structures: &[
        Structure::new("PolicySummary", ""),
        Structure::new("PolicyTargetSummary", "/Targets/*"),
        Structure::new("Tag", "/Tags/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/policyId",
            &["AttachPolicy", "DeletePolicy", "DetachPolicy", "UpdatePolicy"],
        ),
        Events::new("/requestParameters/resourceId", &["TagResource", "UntagResource"]),
        Events::new("/responseElements/policy/policySummary/id", &["CreatePolicy"]),
    ],
    sets: &[Set::new("/Tags", &["Key"]), Set::new("/Targets", &["TargetId"])],
    documents: &["/Content"],
    dropped: &[
        // The ARN of the item.
        "/Arn",
    ],
    ..Facts::of(&service::ORGANIZATIONS, LIST)
};

const GONE: &[&str] = &["PolicyNotFoundException", NOT_IN_USE];
const LIST: Operation =
    Operation::new("organizations:ListPolicies").absent(&[NOT_IN_USE, NO_SUCH_TYPE]);
const DESCRIBE: Operation = Operation::new("organizations:DescribePolicy").absent(GONE);
const TARGETS: Operation = Operation::new("organizations:ListTargetsForPolicy").absent(GONE);
const TAGS: Operation = Operation::new("organizations:ListTagsForResource")
    .absent(&["TargetNotFoundException", NOT_IN_USE]);

/// The code by which a type of policy does not exist here.
const NO_SUCH_TYPE: &str = "UnsupportedAPIEndpointException";

/// The fewest calls that read an organization: for each type `⌈policies / 20⌉`, one at least;
/// for each policy one and `⌈targets / 20⌉`, one at least; and one for each that is not AWS's.
///
/// `types` are the policies of each type, `targets` those of each policy.
#[must_use]
pub fn fewest_calls(types: &[usize], targets: &[usize], own: usize) -> usize {
    let size = PAGE as usize;
    let pages = |counts: &[usize]| counts.iter().map(|count| pages_of(*count, size)).sum::<usize>();
    pages(types) + targets.len() + pages(targets) + own
}

/// A policy, with what it says where it was looked for.
#[derive(Debug)]
pub struct Policy {
    summary: PolicySummary,
    content: Option<String>,
}

impl Described for Policy {
    const FACTS: &'static Facts = &POLICY;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.organizations(&scope.account)
    }

    /// A page of one type of policy; the token names the type, and the page within it.
    async fn page(
        organizations: &Client,
        scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        if let Some(wanted) = wanted {
            return looked_up(organizations, scope, wanted).await;
        }
        let token = token.unwrap_or_default();
        let (of, page) = token.split_once(' ').unwrap_or((&token, ""));
        let mut types = PolicyType::values().iter().skip_while(|one| !of.is_empty() && **one != of);
        let Some(of) = types.next() else { return Ok(Listed::page(None, None)) };
        let following = types.next().map(|next| (*next).to_owned());
        let call = organizations.list_policies().filter(PolicyType::from(*of)).max_results(PAGE);
        let page = Some(page.to_owned()).filter(|page| !page.is_empty());
        let is_first = page.is_none();
        match call.set_next_token(page).send().await {
            Ok(page) => {
                let all = page.policies.unwrap_or_default().into_iter();
                let all = all.map(|summary| Self { summary, content: None }).collect::<Vec<_>>();
                let next = page.next_token.map(|token| format!("{of} {token}")).or(following);
                Ok(Listed::page(all, next))
            }
            Err(error) if code(&error) == Some(NO_SUCH_TYPE) => Ok(Listed::page(None, following)),
            // An endpoint that has not heard of the type, of which nothing was listed yet.
            Err(error) if is_first && code(&error) == Some("InvalidInputException") => {
                Ok(Listed::page(None, following))
            }
            Err(error) if is_none_here(LIST, organizations, scope, &error).await => {
                Ok(Listed::page(None, None))
            }
            Err(error) => Err(failed(LIST, &error)),
        }
    }

    async fn observe(
        self,
        organizations: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { summary, content } = self;
        let id = required(LIST, "Id", summary.id.clone())?;
        let content = match content {
            Some(content) => known(content.to_json()),
            None => {
                match found(DESCRIBE, organizations.describe_policy().policy_id(&id).send().await) {
                    Ok(Some(answer)) => {
                        known(answer.policy.and_then(|policy| policy.content).to_json())
                    }
                    Ok(None) => return Ok(None),
                    Err(error) => Part::Failed(error),
                }
            }
        };
        let targets = match targets(organizations, &id).await {
            Ok(Some(targets)) => known(targets.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let tags = if summary.aws_managed {
            Part::Absent
        } else {
            match tags(organizations, &id).await {
                Ok(Some(tags)) => known(tags.to_json()),
                Ok(None) => return Ok(None),
                Err(error) => Part::Failed(error),
            }
        };
        let name = summary.name.clone().unwrap_or_else(|| id.clone());
        let policy = POLICY.observed(id, summary.to_json()).named(name).with_arn(summary.arn);
        let policy = policy.with("/Content", content).with("/Targets", targets);
        Ok(Some(policy.with("/Tags", tags)))
    }
}

/// Those of the wanted policies that are there.
async fn looked_up(
    organizations: &Client,
    scope: &Scope,
    wanted: &[Wanted],
) -> Result<Listed<Policy>, Error> {
    let mut there = Vec::new();
    for one in wanted {
        match organizations.describe_policy().policy_id(&one.id).send().await {
            Ok(answer) => {
                let policy = required(DESCRIBE, "Policy", answer.policy)?;
                let summary = required(DESCRIBE, "PolicySummary", policy.policy_summary)?;
                there.push(Policy { summary, content: policy.content });
            }
            Err(error) if is_none_here(DESCRIBE, organizations, scope, &error).await => {}
            Err(error) => return Err(failed(DESCRIBE, &error)),
        }
    }
    Ok(Listed::page(there, None))
}

async fn is_none_here<E: ProvideErrorMetadata>(
    operation: Operation,
    organizations: &Client,
    scope: &Scope,
    error: &SdkError<E, HttpResponse>,
) -> bool {
    is_absent(operation, error) || is_members(organizations, scope, error).await
}

/// To whom a policy is attached; `None` where it is gone by now.
async fn targets(
    organizations: &Client,
    id: &str,
) -> Result<Option<Vec<PolicyTargetSummary>>, Error> {
    all(TARGETS, |token| {
        let call = organizations.list_targets_for_policy().policy_id(id).max_results(PAGE);
        async move {
            let page = found(TARGETS, call.set_next_token(token).send().await)?;
            Ok(page.map(|page| Listed::page(page.targets, page.next_token)))
        }
    })
    .await
}

/// The tags of a policy; `None` where it is gone by now.
async fn tags(organizations: &Client, id: &str) -> Result<Option<Vec<Tag>>, Error> {
    all(TAGS, |token| {
        let call = organizations.list_tags_for_resource().resource_id(id).set_next_token(token);
        async move {
            let page = found(TAGS, call.send().await)?;
            Ok(page.map(|page| Listed::page(page.tags, page.next_token)))
        }
    })
    .await
}
