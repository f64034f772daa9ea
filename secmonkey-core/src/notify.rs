//! Notifiers tell people.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use crate::account::AccountId;
use crate::attribution::Attribution;
use crate::event::{Actor, Failure, Opened, Position, Resolution, ScanId};
use crate::item::Key;
use crate::outside::line;
use crate::query::Unvouched;
use crate::render::Changed;
use crate::report::Report;

pub use crate::replay::ChangeKind;

pub mod html;
pub mod mail;
pub mod payload;
pub mod receivers;
pub mod section;
pub mod text;

/// Tells people what happened.
///
/// Called once what there is to tell is in the log: with each scan by a
/// [`Pipeline`](crate::pipeline::Pipeline), or beside the scans by a
/// [`Dispatcher`](crate::dispatch::Dispatcher). What it delivered is recorded; what it did not is
/// told again, under the same [`Message::id`]. A notifier that fails, hangs or panics harms nobody
/// but those it serves.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// What error messages and settings call it: `ses`, `console`.
    fn name(&self) -> &str;

    /// Delivers one message.
    ///
    /// # Errors
    /// Where it could not be delivered; whether trying again can help.
    async fn notify(&self, message: &Message) -> Result<(), Error>;

    /// Looks whether it could deliver, as far as that shows without telling anybody: whether its
    /// secrets are there, its server answers and knows us.
    ///
    /// # Errors
    /// What is in the way.
    async fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// Why a message was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It may be delivered later.
    #[error("not delivered now: {0}")]
    Unavailable(String),
    /// The settings are wrong or the receiver refuses: somebody has to mend that first.
    #[error("refused: {0}")]
    Refused(String),
    /// Nothing came of it for this long.
    #[error("not delivered within {} s", .0.as_secs())]
    Late(Duration),
    /// A mistake in the notifier.
    #[error("the notifier panicked: {0}")]
    Panicked(String),
}

impl Error {
    /// The same with what somebody else said as a [`line`].
    pub(crate) fn heard(self) -> Self {
        match self {
            Self::Unavailable(said) => Self::Unavailable(line(&said)),
            Self::Refused(said) => Self::Refused(line(&said)),
            Self::Panicked(said) => Self::Panicked(line(&said)),
            Self::Late(_) => self,
        }
    }
}

/// A message that a notifier did not deliver: it can be sent again.
#[derive(Debug, Clone)]
pub struct Undelivered {
    /// The notifier's name.
    pub notifier: String,
    /// The message.
    pub message: Message,
    /// Why.
    pub error: Error,
}

/// What people are told, as the log says it: what happened in an account, what somebody
/// decided, or a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// Names the message for ever: who gets it twice can tell.
    pub id: String,
    /// What it is.
    pub kind: MessageKind,
    /// Whom it is for, as the notifier names recipients: an address, a channel. `None`: whom
    /// the notifier's settings name.
    pub to: Option<String>,
    /// Why whoever gets it does, a line for each reason: the subscription and its query.
    pub why: Vec<String>,
    /// How to get no more of it: a command, or a link.
    pub how_to_stop: Option<String>,
    /// Where the pages show it: an absolute URL.
    pub link: Option<String>,
    /// Where in the log it ends.
    pub position: Position,
    /// Where the events begin that it is read from.
    #[serde(skip)]
    pub(crate) from: Position,
    /// The account; [`Message::SEVERAL`] where it is about more than one or about none.
    pub account: AccountId,
    /// The account as people know it: name and id; of several, how many they are.
    pub title: String,
    /// The scan: the last of several; of what belongs to none, named after the time.
    pub scan: ScanId,
    /// When it began: the first of the scans, the first decision, the day.
    pub started_at: Timestamp,
    /// Items that appeared, changed, went or came back; rebased ones are not here.
    pub changes: Vec<ItemChange>,
    /// Issues that were opened, reopened, widened or resolved, or whose justification ended.
    pub issues: Vec<IssueChange>,
    /// Items that changed and changed back before anybody was told: a line each.
    pub reverted: Vec<ItemChange>,
    /// Issues that came and went before anybody was told: nobody has to do anything.
    pub passing: Vec<IssueChange>,
    /// What people decided about issues.
    pub decisions: Vec<DecisionTold>,
    /// The report, where the message is one.
    pub daily: Option<Report>,
    /// How many more changes and issues there are than are listed here.
    pub omitted: u64,
    /// What was seen for the first time ever, counted and not listed: no storm.
    pub baseline: Option<Baseline>,
    /// What could not be read.
    pub failures: Vec<Failure>,
}

impl Message {
    /// The account of a message that is about several, or about none.
    pub const SEVERAL: &'static str = "*";

    /// More issues and changes than this are a storm.
    pub const STORM: usize = 200;

