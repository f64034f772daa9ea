use secmonkey_aws::watch::ec2::virtual_gateway::{FEWEST_CALLS, VIRTUAL_GATEWAY};
use serde_json::json;

use crate::cloud::{Cloud, raw, wanted};

const SHOP: &str = "vgw-0a00000000000000a";
const DETACHED: &str = "vgw-0a00000000000000b";
const DELETED: &str = "vgw-0dead00000000000a";
const DELETING: &str = "vgw-0dead00000000000b";

#[tokio::test]
async fn neither_a_deleted_gateway_nor_an_attachment_that_ended_is_recorded() {
    let cloud = Cloud::recorded("virtual_gateway");
    let seen = cloud.sweep(&VIRTUAL_GATEWAY).await;
    assert!(seen.items.keys().eq([SHOP, DETACHED]), "{:?}", seen.items.keys());
    assert_eq!(
        raw(&seen.items[SHOP])["VpcAttachments"],
        json!([{ "State": "attached", "VpcId": "vpc-0f00dfeed00000001" }])
    );
    assert_eq!(cloud.calls(), FEWEST_CALLS);
    let cloud = Cloud::recorded("virtual_gateway");
    let all = wanted(&VIRTUAL_GATEWAY, [SHOP, DELETED, DELETING, "vgw-gone"]);
    assert_eq!(cloud.gone(&VIRTUAL_GATEWAY, &all).await, [DELETED, DELETING, "vgw-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "vpn-gateway-id");
}
