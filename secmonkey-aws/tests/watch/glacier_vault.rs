//! Vaults: the calls they take, and what their policies are.

use secmonkey_aws::watch::glacier::{VAULT, fewest_calls};
use secmonkey_core::watch::Found;

use crate::cloud::{Cloud, failures, raw, recorded, wanted};

const PHOTOS: &str = "arn:aws:glacier:eu-west-1:123456789012:vaults/photos";
const TAXES: &str = "arn:aws:glacier:eu-west-1:123456789012:vaults/taxes";

#[tokio::test]
async fn a_region_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("glacier_vault");
    assert!(cloud.sweep(&VAULT).await.is_complete());
    // The recorded listing has a page more than its vaults need.
    assert_eq!(cloud.calls(), fewest_calls(2) + 1);
    assert_eq!(fewest_calls(0), 1);
    assert_eq!(fewest_calls(11), 2 + 4 * 11);
}

#[tokio::test]
async fn the_policy_of_the_lock_is_a_policy_of_the_vault() {
    let seen = Cloud::recorded("glacier_vault").sweep(&VAULT).await;
    let taxes = raw(&seen.items[TAXES]);
    let policies: Vec<_> = taxes["Policies"].as_object().unwrap().keys().collect();
    assert_eq!(policies, ["VaultAccessPolicy", "VaultLockPolicy"]);
    assert_eq!(taxes["VaultLock"]["State"], "InProgress");
    assert!(taxes["VaultLock"]["Policy"].is_null());
    assert!(raw(&seen.items[PHOTOS])["Policies"].is_null());
}

/// Whom a vault lets in is not known where one of its policies is not.
#[tokio::test]
async fn a_lock_that_cannot_be_read_leaves_the_policies_unread() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "lock-policy" => request.refused(403, "AccessDeniedException"),
        _ => recorded("glacier_vault", request),
    });
    let seen = cloud.sweep(&VAULT).await;
    let failed = failures(&seen.items[TAXES]);
    assert_eq!(failed.keys().collect::<Vec<_>>(), [&"/Policies", &"/VaultLock"]);
}

/// AWS refuses all of Glacier to whoever has nothing in it.
#[tokio::test]
async fn an_account_without_storage_has_no_vaults_and_loses_none() {
    let cloud = Cloud::new(|request| request.refused(400, "NoLongerSupportedException"));
    let seen = cloud.sweep(&VAULT).await;
    assert!(seen.is_complete() && seen.items.is_empty());
    let found = cloud.look(&VAULT, &wanted(&VAULT, [TAXES])).await;
    assert!(matches!(found[TAXES], Found::Failed(_)), "{found:?}");
}
