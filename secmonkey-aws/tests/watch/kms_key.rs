//! Keys: the calls they take, and what is AWS's.

use secmonkey_aws::watch::kms::{KEY, fewest_calls};
use secmonkey_core::watch::Part;

use crate::cloud::{Cloud, part, recorded};

#[tokio::test]
async fn a_region_takes_the_fewest_calls() {
    // A page holds two keys here, three aliases, and two grants; one key cannot rotate.
    let cloud = Cloud::recorded("kms_key");
    assert!(cloud.sweep(&KEY).await.is_complete());
    assert_eq!(cloud.calls(), 2 + 2 + 1 + (4 + 2) + (3 + 1) + (4 + 1));
    assert_eq!(fewest_calls(0, 0, &[]), 2);
    assert_eq!(fewest_calls(101, 1, &[0, 250]), 1 + 2 + 1 + 2 * 4 + 1 + 3);
}

#[tokio::test]
async fn grants_that_ec2_makes_for_volumes_are_nobodys_setting() {
    let seen = Cloud::recorded("kms_key").sweep(&KEY).await;
    let shown = seen.shown(&KEY.technology()).to_string();
    assert!(shown.contains("role/backup") && !shown.contains("ec2-infrastructure"));
}

/// A policy may deny everybody: the key is there all the same, and what is unread is said.
#[tokio::test]
async fn a_key_that_forbids_its_description_harms_no_other() {
    let locked = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let cloud = Cloud::new(move |request| {
        let about = request.parameters.values().any(|value| value.ends_with(locked));
        if about {
            request.refused(400, "AccessDeniedException")
        } else {
            recorded("kms_key", request)
        }
    });
    let seen = cloud.sweep(&KEY).await;
    assert!(seen.is_complete());
    let (locked, open): (Vec<_>, Vec<_>) =
        seen.items.values().partition(|item| item.id.ends_with(locked));
    assert_eq!((locked.len(), open.len()), (1, 3));
    assert!(matches!(part(locked[0], "/Policy"), Part::Failed(_)));
    assert_eq!(locked[0].name, "alias/invoices");
    assert!(
        open.iter().all(|item| item.parts.iter().all(|(_, one)| !matches!(one, Part::Failed(_))))
    );
}
