use secmonkey_aws::watch::ec2::nat_gateway::{NAT_GATEWAY, fewest_calls};
use secmonkey_core::watch::Cause;

use crate::cloud::{Cloud, edited, recorded, wanted};

const WAY_OUT: &str = "nat-05dba92075d71c408";
const DELETED: &str = "nat-0a93acc57881d4199";

#[tokio::test]
async fn a_deleted_gateway_is_not_recorded_while_it_is_still_listed() {
    let cloud = Cloud::recorded("nat_gateway");
    let seen = cloud.sweep(&NAT_GATEWAY).await;
    assert!(!seen.items.contains_key(DELETED), "it is listed for an hour longer");
    // The recorded listing has one page more than its gateways need.
    assert_eq!(cloud.calls(), fewest_calls(4) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
}

#[tokio::test]
async fn a_listing_that_fails_on_its_second_page_keeps_what_was_read() {
    let cloud = Cloud::new(|request| match request.page.as_str() {
        "page-2" => request.refused(503, "RequestLimitExceeded"),
        _ => recorded("nat_gateway", request),
    });
    let seen = cloud.sweep(&NAT_GATEWAY).await;
    assert_eq!(seen.failed().cause, Cause::Throttled);
    assert!(seen.items.contains_key(WAY_OUT));
}

#[tokio::test]
async fn a_deleted_gateway_is_gone_while_it_is_still_found() {
    let all = wanted(&NAT_GATEWAY, [DELETED, WAY_OUT, "nat-gone"]);
    let cloud = Cloud::recorded("nat_gateway");
    assert_eq!(cloud.gone(&NAT_GATEWAY, &all).await, [DELETED, "nat-gone"]);
    let request = &cloud.asked()[0];
    assert_eq!(request.parameters["Filter.1.Name"], "nat-gateway-id");
    assert_eq!(request.parameters["Filter.1.Value.3"], "nat-gone");

    let deleting = Cloud::new(|request| match request.page.as_str() {
        "" => edited("nat_gateway", request, "<state>deleted</state>", "<state>deleting</state>"),
        _ => recorded("nat_gateway", request),
    });
    assert_eq!(deleting.gone(&NAT_GATEWAY, &all).await, ["nat-gone"]);
}
