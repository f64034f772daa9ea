//! Snapshots: the calls they take, and whom they are shared with.

use secmonkey_aws::watch::ec2::snapshot::{SNAPSHOT, fewest_calls};
use secmonkey_core::watch::Part;
use serde_json::json;

use crate::cloud::{Cloud, part, recorded};

const SHARED: &str = "snap-066877671789bd71b";
const PUBLIC: &str = "snap-0aaaaaaaaaaaaaa01";
const PENDING: &str = "snap-0aaaaaaaaaaaaaa02";
const OF_ANOTHER: &str = "snap-0aaaaaaaaaaaaaa99";

#[tokio::test]
async fn a_region_takes_a_call_a_snapshot_beside_the_listing_of_our_own() {
    let cloud = Cloud::recorded("ebs_snapshot");
    let seen = cloud.sweep(&SNAPSHOT).await;
    assert!(seen.items.contains_key(PENDING) && !seen.items.contains_key(OF_ANOTHER));
    // The recorded listing has one page more than its snapshots need.
    assert_eq!(cloud.calls(), fewest_calls(5) + 1);
    assert_eq!((fewest_calls(0), fewest_calls(1001)), (1, 2 + 1001));
    for request in cloud.asked().iter().filter(|it| it.question == "DescribeSnapshots") {
        assert_eq!(request.parameters["Owner.1"], "self");
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
}

#[tokio::test]
async fn whom_a_snapshot_is_shared_with_is_told_from_not_known() {
    let cloud = Cloud::new(|request| {
        let about = |id: &str| request.parameters.values().any(|value| value == id);
        match request.question.as_str() {
            "DescribeSnapshotAttribute" if about(SHARED) => {
                request.refused(403, "UnauthorizedOperation")
            }
            _ => recorded("ebs_snapshot", request),
        }
    });
    let seen = cloud.sweep(&SNAPSHOT).await;
    assert!(seen.is_complete());
    let of = |id: &str| part(&seen.items[id], "/CreateVolumePermissions");
    assert!(matches!(of(SHARED), Part::Failed(_)));
    assert_eq!(of(PENDING), &Part::Absent);
    let public = json!([{ "UserId": "aws-marketplace" }, { "Group": "all" }]);
    assert_eq!(of(PUBLIC), &Part::Known(public));
}
