//! Everything about a bucket that has a call of its own.

use std::error::Error as StdError;

use aws_sdk_s3::Client;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use secmonkey_core::watch::{Cause, Error, Listed, Part, pages};
use serde_json::Value;

use crate::error::{code, failed, is_absent};
use crate::operation::Operation;
use crate::shape::Shape as _;
use crate::watch::s3::dialect::{Rename, lists_objects};
use crate::watch::{known, object};

/// Some regions have no acceleration.
pub(super) const ACCELERATE: Operation = Operation::new("s3:GetAccelerateConfiguration")
    .absent(&["MethodNotAllowed", "UnsupportedArgument"]);
pub(super) const ACL: Operation = Operation::new("s3:GetBucketAcl");
pub(super) const ANALYTICS: Operation = Operation::new("s3:GetAnalyticsConfiguration");
pub(super) const BLOCK: Operation = Operation::new("s3:GetBucketPublicAccessBlock")
    .absent(&["NoSuchPublicAccessBlockConfiguration"]);
pub(super) const CORS: Operation =
    Operation::new("s3:GetBucketCORS").absent(&["NoSuchCORSConfiguration"]);
pub(super) const ENCRYPTION: Operation = Operation::new("s3:GetEncryptionConfiguration")
    .absent(&["ServerSideEncryptionConfigurationNotFoundError"]);
pub(super) const INVENTORY: Operation = Operation::new("s3:GetInventoryConfiguration");
pub(super) const LIFECYCLE: Operation =
    Operation::new("s3:GetLifecycleConfiguration").absent(&["NoSuchLifecycleConfiguration"]);
pub(super) const LOGGING: Operation = Operation::new("s3:GetBucketLogging");
pub(super) const METRICS: Operation = Operation::new("s3:GetMetricsConfiguration");
pub(super) const NOTIFICATION: Operation = Operation::new("s3:GetBucketNotification");
pub(super) const OBJECT_LOCK: Operation = Operation::new("s3:GetBucketObjectLockConfiguration")
    .absent(&["ObjectLockConfigurationNotFoundError"]);
pub(super) const OWNERSHIP: Operation =
    Operation::new("s3:GetBucketOwnershipControls").absent(&["OwnershipControlsNotFoundError"]);
pub(super) const PAYMENT: Operation = Operation::new("s3:GetBucketRequestPayment");
pub(super) const POLICY: Operation =
    Operation::new("s3:GetBucketPolicy").absent(&["NoSuchBucketPolicy"]);
pub(super) const POLICY_STATUS: Operation =
    Operation::new("s3:GetBucketPolicyStatus").absent(&["NoSuchBucketPolicy"]);
pub(super) const REPLICATION: Operation = Operation::new("s3:GetReplicationConfiguration")
    .absent(&["ReplicationConfigurationNotFoundError"]);
pub(super) const TAGGING: Operation =
    Operation::new("s3:GetBucketTagging").absent(&["NoSuchTagSet"]);
pub(super) const TIERING: Operation = Operation::new("s3:GetIntelligentTieringConfiguration");
pub(super) const VERSIONING: Operation = Operation::new("s3:GetBucketVersioning");
pub(super) const WEBSITE: Operation =
    Operation::new("s3:GetBucketWebsite").absent(&["NoSuchWebsiteConfiguration"]);

/// The calls that every bucket takes.
pub(super) const CALLS: usize = 20;
/// How many of them are made at a time.
const CALLS_AT_ONCE: usize = 4;

/// The bucket was deleted since it was listed.
pub(super) struct Deleted;

/// What one call says about the members that it answers.
pub(super) type Answer = Result<Vec<(&'static str, Part)>, Deleted>;

/// A bucket that is asked for its parts.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) s3: &'a Client,
    pub(super) bucket: &'a str,
    /// The account that has to own the bucket: a name that was given up may be taken by
    /// anybody else between two calls.
    pub(super) owner: &'a str,
}

