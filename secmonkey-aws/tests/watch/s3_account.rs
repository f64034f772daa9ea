use secmonkey_aws::watch::s3::account::{ACCOUNT, AccountSettings, FEWEST_CALLS};
use secmonkey_core::watch::{Cause, Part};

use crate::cloud::{Cloud, gone, part, refused_query, shown, sweep};

#[tokio::test]
async fn an_account_is_one_item() {
    let cloud = Cloud::recorded("s3_account");
    let seen = sweep(&AccountSettings::new(&cloud.sessions().await)).await;
    assert_eq!((&seen.end, seen.complete), (&Ok(()), true));
    insta::assert_json_snapshot!(shown(&seen, &ACCOUNT));
    assert_eq!(cloud.calls(), FEWEST_CALLS);
}

#[tokio::test]
async fn an_account_that_blocks_nothing_is_an_item_too() {
    let cloud = Cloud::new(|_| refused_query(404, "NoSuchPublicAccessBlockConfiguration"));
    let seen = sweep(&AccountSettings::new(&cloud.sessions().await)).await;
    assert!(seen.complete);
    assert_eq!(part(seen.only(), "/PublicAccessBlockConfiguration"), &Part::Absent);
}

#[tokio::test]
async fn a_failed_call_proves_nothing() {
    let cloud = Cloud::new(|_| refused_query(403, "AccessDenied"));
    let seen = sweep(&AccountSettings::new(&cloud.sessions().await)).await;
    assert_eq!(seen.failed().cause, Cause::Denied);
    assert_eq!(seen.failed().operation, "s3:GetAccountPublicAccessBlock");
    assert!(seen.items.is_empty());
}

#[tokio::test]
async fn an_account_is_never_gone() {
    let cloud = Cloud::new(|_| refused_query(404, "NoSuchPublicAccessBlockConfiguration"));
    let watcher = AccountSettings::new(&cloud.sessions().await);
    assert!(gone(&watcher, &[("123456789012", "123456789012")]).await.unwrap().is_empty());
}
