use secmonkey_aws::watch::ec2::vpc_endpoint::{VPC_ENDPOINT, VpcEndpoints, fewest_calls};
use secmonkey_core::watch::Cause;

use crate::cloud::{Cloud, config, edited, gone, recorded, refused_ec2, shown, sweep};

const GATEWAY: &str = "vpce-0e00000000000000a";
const INTERFACE: &str = "vpce-0e00000000000000b";
const DELETED: &str = "vpce-0e00000000000000c";

#[tokio::test]
async fn endpoints_carry_their_policies_and_where_they_stand() {
    let cloud = Cloud::recorded("vpc_endpoint");
    let seen = sweep(&VpcEndpoints::new(&cloud.sessions().await)).await;
    assert_eq!((&seen.end, seen.complete), (&Ok(()), true));
    // Without the deleted one, and without the one of another account.
    assert!(seen.items.keys().eq([GATEWAY, INTERFACE]), "{:?}", seen.items.keys());
    insta::assert_json_snapshot!(shown(&seen, &VPC_ENDPOINT));
    // The recorded listing has one page more than its endpoints need.
    assert_eq!(cloud.calls(), fewest_calls(4) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
}

#[tokio::test]
async fn a_policy_written_in_another_order_is_the_same_configuration() {
    let as_recorded = Cloud::recorded("vpc_endpoint");
    let shuffled = Cloud::new(|request| match request.page.as_str() {
        "" => {
            let (from, to) =
                (r#""s3:PutObject","s3:GetObject""#, r#""s3:GetObject","s3:PutObject""#);
            edited("vpc_endpoint", request, from, to)
        }
        _ => recorded("vpc_endpoint", request),
    });
    let mut configs = Vec::new();
    for cloud in [as_recorded, shuffled] {
        let seen = sweep(&VpcEndpoints::new(&cloud.sessions().await)).await;
        configs.push(config(&seen.items[GATEWAY], &VPC_ENDPOINT));
    }
    assert_eq!(configs[0], configs[1]);
}

#[tokio::test]
async fn a_listing_that_fails_on_its_second_page_proves_nothing() {
    let cloud = Cloud::new(|request| match request.page.as_str() {
        "page-2" => refused_ec2(503, "RequestLimitExceeded"),
        _ => recorded("vpc_endpoint", request),
    });
    let seen = sweep(&VpcEndpoints::new(&cloud.sessions().await)).await;
    assert_eq!(seen.failed().cause, Cause::Throttled);
    assert!(seen.items.contains_key(GATEWAY), "what was read before is kept");
}

#[tokio::test]
async fn a_deleted_endpoint_is_gone_while_it_is_still_listed() {
    let cloud = Cloud::new(|request| match request.parameters["VpcEndpointId.1"].as_str() {
        GATEWAY | DELETED => {
            let mut all = recorded("vpc_endpoint", request);
            if request.parameters["VpcEndpointId.1"] == GATEWAY {
                all = edited("vpc_endpoint", request, "<state>deleted</state>", "");
            }
            all
        }
        "vpce-gone" => refused_ec2(400, "InvalidVpcEndpointId.NotFound"),
        _ => refused_ec2(403, "UnauthorizedOperation"),
    });
    let watcher = VpcEndpoints::new(&cloud.sessions().await);
    let all = [(DELETED, "a"), (GATEWAY, "b"), ("vpce-gone", "c")];
    assert_eq!(gone(&watcher, &all).await.unwrap(), [DELETED, "vpce-gone"]);
    let denied = gone(&watcher, &[("vpce-gone", "c"), ("vpce-denied", "d")]).await;
    assert_eq!(denied.unwrap_err().operation, "ec2:DescribeVpcEndpoints");
}
