//! Key pairs: one call reads them.

use secmonkey_aws::watch::ec2::key_pair::{FEWEST_CALLS, KEY_PAIR};

use crate::cloud::{Cloud, wanted};

#[tokio::test]
async fn one_call_reads_all_with_their_public_keys() {
    let cloud = Cloud::recorded("key_pair");
    let seen = cloud.sweep(&KEY_PAIR).await;
    assert_eq!(cloud.calls(), FEWEST_CALLS);
    assert_eq!(cloud.asked()[0].parameters["IncludePublicKey"], "true");
    assert!(seen.items.values().all(|item| item.config["PublicKey"].is_string()));
}

/// A name may be used again: the id says which key was meant.
#[tokio::test]
async fn a_key_is_looked_for_by_its_id() {
    let all = wanted(&KEY_PAIR, ["key-0b94643da6EXAMPLE", "key-gone"]);
    let cloud = Cloud::recorded("key_pair");
    assert_eq!(cloud.gone(&KEY_PAIR, &all).await, ["key-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "key-pair-id");
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Value.1"], "key-0b94643da6EXAMPLE");
}
