use secmonkey_aws::watch::directconnect::{CONNECTION, fewest_calls};

use crate::cloud::{Cloud, wanted};

const ENDED: &str = "dxcon-ffdeleted";
const HOSTED: &str = "dxcon-fh6ayh1d";
const OWN: &str = "dxcon-fg5678gh";
const THEIRS: &str = "dxcon-fftheirs";

#[tokio::test]
async fn a_region_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("directconnect_connection");
    let seen = cloud.sweep(&CONNECTION).await;
    assert_eq!(seen.items.keys().collect::<Vec<_>>(), [OWN, HOSTED]);
    // The recorded listing has a page more than its connections need.
    assert_eq!(cloud.calls(), fewest_calls(4) + 1);
    assert_eq!((fewest_calls(0), fewest_calls(101)), (1, 2));
}

#[tokio::test]
async fn a_deleted_connection_is_gone_while_it_is_still_told() {
    let cloud = Cloud::recorded("directconnect_connection");
    let all = wanted(&CONNECTION, [ENDED, HOSTED, OWN, THEIRS]);
    assert_eq!(cloud.gone(&CONNECTION, &all).await, [ENDED, THEIRS]);
}
