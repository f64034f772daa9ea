//! Secrets: the calls they take, and what is never asked for.

use secmonkey_aws::watch::secretsmanager::{SECRET, fewest_calls};

use crate::cloud::{Cloud, raw};

#[tokio::test]
async fn a_region_takes_the_fewest_calls_and_no_value() {
    let cloud = Cloud::recorded("secretsmanager_secret");
    assert!(cloud.sweep(&SECRET).await.is_complete());
    // The recorded listing has a page more than its secrets need.
    assert_eq!(cloud.calls(), fewest_calls(4, 1) + 1);
    assert_eq!(fewest_calls(0, 0), 1);
    assert_eq!(fewest_calls(99, 2), 2 + 99);
    for request in cloud.asked() {
        assert!(["ListSecrets", "GetResourcePolicy"].contains(&request.question.as_str()));
    }
    let listing = &cloud.asked()[0].parameters;
    assert_eq!((&*listing["IncludePlannedDeletion"], &*listing["MaxResults"]), ("true", "100"));
}

#[tokio::test]
async fn a_secret_that_waits_to_be_deleted_is_there_without_its_policy() {
    let cloud = Cloud::recorded("secretsmanager_secret");
    let seen = cloud.sweep(&SECRET).await;
    let old = seen.items.values().find(|item| item.name == "old-key").unwrap();
    assert!(raw(old)["DeletedDate"].is_string());
    let asked = cloud.asked();
    let mut policies = asked.iter().filter(|request| request.question == "GetResourcePolicy");
    assert!(policies.all(|request| !request.parameters["SecretId"].contains("old-key")));
}
