//! Doubt leans to telling: what could only take a finding away, and cannot be read, does not
//! keep it from being told.

use std::borrow::Cow;
use std::sync::LazyLock;

use secmonkey_core::check::{Check, Rule};
use secmonkey_core::event::Resolution;
use secmonkey_core::technology::{Technology, Texts};
use secmonkey_core::testing::{Look, PROVIDER, Scene, denied};
use secmonkey_core::watch::Part;
use serde_json::json;

const QUEUE: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("queue"), ..Technology::DEFAULT };

/// Finds what is open, unless something blocks it.
static OPEN: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "queue.open".into(),
        technology: "queue".into(),
        score: 9,
        reads: Texts::new(&["/Open", "/Block"]),
        doubts: Texts::new(&["/Block"]),
        page: "# Queue is open".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, _, found| {
        if item.config["Open"] == true && item.config["Block"] != true {
            found.add("", "open");
        }
        Ok(())
    })
});

fn look(block: Part) -> Look {
    Look::at(&QUEUE).item("q", json!({ "Open": true })).part("/Block", block)
}

fn unread() -> Part {
    Part::Failed(denied("test:GetBlock"))
}

#[tokio::test]
async fn a_finding_in_doubt_is_told_and_ends_when_what_was_in_doubt_is_read() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    let summary = scene.scan(look(unread())).await;
    assert!(summary.undecided.is_empty(), "{summary:?}");
    let issue = scene.issues().remove(0);
    assert_eq!(issue.finding.doubt.iter().collect::<Vec<_>>(), ["/Block"]);
    assert_eq!(issue.finding.score, 9);
    scene.justify(&issue.finding.issue, "it is blocked elsewhere", None).await;

    scene.scan(look(Part::Known(json!(true)))).await;
    let issue = scene.issues().remove(0);
    let what = "/Block".to_owned();
    assert_eq!(issue.resolved_reason, Some(Resolution::ReadNow { what }));
    assert!(issue.justification.is_some(), "nothing was fixed");
}

#[tokio::test]
async fn a_doubt_that_is_read_and_takes_nothing_away_is_none_any_more() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    scene.scan(look(unread())).await;
    scene.scan(look(Part::Absent)).await;
    let issue = scene.issues().remove(0);
    assert!(issue.resolved_at.is_none() && issue.finding.doubt.is_empty(), "{issue:?}");
    // Unread again, it keeps the value that was read: nothing to doubt, and nothing to say.
    scene.events().await;
    scene.scan(look(unread())).await;
    assert_eq!(scene.events().await, [] as [String; 0]);
}
