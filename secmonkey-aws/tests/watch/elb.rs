use secmonkey_aws::watch::elb::{LOAD_BALANCER, fewest_calls};

use crate::cloud::{Cloud, recorded};

#[tokio::test]
async fn a_region_takes_no_more_calls_than_its_pages_and_balancers() {
    let cloud = Cloud::recorded("elb");
    cloud.sweep(&LOAD_BALANCER).await;
    // The recorded listing has a page more than it needs, and the tags one call.
    assert_eq!(cloud.calls(), fewest_calls(2) + 2);
    assert_eq!(fewest_calls(401), 2 + 21 + 2 * 401);
    for request in cloud.asked() {
        let is_listing = request.question == "DescribeLoadBalancers";
        assert_eq!(request.parameters.get("PageSize").is_some_and(|it| it == "400"), is_listing);
    }
}

#[tokio::test]
async fn what_is_deleted_while_it_is_read_is_not_recorded() {
    for asked in ["DescribeLoadBalancerAttributes", "DescribeLoadBalancerPolicies"] {
        let cloud = Cloud::new(move |request| {
            if request.question == asked && request.parameters["LoadBalancerName"] == "shop" {
                return request.refused(400, "LoadBalancerNotFound");
            }
            recorded("elb", request)
        });
        let seen = cloud.sweep(&LOAD_BALANCER).await;
        assert_eq!(seen.only().name, "intranet", "{asked}");
    }
}