    /// A message that says nothing yet.
    #[must_use]
    pub fn new(account: AccountId, title: impl Into<String>, scan: ScanId, at: Timestamp) -> Self {
        Self {
            id: String::new(),
            kind: MessageKind::Changes,
            to: None,
            why: Vec::new(),
            how_to_stop: None,
            link: None,
            position: Position(0),
            from: Position(0),
            account,
            title: title.into(),
            scan,
            started_at: at,
            changes: Vec::new(),
            issues: Vec::new(),
            reverted: Vec::new(),
            passing: Vec::new(),
            decisions: Vec::new(),
            daily: None,
            omitted: 0,
            baseline: None,
            failures: Vec::new(),
        }
    }

    /// Whether there is so much to tell that only the worst is shown, and the rest counted.
    #[must_use]
    pub fn is_storm(&self) -> bool {
        self.issues.len() + self.changes.len() + self.decisions.len() > Self::STORM
    }

    /// Brings what it lists into order: the worst issues, then items by key.
    pub(crate) fn sort(&mut self) {
        for issues in [&mut self.issues, &mut self.passing] {
            issues.sort_by(|a, b| {
                let place = |it: &IssueChange| {
                    (it.key.clone(), it.finding.check.clone(), it.finding.subject.clone())
                };
                b.finding.score.cmp(&a.finding.score).then_with(|| place(a).cmp(&place(b)))
            });
        }
        for changes in [&mut self.changes, &mut self.reverted] {
            changes.sort_by(|a, b| (&a.key, a.revision).cmp(&(&b.key, b.revision)));
        }
    }

    /// Whether there is nothing to tell. A test always tells that it is one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.issues.is_empty()
            && self.reverted.is_empty()
            && self.passing.is_empty()
            && self.decisions.is_empty()
            && self.daily.is_none()
            && self.baseline.is_none()
            && self.kind != MessageKind::Test
    }
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MessageKind {
    /// What happened to items and issues.
    Changes,
    /// What people decided about issues.
    Decisions,
    /// The report of a day.
    Daily,
    /// A trial of whether messages arrive: there is nothing to do.
    Test,
}

/// A decision about an issue, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionTold {
    /// The item.
    pub key: Key,
    /// What people call the item.
    pub name: String,
    /// The finding as it stands, or last stood.
    pub finding: Opened,
    /// What was decided.
    #[serde(flatten)]
    pub what: DecisionKind,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What was decided about an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecisionKind {
    /// It is acceptable.
    Justified {
        /// Why.
        note: String,
        /// Until when; `None`: until it is fixed.
        until: Option<Timestamp>,
    },
    /// It is acceptable no longer.
    Withdrawn,
    /// Somebody said something about it.
    Commented {
        /// What was said.
        text: String,
    },
}

/// What the first look at scopes, or the first run of checks, brought.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Baseline {
    /// Items recorded.
    pub items: u64,
    /// Issues opened.
    pub issues: u64,
    /// The issues by severity.
    pub severities: BTreeMap<&'static str, u64>,
    /// The worst of the issues, not more than [`Baseline::WORST`].
    pub worst: Vec<IssueChange>,
    /// What is unknown and makes issues of itself; what most issues rest on comes first.
    pub unknown: Vec<Unvouched>,
}

impl Baseline {
    /// So many of the worst issues are kept: enough for a few things to do.
    pub const WORST: usize = 50;

    /// Whether nothing was seen for the first time.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items == 0 && self.issues == 0
    }
}

/// An item's change, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemChange {
    /// Which item.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// What happened to it.
    pub kind: ChangeKind,
    /// The revision it made.
    pub revision: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who recorded it.
    pub actor: Actor,
    /// What changed in the configuration.
    pub diff: Vec<Changed>,
    /// The same in sentences, for what was there before.
    pub summary: Vec<String>,
    /// Who made the change, as far as that is known by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Attribution>,
}

/// An issue's change, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssueChange {
    /// The item it is about.
    pub key: Key,
    /// What people call the item.
    pub name: String,
    /// The finding as it stands, or last stood.
    pub finding: Opened,
    /// What happened to it.
    pub kind: IssueKind,
    /// Whether somebody has justified it.
    pub justified: bool,
    /// The check that says the same in a wider sense.
    pub part_of: Option<String>,
    /// How to mend it, in one line; empty where the check does not say.
    pub fix: String,
}

