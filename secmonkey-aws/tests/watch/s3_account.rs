use secmonkey_aws::watch::s3::account::{ACCOUNT, FEWEST_CALLS};
use secmonkey_core::watch::{Found, Part};

use crate::cloud::{ACCOUNT as ID, Cloud, part, wanted};

#[tokio::test]
async fn an_account_is_one_item() {
    let cloud = Cloud::recorded("s3_account");
    assert_eq!(cloud.sweep(&ACCOUNT).await.only().id, ID);
    assert_eq!(cloud.calls(), FEWEST_CALLS);
}

#[tokio::test]
async fn an_account_that_blocks_nothing_is_an_item_too_and_never_gone() {
    let cloud = Cloud::new(|request| request.refused(404, "NoSuchPublicAccessBlockConfiguration"));
    let seen = cloud.sweep(&ACCOUNT).await;
    assert!(seen.is_complete());
    assert_eq!(part(seen.only(), "/PublicAccessBlockConfiguration"), &Part::Absent);
    let found = cloud.look(&ACCOUNT, &wanted(&ACCOUNT, [ID])).await;
    assert!(matches!(found[ID], Found::There(_)), "{found:?}");
}
