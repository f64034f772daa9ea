use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::*;
use crate::config::Digest;
use crate::event::{Actor, Change, Discovered, Event, IssueId, Opened, StreamId};
use crate::log::memory::Memory as Log;
use crate::log::{Append, EventLog as _, Expected};
use crate::query::{self, Known, Query};
use crate::registry::Registry;
use crate::technology::Technology;
use crate::view::{Memory, Row, Rows, RowsError};

const SMALL: Sizes = Sizes { tail: 3, fan: 2, top: 2, most: 7 };

/// One of few configurations that have much in common.
fn config() -> impl Strategy<Value = Value> {
    let text = select(vec![
        "sg-0ab12",
        "sg-0ab1",
        "10.0.3.0/24",
        "10.0.3.17",
        "10.0.0.0/8",
        "2001:db8::/32",
        "Web team",
        "arn:aws:iam::123456789012:role/ci",
        "123456789012",
        "*",
        "o-a1b2",
        "lambda.amazonaws.com",
        "prod",
        "İx",
        "ΑΣ",
        "",
    ]);
    let long = prop_oneof![9 => Just(String::new()), 1 => Just("sg-0ab1".repeat(40))];
    let number = select(vec![json!(22), json!(443), json!(true), json!(1.5), json!(null)]);
    (text.clone(), text.clone(), text.clone(), number, long).prop_map(
        |(one, two, three, number, long)| {
            json!({
                "GroupId": one, "Long": long, "FromPort": number, "A b": { "Encrypted": [two, 7] },
                "Policy": { "Statement": [{ "Principal": { "AWS": [three, two] },
                    "Condition": { "StringEquals": { "aws:PrincipalOrgID": one } } }] },
                "Tags": [{ "Key": "env", "Value": two }, { "Key": one, "Value": "x" }],
            })
        },
    )
}

/// A query that something may fit.
fn asked() -> impl Strategy<Value = Query> {
    let term = select(vec![
        "0ab",
        "sg-0ab",
        "sg-0ab1",
        "sg-0ab12",
        "10.0.3",
        "0.3.1",
        "web",
        "eam",
        "\"web t\"",
        "b",
        "10",
        "text:aws:iam::1",
        "text:::123456789012:r",
        "text:sg*b1",
        "text:İx",
        "text:ας",
        "text:\"\"",
        "name:sg-1",
        "name:sg*",
        "name:*-1",
        "name:*",
        "id:sg-2",
        "arn:x:sg-1",
        "arn:*1",
        "arn:arn:x:sg-3",
        "account:123456789012",
        "account:1*",
        "technology:group",
        "technology:g*p",
        "region:eu-*",
        "tag:env",
        "tag:env=prod",
        "tag:env=\"web team\"",
        "tag:env=p*",
        "tag:e*",
        "tag:*=x",
        "tag:sg-0ab1",
        "cidr:10.0.3.0/24",
        "cidr:10.0.3.17",
        "cidr:=10.0.3.17",
        "cidr:=10.0.3.0/24",
        "cidr:10.0.0.0/16",
        "cidr:0.0.0.0/0",
        "cidr:2001:db8::1",
        "cidr:2001::/16",
        "cidr:=2001:db8::/32",
        "cidr:11.0.0.0/8",
        "principal:123456789012",
        "principal:role/ci",
        "principal:=*",
        "principal:*",
        "principal:o-a1b2",
        "principal:lambda.amazonaws.com",
        "principal:arn:*:role/*",
        "principal:=123456789012",
        "ref:sg-0ab1",
        "ref:sg-0ab12",
        "ref:123456789012",
        "ref:role/ci",
        "ref:sg-*",
        "ref:=prod",
        "ref:ci",
        "path:/FromPort=22",
        "path:/FromPort>30",
        "path:/FromPort=true",
        "path:/FromPort=1.5",
        "path:/FromPort",
        "path:/GroupId=sg-0ab1",
        "path:/GroupId=sg*",
        "path:/**/AWS=\"*\"",
        "path:/**/0=prod",
        "path:/\"A b\"/Encrypted=prod",
        "path:/\"A b\"/*/0=7",
        "path:/A*/Encrypted=7",
        "path:/GroupId=\"\"",
        "path:/Policy/Statement/0/Principal",
        "path:/Nothing",
        "deleted:any",
        "deleted:true",
        "score:0",
        "check:*",
        "-tag:env=prod",
        "-cidr:=10.0.3.17",
        "-cidr:10.0.3.0/24",
        "-(cidr:10.0.3.0/24 -cidr:=10.0.0.0/8)",
        "-(cidr:2001:db8::1 or tag:env)",
        "-0ab",
        "key:*",
    ]);
    let one = term.prop_map(|text| text.parse::<Query>().unwrap());
    one.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| one.and(other)),
            (inner.clone(), inner).prop_map(|(one, other)| one.or(other)),
        ]
    })
}

