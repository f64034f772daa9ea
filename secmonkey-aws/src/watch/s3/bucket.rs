//! S3 buckets, with everything that is set on them.

use std::error::Error as StdError;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::Bucket;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{
    Cause, Error, Listed, Missing, Observed, Part, Scope, Sweep, Watcher, pages,
};
use serde_json::Value;

use crate::error::{code, failed, found, is_absent};
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::s3::dialect::{Rename, lists_objects};
use crate::watch::{AT_ONCE, gone, known, object, pages_of};

/// S3 buckets. One listing covers all regions; where a bucket is stands in its
/// `BucketRegion`, and it is asked there.
///
/// The order of CORS and routing rules stays as it is: the first that matches decides.
pub const BUCKET: Technology = Technology {
    id: "s3_bucket",
    title: "S3 bucket",
    shape: 1,
    reach: Reach::Global,
    sets: &[
        Set { at: "/AnalyticsConfigurationList", key: &["Id"] },
        Set { at: "/AnalyticsConfigurationList/*/Filter/And/Tags", key: &["Key"] },
        Set { at: "/CORSRules/*/AllowedHeaders", key: &[] },
        Set { at: "/CORSRules/*/AllowedMethods", key: &[] },
        Set { at: "/CORSRules/*/AllowedOrigins", key: &[] },
        Set { at: "/CORSRules/*/ExposeHeaders", key: &[] },
        Set { at: "/Grants", key: GRANT },
        Set { at: "/IntelligentTieringConfigurationList", key: &["Id"] },
        Set { at: "/IntelligentTieringConfigurationList/*/Filter/And/Tags", key: &["Key"] },
        Set { at: "/IntelligentTieringConfigurationList/*/Tierings", key: &["AccessTier"] },
        Set { at: "/InventoryConfigurationList", key: &["Id"] },
        Set { at: "/InventoryConfigurationList/*/OptionalFields", key: &[] },
        Set { at: "/LifecycleConfiguration/Rules", key: &["ID"] },
        Set { at: "/LifecycleConfiguration/Rules/*/Filter/And/Tags", key: &["Key"] },
        Set {
            at: "/LifecycleConfiguration/Rules/*/NoncurrentVersionTransitions",
            key: &["StorageClass"],
        },
        Set { at: "/LifecycleConfiguration/Rules/*/Transitions", key: &["StorageClass"] },
        Set { at: "/LoggingEnabled/TargetGrants", key: GRANT },
        Set { at: "/MetricsConfigurationList", key: &["Id"] },
        Set { at: "/MetricsConfigurationList/*/Filter/And/Tags", key: &["Key"] },
        Set { at: "/Notification/LambdaFunctionConfigurations", key: &["Id"] },
        Set { at: "/Notification/LambdaFunctionConfigurations/*/Events", key: &[] },
        Set {
            at: "/Notification/LambdaFunctionConfigurations/*/Filter/Key/FilterRules",
            key: &["Name"],
        },
        Set { at: "/Notification/QueueConfigurations", key: &["Id"] },
        Set { at: "/Notification/QueueConfigurations/*/Events", key: &[] },
        Set { at: "/Notification/QueueConfigurations/*/Filter/Key/FilterRules", key: &["Name"] },
        Set { at: "/Notification/TopicConfigurations", key: &["Id"] },
        Set { at: "/Notification/TopicConfigurations/*/Events", key: &[] },
        Set { at: "/Notification/TopicConfigurations/*/Filter/Key/FilterRules", key: &["Name"] },
        Set { at: "/OwnershipControls/Rules", key: &["ObjectOwnership"] },
        Set { at: "/ReplicationConfiguration/Rules", key: &["ID"] },
        Set { at: "/ReplicationConfiguration/Rules/*/Filter/And/Tags", key: &["Key"] },
        Set {
            at: "/ServerSideEncryptionConfiguration/Rules",
            key: &["ApplyServerSideEncryptionByDefault/SSEAlgorithm"],
        },
        Set {
            at: "/ServerSideEncryptionConfiguration/Rules/*/BlockedEncryptionTypes/EncryptionType",
            key: &[],
        },
        Set { at: "/TagSet", key: &["Key"] },
    ],
    documents: &["/Policy"],
    dropped: &[
        "/BucketArn", // the ARN of the item
        // A name that AWS gives out in some regions only, and no more since 2025; the ID
        // beside it is what counts.
        "/Owner/DisplayName",
        "/Grants/*/Grantee/DisplayName",
        "/LoggingEnabled/TargetGrants/*/Grantee/DisplayName",
    ],
    plain: &[
        // Names of keys: what they open is guarded by the key's own policy, and which key
        // encrypts a bucket is what an auditor asks.
        "/InventoryConfigurationList/*/Destination/S3BucketDestination/Encryption/SSEKMS/KeyId",
        "/ServerSideEncryptionConfiguration/Rules/*/ApplyServerSideEncryptionByDefault/KMSMasterKeyID",
    ],
    names: &[
        Name { kind: Kind::Bucket, at: "/Name" },
        // What its access control list says of its owner: the account.
        Name { kind: Kind::CanonicalUser, at: "/Owner/ID" },
    ],
    permissions: &[
        "s3:ListAllMyBuckets",
        "s3:GetAccelerateConfiguration",
        "s3:GetAnalyticsConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketNotification",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetIntelligentTieringConfiguration",
        "s3:GetInventoryConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetMetricsConfiguration",
        "s3:GetReplicationConfiguration",
    ],
    ..Technology::DEFAULT
};

