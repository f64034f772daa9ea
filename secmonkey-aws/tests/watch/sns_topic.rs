//! Topics: the calls they take.

use secmonkey_aws::watch::sns::{TOPIC, fewest_calls};

use crate::cloud::Cloud;

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

/// The password in an address is a digest like every secret.
#[tokio::test]
async fn the_password_of_an_endpoint_is_no_part_of_its_address() {
    let seen = Cloud::recorded("sns_topic").sweep(&TOPIC).await;
    let shown = seen.shown(&TOPIC.technology()).to_string();
    assert!(shown.contains("https://hooks.example.com/orders?v=1"));
    assert!(TOPIC.secret.contains(&"/Subscriptions/*/EndpointUserInfo"));
}
