use secmonkey_aws::watch::ec2::internet_gateway::{INTERNET_GATEWAY, fewest_calls};
use serde_json::json;

use crate::cloud::{Cloud, raw, wanted};

const SHOP: &str = "igw-0c00000000000000a";
const SHARED: &str = "igw-0c00000000000009a";

#[tokio::test]
async fn a_gateway_is_attached_only_where_it_still_is() {
    let cloud = Cloud::recorded("internet_gateway");
    let seen = cloud.sweep(&INTERNET_GATEWAY).await;
    assert_eq!(
        raw(&seen.items[SHOP])["Attachments"],
        json!([{ "State": "available", "VpcId": "vpc-0f00dfeed00000001" }])
    );
    assert!(!seen.items.contains_key(SHARED), "{:?}", seen.items.keys());
    // The recorded listing has one page more than its gateways need.
    assert_eq!(cloud.calls(), fewest_calls(4) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
    let all = wanted(&INTERNET_GATEWAY, [SHOP, SHARED, "igw-gone"]);
    let cloud = Cloud::recorded("internet_gateway");
    assert_eq!(cloud.gone(&INTERNET_GATEWAY, &all).await, [SHARED, "igw-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "internet-gateway-id");
}