/// One call about a bucket and what it answers.
macro_rules! ask {
    ($asked:ident.$call:ident($operation:ident) -> |$answer:ident| {
        $($at:literal: $value:expr,)+
    }) => {
        async move {
            let call = $asked.s3.$call();
            let call = call.bucket($asked.bucket).expected_bucket_owner($asked.owner);
            let answer = call.customize().interceptor(Rename).send().await.map(|$answer| vec![$($value),+]);
            answered($operation, &[$($at),+], answer)
        }
        .boxed()
    };
}

/// All configurations of one kind, which a bucket may have many of.
macro_rules! ask_all {
    ($asked:ident.$call:ident($operation:ident) -> $at:literal: $list:ident) => {
        all($at, $operation, move |token| async move {
            let call = $asked.s3.$call().set_continuation_token(token);
            let call = call.bucket($asked.bucket).expected_bucket_owner($asked.owner);
            let answer = call.customize().interceptor(Rename).send().await.map(|page| Listed {
                items: page.$list().iter().map(|one| Ok(one.to_json())).collect(),
                next: page.next_continuation_token,
                truncated: page.is_truncated,
            });
            page($operation, answer)
        })
        .boxed()
    };
}

impl<'a> Asked<'a> {
    /// Everything that has a call of its own, a few calls at a time.
    pub(super) async fn parts(self) -> Answer {
        let parts: Vec<_> =
            stream::iter(self.calls()).buffered(CALLS_AT_ONCE).try_collect().await?;
        Ok(parts.into_iter().flatten().collect())
    }

    fn calls(self) -> [BoxFuture<'a, Answer>; CALLS] {
        [
            ask!(self.get_bucket_acl(ACL) -> |acl| {
                "/Owner": acl.owner.to_json(),
                "/Grants": acl.grants.to_json(),
            }),
            self.policy().boxed(),
            ask!(self.get_public_access_block(BLOCK) -> |block| {
                "/PublicAccessBlockConfiguration": block.public_access_block_configuration.to_json(),
            }),
            ask!(self.get_bucket_ownership_controls(OWNERSHIP) -> |controls| {
                "/OwnershipControls": controls.ownership_controls.to_json(),
            }),
            ask!(self.get_bucket_encryption(ENCRYPTION) -> |encryption| {
                "/ServerSideEncryptionConfiguration":
                    encryption.server_side_encryption_configuration.to_json(),
            }),
            ask!(self.get_bucket_versioning(VERSIONING) -> |versioning| {
                "/Versioning": versioning.to_json(),
            }),
            ask!(self.get_object_lock_configuration(OBJECT_LOCK) -> |lock| {
                "/ObjectLockConfiguration": lock.object_lock_configuration.to_json(),
            }),
            ask!(self.get_bucket_logging(LOGGING) -> |logging| {
                "/LoggingEnabled": logging.logging_enabled.to_json(),
            }),
            ask!(self.get_bucket_tagging(TAGGING) -> |tagging| {
                "/TagSet": tagging.tag_set.to_json(),
            }),
            ask!(self.get_bucket_lifecycle_configuration(LIFECYCLE) -> |lifecycle| {
                "/LifecycleConfiguration": lifecycle.to_json(),
            }),
            ask!(self.get_bucket_replication(REPLICATION) -> |replication| {
                "/ReplicationConfiguration": replication.replication_configuration.to_json(),
            }),
            ask!(self.get_bucket_website(WEBSITE) -> |website| {
                "/Website": website.to_json(),
            }),
            ask!(self.get_bucket_cors(CORS) -> |cors| {
                "/CORSRules": cors.cors_rules.to_json(),
            }),
            ask!(self.get_bucket_notification_configuration(NOTIFICATION) -> |notification| {
                "/Notification": notification.to_json(),
            }),
            ask!(self.get_bucket_accelerate_configuration(ACCELERATE) -> |accelerate| {
                "/Accelerate": object([("Status", accelerate.status.to_json())]),
            }),
            ask!(self.get_bucket_request_payment(PAYMENT) -> |payment| {
                "/Payer": payment.payer.to_json(),
            }),
            ask_all!(self.list_bucket_analytics_configurations(ANALYTICS)
                -> "/AnalyticsConfigurationList": analytics_configuration_list),
            ask_all!(self.list_bucket_intelligent_tiering_configurations(TIERING)
                -> "/IntelligentTieringConfigurationList": intelligent_tiering_configuration_list),
            ask_all!(self.list_bucket_inventory_configurations(INVENTORY)
                -> "/InventoryConfigurationList": inventory_configuration_list),
            ask_all!(self.list_bucket_metrics_configurations(METRICS)
                -> "/MetricsConfigurationList": metrics_configuration_list),
        ]
    }

