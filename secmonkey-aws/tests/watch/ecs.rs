//! Clusters and services: what was deleted, what is called alike, and the calls they take.

use secmonkey_aws::watch::ecs::cluster::CLUSTER;
use secmonkey_aws::watch::ecs::service::SERVICE;
use secmonkey_aws::watch::ecs::{cluster, service};
use secmonkey_core::watch::{Cause, Found};

use crate::cloud::{Cloud, concealed, edited, raw, recorded, wanted};

#[tokio::test]
async fn clusters_take_two_calls_a_hundred() {
    let cloud = Cloud::recorded("ecs_cluster");
    let seen = cloud.sweep(&CLUSTER).await;
    // One of the three was deleted. An empty page was recorded beside, which names none to
    // describe.
    let names: Vec<_> = seen.items.values().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["default", "shop"]);
    assert_eq!(cloud.calls(), cluster::fewest_calls(3) + 1);
    assert_eq!((cluster::fewest_calls(0), cluster::fewest_calls(101)), (1, 4));
}

#[tokio::test]
async fn a_cluster_that_cannot_be_described_is_not_taken_for_gone() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "DescribeClusters" => edited("ecs_cluster", request, "\"MISSING\"", "\"ACCESS_DENIED\""),
        _ => recorded("ecs_cluster", request),
    });
    let failed = cloud.sweep(&CLUSTER).await;
    assert_eq!(failed.failed().cause, Cause::Other);
    let found = cloud.look(&CLUSTER, &wanted(&CLUSTER, ["gone"])).await;
    assert!(matches!(found["gone"], Found::Failed(_)), "{found:?}");
}

#[tokio::test]
async fn services_take_a_listing_a_cluster_and_a_call_for_ten() {
    let cloud = Cloud::recorded("ecs_service");
    assert!(cloud.sweep(&SERVICE).await.is_complete());
    // A page of clusters and one of services were recorded beside what they need.
    assert_eq!(cloud.calls(), service::fewest_calls(&[3, 1, 0]) + 2);
    assert_eq!(service::fewest_calls(&[]), 1);
    assert_eq!(service::fewest_calls(&[11, 101]), 1 + (1 + 2) + (2 + 11));
}

/// Before 2018 the ARN of a service did not say its cluster.
#[tokio::test]
async fn services_of_one_name_are_told_apart_by_their_clusters() {
    let cloud = Cloud::recorded("ecs_service");
    let seen = cloud.sweep(&SERVICE).await;
    let ids: Vec<_> = seen.items.keys().map(String::as_str).collect();
    let of = |name: &str| format!("arn:aws:ecs:eu-west-1:123456789012:service/{name}");
    assert_eq!(ids, [of("default/web"), of("shop/jobs"), of("shop/web")]);
    let old = &seen.items[&of("default/web")];
    assert_eq!(old.arn, Some(of("web")));
    let gone = of("nowhere/web");
    let nowhere = Cloud::new(|request| request.refused(400, "ClusterNotFoundException"));
    assert_eq!(nowhere.gone(&SERVICE, &wanted(&SERVICE, [gone.as_str()])).await, [gone]);
}

#[tokio::test]
async fn of_the_deployments_only_the_current_one_is_kept() {
    let seen = Cloud::recorded("ecs_service").sweep(&SERVICE).await;
    let web = &seen.items["arn:aws:ecs:eu-west-1:123456789012:service/shop/web"];
    let deployments = &raw(web)["deployments"];
    assert_eq!(deployments.as_array().unwrap().len(), 1);
    assert_eq!(deployments[0]["status"], "PRIMARY");
    let recorded = concealed(web, &SERVICE.technology());
    assert!(recorded.contains("\"splunk-token\":\"hmac-sha256:"), "{recorded}");
    assert!(!recorded.contains("0f1e2d3c-correct-horse"), "{recorded}");
}
