use secmonkey_aws::watch::ec2::prefix_list::{PREFIX_LIST, fewest_calls};
use secmonkey_core::watch::{Cause, Part};

use crate::cloud::{Cloud, config, recorded, wanted};

const OF_AWS: &str = "pl-3b927c52";
const OFFICES: &str = "pl-0a11ce0000000001a";
const SHARED: &str = "pl-0b0b0000000000001";
const EMPTY: &str = "pl-0c0ffee0000000001";
const DELETED: &str = "pl-0dead00000000001a";

#[tokio::test]
async fn entries_are_read_of_every_list_but_those_of_aws() {
    let cloud = Cloud::recorded("ec2_prefix_list");
    let seen = cloud.sweep(&PREFIX_LIST).await;
    seen.end.as_ref().unwrap();
    assert_eq!(seen.items.keys().collect::<Vec<_>>(), [OFFICES, SHARED, EMPTY, OF_AWS]);
    assert!(seen.items[OF_AWS].parts.is_empty());
    // Two listings were recorded in one page more than they need.
    assert_eq!(cloud.calls(), fewest_calls(1, &[3, 1, 0]) + 2);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "100");
    }
}

/// Who is let in by a list without entries is nobody, by one that is unread whoever it may be.
#[tokio::test]
async fn a_list_without_entries_is_told_from_one_that_was_not_read() {
    let cloud = Cloud::recorded("ec2_prefix_list");
    let empty = &cloud.sweep(&PREFIX_LIST).await.items[EMPTY];
    let config = config(empty, &PREFIX_LIST.technology());
    assert_eq!(config["ManagedPrefixListEntries"], serde_json::json!({}));

    let denied = Cloud::new(|request| match request.question.as_str() {
        "GetManagedPrefixListEntries" => request.refused(403, "UnauthorizedOperation"),
        _ => recorded("ec2_prefix_list", request),
    });
    let seen = denied.sweep(&PREFIX_LIST).await;
    seen.end.as_ref().unwrap();
    assert_eq!(seen.failures().len(), 3);
    let (_, part) = &seen.items[EMPTY].parts[0];
    assert!(matches!(part, Part::Failed(error) if error.cause == Cause::Denied));
}

#[tokio::test]
async fn a_deleted_list_is_gone_while_it_is_still_found() {
    let all = wanted(&PREFIX_LIST, [DELETED, OFFICES, "pl-gone"]);
    let cloud = Cloud::recorded("ec2_prefix_list");
    assert_eq!(cloud.gone(&PREFIX_LIST, &all).await, [DELETED, "pl-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "prefix-list-id");
}