const GRANT: &[&str] = &["Grantee/ID", "Grantee/URI", "Grantee/EmailAddress", "Permission"];

const LIST: &str = "s3:ListAllMyBuckets";
const LOCATION: &str = "s3:GetBucketLocation";
const POLICY: &str = "s3:GetBucketPolicy";

/// The largest page of the listing.
const PAGE: i32 = 1000;
/// The calls that every bucket takes.
const CALLS: usize = 20;
/// How many of them are made at a time.
const CALLS_AT_ONCE: usize = 4;

/// The fewest calls that read one account: `⌈buckets / 1000⌉`, one at least, 20 for every
/// bucket, and one for every bucket that has a policy: whether AWS takes it for public.
/// One more for every bucket whose region the listing leaves out, as AWS's does not, and
/// for every page after the first of what a bucket may have more than a hundred of.
#[must_use]
pub const fn fewest_calls(buckets: usize, with_policy: usize, without_region: usize) -> usize {
    pages_of(buckets, PAGE as usize) + CALLS * buckets + with_policy + without_region
}

/// Reads [`BUCKET`].
#[derive(Debug, Clone)]
pub struct Buckets {
    sessions: Sessions,
}

impl Buckets {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone() }
    }

    /// Reads one bucket, unless it was deleted since it was listed.
    async fn bucket(&self, scope: &Scope, mut bucket: Bucket, name: &str, out: &Sweep) {
        let arn = arn(scope, name);
        let region = match bucket.bucket_region.take() {
            Some(region) => region,
            None => match self.location(scope, name).await {
                Ok(Some(region)) => region,
                Ok(None) => return,
                Err(error) => return out.unread(&BUCKET, arn, error).await,
            },
        };
        let s3 = self.sessions.s3(&scope.account, &region);
        bucket.bucket_region = Some(region);
        let asked = Asked { s3: &s3, bucket: name, owner: scope.account.id.as_str() };
        if let Ok(parts) = asked.parts().await {
            out.item(Observed {
                technology: BUCKET.id,
                id: arn.clone(),
                name: name.to_owned(),
                arn: Some(arn),
                config: bucket.to_json(),
                parts,
            })
            .await;
        }
    }

    /// The region of a bucket of ours; `None` where there is no such bucket.
    async fn location(&self, scope: &Scope, bucket: &str) -> Result<Option<String>, Error> {
        let call = self.sessions.s3_home(&scope.account).get_bucket_location();
        let call = call.bucket(bucket).expected_bucket_owner(scope.account.id.as_str());
        let Some(answer) = found(LOCATION, call.send().await)? else { return Ok(None) };
        let constraint = answer.location_constraint;
        Ok(Some(match constraint.as_ref().map_or("", |region| region.as_str()) {
            // The first region, and the first name of the second one.
            "" => "us-east-1".to_owned(),
            "EU" => "eu-west-1".to_owned(),
            region => region.to_owned(),
        }))
    }
}

