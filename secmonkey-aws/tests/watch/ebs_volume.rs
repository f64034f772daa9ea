//! Volumes: the calls they take, and which of them are there.

use secmonkey_aws::watch::ec2::volume::{VOLUME, fewest_calls};

use crate::cloud::{Cloud, wanted};

const ROOT: &str = "vol-049df61146c4d7901";
const DELETED: &str = "vol-0dead00000000000d";

#[tokio::test]
async fn volumes_are_listed_in_the_largest_pages() {
    let cloud = Cloud::recorded("ebs_volume");
    assert!(cloud.sweep(&VOLUME).await.is_complete());
    // The recorded listing has one page more than its volumes need.
    assert_eq!(cloud.calls(), fewest_calls(5) + 1);
    assert_eq!((fewest_calls(0), fewest_calls(1001)), (1, 2));
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
        assert_eq!(request.parameters["IncludeManagedResources"], "true");
    }
}

#[tokio::test]
async fn a_deleted_volume_is_gone_while_it_is_still_found() {
    let all = wanted(&VOLUME, [DELETED, ROOT, "vol-gone"]);
    let gone = Cloud::recorded("ebs_volume").gone(&VOLUME, &all).await;
    assert_eq!(gone, [DELETED, "vol-gone"]);
}

/// AWS tells it of some volumes only.
#[tokio::test]
async fn every_volume_has_an_arn() {
    let seen = Cloud::recorded("ebs_volume").sweep(&VOLUME).await;
    for (id, item) in &seen.items {
        let arn = format!("arn:aws:ec2:eu-west-1:123456789012:volume/{id}");
        assert_eq!(item.arn, Some(arn));
    }
}
