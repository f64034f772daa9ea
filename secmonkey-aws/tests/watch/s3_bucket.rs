use std::collections::BTreeSet;

use secmonkey_aws::watch::s3::bucket::{BUCKET, fewest_calls};
use secmonkey_core::watch::{Cause, Found, Part};
use serde_json::json;

use crate::cloud::{
    ACCOUNT, Answer, Cloud, Request, config, edited, failures, part, recorded, wanted,
};

/// What every bucket is asked, by sub-resource, and what each answers.
const PARTS: &[(&str, &[&str])] = &[
    ("accelerate", &["/Accelerate"]),
    ("acl", &["/Grants", "/Owner"]),
    ("analytics", &["/AnalyticsConfigurationList"]),
    ("cors", &["/CORSRules"]),
    ("encryption", &["/ServerSideEncryptionConfiguration"]),
    ("intelligent-tiering", &["/IntelligentTieringConfigurationList"]),
    ("inventory", &["/InventoryConfigurationList"]),
    ("lifecycle", &["/LifecycleConfiguration"]),
    ("logging", &["/LoggingEnabled"]),
    ("metrics", &["/MetricsConfigurationList"]),
    ("notification", &["/Notification"]),
    ("object-lock", &["/ObjectLockConfiguration"]),
    ("ownershipControls", &["/OwnershipControls"]),
    ("policy", &["/Policy"]),
    ("policyStatus", &["/PolicyStatus"]),
    ("publicAccessBlock", &["/PublicAccessBlockConfiguration"]),
    ("replication", &["/ReplicationConfiguration"]),
    ("requestPayment", &["/Payer"]),
    ("tagging", &["/TagSet"]),
    ("versioning", &["/Versioning"]),
    ("website", &["/Website"]),
];

/// A bucket with nothing set, as S3 answers about it.
fn bare(request: &Request) -> Answer {
    let empty = |root: &str| (200, format!("<{root}/>").into_bytes());
    let none = |code: &str| request.refused(404, code);
    match request.question.as_str() {
        "accelerate" => empty("AccelerateConfiguration"),
        "analytics" => empty("ListBucketAnalyticsConfigurationResult"),
        "cors" => none("NoSuchCORSConfiguration"),
        "encryption" => none("ServerSideEncryptionConfigurationNotFoundError"),
        "intelligent-tiering" => empty("ListBucketIntelligentTieringConfigurationsOutput"),
        "inventory" => empty("ListInventoryConfigurationsResult"),
        "lifecycle" => none("NoSuchLifecycleConfiguration"),
        "logging" => empty("BucketLoggingStatus"),
        "metrics" => empty("ListMetricsConfigurationsResult"),
        "notification" => empty("NotificationConfiguration"),
        "object-lock" => none("ObjectLockConfigurationNotFoundError"),
        "ownershipControls" => none("OwnershipControlsNotFoundError"),
        "policy" => none("NoSuchBucketPolicy"),
        "publicAccessBlock" => none("NoSuchPublicAccessBlockConfiguration"),
        "replication" => none("ReplicationConfigurationNotFoundError"),
        "tagging" => none("NoSuchTagSet"),
        "versioning" => empty("VersioningConfiguration"),
        "website" => none("NoSuchWebsiteConfiguration"),
        _ => recorded("s3_bucket", request),
    }
}

#[tokio::test]
async fn a_bucket_is_asked_where_it_is_and_as_ours() {
    let cloud = Cloud::recorded("s3_bucket");
    cloud.sweep(&BUCKET).await;
    // The analytics come on two pages, so that both are read.
    assert_eq!(cloud.calls(), fewest_calls(1, 1, 0) + 1);
    for request in cloud.asked() {
        if request.question == "buckets" {
            assert_eq!(request.parameters["max-buckets"], "1000");
            assert_eq!(request.region, "us-east-1");
        } else {
            assert_eq!(request.path, "shop-assets");
            assert_eq!(request.region, "eu-west-1", "a bucket is asked where it is");
            assert_eq!(request.owner.as_deref(), Some(ACCOUNT), "{}", request.question);
        }
    }
}

#[tokio::test]
async fn what_is_not_set_is_absent_and_not_asked_about_further() {
    let cloud = Cloud::new(bare);
    let seen = cloud.sweep(&BUCKET).await;
    assert!(seen.is_complete());
    let known: BTreeSet<_> = seen
        .only()
        .parts
        .iter()
        .filter(|(_, part)| *part != Part::Absent)
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(at, _)| at.as_ref())
        .collect();
    assert_eq!(known, BTreeSet::from(["/Owner", "/Grants", "/Payer"]));
    assert!(failures(seen.only()).is_empty());
    assert_eq!(cloud.calls(), fewest_calls(1, 0, 0), "no policy, no question about its effect");
}

