//! Reports over what a scene recorded.

use secmonkey_core::query::{Known, Query, ReportKind, Reports as Made};

use super::api::{answered, catalogue, over, scene};
use super::*;

/// The path of a report of a scene, as of the end of it.
fn path(scene: &Scene, name: &str) -> String {
    let and = if name.contains('?') { '&' } else { '?' };
    format!("/api/v1/reports/{name}{and}at={}", scene.now())
}

#[tokio::test]
async fn a_report_is_that_of_the_library_in_every_form() {
    let scene = scene().await;
    let router = owners(over(&scene));
    let (now, catalogue) = (scene.now(), catalogue());
    let known =
        Known::at(scene.log.as_ref(), &scene.views, now, jiff::Timestamp::now()).await.unwrap();
    let made = Made {
        log: scene.log.as_ref(),
        views: &scene.views,
        known: &known,
        registry: &catalogue.registry,
        reads: &catalogue.reads,
        auditors: &catalogue.auditors,
        provider: &*catalogue.reports,
    };
    let since = now - jiff::SignedDuration::from_hours(2);
    let checks = vec!["group.open".to_owned()];
    let (daily, exposure) = (format!("daily?since={since}"), "exposure?check=group.open");
    let framework = "few-1.0".to_owned();
    for (name, kind) in [
        ("daily", ReportKind::Daily { since: None }),
        (&daily, ReportKind::Daily { since: Some(since) }),
        ("compliance?framework=few-1.0", ReportKind::Compliance { framework }),
        ("access-keys", ReportKind::AccessKeys),
        ("unused", ReportKind::Unused),
        ("public", ReportKind::Public),
        (exposure, ReportKind::Exposure { checks, since: None }),
        ("coverage", ReportKind::Coverage),
    ] {
        let report = made.report(&kind, Query::All, true).await.unwrap();
        let path = path(&scene, name);
        assert_eq!(answered(&router, &path).await, json!(report), "{name}");
        for (form, text) in [("text/markdown", report.markdown()), ("text/csv", report.csv())] {
            let request = HttpRequest::get(&path).header(header::ACCEPT, form);
            let (status, kind, body) =
                asked(router.clone(), request.body(Body::empty()).unwrap()).await;
            assert_eq!((status, kind), (StatusCode::OK, format!("{form}; charset=utf-8")));
            assert_eq!(body, text, "{name}");
        }
    }
    let public = answered(&router, &path(&scene, "public?q=name:sg-3")).await;
    assert_eq!(public["sections"]["public"].as_array().unwrap().len(), 1);
}
