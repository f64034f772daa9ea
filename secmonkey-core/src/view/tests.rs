//! One item of a past instant, and the rows that views are kept in.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::account::Account;
use crate::config::Digest;
use crate::event::{
    Actor, Change, Counts, Discovered, Failure, IssueId, Opened, Planned, ScanId, ScopeId, Scopes,
    Swept,
};
use crate::item::Key;
use crate::provider::Provider;

use crate::log::{Append, Expected};

#[expect(clippy::too_many_lines, reason = "one history, event by event")]
#[tokio::test]
async fn one_item_as_of_a_position_is_what_all_items_say_of_it() {
    let account = Account::new(Provider::named("test"), "123456789012".parse().unwrap(), "a");
    let keys = ["one", "two"].map(|id| format!("123456789012/thing/global/{id}"));
    let keys = keys.map(|key| key.parse::<Key>().unwrap());
    let scope = ScopeId {
        account: account.id.clone(),
        technology: "thing".to_owned(),
        region: "global".to_owned(),
    };
    let planned = Planned {
        account: account.id.clone(),
        technologies: vec![scope.technology.clone()],
        regions: vec![scope.region.clone()],
        complete: true,
    };
    let discovered = Event::ItemDiscovered(Discovered {
        name: "first".to_owned(),
        arn: None,
        shape: 1,
        config: json!({"A": 1, "B": 1}),
        digest: Digest::of(&json!({"A": 1, "B": 1})),
        unread: BTreeSet::new(),
    });
    let changed = Event::ItemChanged(Change {
        patch: serde_json::from_value(json!([{"op": "replace", "path": "/A", "value": 2}]))
            .unwrap(),
        digest: Digest::of(&json!({"A": 2, "B": 1})),
        full: None,
        name: Some("second".to_owned()),
        arn: None,
    });
    let opened = |key| {
        Event::IssueOpened(Opened {
            issue: IssueId::of(key, "thing.check", ""),
            check: "thing.check".to_owned(),
            subject: String::new(),
            score: 5,
            detail: String::new(),
            evidence: Vec::new(),
            grounds: BTreeSet::new(),
            doubt: BTreeSet::new(),
            parameters: std::collections::BTreeMap::new(),
        })
    };
    let failed = |key: &Key| {
        Event::SweepFailed(Failure {
            scope: scope.clone(),
            operation: "thing:Get".to_owned(),
            cause: None,
            item: Some(key.id.clone()),
            part: Some("/B".to_owned()),
            reason: "denied".to_owned(),
        })
    };

    let log = log::memory::Memory::default();
    let mut history =
        vec![(StreamId::account(&account.id), None, Event::AccountRegistered(account.clone()))];
    for (start, step) in [(1, &discovered), (2, &changed), (3, &Event::ItemDeleted)] {
        let scan = ScanId::at(Timestamp::from_second(start).unwrap());
        let stream = StreamId::scan(&scan);
        let mut add = |stream, event| history.push((stream, Some(scan.clone()), event));
        add(stream.clone(), Event::ScanStarted { planned: vec![planned.clone()] });
        for key in &keys {
            add(StreamId::item(key), step.clone());
            if start == 1 {
                add(StreamId::item(key), opened(key));
            }
            add(stream.clone(), failed(key));
        }
        let scopes =
            Scopes { technologies: planned.technologies.clone(), regions: planned.regions.clone() };
        let swept = Swept {
            account: account.id.clone(),
            scopes,
            failed: Vec::new(),
            skipped: Vec::new(),
            shapes: BTreeMap::from([("thing".to_owned(), 1)]),
        };
        add(stream.clone(), Event::Swept(swept));
        add(stream, Event::ScanFinished(Counts::default()));
    }
    history.push((
        StreamId::account(&account.id),
        None,
        Event::AccountRemoved { id: account.id.clone() },
    ));
    for (stream, scan, event) in history {
        let now = Timestamp::UNIX_EPOCH;
        let append = Append::new(stream, Expected::Any, &Actor::from("cli"), now, [event]);
        log.append(vec![Append { scan, ..append }]).await.unwrap();
    }

    let views = Views::in_memory();
    let last = views.catch_up(&log).await.unwrap();
    for position in (0..=last.0).map(Position) {
        let all = views.as_of(&log, position).await.unwrap();
        let one = views.item_as_of(&log, &keys[0], position).await.unwrap();
        let said = |views: &Views| {
            let row = views.item(&keys[0]).unwrap();
            let seen = row.as_ref().map(|row| (views.last_seen(row).unwrap(), Views::unread(row)));
            let config = views.config(&keys[0]).unwrap();
            let issues = views.issues_of(&keys[0]).unwrap();
            (row, seen, config, issues, views.scope(&scope).unwrap(), views.accounts().unwrap())
        };
        let (mut expected, mut found) = (said(&all), said(&one));
        // The failure that a scope remembers may be that of another item.
        for scope in [&mut expected.4, &mut found.4].into_iter().flatten() {
            scope.last_failure = None;
        }
        assert_eq!(found, expected, "at {position}");
        assert!(position.0 < 3 || found.0.is_some());
    }
}

#[test]
fn rows_in_memory_pass() {
    contract::run(|| Arc::new(Memory::default()));
}

#[tokio::test]
async fn views_are_rebuilt_from_any_bytes() {
    let log = log::memory::Memory::default();
    let id: crate::account::AccountId = "1".parse().unwrap();
    let account = Account::new(Provider::named("test"), id, "a");
    let event = Event::AccountRegistered(account.clone());
    let stream = StreamId::account(&account.id);
    let append =
        Append::new(stream, Expected::Any, &Actor::from("cli"), Timestamp::UNIX_EPOCH, [event]);
    log.append(vec![append]).await.unwrap();
    for garbage in [&b"{}"[..], b"", b"\xff", br#"{"format":0,"namers":{},"position":9,"hash":""}"#]
    {
        let rows = Arc::new(Memory::default());
        rows.commit(vec![
            (Checkpoint::KEY.to_vec(), Some(garbage.to_vec())),
            (b"a/2".to_vec(), Some(b"no account".to_vec())),
        ])
        .unwrap();
        let views = Views::new(rows);
        views.catch_up(&log).await.unwrap();
        assert_eq!(views.accounts().unwrap().iter().collect::<Vec<_>>(), [&account]);
    }
}
