use secmonkey_aws::settings;
use secmonkey_aws::watch::ec2::vpc::{VPC, fewest_calls};
use secmonkey_core::watch::Found;

use crate::cloud::{Cloud, edited, recorded, scope, sweep_in, wanted};

const SHOP: &str = "vpc-0f00dfeed00000001";
const SHARED: &str = "vpc-0f00dfeed00000099";

#[tokio::test]
async fn vpcs_come_a_thousand_at_a_time() {
    let cloud = Cloud::recorded("vpc");
    cloud.sweep(&VPC).await;
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
        let seen = cloud.sweep(&VPC).await;
        assert_eq!(seen.items.contains_key(SHARED), is_ours, "{:?}", seen.items.keys());
    }
}

#[tokio::test]
async fn an_arn_is_of_the_partition_of_its_account() {
    let watcher = Cloud::recorded("vpc").watcher(&VPC).await;
    let mut scope = scope(watcher.as_ref());
    scope.account.set(settings::PARTITION, "aws-us-gov");
    scope.region = "us-gov-west-1".to_owned();
    let seen = sweep_in(watcher.as_ref(), &scope).await;
    let arn = format!("arn:aws-us-gov:ec2:us-gov-west-1:123456789012:vpc/{SHOP}");
    assert_eq!(seen.items[SHOP].arn, Some(arn));
}

/// A hundred and one are two looks, and one that fails says nothing about the other.
#[tokio::test]
async fn many_are_looked_up_a_hundred_at_a_time() {
    let ids: Vec<_> = (0..101).map(|n| format!("vpc-{n:03}")).collect();
    let cloud = Cloud::new(|request| {
        if request.parameters["Filter.1.Value.1"] == "vpc-100" {
            return request.refused(403, "UnauthorizedOperation");
        }
        let empty = b"<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>";
        (200, empty.to_vec())
    });
    let found = cloud.look(&VPC, &wanted(&VPC, ids.iter().map(String::as_str))).await;
    assert_eq!(cloud.calls(), 2);
    let is_gone = |id: &str| found[id] == Found::Gone;
    assert!(is_gone("vpc-000") && is_gone("vpc-099") && !is_gone("vpc-100"));
}
