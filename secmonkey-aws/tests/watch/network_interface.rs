//! Network interfaces: the calls they take, and whose they are.

use secmonkey_aws::watch::ec2::network_interface::{NETWORK_INTERFACE, fewest_calls};

use crate::cloud::Cloud;

const OF_LAMBDA: &str = "eni-0b1c2d3e4f5060002";
const OF_ANOTHER: &str = "eni-0b1c2d3e4f5069999";

#[tokio::test]
async fn those_of_services_are_recorded_and_those_of_other_accounts_are_not() {
    let cloud = Cloud::recorded("network_interface");
    let seen = cloud.sweep(&NETWORK_INTERFACE).await;
    assert!(seen.items.contains_key(OF_LAMBDA) && !seen.items.contains_key(OF_ANOTHER));
    // The recorded listing has one page more than its interfaces need.
    assert_eq!(cloud.calls(), fewest_calls(4) + 1);
    assert_eq!((fewest_calls(0), fewest_calls(1001)), (1, 2));
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
        assert_eq!(request.parameters["IncludeManagedResources"], "true");
    }
}
