//! Recorders and rules: the calls they take.

use secmonkey_aws::watch::config::recorder::RECORDER;
use secmonkey_aws::watch::config::rule::RULE;
use secmonkey_aws::watch::config::{recorder, rule};

use crate::cloud::{Cloud, part};
use secmonkey_core::watch::Part;

#[tokio::test]
async fn a_region_without_a_recorder_takes_one_call() {
    let cloud = Cloud::recorded("config_recorder");
    assert_eq!(cloud.sweep(&RECORDER).await.only().id, "default");
    assert_eq!(cloud.calls(), recorder::fewest_calls(1));
    let none = Cloud::new(|_| (200, br#"{"ConfigurationRecorders":[]}"#.to_vec()));
    assert!(none.sweep(&RECORDER).await.is_complete());
    assert_eq!(none.calls(), recorder::fewest_calls(0));
}

#[tokio::test]
async fn tags_are_asked_only_of_rules_of_our_own() {
    let cloud = Cloud::recorded("config_rule");
    let seen = cloud.sweep(&RULE).await;
    // The recorded listing has a page more than its rules need.
    assert_eq!(cloud.calls(), rule::fewest_calls(3, 2) + 1);
    let of_aws = &seen.items["securityhub-root-account-mfa-enabled-1a2b3c"];
    assert_eq!(part(of_aws, "/Tags"), &Part::Absent);
    assert_eq!((rule::fewest_calls(0, 0), rule::fewest_calls(26, 20)), (1, 22));
}
