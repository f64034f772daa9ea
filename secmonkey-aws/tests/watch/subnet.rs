use secmonkey_aws::watch::ec2::subnet::{SUBNET, fewest_calls};

use crate::cloud::{Cloud, config, edited, raw, recorded, wanted};

const PUBLIC: &str = "subnet-0b00000000000000a";
const SHARED: &str = "subnet-0b00000000000009a";

#[tokio::test]
async fn a_shared_subnet_is_read_where_it_belongs() {
    let cloud = Cloud::recorded("subnet");
    let seen = cloud.sweep(&SUBNET).await;
    assert!(!seen.items.contains_key(SHARED), "{:?}", seen.items.keys());
    // The recorded listing has one page more than its subnets need.
    assert_eq!(cloud.calls(), fewest_calls(5) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
    let all = wanted(&SUBNET, [PUBLIC, SHARED, "subnet-gone"]);
    let cloud = Cloud::recorded("subnet");
    assert_eq!(cloud.gone(&SUBNET, &all).await, [SHARED, "subnet-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "subnet-id");
}

#[tokio::test]
async fn a_block_that_the_subnet_does_not_have_is_left_out() {
    let seen = Cloud::recorded("subnet").sweep(&SUBNET).await;
    let blocks = raw(&seen.items[PUBLIC])["Ipv6CidrBlockAssociationSet"].clone();
    let blocks: Vec<_> = blocks.as_array().unwrap().iter().collect();
    assert_eq!(blocks.len(), 2, "{blocks:?}");
    assert!(blocks.iter().all(|block| block["Ipv6CidrBlockState"]["State"] == "associated"));
}

/// Or every instance that is started would change its subnet.
#[tokio::test]
async fn how_many_addresses_are_free_is_not_recorded() {
    let technology = SUBNET.technology();
    let mut configs = Vec::new();
    for free in ["247", "12"] {
        let cloud = Cloud::new(move |request| match request.page.as_str() {
            "" => {
                let count = |free: &str| format!("<availableIpAddressCount>{free}<");
                edited("subnet", request, &count("247"), &count(free))
            }
            _ => recorded("subnet", request),
        });
        configs.push(config(&cloud.sweep(&SUBNET).await.items[PUBLIC], &technology));
    }
    assert_eq!(configs[0], configs[1]);
}
