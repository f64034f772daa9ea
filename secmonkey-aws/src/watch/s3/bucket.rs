//! S3 buckets, with everything that is set on them.

use async_trait::async_trait;
use aws_sdk_s3::types::Bucket;
use futures::{StreamExt as _, stream};
use secmonkey_core::Timestamp;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::{Name, Reach, Set, Technology};
use secmonkey_core::watch::{
    Cause, ClockCheck, Error, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages,
};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{AT_ONCE, Events, Facts, Structure, Writes, each, pages_of, required};
use crate::{AWS, kind, service, settings, wording};

mod parts;

use parts::Asked;

/// S3 buckets. One listing covers all regions; where a bucket is stands in its
/// `BucketRegion`, and it is asked there.
pub const BUCKET: Facts = Facts {
    id: "s3_bucket",
    title: "S3 bucket",
    reach: Reach::Global,
    operations: &[
        LOCATION,
        parts::ACCELERATE,
        parts::ACL,
        parts::ANALYTICS,
        parts::BLOCK,
        parts::CORS,
        parts::ENCRYPTION,
        parts::INVENTORY,
        parts::LIFECYCLE,
        parts::LOGGING,
        parts::METRICS,
        parts::NOTIFICATION,
        parts::OBJECT_LOCK,
        parts::OWNERSHIP,
        parts::PAYMENT,
        parts::POLICY,
        parts::POLICY_STATUS,
        parts::REPLICATION,
        parts::TAGGING,
        parts::TIERING,
        parts::VERSIONING,
        parts::WEBSITE,
    ],
    structures: &[
        Structure::new("Bucket", ""),
        Structure::new("GetBucketAccelerateConfigurationOutput", "/Accelerate"),
        Structure::new("GetBucketAclOutput", ""),
        Structure::new("GetBucketCorsOutput", ""),
        Structure::new("GetBucketEncryptionOutput", ""),
        Structure::new("GetBucketLifecycleConfigurationOutput", "/LifecycleConfiguration"),
        Structure::new("GetBucketLoggingOutput", ""),
        Structure::new("GetBucketNotificationConfigurationOutput", "/Notification"),
        Structure::new("GetBucketOwnershipControlsOutput", ""),
        Structure::new("GetBucketPolicyOutput", ""),
        Structure::new("GetBucketPolicyStatusOutput", ""),
        Structure::new("GetBucketReplicationOutput", ""),
        Structure::new("GetBucketRequestPaymentOutput", ""),
        Structure::new("GetBucketTaggingOutput", ""),
        Structure::new("GetBucketVersioningOutput", "/Versioning"),
        Structure::new("GetBucketWebsiteOutput", "/Website"),
        Structure::new("GetObjectLockConfigurationOutput", ""),
        Structure::new("GetPublicAccessBlockOutput", ""),
        Structure::new("ListBucketAnalyticsConfigurationsOutput", ""),
        Structure::new("ListBucketIntelligentTieringConfigurationsOutput", ""),
        Structure::new("ListBucketInventoryConfigurationsOutput", ""),
        Structure::new("ListBucketMetricsConfigurationsOutput", ""),
    ],
    events: &[Events::new(
        "/requestParameters/bucketName",
        &[
            "CreateBucket",
            "DeleteBucket",
            "DeleteBucketAnalyticsConfiguration",
            "DeleteBucketCors",
            "DeleteBucketEncryption",
            "DeleteBucketIntelligentTieringConfiguration",
            "DeleteBucketInventoryConfiguration",
            "DeleteBucketLifecycle",
            "DeleteBucketMetricsConfiguration",
            "DeleteBucketOwnershipControls",
            "DeleteBucketPolicy",
            "DeleteBucketPublicAccessBlock",
            "DeleteBucketReplication",
            "DeleteBucketTagging",
            "DeleteBucketWebsite",
            "PutAccelerateConfiguration",
            "PutBucketAcl",
            "PutBucketAnalyticsConfiguration",
            "PutBucketCors",
            "PutBucketEncryption",
            "PutBucketIntelligentTieringConfiguration",
            "PutBucketInventoryConfiguration",
            "PutBucketLifecycle",
            "PutBucketLogging",
            "PutBucketMetricsConfiguration",
            "PutBucketNotification",
            "PutBucketObjectLockConfiguration",
            "PutBucketOwnershipControls",
            "PutBucketPolicy",
            "PutBucketPublicAccessBlock",
            "PutBucketReplication",
            "PutBucketRequestPayment",
            "PutBucketTagging",
            "PutBucketVersioning",
            "PutBucketWebsite",
        ],
    )],
    sets: &[
        Set::new("/AnalyticsConfigurationList", &["Id"]),
        Set::new("/AnalyticsConfigurationList/*/Filter/And/Tags", &["Key"]),
        Set::new("/CORSRules/*/AllowedHeaders", &[]),
        Set::new("/CORSRules/*/AllowedMethods", &[]),
        Set::new("/CORSRules/*/AllowedOrigins", &[]),
        Set::new("/CORSRules/*/ExposeHeaders", &[]),
        Set::new("/Grants", GRANT),
        Set::new("/IntelligentTieringConfigurationList", &["Id"]),
        Set::new("/IntelligentTieringConfigurationList/*/Filter/And/Tags", &["Key"]),
        Set::new("/IntelligentTieringConfigurationList/*/Tierings", &["AccessTier"]),
        Set::new("/InventoryConfigurationList", &["Id"]),
        Set::new("/InventoryConfigurationList/*/OptionalFields", &[]),
        Set::new("/LifecycleConfiguration/Rules", &["ID"]),
        Set::new("/LifecycleConfiguration/Rules/*/Filter/And/Tags", &["Key"]),
        Set::new("/LifecycleConfiguration/Rules/*/NoncurrentVersionTransitions", &["StorageClass"]),
        Set::new("/LifecycleConfiguration/Rules/*/Transitions", &["StorageClass"]),
        Set::new("/LoggingEnabled/TargetGrants", GRANT),
        Set::new("/MetricsConfigurationList", &["Id"]),
        Set::new("/MetricsConfigurationList/*/Filter/And/Tags", &["Key"]),
        Set::new("/Notification/LambdaFunctionConfigurations", &["Id"]),
        Set::new("/Notification/LambdaFunctionConfigurations/*/Events", &[]),
        Set::new("/Notification/LambdaFunctionConfigurations/*/Filter/Key/FilterRules", &["Name"]),
        Set::new("/Notification/QueueConfigurations", &["Id"]),
        Set::new("/Notification/QueueConfigurations/*/Events", &[]),
        Set::new("/Notification/QueueConfigurations/*/Filter/Key/FilterRules", &["Name"]),
        Set::new("/Notification/TopicConfigurations", &["Id"]),
        Set::new("/Notification/TopicConfigurations/*/Events", &[]),
        Set::new("/Notification/TopicConfigurations/*/Filter/Key/FilterRules", &["Name"]),
        Set::new("/OwnershipControls/Rules", &["ObjectOwnership"]),
        Set::new("/ReplicationConfiguration/Rules", &["ID"]),
        Set::new("/ReplicationConfiguration/Rules/*/Filter/And/Tags", &["Key"]),
        Set::new(
            "/ServerSideEncryptionConfiguration/Rules",
            &["ApplyServerSideEncryptionByDefault/SSEAlgorithm"],
        ),
        Set::new(
            "/ServerSideEncryptionConfiguration/Rules/*/BlockedEncryptionTypes/EncryptionType",
            &[],
        ),
        Set::new("/TagSet", &["Key"]),
    ],
    ordered: &[
        "/CORSRules",            // the first that matches decides
        "/Website/RoutingRules", // here, too
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
        Name::new(kind::BUCKET, "/Name"),
        // What its access control list says of its owner: the account.
        Name::new(kind::CANONICAL_USER, "/Owner/ID"),
    ],
    wordings: &[wording::ACL, wording::ENCRYPTION, wording::PUBLIC_ACCESS],
    ids: "arn:{partition}:s3:::{name}",
    writes: &[
        Writes::new("", &["CreateBucket", "DeleteBucket"]),
        Writes::new("/Accelerate", &["PutAccelerateConfiguration"]),
        Writes::new(
            "/AnalyticsConfigurationList",
            &["DeleteBucketAnalyticsConfiguration", "PutBucketAnalyticsConfiguration"],
        ),
        Writes::new("/CORSRules", &["DeleteBucketCors", "PutBucketCors"]),
        Writes::new("/Grants", &["PutBucketAcl"]),
        Writes::new(
            "/IntelligentTieringConfigurationList",
            &[
                "DeleteBucketIntelligentTieringConfiguration",
                "PutBucketIntelligentTieringConfiguration",
            ],
        ),
        Writes::new(
            "/InventoryConfigurationList",
            &["DeleteBucketInventoryConfiguration", "PutBucketInventoryConfiguration"],
        ),
        Writes::new("/LifecycleConfiguration", &["DeleteBucketLifecycle", "PutBucketLifecycle"]),
        Writes::new("/LoggingEnabled", &["PutBucketLogging"]),
        Writes::new(
            "/MetricsConfigurationList",
            &["DeleteBucketMetricsConfiguration", "PutBucketMetricsConfiguration"],
        ),
        Writes::new("/Notification", &["PutBucketNotification"]),
        Writes::new("/ObjectLockConfiguration", &["PutBucketObjectLockConfiguration"]),
        Writes::new(
            "/OwnershipControls",
            &["DeleteBucketOwnershipControls", "PutBucketOwnershipControls"],
        ),
        Writes::new("/Payer", &["PutBucketRequestPayment"]),
        Writes::new("/Policy", &["DeleteBucketPolicy", "PutBucketPolicy"]),
        Writes::new("/PolicyStatus", &["DeleteBucketPolicy", "PutBucketPolicy"]),
        Writes::new(
            "/PublicAccessBlockConfiguration",
            &["DeleteBucketPublicAccessBlock", "PutBucketPublicAccessBlock"],
        ),
        Writes::new(
            "/ReplicationConfiguration",
            &["DeleteBucketReplication", "PutBucketReplication"],
        ),
        Writes::new(
            "/ServerSideEncryptionConfiguration",
            &["DeleteBucketEncryption", "PutBucketEncryption"],
        ),
        Writes::new("/TagSet", &["DeleteBucketTagging", "PutBucketTagging"]),
        Writes::new("/Versioning", &["PutBucketVersioning"]),
        Writes::new("/Website", &["DeleteBucketWebsite", "PutBucketWebsite"]),
    ],
    ..Facts::of(&service::S3, LIST)
};

