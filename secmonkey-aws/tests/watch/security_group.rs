use secmonkey_aws::watch::ec2::security_group::{SECURITY_GROUP, SecurityGroups, fewest_calls};
use secmonkey_core::watch::{Cause, Part};

use crate::cloud::{
    Cloud, config, edited, failures, gone, part, recorded, refused_ec2, scope, shown, sweep,
    sweep_in,
};

const WEB: &str = "sg-0a1b2c3d4e5f60001";
const DEFAULT: &str = "sg-0a1b2c3d4e5f60002";

#[tokio::test]
async fn groups_carry_their_rules_and_what_they_are_attached_to() {
    let cloud = Cloud::recorded("security_group");
    let seen = sweep(&SecurityGroups::new(&cloud.sessions().await)).await;
    assert_eq!((&seen.end, seen.complete), (&Ok(()), true));
    insta::assert_json_snapshot!(shown(&seen, &SECURITY_GROUP));
    // The recorded listing has one page more than two groups need.
    assert_eq!(cloud.calls(), fewest_calls(2, 2) + 1);
    for request in cloud.asked() {
        assert_eq!(request.region, "eu-west-1");
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
}

#[tokio::test]
async fn a_group_without_an_arn_gets_one_of_its_own_partition() {
    let cloud = Cloud::recorded("security_group");
    let watcher = SecurityGroups::new(&cloud.sessions().await);
    let mut scope = scope(&watcher);
    scope.account.partition = "aws-cn".to_owned();
    scope.region = "cn-north-1".to_owned();
    let seen = sweep_in(&watcher, &scope).await;
    let arn = format!("arn:aws-cn:ec2:cn-north-1:123456789012:security-group/{DEFAULT}");
    assert_eq!(seen.items[DEFAULT].arn, Some(arn));
}

#[tokio::test]
async fn without_the_interfaces_the_groups_are_still_recorded() {
    for (failure, cause) in [
        (refused_ec2(403, "UnauthorizedOperation"), Cause::Denied),
        (refused_ec2(503, "RequestLimitExceeded"), Cause::Throttled),
    ] {
        let cloud = Cloud::new(move |request| match request.question.as_str() {
            "DescribeNetworkInterfaces" => failure.clone(),
            _ => recorded("security_group", request),
        });
        let seen = sweep(&SecurityGroups::new(&cloud.sessions().await)).await;
        assert_eq!((&seen.end, seen.complete), (&Ok(()), true));
        for id in [WEB, DEFAULT] {
            let failures = failures(&seen.items[id]);
            assert_eq!(failures["/Attachments"].cause, cause);
            assert_eq!(failures["/Attachments"].operation, "ec2:DescribeNetworkInterfaces");
        }
    }
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
        ("DescribeNetworkInterfaces", _) => refused_ec2(500, "InternalError"),
        _ => recorded("security_group", request),
    });
    let seen = sweep(&SecurityGroups::new(&cloud.sessions().await)).await;
    assert!(matches!(part(&seen.items[WEB], "/Attachments"), Part::Failed(_)));
    assert!(matches!(part(&seen.items[DEFAULT], "/Attachments"), Part::Failed(_)));
}

#[tokio::test]
async fn a_listing_that_fails_on_its_second_page_proves_nothing() {
    let cloud = Cloud::new(|request| match request.page.as_str() {
        "page-2" => refused_ec2(503, "RequestLimitExceeded"),
        _ => recorded("security_group", request),
    });
    let seen = sweep(&SecurityGroups::new(&cloud.sessions().await)).await;
    assert_eq!(seen.failed().cause, Cause::Throttled);
    assert!(seen.items.contains_key(WEB), "what was read before is kept");
}

#[tokio::test]
async fn a_token_that_comes_twice_proves_nothing() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "DescribeSecurityGroups" => {
            let (new, old) = (format!("sg-{}", request.page), "sg-0a1b2c3d4e5f60001");
            let mut first = request.clone();
            first.page.clear();
            edited("security_group", &first, old, &new)
        }
        _ => recorded("security_group", request),
    });
    let seen = sweep(&SecurityGroups::new(&cloud.sessions().await)).await;
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
        let seen = sweep(&SecurityGroups::new(&cloud.sessions().await)).await;
        configs.push(config(&seen.items[WEB], &SECURITY_GROUP));
    }
    assert_eq!(configs[0], configs[1]);
}

#[tokio::test]
async fn only_the_group_that_does_not_exist_is_gone() {
    let cloud = Cloud::new(|request| match request.parameters["GroupId.1"].as_str() {
        "sg-here" => (
            200,
            b"<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-here</groupId>\
              </item></securityGroupInfo></DescribeSecurityGroupsResponse>"
                .to_vec(),
        ),
        _ => refused_ec2(400, "InvalidGroup.NotFound"),
    });
    let watcher = SecurityGroups::new(&cloud.sessions().await);
    let all = [("sg-gone", "a"), ("sg-here", "b"), ("sg-gone-too", "c")];
    assert_eq!(gone(&watcher, &all).await.unwrap(), ["sg-gone", "sg-gone-too"]);
}

#[tokio::test]
async fn a_look_up_that_fails_takes_nothing_away() {
    for code in ["UnauthorizedOperation", "RequestLimitExceeded", "InternalError"] {
        let cloud = Cloud::new(move |request| match request.parameters["GroupId.1"].as_str() {
            "sg-gone" => refused_ec2(400, "InvalidGroup.NotFound"),
            _ => refused_ec2(403, code),
        });
        let watcher = SecurityGroups::new(&cloud.sessions().await);
        let answer = gone(&watcher, &[("sg-gone", "a"), ("sg-denied", "b")]).await;
        assert_eq!(answer.unwrap_err().operation, "ec2:DescribeSecurityGroups");
    }
}
