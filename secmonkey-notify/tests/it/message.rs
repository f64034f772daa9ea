//! A message that has something of everything, some of it hostile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use secmonkey_core::event::{Actor, IssueId, Opened, Resolution, ScanId};
use secmonkey_core::item::Key;
use secmonkey_core::notify::{
    ChangeKind, DecisionKind, DecisionTold, IssueChange, IssueKind, ItemChange, Message,
    MessageKind, Notifier,
};
use secmonkey_core::render::Changed;
use secmonkey_notify::Channels;
use serde_json::json;

/// The only channel that settings declare.
pub fn channel(settings: &str) -> Arc<dyn Notifier> {
    let channels: Channels = toml::from_str(settings).unwrap();
    let mut all = channels.notifiers().unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

pub fn at() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap()
}

pub fn key(id: &str) -> Key {
    format!("111122223333/security_group/eu-west-1/{id}").parse().unwrap()
}

pub fn finding(id: &str, check: &str, subject: &str, score: u8, detail: &str) -> Opened {
    let key = key(id);
    Opened {
        issue: IssueId::of(&key, check, subject),
        check: check.to_owned(),
        subject: subject.to_owned(),
        score,
        detail: detail.to_owned(),
        evidence: vec!["/IpPermissions/0".to_owned()],
        grounds: BTreeSet::new(),
        doubt: BTreeSet::new(),
        parameters: BTreeMap::new(),
    }
}

pub fn issue(id: &str, name: &str, finding: Opened, kind: IssueKind) -> IssueChange {
    IssueChange {
        key: key(id),
        name: name.to_owned(),
        finding,
        kind,
        justified: false,
        part_of: None,
        fix: "name the addresses that need the service, or remove the rule".to_owned(),
    }
}

/// A message about changes that says nothing yet.
pub fn empty(id: &str) -> Message {
    let scan = ScanId::at(at());
    let mut message =
        Message::new(key("x").account.clone(), "production (111122223333)", scan, at());
    id.clone_into(&mut message.id);
    message
}

/// A message with something of everything.
pub fn rich() -> Message {
    let mut message = empty("20260101T000000000Z/111122223333/12");
    let open = "security_group.internet_accessible";
    let hostile =
        "web <!channel> [free](https://evil.example) *b* `c` \u{202e}{noformat}\r\nBcc: x@y";
    message.issues = vec![
        issue(
            "sg-0a1b",
            "web",
            finding("sg-0a1b", open, "tcp/22", 10, "SSH (tcp/22) is open to the internet"),
            IssueKind::Opened,
        ),
        issue(
            "sg-0a1c",
            hostile,
            finding("sg-0a1c", open, "tcp/3306", 9, "MySQL is open to 0.0.0.0/0 \"]<script>"),
            IssueKind::Widened,
        ),
        issue(
            "sg-0a1d",
            "batch",
            finding("sg-0a1d", "security_group.unused", "", 3, "nothing is attached to it"),
            IssueKind::Resolved(Resolution::Fixed),
        ),
    ];
    let rule = |cidr: &str| json!({ "CidrIp": cidr, "Description": "temporary ``` </pre>" });
    message.changes = vec![
        ItemChange {
            key: key("sg-0a1b"),
            name: "web".to_owned(),
            arn: Some("arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b".to_owned()),
            kind: ChangeKind::Changed,
            revision: 7,
            at: at(),
            actor: Actor("scheduler".to_owned()),
            by: None,
            diff: vec![
                Changed::Added {
                    pointer: "/IpPermissions/0/IpRanges/1".to_owned(),
                    value: rule("0.0.0.0/0"),
                },
                Changed::Replaced {
                    pointer: "/Description".to_owned(),
                    old: json!("the front door"),
                    new: json!("open for a day"),
                },
            ],
            summary: vec!["opened tcp/22 to 0.0.0.0/0".to_owned()],
        },
        ItemChange {
            key: key("sg-0a1e"),
            name: "old".to_owned(),
            arn: None,
            kind: ChangeKind::Deleted,
            revision: 3,
            at: at(),
            actor: Actor("scheduler".to_owned()),
            by: None,
            diff: Vec::new(),
            summary: Vec::new(),
        },
    ];
    message.omitted = 2;
    message.why = vec!["on call: account:production score>=7".to_owned()];
    message.how_to_stop = Some("secmonkey subscription remove on-call".to_owned());
    message.link = Some("https://secmonkey.example.org/messages/12".to_owned());
    message
}

/// A message about a decision.
pub fn decision() -> Message {
    let mut message = empty("decision/14");
    message.kind = MessageKind::Decisions;
    message.decisions = vec![DecisionTold {
        key: key("sg-0a1b"),
        name: "web".to_owned(),
        finding: finding(
            "sg-0a1b",
            "security_group.internet_accessible",
            "tcp/22",
            10,
            "SSH (tcp/22) is open to the internet",
        ),
        what: DecisionKind::Justified { note: "a bastion".to_owned(), until: None },
        by: Actor("cli:alice".to_owned()),
        at: at(),
    }];
    message
}
