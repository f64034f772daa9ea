//! CloudFront.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{Aliases, Distribution as Detail};
use futures::join;
use secmonkey_core::technology::{Name, Reach, Set};
use secmonkey_core::watch::{Cause, Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::{Value, json};

use crate::error::{failed, found};
use crate::kind;
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, known, pages_of};

pub(super) const READS: &[Entry] = &[Entry::described::<Distribution>()];

/// CloudFront distributions with their tags.
///
/// The number of elements that CloudFront puts beside each list is left out: the list says it.
pub const DISTRIBUTION: Facts = Facts {
    id: "cloudfront_distribution",
    title: "CloudFront distribution",
    reach: Reach::Global,
    operations: &[GET, TAGS],
    structures: &[
        Structure::new("Distribution", "/Distribution"),
        Structure::new("Tag", "/Tags/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/id",
            &[
                "AssociateDistributionWebACL",
                "DeleteDistribution",
                "DisassociateDistributionWebACL",
                "UpdateDistribution",
                "UpdateDistributionWithStagingConfig",
            ],
        ),
        Events::new("/requestParameters/resource", &["TagResource", "UntagResource"]),
        Events::new("/requestParameters/targetDistributionId", &["AssociateAlias"]),
        Events::new(
            "/responseElements/distribution/id",
            &["CopyDistribution", "CreateDistribution", "CreateDistributionWithTags"],
        ),
    ],
    sets: &[
        Set::new("/Distribution/ActiveTrustedKeyGroups/Items", &["KeyGroupId"]),
        Set::new("/Distribution/ActiveTrustedKeyGroups/Items/*/KeyPairIds/Items", &[]),
        Set::new("/Distribution/ActiveTrustedSigners/Items", &["AwsAccountNumber"]),
        Set::new("/Distribution/ActiveTrustedSigners/Items/*/KeyPairIds/Items", &[]),
        Set::new("/Distribution/AliasICPRecordals", &["CNAME"]),
        Set::new("/Distribution/DistributionConfig/Aliases/Items", &[]),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/AllowedMethods/CachedMethods/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/AllowedMethods/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/ForwardedValues/Cookies/WhitelistedNames/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/ForwardedValues/Headers/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/ForwardedValues/QueryStringCacheKeys/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/FunctionAssociations/Items",
            &["EventType"],
        ),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/LambdaFunctionAssociations/Items",
            &["EventType"],
        ),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/TrustedKeyGroups/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/TrustedSigners/Items",
            &[],
        ),
        Set::new("/Distribution/DistributionConfig/CustomErrorResponses/Items", &["ErrorCode"]),
        Set::new(
            "/Distribution/DistributionConfig/DefaultCacheBehavior/AllowedMethods/CachedMethods/Items",
            &[],
        ),
        Set::new("/Distribution/DistributionConfig/DefaultCacheBehavior/AllowedMethods/Items", &[]),
        Set::new(
            "/Distribution/DistributionConfig/DefaultCacheBehavior/ForwardedValues/Cookies/WhitelistedNames/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/DefaultCacheBehavior/ForwardedValues/Headers/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/DefaultCacheBehavior/ForwardedValues/QueryStringCacheKeys/Items",
            &[],
        ),
        Set::new(
            "/Distribution/DistributionConfig/DefaultCacheBehavior/FunctionAssociations/Items",
            &["EventType"],
        ),
        Set::new(
            "/Distribution/DistributionConfig/DefaultCacheBehavior/LambdaFunctionAssociations/Items",
            &["EventType"],
        ),
        Set::new(
            "/Distribution/DistributionConfig/DefaultCacheBehavior/TrustedKeyGroups/Items",
            &[],
        ),
        Set::new("/Distribution/DistributionConfig/DefaultCacheBehavior/TrustedSigners/Items", &[]),
        Set::new("/Distribution/DistributionConfig/OriginGroups/Items", &["Id"]),
        Set::new(
            "/Distribution/DistributionConfig/OriginGroups/Items/*/FailoverCriteria/StatusCodes/Items",
            &[],
        ),
        Set::new("/Distribution/DistributionConfig/Origins/Items", &["Id"]),
        Set::new(
            "/Distribution/DistributionConfig/Origins/Items/*/CustomHeaders/Items",
            &["HeaderName"],
        ),
        Set::new(
            "/Distribution/DistributionConfig/Origins/Items/*/CustomOriginConfig/OriginSslProtocols/Items",
            &[],
        ),
        Set::new("/Distribution/DistributionConfig/Restrictions/GeoRestriction/Items", &[]),
        Set::new("/Distribution/DistributionConfig/TenantConfig/ParameterDefinitions", &["Name"]),
        Set::new("/Tags", &["Key"]),
    ],
    ordered: &[
        // The first whose path matches is the one that counts.
        "/Distribution/DistributionConfig/CacheBehaviors/Items",
        // The first is asked until it fails.
        "/Distribution/DistributionConfig/OriginGroups/Items/*/Members/Items",
    ],
    // Which keys the groups and accounts have that the behaviours name.
    relations: &["/Distribution/ActiveTrustedKeyGroups", "/Distribution/ActiveTrustedSigners"],
    dropped: &[
        // They stand in the item itself.
        "/Distribution/ARN",
        "/Distribution/Id",
        // How the last change goes, and work that the distribution is given.
        "/Distribution/InProgressInvalidationBatches",
        "/Distribution/LastModifiedTime",
        "/Distribution/Status",
    ],
    // The headers by which an origin knows that CloudFront asks.
    secret: &["/Distribution/DistributionConfig/Origins/Items/*/CustomHeaders/Items/*/HeaderValue"],
    // Notes for people, shown wherever distributions are listed.
    plain: &[
        "/Distribution/DistributionConfig/Comment",
        "/Distribution/DistributionConfig/TenantConfig/ParameterDefinitions/*/Definition/StringSchema/Comment",
    ],
    names: &[Name::new(kind::DISTRIBUTION, "/Distribution/DomainName")],
    ..Facts::of(&service::CLOUDFRONT, LIST)
};

