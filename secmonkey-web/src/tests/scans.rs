//! Scans that somebody stops.

use super::api::{may, over, scene, seen_by, sent};
use super::*;

#[tokio::test]
async fn a_scan_that_runs_is_stopped_and_no_other() {
    let scene = scene().await;
    let ids: Vec<_> = scene.views.scans().map(|row| row.unwrap().id).collect();
    let control = Arc::new(Fake { running: Some(ids[1].clone()), ..Fake::default() });
    let router = owners(Service { control: control.clone(), ..over(&scene) });
    let stopped = async |router: &Router, id: &str| {
        sent(router, ("DELETE", &format!("scans/{id}")), &[], json!({})).await
    };
    let (status, scan) = stopped(&router, ids[1].as_str()).await;
    assert_eq!((status, &scan["scan"]), (StatusCode::ACCEPTED, &json!(ids[1])));
    for (id, status) in [
        (ids[0].as_str(), StatusCode::CONFLICT),
        ("20990131T140000000Z", StatusCode::NOT_FOUND),
        ("nothing", StatusCode::NOT_FOUND),
    ] {
        let (got, problem) = stopped(&router, id).await;
        assert_eq!(got, status, "{problem}");
    }
    for router in [may(&scene, Role::Justify, ""), seen_by(&scene, "name:sg-2")] {
        assert_eq!(stopped(&router, ids[1].as_str()).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(*control.stopped.lock().unwrap(), [Actor::from("socket")]);
}
