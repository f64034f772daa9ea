//! What a wrong clock may do: nothing.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use secmonkey_core::check::{Check, Rule};
use secmonkey_core::event::{Event, Position};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::pipeline::{ClockCheck, Error};
use secmonkey_core::technology::{Technology, Texts};
use secmonkey_core::testing::{Look, PROVIDER, Scene};
use serde_json::json;

const QUEUE: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("queue"), ..Technology::DEFAULT };

static OPEN: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "queue.open".into(),
        technology: "queue".into(),
        score: 5,
        reads: Texts::new(&["/Open"]),
        page: "# Queue is open".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |_, _, found| {
        found.add("", "open");
        Ok(())
    })
});

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
    let refused = scene.pipeline().clock_check(|_| wrong()).scan(&scene.plan()).await;
    assert!(matches!(refused, Err(Error::Clock(_))), "{refused:?}");
    assert_eq!(scene.log.head().await.unwrap(), head);

    // Where nobody has answered, nobody knows.
    let expired = |event: &Event| matches!(event, Event::JustificationExpired { .. });
    let unanswered = scene.pipeline().clock_check(|_| ClockCheck::Unanswered);
    unanswered.scan(&scene.plan()).await.unwrap();
    assert!(!recorded(&scene, expired).await);
    let agrees = scene.pipeline().clock_check(|_| ClockCheck::Agrees);
    agrees.scan(&scene.plan()).await.unwrap();
    assert!(recorded(&scene, expired).await);
}

/// The first answer may come late: what a scan has begun ends there.
#[tokio::test]
async fn a_clock_that_turns_out_wrong_ends_the_scan_before_anything_is_judged() {
    let scene = Scene::new(&[QUEUE]).check(&OPEN);
    scene.see(vec![look()]);
    let asked = AtomicU32::new(0);
    let pipeline = scene.pipeline().clock_check(move |_| {
        if asked.fetch_add(1, Ordering::Relaxed) == 0 { ClockCheck::Unanswered } else { wrong() }
    });
    let refused = pipeline.scan(&scene.plan()).await;
    assert!(matches!(refused, Err(Error::Clock(_))), "{refused:?}");
    assert!(recorded(&scene, |event| matches!(event, Event::ScanInterrupted { .. })).await);
    assert!(!recorded(&scene, |event| matches!(event, Event::IssueOpened(_))).await);
}