#[async_trait]
impl Watcher for Buckets {
    fn technologies(&self) -> &[Technology] {
        &[BUCKET]
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let s3 = self.sessions.s3_home(&scope.account);
        let mut listing = pages(LIST, |token| {
            // Without a size, the answer has neither pages nor regions.
            let call = s3.list_buckets().max_buckets(PAGE);
            async move {
                let page = call.set_continuation_token(token).send().await;
                let page = page.map_err(|error| failed(LIST, &error))?;
                Ok(Listed {
                    items: page.buckets.unwrap_or_default(),
                    next: page.continuation_token,
                    truncated: None,
                })
            }
        });
        while let Some(buckets) = listing.next().await? {
            let named = buckets.into_iter().map(|bucket| match bucket.name.clone() {
                Some(name) => Ok((bucket, name)),
                None => Err(Error::new(LIST, Cause::Garbled, "a bucket without a name was listed")),
            });
            let named = named.collect::<Result<Vec<_>, _>>()?;
            stream::iter(named)
                .for_each_concurrent(AT_ONCE, |(bucket, name)| async move {
                    self.bucket(scope, bucket, &name, out).await;
                })
                .await;
        }
        out.complete(&BUCKET, &listing.end()?).await;
        Ok(())
    }

    /// Asks for the location of each, as a bucket of this account.
    ///
    /// Only `NoSuchBucket` counts. A bucket that refuses the question is kept: it may
    /// belong to somebody else by now, and it may be ours behind a policy that denies us
    /// everything; AWS answers both alike. It then keeps its last known item, and nobody
    /// else's bucket is read in its place.
    async fn gone(
        &self,
        scope: &Scope,
        _technology: &Technology,
        missing: &[Missing],
    ) -> Result<Vec<String>, Error> {
        gone(missing, |bucket| async move {
            match self.location(scope, &bucket.name).await {
                Ok(location) => Ok(location.is_some()),
                Err(error) if error.cause == Cause::Denied => {
                    tracing::warn!(
                        bucket = bucket.name,
                        "not listed any more and denied: kept as it was"
                    );
                    Ok(true)
                }
                Err(error) => Err(error),
            }
        })
        .await
    }
}

fn arn(scope: &Scope, bucket: &str) -> String {
    format!("arn:{}:s3:::{bucket}", scope.account.partition)
}

/// The bucket was deleted since it was listed.
struct Deleted;

/// What one call says about the members that it answers.
type Answer = Result<Vec<(&'static str, Part)>, Deleted>;

/// A bucket that is asked for its parts.
#[derive(Clone, Copy)]
struct Asked<'a> {
    s3: &'a Client,
    bucket: &'a str,
    /// The account that has to own the bucket: a name that was given up may be taken by
    /// anybody else between two calls.
    owner: &'a str,
}

/// One call about a bucket and what it answers.
macro_rules! ask {
    ($asked:ident.$call:ident($permission:literal) -> |$answer:ident| {
        $($at:literal: $value:expr,)+
    }) => {
        async move {
            let call = $asked.s3.$call();
            let call = call.bucket($asked.bucket).expected_bucket_owner($asked.owner);
            let answer = call.customize().interceptor(Rename).send().await.map(|$answer| vec![$($value),+]);
            answered($permission, &[$($at),+], answer)
        }
        .boxed()
    };
}

/// All configurations of one kind, which a bucket may have many of.
macro_rules! ask_all {
    ($asked:ident.$call:ident($permission:literal) -> $at:literal: $list:ident) => {
        all($at, $permission, move |token| async move {
            let call = $asked.s3.$call().set_continuation_token(token);
            let call = call.bucket($asked.bucket).expected_bucket_owner($asked.owner);
            let answer = call.customize().interceptor(Rename).send().await.map(|page| Listed {
                items: page.$list().iter().map(|one| Ok(one.to_json())).collect(),
                next: page.next_continuation_token,
                truncated: page.is_truncated,
            });
            page($permission, answer)
        })
        .boxed()
    };
}

impl<'a> Asked<'a> {
    /// Everything that has a call of its own, a few calls at a time.
    async fn parts(self) -> Answer {
        let parts: Vec<_> =
            stream::iter(self.calls()).buffered(CALLS_AT_ONCE).try_collect().await?;
        Ok(parts.into_iter().flatten().collect())
    }

