//! Topics: the calls they take.

use secmonkey_aws::watch::sns::{TOPIC, fewest_calls};

use crate::cloud::{Cloud, concealed};

#[tokio::test]
async fn a_region_takes_the_fewest_calls() {
    // A page holds one topic here, and two subscriptions.
    let cloud = Cloud::recorded("sns_topic");
    assert!(cloud.sweep(&TOPIC).await.is_complete());
    assert_eq!(cloud.calls(), 2 + 2 * 2 + 2 + 1);
    assert_eq!(fewest_calls(&[]), 1);
    assert_eq!(fewest_calls(&[0, 250]), 1 + 2 * 2 + 1 + 3);
    assert_eq!(fewest_calls(&[0; 101]), 2 + 101 * 3);
}

#[tokio::test]
async fn the_password_of_an_endpoint_is_recorded_as_a_digest() {
    let seen = Cloud::recorded("sns_topic").sweep(&TOPIC).await;
    let orders = seen.items.values().find(|item| item.name == "orders").unwrap();
    let recorded = concealed(orders, &TOPIC.technology());
    assert!(recorded.contains("\"https://hooks.example.com/orders?v=1\""), "{recorded}");
    assert!(recorded.contains("\"EndpointUserInfo\":\"hmac-sha256:"), "{recorded}");
    assert!(!recorded.contains("S3cret"), "{recorded}");
}
