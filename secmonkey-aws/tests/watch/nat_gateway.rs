use secmonkey_aws::watch::ec2::nat_gateway::{NAT_GATEWAY, NatGateways, fewest_calls};
use secmonkey_core::watch::Cause;

use crate::cloud::{Cloud, edited, gone, recorded, refused_ec2, shown, sweep};

const WAY_OUT: &str = "nat-05dba92075d71c408";
const DELETED: &str = "nat-0a93acc57881d4199";

#[tokio::test]
async fn gateways_carry_their_addresses() {
    let cloud = Cloud::recorded("nat_gateway");
    let seen = sweep(&NatGateways::new(&cloud.sessions().await)).await;
    assert_eq!((&seen.end, seen.complete), (&Ok(()), true));
    assert!(!seen.items.contains_key(DELETED), "it is listed for an hour longer");
    insta::assert_json_snapshot!(shown(&seen, &NAT_GATEWAY));
    // The recorded listing has one page more than its gateways need.
    assert_eq!(cloud.calls(), fewest_calls(4) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
}

#[tokio::test]
async fn a_listing_that_fails_on_its_second_page_proves_nothing() {
    let cloud = Cloud::new(|request| match request.page.as_str() {
        "page-2" => refused_ec2(503, "RequestLimitExceeded"),
        _ => recorded("nat_gateway", request),
    });
    let seen = sweep(&NatGateways::new(&cloud.sessions().await)).await;
    assert_eq!(seen.failed().cause, Cause::Throttled);
    assert!(seen.items.contains_key(WAY_OUT), "what was read before is kept");
}

#[tokio::test]
async fn a_deleted_gateway_is_gone_while_it_is_still_listed() {
    let cloud = Cloud::new(|request| match request.parameters["NatGatewayId.1"].as_str() {
        DELETED => recorded("nat_gateway", request),
        "nat-deleting" => {
            edited("nat_gateway", request, "<state>deleted</state>", "<state>deleting</state>")
        }
        "nat-gone" => refused_ec2(400, "NatGatewayNotFound"),
        _ => refused_ec2(403, "UnauthorizedOperation"),
    });
    let watcher = NatGateways::new(&cloud.sessions().await);
    let all = [(DELETED, "a"), ("nat-deleting", "b"), ("nat-gone", "c")];
    assert_eq!(gone(&watcher, &all).await.unwrap(), [DELETED, "nat-gone"]);
    let denied = gone(&watcher, &[("nat-gone", "c"), ("nat-denied", "d")]).await;
    assert_eq!(denied.unwrap_err().operation, "ec2:DescribeNatGateways");
}
