use secmonkey_aws::watch::ec2::flow_log::{FLOW_LOG, fewest_calls};
use secmonkey_core::config::with_ephemera_of;

use crate::cloud::{Cloud, config, edited, recorded, wanted};

const DEFAULT: &str = "fl-0a00000000000000b";

#[tokio::test]
async fn flow_logs_come_a_thousand_at_a_time() {
    let cloud = Cloud::recorded("flow_log");
    assert!(cloud.sweep(&FLOW_LOG).await.is_complete());
    // The recorded listing has one page more than its flow logs need.
    assert_eq!(cloud.calls(), fewest_calls(3) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
    let cloud = Cloud::recorded("flow_log");
    let all = wanted(&FLOW_LOG, [DEFAULT, "fl-gone"]);
    assert_eq!(cloud.gone(&FLOW_LOG, &all).await, ["fl-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "flow-log-id");
}

/// What nobody writes down any more is not there when it is needed.
#[tokio::test]
async fn delivery_that_fails_is_a_revision() {
    let works = Cloud::new(|request| match request.page.as_str() {
        "" => edited("flow_log", request, "FAILED", "SUCCESS"),
        _ => recorded("flow_log", request),
    });
    let technology = FLOW_LOG.technology();
    let before = works.sweep(&FLOW_LOG).await;
    let after = Cloud::recorded("flow_log").sweep(&FLOW_LOG).await;
    let [before, after] = [before, after].map(|seen| config(&seen.items[DEFAULT], &technology));
    assert_ne!(with_ephemera_of(&before, &after, &technology), after);
}
