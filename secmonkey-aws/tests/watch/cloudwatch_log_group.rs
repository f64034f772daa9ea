//! Log groups: the calls they take, and how one is looked for.

use secmonkey_aws::watch::logs::{GROUP, fewest_calls};

use crate::cloud::{Cloud, wanted};

#[tokio::test]
async fn a_region_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("cloudwatch_log_group");
    assert!(cloud.sweep(&GROUP).await.is_complete());
    // The recorded listing has a page more than its groups need.
    assert_eq!(cloud.calls(), fewest_calls(3) + 1);
    assert_eq!((fewest_calls(0), fewest_calls(101)), (1, 3));
    assert_eq!(cloud.asked()[0].parameters["limit"], "50");
}

/// Others are called so and go on.
#[tokio::test]
async fn a_group_is_looked_for_by_its_whole_name() {
    let arn = |name: &str| format!("arn:aws:logs:eu-west-1:123456789012:log-group:{name}");
    let (app, gone) = (arn("app"), arn("gone"));
    let cloud = Cloud::recorded("cloudwatch_log_group");
    let all = wanted(&GROUP, [app.as_str(), gone.as_str()]);
    assert_eq!(cloud.gone(&GROUP, &all).await, [gone]);
    for request in cloud.asked() {
        assert_eq!(request.parameters["limit"], "1");
    }
}
