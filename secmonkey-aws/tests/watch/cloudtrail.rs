use secmonkey_aws::watch::cloudtrail::{TRAIL, fewest_calls};

use crate::cloud::{Cloud, wanted};

#[tokio::test]
async fn a_trail_of_all_regions_is_read_in_its_home_region_alone() {
    let cloud = Cloud::recorded("cloudtrail");
    cloud.sweep(&TRAIL).await.end.unwrap();
    assert_eq!(cloud.calls(), fewest_calls(2));
    let listing = &cloud.asked()[0];
    assert_eq!(listing.parameters["includeShadowTrails"], "false");
}

#[tokio::test]
async fn a_trail_is_looked_up_by_its_arn() {
    const FORGOTTEN: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/forgotten";
    let cloud = Cloud::recorded("cloudtrail");
    let gone = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/gone";
    let all = wanted(&TRAIL, [FORGOTTEN, gone]);
    assert_eq!(cloud.gone(&TRAIL, &all).await, [gone]);
    assert!(cloud.asked()[0].parameters["trailNameList"].contains(gone));
}
