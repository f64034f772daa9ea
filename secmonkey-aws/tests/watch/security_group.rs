use secmonkey_aws::settings;
use secmonkey_aws::watch::ec2::security_group::{SECURITY_GROUP, fewest_calls};
use secmonkey_core::watch::{Cause, Part};

use crate::cloud::{Cloud, config, edited, part, recorded, scope, sweep_in, wanted};

const WEB: &str = "sg-0a1b2c3d4e5f60001";
const DEFAULT: &str = "sg-0a1b2c3d4e5f60002";

#[tokio::test]
async fn groups_and_interfaces_come_a_thousand_at_a_time() {
    let cloud = Cloud::recorded("security_group");
    cloud.sweep(&SECURITY_GROUP).await;
    // The recorded listing has one page more than two groups need.
    assert_eq!(cloud.calls(), fewest_calls(2, 2) + 1);
    for request in cloud.asked() {
        assert_eq!(request.region, "eu-west-1");
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
}

#[tokio::test]
async fn a_group_without_an_arn_gets_one_of_its_own_partition() {
    let watcher = Cloud::recorded("security_group").watcher(&SECURITY_GROUP).await;
    let mut scope = scope(watcher.as_ref());
    scope.account.set(settings::PARTITION, "aws-cn");
    scope.region = "cn-north-1".to_owned();
    let seen = sweep_in(watcher.as_ref(), &scope).await;
    let arn = format!("arn:aws-cn:ec2:cn-north-1:123456789012:security-group/{DEFAULT}");
    assert_eq!(seen.items[DEFAULT].arn, Some(arn));
}

#[tokio::test]
async fn interfaces_listed_in_part_are_not_taken_for_all() {
    let cloud = Cloud::new(|request| match (request.question.as_str(), request.page.as_str()) {
        ("DescribeNetworkInterfaces", "") => edited(
            "security_group",
            request,
            "</networkInterfaceSet>",
            "</networkInterfaceSet><nextToken>more</nextToken>",
        ),
        ("DescribeNetworkInterfaces", _) => request.refused(500, "InternalError"),
        _ => recorded("security_group", request),
    });
    let seen = cloud.sweep(&SECURITY_GROUP).await;
    assert!(matches!(part(&seen.items[WEB], "/Attachments"), Part::Failed(_)));
    assert!(matches!(part(&seen.items[DEFAULT], "/Attachments"), Part::Failed(_)));
}

#[tokio::test]
async fn a_token_that_comes_twice_proves_nothing() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "DescribeSecurityGroups" => {
            let (new, old) = (format!("sg-{}", request.page), "sg-0a1b2c3d4e5f60001");
            let mut first = request.clone();
            first.page.clear();
            first.parameters.remove("NextToken");
            edited("security_group", &first, old, &new)
        }
        _ => recorded("security_group", request),
    });
    let seen = cloud.sweep(&SECURITY_GROUP).await;
    assert_eq!(seen.failed().cause, Cause::Garbled);
    assert!(seen.failed().reason.contains("twice"), "{}", seen.failed());
}

#[tokio::test]
async fn rules_in_any_order_are_the_same_configuration() {
    let as_recorded = Cloud::recorded("security_group");
    let shuffled = Cloud::new(|request| match request.page.as_str() {
        "" if request.question == "DescribeSecurityGroups" => {
            // The two ranges of one rule change places.
            let (office, all) = ("203.0.113.0/24", "0.0.0.0/0");
            let (status, body) = recorded("security_group", request);
            let text = String::from_utf8(body).unwrap();
            let description = "<description>Office</description>";
            let text = text.replacen(description, "", 1).replacen(office, "@", 1);
            let text = text.replacen(
                "<cidrIp>0.0.0.0/0</cidrIp>",
                &format!("<cidrIp>{office}</cidrIp>{description}"),
                1,
            );
            (status, text.replacen('@', all, 1).into_bytes())
        }
        _ => recorded("security_group", request),
    });
    let mut configs = Vec::new();
    for cloud in [as_recorded, shuffled] {
        let seen = cloud.sweep(&SECURITY_GROUP).await;
        configs.push(config(&seen.items[WEB], &SECURITY_GROUP.technology()));
    }
    assert_eq!(configs[0], configs[1]);
}

#[tokio::test]
async fn a_look_reads_the_interfaces_of_the_groups_that_are_wanted() {
    let cloud = Cloud::recorded("security_group");
    let all = wanted(&SECURITY_GROUP, [WEB, "sg-gone"]);
    assert_eq!(cloud.gone(&SECURITY_GROUP, &all).await, ["sg-gone"]);
    for request in cloud.asked() {
        assert_eq!(request.parameters["Filter.1.Name"], "group-id");
        assert_eq!(request.parameters["Filter.1.Value.1"], WEB);
    }
}
