//! What happened to an issue.

use jiff::Timestamp;

use super::Error;
use crate::event::{Actor, Event, StreamId, Version};
use crate::issue::Issue;
use crate::log::EventLog;

/// How many events of a stream are read at a time.
const PAGE: usize = 256;

/// Something that happened to an issue.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// When it was recorded.
    pub at: Timestamp,
    /// Who recorded it.
    pub actor: Actor,
    /// What happened, in a word or two: `found`, `justified`.
    pub what: &'static str,
    /// What was said with it, or why it happened; may be empty.
    pub text: String,
}

/// What happened to an issue, the first thing first.
///
/// # Errors
/// Where the log cannot be read.
pub async fn issue_history(log: &dyn EventLog, issue: &Issue) -> Result<Vec<Happened>, Error> {
    let stream = StreamId::item(&issue.key);
    let id = &issue.finding.issue;
    let (mut all, mut next) = (Vec::new(), Version(1));
    loop {
        let page = log.read_stream(&stream, next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        next = Version(last.version.0 + 1);
        for envelope in page.iter().filter(|one| Issue::of(&one.event) == Some(id)) {
            if let Some((what, text)) = said(&envelope.event) {
                let (at, actor) = (envelope.recorded_at, envelope.actor.clone());
                all.push(Happened { at, actor, what, text });
            }
        }
    }
}

fn said(event: &Event) -> Option<(&'static str, String)> {
    Some(match event {
        Event::IssueOpened(finding) => ("found", finding.detail.clone()),
        Event::IssueUpdated(finding) => ("found otherwise", finding.detail.clone()),
        Event::IssueReopened(finding) => ("found again", finding.detail.clone()),
        Event::IssueResolved { reason, .. } => ("resolved", reason.as_str().replace('_', " ")),
        Event::IssueJustified { note, until, .. } => {
            let until = until.map(|until| format!(" (until {until:.0})")).unwrap_or_default();
            ("justified", format!("{note}{until}"))
        }
        Event::JustificationWithdrawn { .. } => ("justification withdrawn", String::new()),
        Event::JustificationExpired { .. } => ("justification over", String::new()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;
    use crate::check::{Check, Rule};
    use crate::technology::Technology;
    use crate::testing::{Look, PROVIDER, Scene};

    const GROUP: Technology =
        Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };
    const OPEN: Check = Check {
        id: Cow::Borrowed("group.open"),
        technology: Cow::Borrowed("group"),
        ..Check::DEFAULT
    };

    #[tokio::test]
    async fn what_happened_to_an_issue_is_told_in_order() {
        let mut scene = Scene::new(&[GROUP]).check(&Rule::new(OPEN, |item, _, found| {
            if !item.config["Open"].is_null() {
                found.add("", "open");
            }
            Ok(())
        }));
        let look =
            |config| Look::at(&GROUP).item("sg-1", config).item("sg-2", json!({ "Open": 1 }));
        scene.scan(look(json!({ "Open": 1 }))).await;
        let key = scene.key(&GROUP, "sg-1");
        let issue = scene.issues().into_iter().find(|one| one.key == key).unwrap();
        let until = "2026-03-01T00:00:00Z".parse().unwrap();
        scene.justify(&issue.finding.issue, "it is ours", Some(until)).await;
        scene.scan(look(json!({}))).await;
        scene.scan(look(json!({ "Open": 1 }))).await;
        let told = issue_history(scene.log.as_ref(), &issue).await.unwrap();
        let told: Vec<_> =
            told.iter().map(|one| format!("{}: {} {}", one.actor, one.what, one.text)).collect();
        assert_eq!(
            told,
            [
                "test: found open",
                "somebody: justified it is ours (until 2026-03-01T00:00:00Z)",
                "test: resolved fixed",
                "test: found again open",
            ]
        );
    }
}
