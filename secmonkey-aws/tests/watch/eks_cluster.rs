use secmonkey_aws::watch::eks::{CLUSTER, fewest_calls};

use crate::cloud::{Cloud, concealed};

#[tokio::test]
async fn clusters_elsewhere_are_asked_for() {
    let cloud = Cloud::recorded("eks_cluster");
    assert!(cloud.sweep(&CLUSTER).await.is_complete());
    // The recorded listing has a page more than its clusters need.
    assert_eq!(cloud.calls(), fewest_calls(3) + 1);
    for request in cloud.asked().iter().filter(|it| it.question == "clusters") {
        assert_eq!(request.parameters["include"], "all");
        assert_eq!(request.parameters["maxResults"], "100");
    }
    assert_eq!(fewest_calls(0), 1);
}

/// Who has it connects another cluster in the place of the one that is meant.
#[tokio::test]
async fn the_code_by_which_a_cluster_connects_is_recorded_as_a_digest() {
    let seen = Cloud::recorded("eks_cluster").sweep(&CLUSTER).await;
    let elsewhere = seen.items.values().find(|item| item.name == "elsewhere").unwrap();
    let recorded = concealed(elsewhere, &CLUSTER.technology());
    assert!(recorded.contains("\"activationCode\":\"hmac-sha256:"), "{recorded}");
    assert!(!recorded.contains("Jr8Wg8kC2w1Yb8e2Aquv"), "{recorded}");
}
