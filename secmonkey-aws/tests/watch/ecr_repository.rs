//! Repositories: the calls they take, and how they are scanned.

use secmonkey_aws::watch::ecr::{REPOSITORY, fewest_calls};

use crate::cloud::{Cloud, failures, recorded};

#[tokio::test]
async fn a_region_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("ecr_repository");
    assert!(cloud.sweep(&REPOSITORY).await.is_complete());
    // The recorded listing has a page more than its repositories need, each with a call for
    // how they are scanned.
    assert_eq!(cloud.calls(), fewest_calls(2) + 2);
    assert_eq!(fewest_calls(0), 1);
    assert_eq!(fewest_calls(1001), 2 + 41 + 3 * 1001);
    assert_eq!(cloud.asked()[0].parameters["maxResults"], "1000");
}

#[tokio::test]
async fn how_repositories_are_scanned_is_a_part_of_each() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "BatchGetRepositoryScanningConfiguration" => request.refused(400, "AccessDeniedException"),
        _ => recorded("ecr_repository", request),
    });
    let seen = cloud.sweep(&REPOSITORY).await;
    assert!(seen.is_complete());
    for item in seen.items.values() {
        assert_eq!(failures(item).keys().collect::<Vec<_>>(), [&"/scanningConfiguration"]);
    }
}