    /// The policy and, unless there is none, whether AWS takes it for public.
    async fn policy(self) -> Answer {
        let call = self.s3.get_bucket_policy();
        let answer = call.bucket(self.bucket).expected_bucket_owner(self.owner).send().await;
        let answer = answer.map(|answer| vec![answer.policy.to_json()]);
        let mut parts = answered(POLICY, &["/Policy"], answer)?;
        for (_, part) in &mut parts {
            // The SDK takes any text for the policy.
            if matches!(part, Part::Known(Value::String(text)) if !text.trim().starts_with('{')) {
                let reason = "the answer is no policy document";
                *part = Part::Failed(Error::new(POLICY, Cause::Garbled, reason));
            }
        }
        if parts.iter().all(|(_, part)| *part == Part::Absent) {
            parts.push(("/PolicyStatus", Part::Absent));
        } else {
            let status = ask!(self.get_bucket_policy_status(POLICY_STATUS) -> |status| {
                "/PolicyStatus": status.policy_status.to_json(),
            });
            parts.extend(status.await?);
        }
        Ok(parts)
    }
}

/// Why a call has no answer.
#[derive(Debug)]
enum Silence {
    Deleted,
    Absent,
    Failed(Error),
}

fn silence<E>(operation: Operation, error: &SdkError<E, HttpResponse>) -> Silence
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if code(error) == Some("NoSuchBucket") {
        Silence::Deleted
    } else if is_absent(operation, error) || error.raw_response().is_some_and(lists_objects) {
        Silence::Absent
    } else {
        Silence::Failed(failed(operation, error))
    }
}

/// The answer of one call, for each member that it answers.
fn answered<E>(
    operation: Operation,
    members: &[&'static str],
    answer: Result<Vec<Value>, SdkError<E, HttpResponse>>,
) -> Answer
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let alike = |part: Part| members.iter().map(|at| (*at, part.clone())).collect();
    match answer {
        Ok(values) => Ok(members.iter().copied().zip(values.into_iter().map(known)).collect()),
        Err(error) => match silence(operation, &error) {
            Silence::Deleted => Err(Deleted),
            Silence::Absent => Ok(alike(Part::Absent)),
            Silence::Failed(error) => Ok(alike(Part::Failed(error))),
        },
    }
}

/// One configuration of many, or why there is none.
type Entry = Result<Value, Silence>;

/// A page of configurations. A failure ends the listing as a failure; that there are none
/// ends it as it should.
fn page<E>(
    operation: Operation,
    answer: Result<Listed<Entry>, SdkError<E, HttpResponse>>,
) -> Result<Listed<Entry>, Error>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    answer.or_else(|error| match silence(operation, &error) {
        Silence::Failed(error) => Err(error),
        none => Ok(Listed::page(vec![Err(none)], None)),
    })
}

/// All configurations of one kind, from all pages.
async fn all<F, Fut>(at: &'static str, operation: Operation, fetch: F) -> Answer
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Listed<Entry>, Error>>,
{
    let mut listing = pages(operation, fetch);
    let mut all = Vec::new();
    loop {
        match listing.next().await {
            Ok(Some(entries)) => {
                for entry in entries {
                    match entry {
                        Ok(configuration) => all.push(configuration),
                        Err(Silence::Deleted) => return Err(Deleted),
                        Err(Silence::Absent) => return Ok(vec![(at, Part::Absent)]),
                        Err(Silence::Failed(error)) => return Ok(vec![(at, Part::Failed(error))]),
                    }
                }
            }
            Ok(None) => return Ok(vec![(at, known(Value::Array(all)))]),
            Err(error) => return Ok(vec![(at, Part::Failed(error))]),
        }
    }
}
