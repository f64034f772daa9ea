//! Views are brought up to date page by page, whoever gives up meanwhile.

use std::time::Duration;

use secmonkey_core::log::EventLog as _;
use secmonkey_core::testing::{Look, Scene};
use secmonkey_core::view::Views;
use serde_json::json;

use crate::QUEUE;

/// More events than a page has, and each item changed in several pages.
async fn scene() -> Scene {
    let mut scene = Scene::new(&[QUEUE]).without_checks();
    for revision in 0..6 {
        let look = (0..500).fold(Look::at(&QUEUE), |look, number| {
            look.item(&format!("q-{number}"), json!({ "Revision": revision }))
        });
        scene.scan(look).await;
    }
    scene
}

fn items(views: &Views) -> Vec<(String, u64)> {
    let rows = views.items().map(|row| row.unwrap());
    rows.map(|row| (row.key.id, row.revision)).collect()
}

/// A step that has begun comes to its end although nobody waits for it: whoever folds next must
/// not take the same events again.
#[tokio::test]
async fn a_fold_that_is_given_up_is_gone_on_with() {
    let scene = scene().await;
    let views = crate::slow_views();
    let log = scene.log.as_ref();
    let mut patience = Duration::from_millis(15);
    while tokio::time::timeout(patience, views.catch_up(log)).await.is_err() {
        patience += patience / 4;
    }
    assert!(patience > Duration::from_millis(30), "{patience:?}");
    assert_eq!(views.position().unwrap(), log.head().await.unwrap().position);
    assert_eq!(items(&views), items(&scene.views));
    assert!(items(&views).iter().all(|(_, revision)| *revision == 6));
}