const LIST: Operation = Operation::new("cloudfront:ListDistributions");
const GET: Operation = Operation::new("cloudfront:GetDistribution").absent(&["NoSuchDistribution"]);
const TAGS: Operation =
    Operation::new("cloudfront:ListTagsForResource").absent(&["NoSuchResource"]);

/// The largest page of the listing.
const PAGE: i32 = 100;

/// The fewest calls that read an account: `⌈distributions / 100⌉`, one at least, and two a
/// distribution. The listing lacks, among others, where logs go.
#[must_use]
pub const fn fewest_calls(distributions: usize) -> usize {
    pages_of(distributions, PAGE as usize) + 2 * distributions
}

/// A distribution, with all that is known of it where it was looked for.
#[derive(Debug)]
pub struct Distribution {
    id: String,
    arn: String,
    name: String,
    detail: Option<Detail>,
}

impl Described for Distribution {
    const FACTS: &'static Facts = &DISTRIBUTION;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.cloudfront(&scope.account)
    }

    async fn page(
        cloudfront: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let mut there = Vec::new();
        let Some(wanted) = wanted else {
            let call = cloudfront.list_distributions().max_items(PAGE).set_marker(token);
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            let Some(page) = page.distribution_list else {
                return Err(Error::new(LIST, Cause::Garbled, "the answer has no list"));
            };
            for one in page.items.unwrap_or_default() {
                let name = name(one.aliases.as_ref(), one.domain_name);
                there.push(Self { id: one.id, arn: one.arn, name, detail: None });
            }
            let truncated = Some(page.is_truncated);
            return Ok(Listed { items: there, next: page.next_marker, truncated });
        };
        for one in wanted {
            let answer = found(GET, cloudfront.get_distribution().id(&one.id).send().await)?;
            let Some(detail) = answer.and_then(|answer| answer.distribution) else { continue };
            let aliases = detail.distribution_config.as_ref().and_then(|one| one.aliases.as_ref());
            there.push(Self {
                id: detail.id.clone(),
                arn: detail.arn.clone(),
                name: name(aliases, detail.domain_name.clone()),
                detail: Some(detail),
            });
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        cloudfront: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { id, arn, name, detail } = self;
        let (detail, tags) = join!(
            async {
                if let Some(detail) = detail {
                    return Ok(Some(detail));
                }
                let answer = found(GET, cloudfront.get_distribution().id(&id).send().await)?;
                Ok(answer.and_then(|answer| answer.distribution))
            },
            async { found(TAGS, cloudfront.list_tags_for_resource().resource(&arn).send().await) },
        );
        let detail = match detail {
            Ok(Some(detail)) => known(uncounted(detail.to_json())),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let tags = match tags {
            Ok(Some(answer)) => known(answer.tags.and_then(|tags| tags.items).to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let distribution = DISTRIBUTION.observed(id.as_str(), json!({ "Id": id }));
        let distribution = distribution.named(name).with_arn(arn);
        Ok(Some(distribution.with("/Distribution", detail).with("/Tags", tags)))
    }
}

/// What people call a distribution: the first of its own domains, else the one it was given.
fn name(aliases: Option<&Aliases>, given: String) -> String {
    let aliases = aliases.and_then(|aliases| aliases.items.as_ref());
    aliases.and_then(|aliases| aliases.iter().min().cloned()).unwrap_or(given)
}

/// Without the numbers of elements beside the lists.
fn uncounted(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.remove("Quantity");
            for member in members.values_mut() {
                *member = uncounted(member.take());
            }
        }
        Value::Array(elements) => {
            for element in elements {
                *element = uncounted(element.take());
            }
        }
        _ => {}
    }
    value
}
