//! Redshift: the calls that it takes, and what is not recorded.

use secmonkey_aws::settings;
use secmonkey_aws::watch::redshift::{CLUSTER, fewest_calls};

use crate::cloud::{Cloud, concealed, recorded, scope, sweep_in};

const SALES: &str = "arn:aws:redshift:eu-west-1:123456789012:cluster:sales";

#[tokio::test]
async fn a_region_takes_no_more_calls_than_its_pages_and_clusters() {
    let cloud = Cloud::recorded("redshift_cluster");
    assert!(cloud.sweep(&CLUSTER).await.is_complete());
    // The recorded listing has one page more than it needs.
    assert_eq!(cloud.calls(), fewest_calls(2) + 1);
    for request in cloud.asked() {
        let is_listing = request.question == "DescribeClusters";
        let size = request.parameters.get("MaxRecords").map(String::as_str);
        assert_eq!(size, is_listing.then_some("100"));
    }
}

#[tokio::test]
async fn an_arn_is_of_the_partition_of_its_account() {
    let watcher = Cloud::recorded("redshift_cluster").watcher(&CLUSTER).await;
    let mut scope = scope(watcher.as_ref());
    scope.account.set(settings::PARTITION, "aws-cn");
    scope.region = "cn-north-1".to_owned();
    let seen = sweep_in(watcher.as_ref(), &scope).await;
    let arn = "arn:aws-cn:redshift:cn-north-1:123456789012:cluster:sales";
    assert_eq!(seen.items[arn].arn.as_deref(), Some(arn));
}

#[tokio::test]
async fn what_is_deleted_while_it_is_read_is_not_recorded() {
    let cloud = Cloud::new(|request| {
        let is_asked = request.question == "DescribeLoggingStatus";
        if is_asked && request.parameters["ClusterIdentifier"] == "sales" {
            return request.refused(404, "ClusterNotFound");
        }
        recorded("redshift_cluster", request)
    });
    assert_eq!(cloud.sweep(&CLUSTER).await.only().name, "old");
}

/// A password is a digest, and how things go is no change.
#[tokio::test]
async fn neither_passwords_nor_progress_are_recorded() {
    let seen = Cloud::recorded("redshift_cluster").sweep(&CLUSTER).await;
    let recorded = concealed(&seen.items[SALES], &CLUSTER.technology());
    assert!(recorded.contains("\"MasterUserPassword\":\"hmac-sha256:"), "{recorded}");
    for passing in ["correct-horse-battery", "in-progress", "LastSuccessfulDeliveryTime"] {
        assert!(!recorded.contains(passing), "{passing} in {recorded}");
    }
}