/// What happened to an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssueKind {
    /// Found for the first time.
    Opened,
    /// Found again.
    Reopened,
    /// It rests on more than before.
    Widened,
    /// The time of the decision that it is acceptable ran out, and it still stands.
    Expired,
    /// It no longer stands.
    Resolved(Resolution),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::event::IssueId;
    use crate::query::Stranger;

    pub(super) fn message() -> Message {
        let at = Timestamp::from_second(1_767_225_600).unwrap();
        let key: Key = "111122223333/security_group/eu-west-1/sg-1".parse().unwrap();
        let finding = Opened {
            issue: IssueId::of(&key, "security_group.open", "ssh"),
            check: "security_group.open".to_owned(),
            subject: "ingress tcp/22 0.0.0.0/0".to_owned(),
            score: 10,
            detail: "tcp/22 is open to <everybody>".to_owned(),
            evidence: Vec::new(),
            grounds: BTreeSet::new(),
            doubt: BTreeSet::new(),
            parameters: std::collections::BTreeMap::new(),
        };
        let issue = |kind, justified| IssueChange {
            key: key.clone(),
            name: "web\u{1b}[2J".to_owned(),
            finding: finding.clone(),
            kind,
            justified,
            part_of: None,
            fix: "Name the ranges that need the service".to_owned(),
        };
        let part = IssueChange {
            finding: Opened {
                check: "security_group.admin_open".to_owned(),
                detail: "SSH is open".to_owned(),
                ..finding.clone()
            },
            part_of: Some("security_group.open".to_owned()),
            ..issue(IssueKind::Opened, false)
        };
        let change = |kind, diff: Vec<Changed>| ItemChange {
            key: key.clone(),
            name: "web".to_owned(),
            arn: Some("arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1".to_owned()),
            kind,
            revision: 7,
            at,
            actor: Actor("cli".to_owned()),
            summary: if diff.is_empty() {
                Vec::new()
            } else {
                vec!["opened tcp/22 to 0.0.0.0/0 \"<script>\"".to_owned()]
            },
            diff,
            by: (kind == ChangeKind::Changed)
                .then(|| {
                    let call = crate::testing::call(
                        "e-1",
                        "alice<script>",
                        "Open",
                        at,
                        &["/IpPermissions"],
                    );
                    Attribution::of([call])
                })
                .flatten(),
        };
        let rule = json!({ "CidrIp": "0.0.0.0/0", "Description": "<script>" });
        let pointer = "/IpPermissions/0/IpRanges/0".to_owned();
        let account = key.account.clone();
        let empty = Message::new(account, "production (111122223333)", ScanId::at(at), at);
        Message {
            changes: vec![
                change(ChangeKind::Changed, vec![Changed::Added { pointer, value: rule }]),
                change(ChangeKind::Deleted, Vec::new()),
            ],
            issues: vec![
                part,
                issue(IssueKind::Opened, false),
                issue(IssueKind::Widened, true),
                issue(IssueKind::Expired, false),
                issue(IssueKind::Resolved(Resolution::Fixed), false),
            ],
            omitted: 3,
            baseline: Some(Baseline {
                items: 12,
                issues: 3,
                severities: BTreeMap::from([("critical", 1), ("medium", 2)]),
                worst: vec![issue(IssueKind::Opened, false)],
                unknown: vec![
                    Unvouched {
                        what: Stranger::Network("203.0.113.0/24".parse().unwrap()),
                        issues: 2,
                    },
                    Unvouched {
                        what: Stranger::Account("210987654321".parse().unwrap()),
                        issues: 1,
                    },
                ],
            }),
            id: "20260101T000000000Z/111122223333/12".to_owned(),
            why: vec!["production, high: score >= 7".to_owned()],
            how_to_stop: Some("secmonkey subscription remove \u{202e}alice".to_owned()),
            link: Some("https://secmonkey.example.org/?account=1&at=2".to_owned()),
            ..empty
        }
    }

    #[test]
    fn a_message_as_text() {
        let lines: Vec<_> = text::body(&message()).iter().map(ToString::to_string).collect();
        let text = lines.join("\n");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_message_as_a_page_escapes_what_comes_from_the_account() {
        let page = html::page(&message()).unwrap();
        assert!(!page.contains("<script>") && !page.contains('\u{1b}'));
        insta::assert_snapshot!(page);
    }

    #[test]
    fn what_is_long_or_hides_leaves_the_rest_in_sight() {
        let mut long = message();
        let endless = |text: &str| text.repeat(65_536);
        long.title = endless("t");
        for change in &mut long.changes {
            change.name = endless("n\u{200b}");
            change.key.id = endless("i");
            change.arn = Some(endless("\u{e0041}"));
            let (pointer, value) = ("/Tags".to_owned(), json!(endless("\u{202e}")));
            change.diff = vec![Changed::Added { pointer, value }];
            change.summary = vec![endless("\u{202e}")];
        }
        for issue in &mut long.issues {
            issue.name = endless("\u{3164}");
            issue.finding.detail = endless("d");
        }
        assert!(text::subject(&long).starts_with("ttt"));
        assert!(text::subject(&long).contains("…: 2 new issues (worst 10, critical)"));
        let body = text::body(&long);
        let longest = body.iter().map(|line| line.text.chars().count()).max().unwrap();
        assert!((1024..4200).contains(&longest), "{longest}");
        let page = html::page(&long).unwrap();
        assert!(page.len() < 100_000, "{}", page.len());
        let hides = |c: char| {
            c != '\n'
                && c != crate::render::visible(c.encode_utf8(&mut [0; 4])).chars().next().unwrap()
        };
        assert!(!page.contains(hides) && !body.iter().any(|line| line.text.contains(hides)));
    }
}