#[tokio::test]
async fn a_part_that_fails_fails_alone() {
    for (question, members) in PARTS {
        let cloud = Cloud::new(|request| {
            if request.question == *question {
                request.refused(403, "AccessDenied")
            } else {
                recorded("s3_bucket", request)
            }
        });
        let seen = cloud.sweep(&BUCKET).await;
        assert_eq!((&seen.end, seen.is_complete()), (&Ok(()), true), "{question}");
        let failures = failures(seen.only());
        assert_eq!(failures.keys().copied().collect::<Vec<_>>(), *members, "{question}");
        for failure in failures.values() {
            assert_eq!(failure.cause, Cause::Denied, "{question}");
        }
    }
}

#[tokio::test]
async fn whether_a_policy_is_public_is_asked_where_the_policy_is_hidden() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "policy" => request.refused(403, "AccessDenied"),
        _ => recorded("s3_bucket", request),
    });
    let seen = cloud.sweep(&BUCKET).await;
    assert_eq!(part(seen.only(), "/PolicyStatus"), &Part::Known(json!({ "IsPublic": false })));
}

#[tokio::test]
async fn configurations_cut_short_are_a_failure() {
    for (from, to, reason) in [
        ("<NextContinuationToken>page-2</NextContinuationToken>", "", "names no next page"),
        ("<NextContinuationToken>page-2<", "<NextContinuationToken>again<", "twice"),
    ] {
        let cloud = Cloud::new(move |request| match request.question.as_str() {
            "analytics" => {
                let mut first = request.clone();
                first.page.clear();
                edited("s3_bucket", &first, from, to)
            }
            _ => recorded("s3_bucket", request),
        });
        let seen = cloud.sweep(&BUCKET).await;
        let failure = &failures(seen.only())["/AnalyticsConfigurationList"];
        assert!(failure.reason.contains(reason), "{failure}");
    }
}

#[tokio::test]
async fn a_bucket_deleted_since_it_was_listed_is_neither_item_nor_failure() {
    for (question, _) in PARTS {
        let cloud = Cloud::new(|request| {
            if request.question == *question {
                request.refused(404, "NoSuchBucket")
            } else {
                recorded("s3_bucket", request)
            }
        });
        let seen = cloud.sweep(&BUCKET).await;
        assert!(seen.items.is_empty() && seen.unread.is_empty(), "{question}: {seen:?}");
        assert!(seen.is_complete());
    }
}

#[tokio::test]
async fn a_bucket_listed_without_its_region_is_asked_for_it() {
    for (answer, region) in [
        ("<LocationConstraint/>", "us-east-1"),
        ("<LocationConstraint>EU</LocationConstraint>", "eu-west-1"),
        ("<LocationConstraint>ap-south-1</LocationConstraint>", "ap-south-1"),
    ] {
        let cloud = Cloud::new(move |request| match request.question.as_str() {
            "buckets" => without_region(request),
            "location" => (200, answer.as_bytes().to_vec()),
            _ => bare(request),
        });
        let seen = cloud.sweep(&BUCKET).await;
        assert_eq!(config(seen.only(), &BUCKET.technology())["BucketRegion"], region);
        assert_eq!(cloud.calls(), fewest_calls(1, 0, 1));
        for request in cloud.asked() {
            let home = matches!(request.question.as_str(), "buckets" | "location");
            assert_eq!(request.region, if home { "us-east-1" } else { region });
        }
    }
}

fn without_region(request: &Request) -> Answer {
    edited("s3_bucket", request, "<BucketRegion>eu-west-1</BucketRegion>", "")
}

#[tokio::test]
async fn a_bucket_whose_region_cannot_be_learned_stays_as_it_was() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "buckets" => without_region(request),
        _ => request.refused(403, "AccessDenied"),
    });
    let seen = cloud.sweep(&BUCKET).await;
    assert!(seen.items.is_empty() && seen.is_complete());
    let failure = &seen.unread["arn:aws:s3:::shop-assets"];
    assert_eq!(
        (failure.operation.as_ref(), failure.cause),
        ("s3:GetBucketLocation", Cause::Denied)
    );
}

