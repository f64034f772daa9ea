//! Access points of one region, and those of several: where they are asked for, and the calls.

use secmonkey_aws::AWS;
use secmonkey_aws::watch::s3::{access_point, multi_region_access_point};
use secmonkey_core::account::Account;
use secmonkey_core::item::GLOBAL;
use secmonkey_core::watch::{Part, Scope};

use crate::cloud::{ACCOUNT, Cloud, part, recorded, sweep_in};

#[tokio::test]
async fn a_region_is_asked_in_the_region_and_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("s3_access_point");
    assert!(cloud.sweep(&access_point::ACCESS_POINT).await.is_complete());
    // The recorded listing has a page more than its access points need.
    assert_eq!(cloud.calls(), access_point::fewest_calls(2) + 1);
    assert!(cloud.asked().iter().all(|asked| asked.region == "eu-west-1"));
    assert_eq!(cloud.asked()[0].parameters["maxResults"], "1000");
    assert_eq!((access_point::fewest_calls(0), access_point::fewest_calls(1001)), (1, 3005));
}

#[tokio::test]
async fn an_access_point_without_a_policy_has_none() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "policy" => request.refused(404, "NoSuchAccessPointPolicy"),
        _ => recorded("s3_access_point", request),
    });
    let seen = cloud.sweep(&access_point::ACCESS_POINT).await;
    assert!(seen.is_complete());
    let item = &seen.items["arn:aws:s3:eu-west-1:123456789012:accesspoint/analytics"];
    assert_eq!(part(item, "/Policy"), &Part::Absent);
}

#[tokio::test]
async fn those_of_several_regions_are_asked_where_aws_keeps_them() {
    const FACTS: &secmonkey_aws::watch::Facts = &multi_region_access_point::ACCESS_POINT;
    let cloud = Cloud::recorded("s3_multi_region_access_point");
    assert!(cloud.sweep(FACTS).await.is_complete());
    // The recorded listing has a page more than its access points need.
    assert_eq!(cloud.calls(), multi_region_access_point::fewest_calls(2) + 1);
    assert!(cloud.asked().iter().all(|asked| asked.region == "us-west-2"));

    let mut account = Account::new(AWS, ACCOUNT.parse().unwrap(), "prod");
    account.set("partition", "aws-cn");
    let scope = Scope { account, region: GLOBAL.to_owned() };
    let elsewhere = Cloud::recorded("s3_multi_region_access_point");
    assert!(sweep_in(elsewhere.watcher(FACTS).await.as_ref(), &scope).await.is_complete());
    assert_eq!(elsewhere.calls(), 0);
}
