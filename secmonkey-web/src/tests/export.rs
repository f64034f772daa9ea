//! Everything at once.

use secmonkey_core::query::configuration;

use super::api::{over, scene, seen_by};
use super::*;

async fn lines(router: &Router, path: &str) -> Vec<Value> {
    let (status, kind, body) = asked(router.clone(), get(path)).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/x-ndjson"), "{body}");
    body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn every_configuration_that_somebody_sees_is_a_line() {
    let scene = scene().await;
    let router = owners(over(&scene));
    let mut configurations = Vec::new();
    for row in scene.views.items() {
        let (log, row) = (scene.log.as_ref(), row.unwrap());
        configurations.extend(configuration(log, &scene.views, &row, None).await.unwrap());
    }
    let path = "/api/v1/export/configs";
    assert_eq!(json!(lines(&router, path).await), json!(configurations));
    assert_eq!(configurations.len(), 6, "what is gone is left out");
    // Before the second scan one was there that is gone now, and a user was not.
    let scans: Vec<_> = scene.views.scans().map(|row| row.unwrap()).collect();
    let then = scans.iter().map(|scan| scan.ended_at.unwrap()).min().unwrap();
    let lines_then = lines(&router, &format!("{path}?at={then}")).await;
    let names: Vec<_> = lines_then.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"sg-gone") && !names.contains(&"AIDA1"), "{names:?}");
    let seen = lines(&seen_by(&scene, "name:sg-2"), path).await;
    assert_eq!((seen.len(), &seen[0]["name"]), (1, &json!("sg-2")));
    assert_eq!(lines(&seen_by(&scene, "name:nothing"), path).await, Vec::<Value>::new());
}