    fn calls(self) -> [BoxFuture<'a, Answer>; CALLS] {
        [
            ask!(self.get_bucket_acl("s3:GetBucketAcl") -> |acl| {
                "/Owner": acl.owner.to_json(),
                "/Grants": acl.grants.to_json(),
            }),
            self.policy().boxed(),
            ask!(self.get_public_access_block("s3:GetBucketPublicAccessBlock") -> |block| {
                "/PublicAccessBlockConfiguration": block.public_access_block_configuration.to_json(),
            }),
            ask!(self.get_bucket_ownership_controls("s3:GetBucketOwnershipControls") -> |controls| {
                "/OwnershipControls": controls.ownership_controls.to_json(),
            }),
            ask!(self.get_bucket_encryption("s3:GetEncryptionConfiguration") -> |encryption| {
                "/ServerSideEncryptionConfiguration":
                    encryption.server_side_encryption_configuration.to_json(),
            }),
            ask!(self.get_bucket_versioning("s3:GetBucketVersioning") -> |versioning| {
                "/Versioning": versioning.to_json(),
            }),
            ask!(self.get_object_lock_configuration("s3:GetBucketObjectLockConfiguration") -> |lock| {
                "/ObjectLockConfiguration": lock.object_lock_configuration.to_json(),
            }),
            ask!(self.get_bucket_logging("s3:GetBucketLogging") -> |logging| {
                "/LoggingEnabled": logging.logging_enabled.to_json(),
            }),
            ask!(self.get_bucket_tagging("s3:GetBucketTagging") -> |tagging| {
                "/TagSet": tagging.tag_set.to_json(),
            }),
            ask!(self.get_bucket_lifecycle_configuration("s3:GetLifecycleConfiguration") -> |lifecycle| {
                "/LifecycleConfiguration": lifecycle.to_json(),
            }),
            ask!(self.get_bucket_replication("s3:GetReplicationConfiguration") -> |replication| {
                "/ReplicationConfiguration": replication.replication_configuration.to_json(),
            }),
            ask!(self.get_bucket_website("s3:GetBucketWebsite") -> |website| {
                "/Website": website.to_json(),
            }),
            ask!(self.get_bucket_cors("s3:GetBucketCORS") -> |cors| {
                "/CORSRules": cors.cors_rules.to_json(),
            }),
            ask!(self.get_bucket_notification_configuration("s3:GetBucketNotification") -> |notification| {
                "/Notification": notification.to_json(),
            }),
            ask!(self.get_bucket_accelerate_configuration("s3:GetAccelerateConfiguration") -> |accelerate| {
                "/Accelerate": object([("Status", accelerate.status.to_json())]),
            }),
            ask!(self.get_bucket_request_payment("s3:GetBucketRequestPayment") -> |payment| {
                "/Payer": payment.payer.to_json(),
            }),
            ask_all!(self.list_bucket_analytics_configurations("s3:GetAnalyticsConfiguration")
                -> "/AnalyticsConfigurationList": analytics_configuration_list),
            ask_all!(self.list_bucket_intelligent_tiering_configurations("s3:GetIntelligentTieringConfiguration")
                -> "/IntelligentTieringConfigurationList": intelligent_tiering_configuration_list),
            ask_all!(self.list_bucket_inventory_configurations("s3:GetInventoryConfiguration")
                -> "/InventoryConfigurationList": inventory_configuration_list),
            ask_all!(self.list_bucket_metrics_configurations("s3:GetMetricsConfiguration")
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
            let status = ask!(self.get_bucket_policy_status("s3:GetBucketPolicyStatus") -> |status| {
                "/PolicyStatus": status.policy_status.to_json(),
            });
            parts.extend(status.await?);
        }
        Ok(parts)
    }
}

/// Why a call has no answer.
enum Silence {
    Deleted,
    Absent,
    Failed(Error),
}

fn silence<E>(permission: &str, error: &SdkError<E, HttpResponse>) -> Silence
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if code(error) == Some("NoSuchBucket") {
        Silence::Deleted
    } else if is_absent(permission, error) || error.raw_response().is_some_and(lists_objects) {
        Silence::Absent
    } else {
        Silence::Failed(failed(permission, error))
    }
}

/// The answer of one call, for each member that it answers.
fn answered<E>(
    permission: &'static str,
    members: &[&'static str],
    answer: Result<Vec<Value>, SdkError<E, HttpResponse>>,
) -> Answer
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let alike = |part: Part| members.iter().map(|at| (*at, part.clone())).collect();
    match answer {
        Ok(values) => Ok(members.iter().copied().zip(values.into_iter().map(known)).collect()),
        Err(error) => match silence(permission, &error) {
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
    permission: &'static str,
    answer: Result<Listed<Entry>, SdkError<E, HttpResponse>>,
) -> Result<Listed<Entry>, Error>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    answer.or_else(|error| match silence(permission, &error) {
        Silence::Failed(error) => Err(error),
        none => Ok(Listed { items: vec![Err(none)], next: None, truncated: None }),
    })
}

/// All configurations of one kind, from all pages.
async fn all<F, Fut>(at: &'static str, permission: &'static str, fetch: F) -> Answer
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Listed<Entry>, Error>>,
{
    let mut listing = pages(permission, fetch);
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