const GRANT: &[&str] = &["Grantee/ID", "Grantee/URI", "Grantee/EmailAddress", "Permission"];

const LIST: Operation = Operation::new("s3:ListAllMyBuckets");
const LOCATION: Operation = Operation::new("s3:GetBucketLocation").absent(&["NoSuchBucket"]);

/// The largest page of the listing.
const PAGE: i32 = 1000;

/// The fewest calls that read one account: `⌈buckets / 1000⌉`, one at least, 20 for every
/// bucket, and one for every bucket that has a policy: whether AWS takes it for public.
/// One more for every bucket whose region the listing leaves out, as AWS's does not, and
/// for every page after the first of what a bucket may have more than a hundred of.
#[must_use]
pub const fn fewest_calls(buckets: usize, with_policy: usize, without_region: usize) -> usize {
    pages_of(buckets, PAGE as usize) + parts::CALLS * buckets + with_policy + without_region
}

/// Reads [`BUCKET`].
#[derive(Debug, Clone)]
pub struct Buckets {
    sessions: Sessions,
    technologies: [Technology; 1],
}

impl Buckets {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone(), technologies: [BUCKET.technology()] }
    }

    /// Reads one bucket; `None` where it was deleted since it was listed.
    async fn read(
        &self,
        scope: &Scope,
        mut bucket: Bucket,
        name: &str,
    ) -> Result<Option<Observed>, Error> {
        let region = match bucket.bucket_region.take() {
            Some(region) => region,
            None => match self.location(scope, name).await? {
                Some(region) => region,
                None => return Ok(None),
            },
        };
        let s3 = self.sessions.s3(&scope.account, &region);
        bucket.bucket_region = Some(region);
        let asked = Asked { s3: &s3, bucket: name, owner: scope.account.id.as_str() };
        let Ok(parts) = asked.parts().await else { return Ok(None) };
        let arn = arn(scope, name);
        let item = BUCKET.observed(arn.clone(), bucket.to_json()).named(name).with_arn(arn);
        Ok(Some(parts.into_iter().fold(item, |item, (at, part)| item.with(at, part))))
    }

    /// Looks at a bucket that may be there.
    async fn find(&self, scope: &Scope, wanted: &Wanted) -> Result<Looked, Error> {
        let name = wanted.id.rsplit(':').next().unwrap_or_default();
        let region = match self.location(scope, name).await {
            Err(error) if error.cause == Cause::Denied => {
                tracing::warn!(bucket = name, "not listed any more and denied: kept as it was");
                return Ok(Looked::exists(&wanted.id));
            }
            region => region?,
        };
        let Some(region) = region else { return Ok(Looked::gone(&wanted.id)) };
        let Some(mut bucket) = self.listed(scope, name).await? else {
            return Ok(Looked::exists(&wanted.id));
        };
        bucket.bucket_region = Some(region);
        let read = self.read(scope, bucket, name).await?;
        Ok(read.map_or_else(|| Looked::gone(&wanted.id), Looked::there))
    }

    /// A bucket as the listing has it. Those whose names begin with its name are beside it, in
    /// order of their names: it is the first.
    async fn listed(&self, scope: &Scope, name: &str) -> Result<Option<Bucket>, Error> {
        let listing = self.sessions.s3_home(&scope.account).list_buckets();
        let answer = listing.prefix(name).max_buckets(PAGE).send().await;
        let mut buckets = answer.map_err(|error| failed(LIST, &error))?.buckets.unwrap_or_default();
        let is_it = |bucket: &Bucket| bucket.name.as_deref() == Some(name);
        Ok(buckets.iter().position(is_it).map(|at| buckets.swap_remove(at)))
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
    fn provider(&self) -> Provider {
        AWS
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    fn check_clock(&self, time: Timestamp) -> ClockCheck {
        self.sessions.check_clock(time)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let s3 = self.sessions.s3_home(&scope.account);
        let mut listing = pages(LIST, |token| {
            // Without a size, the answer has neither pages nor regions.
            let call = s3.list_buckets().max_buckets(PAGE);
            async move {
                let page = call.set_continuation_token(token).send().await;
                let page = page.map_err(|error| failed(LIST, &error))?;
                Ok(Listed::page(page.buckets, page.continuation_token))
            }
        })
        .at_most(out.most());
        while let Some(buckets) = listing.next().await? {
            let named = buckets.into_iter().map(|bucket| {
                required(LIST, "Name", bucket.name.clone()).map(|name| (bucket, name))
            });
            let named = named.collect::<Result<Vec<_>, _>>()?;
            stream::iter(named)
                .for_each_concurrent(AT_ONCE, |(bucket, name)| async move {
                    match self.read(scope, bucket, &name).await {
                        Ok(Some(item)) => out.item(item).await,
                        Ok(None) => {}
                        Err(error) => {
                            out.unread(&self.technologies[0], arn(scope, &name), error).await;
                        }
                    }
                })
                .await;
        }
        out.complete(&self.technologies[0], &listing.end()?).await;
        Ok(())
    }

    /// Asks for the location of each, as a bucket of this account.
    ///
    /// Only `NoSuchBucket` counts. A bucket that refuses the question is kept: it may
    /// belong to somebody else by now, and it may be ours behind a policy that denies us
    /// everything; AWS answers both alike. It then keeps its last known item, and nobody
    /// else's bucket is read in its place.
    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let look = |bucket: Wanted| async move {
            let found = self.find(scope, &bucket).await;
            found.unwrap_or_else(|error| Looked::failed(bucket.id, error))
        };
        Ok(each(wanted, look).await)
    }
}

fn arn(scope: &Scope, bucket: &str) -> String {
    format!("arn:{}:s3:::{bucket}", settings::partition(&scope.account))
}
