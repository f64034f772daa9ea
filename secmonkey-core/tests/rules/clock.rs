//! What a wrong clock may do: nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use secmonkey_core::Timestamp;
use secmonkey_core::event::{Event, Position};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::pipeline::{Error, Pipeline};
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::Technology;
use secmonkey_core::testing::{Look, PROVIDER, Scene};
use secmonkey_core::watch::{self, ClockCheck, Looked, Scope, Sweep, Wanted, Watcher};
use serde_json::json;

use crate::{OPEN, QUEUE};

/// Reads nothing, and says this of the clock.
struct Says<F>(F);

#[async_trait]
impl<F: Fn() -> ClockCheck + Send + Sync> Watcher for Says<F> {
    fn provider(&self) -> Provider {
        PROVIDER
    }

    fn technologies(&self) -> &[Technology] {
        &[]
    }

    fn check_clock(&self, _: Timestamp) -> ClockCheck {
        (self.0)()
    }

    async fn sweep(&self, _: &Scope, _: &Sweep) -> Result<(), watch::Error> {
        Ok(())
    }

    async fn look(&self, _: &Scope, _: &[Wanted]) -> Result<Vec<Looked>, watch::Error> {
        Ok(Vec::new())
    }
}

/// The scene's pipeline, beside whose watcher one says this of the clock.
fn told(scene: &Scene, says: impl Fn() -> ClockCheck + Send + Sync + 'static) -> Pipeline {
    scene.pipeline().watcher(Arc::new(Says(says)))
}

fn look() -> Look {
    Look::at(&QUEUE).item("q", json!({ "Open": true }))
}

fn wrong() -> ClockCheck {
    ClockCheck::Wrong("it is another year".to_owned())
}

async fn recorded(scene: &Scene, wanted: impl Fn(&Event) -> bool) -> bool {
    let log = scene.log.read_all(Position(0), usize::MAX).await.unwrap();
    log.iter().any(|envelope| wanted(&envelope.event))
}

/// One that is years ahead once ended justifications for good, and stamped all that followed.
#[tokio::test]
async fn a_clock_that_is_wrong_records_nothing_and_ends_no_justification() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    scene.scan(look()).await;
    let issue = scene.issues()[0].finding.issue.clone();
    let until = scene.now() + jiff::SignedDuration::from_hours(3);
    scene.justify(&issue, "until the move", Some(until)).await;
    scene.scan(look()).await;
    let head = scene.log.head().await.unwrap();
    scene.wait(10 * 365 * 24);
    let refused = told(&scene, wrong).scan(&scene.plan()).await;
    assert!(matches!(refused, Err(Error::Clock(_))), "{refused:?}");
    assert_eq!(scene.log.head().await.unwrap(), head);

    // Where nobody has answered, nobody knows.
    let expired = |event: &Event| matches!(event, Event::JustificationExpired { .. });
    told(&scene, || ClockCheck::Unanswered).scan(&scene.plan()).await.unwrap();
    assert!(!recorded(&scene, expired).await);
    told(&scene, || ClockCheck::Agrees).scan(&scene.plan()).await.unwrap();
    assert!(recorded(&scene, expired).await);
    // Whoever knows better says so.
    told(&scene, wrong).trust_clock().scan(&scene.plan()).await.unwrap();
}

/// The first answer may come late: what a scan has begun ends there.
#[tokio::test]
async fn a_clock_that_turns_out_wrong_ends_the_scan_before_anything_is_judged() {
    let scene = Scene::new(&[QUEUE]).check(&OPEN);
    scene.see(vec![look()]);
    let asked = AtomicU32::new(0);
    let pipeline = told(&scene, move || {
        if asked.fetch_add(1, Ordering::Relaxed) == 0 { ClockCheck::Unanswered } else { wrong() }
    });
    let refused = pipeline.scan(&scene.plan()).await;
    let Err(Error::EndedEarly { error, .. }) = refused else { panic!("{refused:?}") };
    assert!(matches!(*error, Error::Clock(_)), "{error}");
    assert!(recorded(&scene, |event| matches!(event, Event::ScanInterrupted { .. })).await);
    assert!(!recorded(&scene, |event| matches!(event, Event::IssueOpened(_))).await);
}
