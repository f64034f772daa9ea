use secmonkey_aws::watch::ec2::vpc_peering_connection::{VPC_PEERING_CONNECTION, fewest_calls};

use crate::cloud::{Cloud, wanted};

const ACTIVE: &str = "pcx-0a00000000000000a";
const ASKED_FOR: &str = "pcx-0a00000000000000b";
const ENDED: &str = "pcx-0dead000000000000";

/// Deleted, rejected, expired, failed, and on the way out.
#[tokio::test]
async fn a_connection_that_ended_is_not_recorded_while_it_is_still_listed() {
    let cloud = Cloud::recorded("vpc_peering_connection");
    let seen = cloud.sweep(&VPC_PEERING_CONNECTION).await;
    assert!(seen.items.keys().eq([ACTIVE, ASKED_FOR]), "{:?}", seen.items.keys());
    // The recorded listing has one page more than its connections need.
    assert_eq!(cloud.calls(), fewest_calls(7) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
    let cloud = Cloud::recorded("vpc_peering_connection");
    let all = wanted(&VPC_PEERING_CONNECTION, [ACTIVE, ENDED, "pcx-gone"]);
    assert_eq!(cloud.gone(&VPC_PEERING_CONNECTION, &all).await, [ENDED, "pcx-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "vpc-peering-connection-id");
}
