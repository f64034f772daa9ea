//! RDS: the calls that it takes, and by what its resources are looked up.

use secmonkey_aws::watch::rds::{
    cluster, cluster_snapshot, instance, security_group, snapshot, subnet_group,
};
use serde_json::json;

use crate::cloud::{Cloud, concealed, raw, recorded, wanted};

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:rds:eu-west-1:123456789012:{kind}:{name}")
}

#[tokio::test]
async fn instances_and_clusters_come_a_hundred_at_a_time() {
    let instances = Cloud::recorded("rds_instance");
    assert_eq!(instances.sweep(&instance::INSTANCE).await.items.len(), 4);
    let clusters = Cloud::recorded("rds_cluster");
    assert_eq!(clusters.sweep(&cluster::CLUSTER).await.items.len(), 3);
    // The recorded listings have one page more than they need.
    assert_eq!(instances.calls(), instance::fewest_calls(4) + 1);
    assert_eq!(clusters.calls(), cluster::fewest_calls(3) + 1);
    for request in [instances.asked(), clusters.asked()].concat() {
        assert_eq!(request.parameters["MaxRecords"], "100");
    }
}

/// A call that names one instance fails where it does not exist.
#[tokio::test]
async fn who_is_looked_for_is_named_in_a_filter() {
    let cloud = Cloud::recorded("rds_instance");
    let (there, gone) = (arn("db", "orders"), arn("db", "gone"));
    let all = wanted(&instance::INSTANCE, [there.as_str(), &gone]);
    assert_eq!(cloud.gone(&instance::INSTANCE, &all).await, [gone.as_str()]);
    let asked = &cloud.asked()[0].parameters;
    assert_eq!(asked["Filters.Filter.1.Name"], "db-instance-id");
    assert_eq!(asked["Filters.Filter.1.Values.Value.1"], "orders");
    assert_eq!(asked["Filters.Filter.1.Values.Value.2"], "gone");
    assert!(!asked.contains_key("DBInstanceIdentifier"));

    let cloud = Cloud::recorded("rds_cluster");
    let all = wanted(&cluster::CLUSTER, [arn("cluster", "shop").as_str()]);
    assert!(cloud.gone(&cluster::CLUSTER, &all).await.is_empty());
    let asked = &cloud.asked()[0].parameters;
    assert_eq!(asked["Filters.Filter.1.Name"], "db-cluster-id");
    assert_eq!(asked["Filters.Filter.1.Values.Value.1"], "shop");
}

#[tokio::test]
async fn a_password_that_waits_to_be_set_is_recorded_as_a_digest() {
    for (facts, id) in
        [(&instance::INSTANCE, arn("db", "orders")), (&cluster::CLUSTER, arn("cluster", "shop"))]
    {
        let seen = Cloud::recorded(facts.id).sweep(facts).await;
        let recorded = concealed(&seen.items[&id], &facts.technology());
        assert!(recorded.contains("\"MasterUserPassword\":\"hmac-sha256:"), "{recorded}");
        assert!(!recorded.contains("correct-horse-battery"), "{recorded}");
    }
}

/// What comes every night, and every few minutes, is no change.
#[tokio::test]
async fn what_an_instance_is_busy_with_is_not_recorded() {
    let seen = Cloud::recorded("rds_instance").sweep(&instance::INSTANCE).await;
    let recorded = concealed(&seen.items[&arn("db", "orders")], &instance::INSTANCE.technology());
    for passing in ["backing-up", "LatestRestorableTime", "in-sync", "adding", "PercentProgress"] {
        assert!(!recorded.contains(passing), "{passing} in {recorded}");
    }
}

#[tokio::test]
async fn snapshots_that_somebody_took_come_with_who_may_restore_them() {
    for (facts, kind, name, at) in [
        (&snapshot::SNAPSHOT, "snapshot", "orders-before-16", "DBSnapshotAttributes"),
        (
            &cluster_snapshot::CLUSTER_SNAPSHOT,
            "cluster-snapshot",
            "shop-before-3-08",
            "DBClusterSnapshotAttributes",
        ),
    ] {
        let cloud = Cloud::recorded(facts.id);
        let seen = cloud.sweep(facts).await;
        let shared = &raw(&seen.items[&arn(kind, name)])[at][0]["AttributeValues"];
        assert_eq!(*shared, json!(["210987654321", "111122223333"]));
        // The recorded listings have one page more than they need.
        assert_eq!(cloud.calls(), snapshot::fewest_calls(3) + 1);
        assert_eq!(cloud.calls(), cluster_snapshot::fewest_calls(3) + 1);
        for request in cloud.asked() {
            let is_listing = request.question.ends_with("Snapshots");
            let asked = request.parameters.get("SnapshotType").map(String::as_str);
            assert_eq!(asked, is_listing.then_some("manual"));
        }
    }
}

/// Snapshots may be called after what they are of, with a colon.
#[tokio::test]
async fn a_snapshot_is_looked_up_by_its_identifier() {
    let cloud = Cloud::recorded("rds_snapshot");
    let copied = arn("snapshot", "awsbackup:copy");
    let all = wanted(&snapshot::SNAPSHOT, [copied.as_str()]);
    assert_eq!(cloud.gone(&snapshot::SNAPSHOT, &all).await, [copied.as_str()]);
    let asked = &cloud.asked()[0].parameters;
    assert_eq!(asked["Filters.Filter.1.Name"], "db-snapshot-id");
    assert_eq!(asked["Filters.Filter.1.Values.Value.1"], "awsbackup:copy");
    assert_eq!(asked["SnapshotType"], "manual");
}

#[tokio::test]
async fn what_is_deleted_while_it_is_read_is_not_recorded() {
    for (facts, question, code) in [
        (&snapshot::SNAPSHOT, "DescribeDBSnapshotAttributes", "DBSnapshotNotFound"),
        (
            &cluster_snapshot::CLUSTER_SNAPSHOT,
            "DescribeDBClusterSnapshotAttributes",
            "DBClusterSnapshotNotFoundFault",
        ),
    ] {
        let cloud = Cloud::new(move |request| {
            if request.question == question {
                return request.refused(404, code);
            }
            recorded(facts.id, request)
        });
        let seen = cloud.sweep(facts).await;
        assert!(seen.is_complete() && seen.items.is_empty(), "{seen:?}");
    }
}

#[tokio::test]
async fn groups_are_listed_together_and_looked_up_by_name() {
    let cloud = Cloud::recorded("rds_subnet_group");
    let seen = cloud.sweep(&subnet_group::SUBNET_GROUP).await;
    assert_eq!(cloud.calls(), subnet_group::fewest_calls(2) + 1);
    let tags = &raw(&seen.items[&arn("subgrp", "data")])["TagList"];
    assert_eq!(tags.as_array().map(Vec::len), Some(2));

    let cloud = Cloud::recorded("rds_security_group");
    cloud.sweep(&security_group::SECURITY_GROUP).await;
    assert_eq!(cloud.calls(), security_group::fewest_calls(3) + 1);

    let cloud = Cloud::recorded("rds_security_group");
    let (there, gone) = (arn("secgrp", "office"), arn("secgrp", "gone"));
    let all = wanted(&security_group::SECURITY_GROUP, [there.as_str(), &gone]);
    assert_eq!(cloud.gone(&security_group::SECURITY_GROUP, &all).await, [gone.as_str()]);
    assert_eq!(cloud.calls(), 2);
    for request in cloud.asked() {
        assert!(request.parameters.contains_key("DBSecurityGroupName"), "{request:?}");
    }
}
