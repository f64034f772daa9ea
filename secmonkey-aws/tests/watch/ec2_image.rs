//! Machine images: the calls they take, and which of them are there.

use secmonkey_aws::watch::ec2::image::{IMAGE, fewest_calls};

use crate::cloud::{Cloud, wanted};

const WEB: &str = "ami-0abcdef1234567890";
const DISABLED: &str = "ami-0aaaaaaaaaaaaaa02";
const OF_ANOTHER: &str = "ami-0aaaaaaaaaaaaaa99";
const DEREGISTERED: &str = "ami-0dead00000000000d";

#[tokio::test]
async fn our_own_images_are_listed_the_deprecated_and_disabled_too() {
    let cloud = Cloud::recorded("ec2_image");
    let seen = cloud.sweep(&IMAGE).await;
    assert!(seen.items.contains_key(DISABLED) && !seen.items.contains_key(DEREGISTERED));
    assert!(!seen.items.contains_key(OF_ANOTHER));
    // The recorded listing has one page more than its images need.
    assert_eq!(cloud.calls(), fewest_calls(4) + 1);
    assert_eq!((fewest_calls(0), fewest_calls(1001)), (1, 2 + 1001));
    for request in cloud.asked().iter().filter(|it| it.question == "DescribeImages") {
        assert_eq!(request.parameters["Owner.1"], "self");
        assert_eq!(request.parameters["IncludeDeprecated"], "true");
        assert_eq!(request.parameters["IncludeDisabled"], "true");
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
}

#[tokio::test]
async fn a_deregistered_image_is_gone_while_it_is_still_found() {
    let all = wanted(&IMAGE, [DEREGISTERED, DISABLED, WEB, "ami-gone"]);
    let gone = Cloud::recorded("ec2_image").gone(&IMAGE, &all).await;
    assert_eq!(gone, [DEREGISTERED, "ami-gone"]);
}
