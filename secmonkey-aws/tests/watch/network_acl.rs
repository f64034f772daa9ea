use secmonkey_aws::watch::ec2::network_acl::{NETWORK_ACL, fewest_calls};

use crate::cloud::{Cloud, wanted};

const PUBLIC: &str = "acl-0a00000000000000a";
const SHARED: &str = "acl-0a00000000000009a";

#[tokio::test]
async fn network_acls_come_a_thousand_at_a_time_and_only_our_own() {
    let cloud = Cloud::recorded("network_acl");
    let seen = cloud.sweep(&NETWORK_ACL).await;
    assert!(!seen.items.contains_key(SHARED), "{:?}", seen.items.keys());
    // The recorded listing has one page more than its ACLs need.
    assert_eq!(cloud.calls(), fewest_calls(4) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
    let all = wanted(&NETWORK_ACL, [PUBLIC, SHARED, "acl-gone"]);
    let cloud = Cloud::recorded("network_acl");
    assert_eq!(cloud.gone(&NETWORK_ACL, &all).await, [SHARED, "acl-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "network-acl-id");
}
