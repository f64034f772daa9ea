//! Tables: the calls they take, and their tags.

use secmonkey_aws::watch::dynamodb::{TABLE, fewest_calls};
use serde_json::json;

use crate::cloud::{Cloud, config};

const ORDERS: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders";

#[tokio::test]
async fn a_region_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("dynamodb_table");
    assert!(cloud.sweep(&TABLE).await.is_complete());
    // The recorded listing has a page more than its tables need, as have the tags of one.
    assert_eq!(cloud.calls(), fewest_calls(2) + 2);
    assert_eq!(fewest_calls(0), 1);
    assert_eq!(fewest_calls(101), 2 + 5 * 101);
    assert_eq!(cloud.asked()[0].parameters["Limit"], "100");
}

#[tokio::test]
async fn all_pages_of_tags_are_read() {
    let seen = Cloud::recorded("dynamodb_table").sweep(&TABLE).await;
    let tags = &config(&seen.items[ORDERS], &TABLE.technology())["Tags"];
    let (env, team) =
        (json!({ "Key": "env", "Value": "prod" }), json!({ "Key": "team", "Value": "orders" }));
    assert_eq!(*tags, json!([env, team]));
}
