use secmonkey_aws::watch::ec2::vpc::{VPC, Vpcs, fewest_calls};
use secmonkey_core::watch::Cause;

use crate::cloud::{Cloud, edited, gone, recorded, refused_ec2, scope, shown, sweep, sweep_in};

const SHOP: &str = "vpc-0f00dfeed00000001";
const SHARED: &str = "vpc-0f00dfeed00000099";

#[tokio::test]
async fn vpcs_carry_the_blocks_that_they_have() {
    let cloud = Cloud::recorded("vpc");
    let seen = sweep(&Vpcs::new(&cloud.sessions().await)).await;
    assert_eq!((&seen.end, seen.complete), (&Ok(()), true));
    insta::assert_json_snapshot!(shown(&seen, &VPC));
    // The recorded listing has one page more than three VPCs need.
    assert_eq!(cloud.calls(), fewest_calls(3) + 1);
    for request in cloud.asked() {
        assert_eq!(
            (request.region.as_str(), request.question.as_str()),
            ("eu-west-1", "DescribeVpcs")
        );
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
}

/// A VPC that is shared with an account is another's: its blocks name the other.
#[tokio::test]
async fn a_vpc_is_read_where_it_belongs() {
    let shared = Cloud::recorded("vpc");
    let own = Cloud::new(|request| match request.page.as_str() {
        "" => edited("vpc", request, "210987654321", "123456789012"),
        _ => recorded("vpc", request),
    });
    for (cloud, is_ours) in [(shared, false), (own, true)] {
        let seen = sweep(&Vpcs::new(&cloud.sessions().await)).await;
        assert_eq!(seen.items.contains_key(SHARED), is_ours, "{:?}", seen.items.keys());
    }
}

#[tokio::test]
async fn an_arn_is_of_the_partition_of_its_account() {
    let cloud = Cloud::recorded("vpc");
    let watcher = Vpcs::new(&cloud.sessions().await);
    let mut scope = scope(&watcher);
    scope.account.partition = "aws-us-gov".to_owned();
    scope.region = "us-gov-west-1".to_owned();
    let seen = sweep_in(&watcher, &scope).await;
    let arn = format!("arn:aws-us-gov:ec2:us-gov-west-1:123456789012:vpc/{SHOP}");
    assert_eq!(seen.items[SHOP].arn, Some(arn));
}

#[tokio::test]
async fn a_listing_that_fails_on_its_second_page_proves_nothing() {
    let cloud = Cloud::new(|request| match request.page.as_str() {
        "page-2" => refused_ec2(503, "RequestLimitExceeded"),
        _ => recorded("vpc", request),
    });
    let seen = sweep(&Vpcs::new(&cloud.sessions().await)).await;
    assert_eq!(seen.failed().cause, Cause::Throttled);
    assert!(seen.items.contains_key(SHOP), "what was read before is kept");
}

#[tokio::test]
async fn only_the_vpc_that_does_not_exist_is_gone() {
    let cloud = Cloud::new(|request| match request.parameters["VpcId.1"].as_str() {
        "vpc-here" => (
            200,
            b"<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-here</vpcId></item></vpcSet>\
              </DescribeVpcsResponse>"
                .to_vec(),
        ),
        "vpc-gone" => refused_ec2(400, "InvalidVpcID.NotFound"),
        _ => refused_ec2(403, "UnauthorizedOperation"),
    });
    let watcher = Vpcs::new(&cloud.sessions().await);
    let all = [("vpc-gone", "a"), ("vpc-here", "b")];
    assert_eq!(gone(&watcher, &all).await.unwrap(), ["vpc-gone"]);
    let denied = gone(&watcher, &[("vpc-gone", "a"), ("vpc-denied", "c")]).await;
    assert_eq!(denied.unwrap_err().operation, "ec2:DescribeVpcs");
}
