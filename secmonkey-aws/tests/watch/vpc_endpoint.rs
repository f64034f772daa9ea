use secmonkey_aws::watch::ec2::vpc_endpoint::{VPC_ENDPOINT, fewest_calls};

use crate::cloud::{Cloud, config, edited, recorded, wanted};

const GATEWAY: &str = "vpce-0e00000000000000a";
const INTERFACE: &str = "vpce-0e00000000000000b";
const DELETED: &str = "vpce-0e00000000000000c";

#[tokio::test]
async fn neither_a_deleted_endpoint_nor_one_of_another_account_is_recorded() {
    let cloud = Cloud::recorded("vpc_endpoint");
    let seen = cloud.sweep(&VPC_ENDPOINT).await;
    assert!(seen.items.keys().eq([GATEWAY, INTERFACE]), "{:?}", seen.items.keys());
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
        let seen = cloud.sweep(&VPC_ENDPOINT).await;
        configs.push(config(&seen.items[GATEWAY], &VPC_ENDPOINT.technology()));
    }
    assert_eq!(configs[0], configs[1]);
}

#[tokio::test]
async fn a_deleted_endpoint_is_gone_while_it_is_still_found() {
    let all = wanted(&VPC_ENDPOINT, [DELETED, GATEWAY, "vpce-gone"]);
    let cloud = Cloud::recorded("vpc_endpoint");
    assert_eq!(cloud.gone(&VPC_ENDPOINT, &all).await, [DELETED, "vpce-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "vpc-endpoint-id");
}
