use secmonkey_aws::watch::elbv2::{LOAD_BALANCER, fewest_calls};
use secmonkey_core::watch::Part;

use crate::cloud::{Cloud, recorded};

const WEB: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";

#[tokio::test]
async fn a_region_takes_no_more_calls_than_its_pages_and_balancers() {
    let cloud = Cloud::recorded("elbv2");
    cloud.sweep(&LOAD_BALANCER).await;
    // The recorded listings have a page more each than they need, and the tags one call.
    assert_eq!(cloud.calls(), fewest_calls(&[3, 1], 3) + 4);
    for request in cloud.asked() {
        let is_paged = !["DescribeLoadBalancerAttributes", "DescribeTags"]
            .contains(&request.question.as_str());
        assert_eq!(request.parameters.get("PageSize").is_some_and(|size| size == "400"), is_paged);
    }
    let many = fewest_calls(&[1; 401], 0);
    assert_eq!(many, 2 + 1 + 21 + 2 * 401);
}

#[tokio::test]
async fn what_is_deleted_while_it_is_read_is_not_recorded() {
    for asked in ["DescribeListeners", "DescribeLoadBalancerAttributes"] {
        let cloud = Cloud::new(move |request| {
            let is_about = |value: &String| value.ends_with("50dc6c495c0c9188");
            if request.question == asked && request.parameters.values().any(is_about) {
                return request.refused(400, "LoadBalancerNotFound");
            }
            recorded("elbv2", request)
        });
        let seen = cloud.sweep(&LOAD_BALANCER).await;
        assert!(!seen.items.contains_key(WEB), "{asked}");
        assert_eq!((seen.items.len(), &seen.end), (1, &Ok(())), "{asked}");
    }
}

#[tokio::test]
async fn a_batch_of_tags_that_fails_leaves_everything_else() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "DescribeTags" => request.refused(403, "AccessDenied"),
        _ => recorded("elbv2", request),
    });
    let seen = cloud.sweep(&LOAD_BALANCER).await;
    assert_eq!((seen.items.len(), &seen.end), (2, &Ok(())));
    for (at, part) in seen.items.values().flat_map(|item| &item.parts) {
        assert_eq!(matches!(part, Part::Failed(_)), at == "/Tags", "{at}: {part:?}");
    }
}