#[tokio::test]
async fn a_listing_that_fails_proves_nothing() {
    let page = |request: &Request, token: &str| {
        let mut first = request.clone();
        first.page.clear();
        let next =
            format!("<ContinuationToken>{token}</ContinuationToken></ListAllMyBucketsResult>");
        edited("s3_bucket", &first, "</ListAllMyBucketsResult>", &next)
    };
    let later =
        Cloud::new(move |request| match (request.question.as_str(), request.page.as_str()) {
            ("buckets", "") => page(request, "more"),
            ("buckets", _) => request.refused(503, "SlowDown"),
            _ => bare(request),
        });
    let in_circles = Cloud::new(move |request| match request.question.as_str() {
        "buckets" if request.page.is_empty() => page(request, "more"),
        "buckets" => {
            let (status, body) = page(request, "more");
            (status, String::from_utf8(body).unwrap().replace("shop-", "other-").into_bytes())
        }
        _ => bare(request),
    });
    for (cloud, cause) in [(later, Cause::Throttled), (in_circles, Cause::Garbled)] {
        let seen = cloud.sweep(&BUCKET).await;
        assert_eq!(seen.failed().cause, cause);
        assert_eq!(seen.failed().operation, "s3:ListAllMyBuckets");
    }
}

#[tokio::test]
async fn only_a_bucket_that_does_not_exist_is_gone() {
    let cloud = Cloud::new(|request| match request.path.as_str() {
        // A listing lags behind.
        "" => recorded("s3_bucket", request),
        "here" => (200, b"<LocationConstraint/>".to_vec()),
        "denied" => request.refused(403, "AccessDenied"),
        "elsewhere" => request.refused(301, "PermanentRedirect"),
        "expired" => request.refused(403, "ExpiredToken"),
        _ => request.refused(404, "NoSuchBucket"),
    });
    let all = ["gone", "here", "denied", "elsewhere", "expired", "gone-too"];
    let found = cloud.look(&BUCKET, &wanted(&BUCKET, all)).await;
    let is = |found: &Found| match found {
        Found::Gone => "gone",
        Found::Exists => "here",
        Found::There(_) => "read",
        Found::Failed(_) => "failed",
    };
    let found: Vec<_> = found.iter().map(|(id, found)| (id.as_str(), is(found))).collect();
    assert_eq!(
        found,
        [
            ("denied", "here"),
            ("elsewhere", "failed"),
            ("expired", "failed"),
            ("gone", "gone"),
            ("gone-too", "gone"),
            ("here", "here"),
        ]
    );
    for request in cloud.asked().iter().filter(|request| !request.path.is_empty()) {
        assert_eq!(request.owner.as_deref(), Some(ACCOUNT), "somebody else's is not ours");
    }
}

#[tokio::test]
async fn one_bucket_is_read_without_the_others() {
    let cloud = Cloud::recorded("s3_bucket");
    let id = "arn:aws:s3:::shop-assets";
    let found = cloud.look(&BUCKET, &wanted(&BUCKET, [id])).await;
    let Some(Found::There(item)) = found.get(id) else { panic!("{found:?}") };
    let asked = cloud.asked();
    let listed: Vec<_> = asked.iter().filter(|request| request.question == "buckets").collect();
    assert_eq!(listed[0].parameters["prefix"], "shop-assets");
    // Where it is, how it is listed, what is set on it, and a second page of its analytics.
    assert_eq!((listed.len(), asked.len()), (1, 1 + fewest_calls(1, 1, 0) + 1));
    let swept = Cloud::recorded("s3_bucket").sweep(&BUCKET).await;
    assert_eq!(**item, swept.items[id]);
}

/// Other stores that speak S3: a document under the name of its operation, and a listing of
/// objects where they do not know what is asked.
#[tokio::test]
async fn stores_that_are_not_aws_are_read_as_they_mean_it() {
    let cloud = Cloud::new(|request| {
        let renamed = |from, to| edited("s3_bucket", request, from, to);
        match request.question.as_str() {
            "versioning" => renamed("VersioningConfiguration", "GetBucketVersioningResponse"),
            "notification" => renamed("NotificationConfiguration", "GetBucketNotificationResponse"),
            "accelerate" => {
                renamed("AccelerateConfiguration", "GetBucketAccelerateConfigurationResponse")
            }
            "inventory" => renamed(
                "ListInventoryConfigurationsResult",
                "ListBucketInventoryConfigurationsResponse",
            ),
            "metrics" | "requestPayment" => (
                200,
                b"<?xml version=\"1.0\"?><ListBucketResult xmlns=\"x\"><Name>shop-assets</Name>\
                        <IsTruncated>false</IsTruncated></ListBucketResult>"
                    .to_vec(),
            ),
            _ => recorded("s3_bucket", request),
        }
    });
    let other = cloud.sweep(&BUCKET).await;
    let aws = Cloud::recorded("s3_bucket").sweep(&BUCKET).await;
    for at in ["/Versioning", "/Notification", "/Accelerate", "/InventoryConfigurationList"] {
        assert_eq!(part(other.only(), at), part(aws.only(), at));
    }
    for at in ["/MetricsConfigurationList", "/Payer"] {
        assert_eq!(part(other.only(), at), &Part::Absent);
    }
}