/// What happens to one of some items: it is as this, is called so, or is gone for good.
fn happening() -> impl Strategy<Value = (usize, Option<(Value, &'static str)>)> {
    let seen = (config(), select(vec!["sg-1", "web-1", "sg-0ab1"]));
    (0..14_usize, proptest::option::weighted(0.9, seen))
}

async fn append(log: &Log, number: usize, event: Event) {
    let key: Key = format!("123456789012/group/eu-west-1/sg-{number}").parse().unwrap();
    let stream = StreamId::item(&key);
    let (actor, now) = (Actor::from("cli"), Timestamp::UNIX_EPOCH);
    let append = Append::new(stream, Expected::Any, &actor, now, vec![event]);
    log.append(vec![append]).await.unwrap();
}

fn event(number: usize, before: Option<bool>, seen: Option<(Value, &str)>) -> Option<Event> {
    Some(match (before, seen) {
        (None, Some((config, name))) => Event::ItemDiscovered(Discovered {
            name: name.to_owned(),
            arn: Some(format!("arn:x:sg-{number}")),
            shape: 1,
            digest: Digest::of(&config),
            config,
            unread: BTreeSet::new(),
        }),
        (Some(true), Some((config, name))) => Event::ItemChanged(Change {
            patch: serde_json::from_value(json!([
                { "op": "replace", "path": "", "value": config }
            ]))
            .unwrap(),
            digest: Digest::of(&config),
            full: None,
            name: Some(name.to_owned()),
            arn: None,
        }),
        (Some(true), None) => Event::ItemDeleted,
        _ => return None,
    })
}

/// An issue whose detail says what some configurations do.
fn opened(number: usize) -> Event {
    let key: Key = format!("123456789012/group/eu-west-1/sg-{number}").parse().unwrap();
    Event::IssueOpened(Opened {
        issue: IssueId::of(&key, "group.open", ""),
        check: "group.open".to_owned(),
        subject: String::new(),
        score: 5,
        detail: "prod".to_owned(),
        evidence: Vec::new(),
        grounds: BTreeSet::new(),
        doubt: BTreeSet::new(),
        parameters: std::collections::BTreeMap::new(),
    })
}

fn registry() -> Registry {
    Registry::new([Technology { id: "group".into(), ..Technology::DEFAULT }], [])
}

fn issues(views: &Views, query: &Query) -> Result<Vec<String>, String> {
    let (known, registry) = (Known::new(views.clone(), Timestamp::UNIX_EPOCH), registry());
    let all = query::issues(&known, &registry, query.clone()).map_err(|error| error.to_string())?;
    Ok(all.map(|state| state.unwrap().issue.finding.issue.to_string()).collect())
}

fn found(views: &Views, query: &Query) -> Result<Vec<String>, String> {
    let (known, registry) = (Known::new(views.clone(), Timestamp::UNIX_EPOCH), registry());
    let all = query::items(&known, &registry, query.clone()).map_err(|error| error.to_string())?;
    Ok(all.map(|state| state.unwrap().row.key.to_string()).collect())
}

proptest! {
    #[test]
    fn a_search_equals_a_scan(
        happenings in proptest::collection::vec(happening(), 1..60),
        asked in proptest::collection::vec(asked(), 12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let log = Log::default();
            let indexed = Views::indexed(Arc::new(Memory::default()), Some(SMALL));
            let plain = Views::without_search(Arc::new(Memory::default()));
            let mut there: [Option<bool>; 14] = [None; 14];
            for (at, (number, seen)) in happenings.into_iter().enumerate() {
                let is_seen = seen.is_some();
                let Some(event) = event(number, there[number], seen) else { continue };
                there[number] = Some(is_seen);
                let is_new = matches!(event, Event::ItemDiscovered(_));
                append(&log, number, event).await;
                if is_new && number % 2 == 0 {
                    append(&log, number, opened(number)).await;
                }
                // In pages of any length.
                if at % 3 > 0 {
                    indexed.catch_up(&log).await.unwrap();
                }
            }
            indexed.catch_up(&log).await.unwrap();
            plain.catch_up(&log).await.unwrap();
            for query in asked {
                prop_assert_eq!(found(&indexed, &query), found(&plain, &query), "{}", query);
                prop_assert_eq!(issues(&indexed, &query), issues(&plain, &query), "{}", query);
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn segments_become_fewer_and_lose_what_is_old() {
    let log = Log::default();
    let indexed = Views::indexed(Arc::new(Memory::default()), Some(SMALL));
    let seen = |change: usize, number: usize| {
        Some((json!({ "Id": format!("old-{change}-{number}") }), "x"))
    };
    for change in 0..40 {
        for number in 0..14 {
            let before = (change > 0).then_some(true);
            append(&log, number, event(number, before, seen(change, number)).unwrap()).await;
        }
        indexed.catch_up(&log).await.unwrap();
    }
    let state: State = indexed.row(STATE).unwrap().unwrap();
    let held: usize = state.segments.iter().map(|one| one.items).sum();
    assert!(state.items == 14 && held <= 2 * 14 + 2 * SMALL.tail * SMALL.fan, "{state:?}");
    let asked = |text: &str| found(&indexed, &text.parse().unwrap()).unwrap();
    assert_eq!(asked("old-39-7"), ["123456789012/group/eu-west-1/sg-7"]);
    assert_eq!(asked("old-38-7"), [] as [&str; 0]);
    let candidates = indexed.candidates(&"ld-39-7".parse().unwrap(), &Accounts::default()).unwrap();
    assert!(candidates.len() <= 1 + SMALL.tail, "{:?}", candidates.collect::<Vec<_>>());
}

/// Folds a page and writes what it comes to.
fn written(views: &Views, page: &[crate::event::Envelope], namers: &Namers) {
    let pending = views.fold_page(page, namers, &crate::view::Pending::new()).unwrap();
    views.0.rows.commit(pending.into_iter().collect()).unwrap();
}

#[tokio::test]
async fn views_made_anew_are_read_from_their_rows_and_go_on_where_that_was_stopped() {
    let log = Log::default();
    let rows = Arc::new(Memory::default());
    let indexed = Views::indexed(rows.clone(), Some(SMALL));
    let seen = |text: &str| Some((json!({ "Id": text }), "x"));
    let waiting = |views: &Views| views.under::<()>(prefix(TAIL, "")).count();
    for number in 0..14 {
        append(&log, number, event(number, None, seen("before")).unwrap()).await;
    }
    // Folded, and a first segment made.
    let page = log.read_all(crate::event::Position(0), 100).await.unwrap();
    written(&indexed, &page, &Namers::default());
    let namers = Namers::default();
    let mut fold = Fold::new(rows.as_ref(), &namers);
    assert!(fold.index(SMALL).unwrap());
    rows.commit(fold.pending.into_iter().collect()).unwrap();
    let state: State = indexed.row(STATE).unwrap().unwrap();
    assert_eq!((state.segments[0].items, waiting(&indexed)), (7, 0), "{state:?}");
    let query: Query = "efor".parse().unwrap();
    assert!(indexed.candidates(&query, &Accounts::default()).is_none(), "half is unread");
    assert_eq!(found(&indexed, &query).unwrap().len(), 14);

    // Keys are in the order of text: 0, 1, 10, 11, 12, 13, 2 were read.
    for number in [1, 9] {
        append(&log, number, event(number, Some(true), seen("after")).unwrap()).await;
    }
    let page = log.read_all(page.last().unwrap().position, 100).await.unwrap();
    written(&indexed, &page, &namers);
    assert_eq!(waiting(&indexed), 1, "what is unread does not wait");
    indexed.catch_up(&log).await.unwrap();
    let state: State = indexed.row(STATE).unwrap().unwrap();
    assert_eq!((state.unread.as_ref(), waiting(&indexed)), (None, 1), "{state:?}");
    assert!(indexed.candidates(&query, &Accounts::default()).is_some());
    assert_eq!(found(&indexed, &query).unwrap().len(), 12);
    assert_eq!(found(&indexed, &"fter".parse().unwrap()).unwrap().len(), 2);
}

#[tokio::test]
async fn what_does_not_read_is_looked_for_everywhere() {
    let log = Log::default();
    let rows = Arc::new(Memory::default());
    let indexed = Views::indexed(rows.clone(), Some(SMALL));
    for number in 0..6 {
        let seen = Some((json!({ "Id": format!("vpc-{number}") }), "x"));
        append(&log, number, event(number, None, seen).unwrap()).await;
    }
    indexed.catch_up(&log).await.unwrap();
    let query: Query = "vpc-5".parse().unwrap();
    let whole = found(&indexed, &query);
    assert!(indexed.candidates(&query, &Accounts::default()).is_some());
    let prefix = prefix(SEGMENTS, "");
    let all = crate::view::Rows::scan(rows.as_ref(), &prefix, None, 1_000).unwrap();
    assert!(!all.is_empty());
    for (place, value) in all {
        let put = |value| {
            rows.commit(vec![(place.clone(), value)]).unwrap();
        };
        put(None);
        assert_eq!(found(&indexed, &query), whole, "{}", String::from_utf8_lossy(&place));
        put(Some(value));
    }
}

#[test]
fn what_is_full_is_never_merged() {
    let sizes = Sizes::default();
    assert_eq!(sizes.level(sizes.most), sizes.top);
    assert!(sizes.level(sizes.most - 1) < sizes.top);
}

/// Rows into which something is folded once the tail has been read.
struct Meanwhile {
    rows: Arc<Memory>,
    fold: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Rows for Meanwhile {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        self.rows.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        let found = self.rows.scan(prefix, after, max)?;
        let fold = self.fold.lock().unwrap().take_if(|_| prefix == b"h/");
        if let Some(fold) = fold {
            fold();
        }
        Ok(found)
    }

    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        self.rows.commit(writes)
    }

    fn clear(&self) -> Result<(), RowsError> {
        self.rows.clear()
    }
}

#[tokio::test]
async fn a_search_uses_the_index_though_something_is_folded_meanwhile() {
    let log = Log::default();
    let rows = Arc::new(Memory::default());
    let indexed = Views::indexed(rows.clone(), Some(SMALL));
    let seen = |text: &str| Some((json!({ "Id": text }), "x"));
    for number in 0..7 {
        append(&log, number, event(number, None, seen("before")).unwrap()).await;
    }
    indexed.catch_up(&log).await.unwrap();
    // One that waits in the tail, then more than may wait there: they become a segment.
    for changed in [0..1, 1..4] {
        let last = log.head().await.unwrap().position;
        for number in changed {
            append(&log, number, event(number, Some(true), seen("after")).unwrap()).await;
        }
        let page = log.read_all(last, 100).await.unwrap();
        let views = indexed.clone();
        let fold = move || {
            written(&views, &page, &Namers::default());
            views.index(&Namers::default()).unwrap();
        };
        let fold: Box<dyn FnOnce() + Send> = Box::new(fold);
        let meanwhile = Meanwhile { rows: rows.clone(), fold: Mutex::new(Some(fold)) };
        let searched = Views::indexed(Arc::new(meanwhile), Some(SMALL));
        let candidates = searched.candidates(&"efor".parse().unwrap(), &Accounts::default());
        assert!(candidates.is_some_and(|keys| keys.len() >= 3));
    }
    let state: State = indexed.row(STATE).unwrap().unwrap();
    assert!(state.segments.len() > 1, "{state:?}");
}
