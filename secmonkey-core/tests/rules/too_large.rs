//! Configurations that are too large to keep: told, with their digest, and never dropped.

use secmonkey_core::pipeline::{Limits, Summary};
use secmonkey_core::testing::{Look, Scene};
use secmonkey_core::view::Views;
use serde_json::{Value, json};

use crate::{OPEN, QUEUE};

async fn scan(scene: &Scene, look: Look) -> Summary {
    scene.wait(1);
    scene.see(vec![look]);
    let mut limits = Limits::default();
    limits.item_bytes = 1_000;
    scene.pipeline().limits(limits).scan(&scene.plan()).await.unwrap()
}

fn queue(config: Value) -> Look {
    Look::at(&QUEUE).item("q", config)
}

/// A list in this order, longer than the limit.
fn huge(first: &str, open: bool) -> Look {
    queue(json!({ "List": [first, "x".repeat(2_000), "z"], "Open": open }))
}

#[tokio::test]
async fn what_grows_too_large_keeps_what_was_known_and_says_so() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    scan(&scene, queue(json!({ "Open": true }))).await;
    let key = scene.key(&QUEUE, "q");
    scene.events().await;

    let summary = scan(&scene, huge("a", false)).await;
    assert!(summary.failures[0].reason.contains("too large"), "{:?}", summary.failures);
    assert_eq!((summary.items.changed, summary.items.deleted), (1, 0));
    let row = scene.views.item(&key).unwrap().unwrap();
    assert!(row.too_large.as_ref().is_some_and(|now| now.bytes > 2_000), "{row:?}");
    assert_eq!(Views::unread(&row).keys().collect::<Vec<_>>(), [""]);
    assert_eq!(scene.views.config(&key).unwrap().unwrap(), json!({ "Open": true }));
    assert!(scene.issues()[0].resolved_at.is_none(), "an older value resolves nothing");
    let told = scene.told.take().pop().unwrap();
    assert_eq!(told.changes[0].kind.as_str(), "too_large");
    assert_eq!(scene.events().await.len(), 1);

    // The same in another order is no event; another one is.
    let summary =
        scan(&scene, queue(json!({ "List": ["z", "x".repeat(2_000), "a"], "Open": false })));
    assert_eq!(summary.await.failures.len(), 1, "and still told");
    assert_eq!(scene.events().await, [] as [String; 0]);
    scan(&scene, huge("b", false)).await;
    assert_eq!(scene.events().await.len(), 1);

    // Small again: it is read, and judged.
    let summary = scan(&scene, queue(json!({ "Open": false }))).await;
    assert!(summary.failures.is_empty());
    let row = scene.views.item(&key).unwrap().unwrap();
    assert!(row.too_large.is_none() && Views::unread(&row).is_empty());
    assert_eq!(scene.views.config(&key).unwrap().unwrap(), json!({ "Open": false }));
    assert!(scene.issues()[0].resolved_at.is_some());
    scene.events().await;
    scan(&scene, queue(json!({ "Open": false }))).await;
    assert_eq!(scene.events().await, [] as [String; 0]);
}

#[tokio::test]
async fn what_was_never_small_is_an_item_that_no_check_decides_about() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    scan(&scene, huge("a", true)).await;
    let key = scene.key(&QUEUE, "q");
    let row = scene.views.item(&key).unwrap().unwrap();
    assert!(row.too_large.is_some());
    assert_eq!(row.undecided["queue.open"].because, "its configuration was never read");
    assert!(scene.issues().is_empty());
    scene.events().await;
    scan(&scene, huge("a", true)).await;
    assert_eq!(scene.events().await, [] as [String; 0]);

    // Gone, and back as large: another resource.
    scan(&scene, Look::at(&QUEUE).gone(&["q"])).await;
    assert!(scene.views.item(&key).unwrap().unwrap().too_large.is_none());
    scan(&scene, huge("a", true)).await;
    let row = scene.views.item(&key).unwrap().unwrap();
    assert!(!row.deleted && row.too_large.is_some());

    scan(&scene, queue(json!({ "Open": true }))).await;
    assert_eq!(scene.issues().len(), 1);
    assert_eq!(scene.views.config(&key).unwrap().unwrap(), json!({ "Open": true }));
    let kinds: Vec<_> =
        scene.views.revisions(&key).unwrap().iter().map(|one| one.kind.as_str()).collect();
    let expected = ["discovered", "too_large", "deleted", "returned", "too_large", "rebased"];
    assert_eq!(kinds, expected);
}
