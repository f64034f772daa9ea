//! The tests that every event log passes, for the authors of stores.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use std::sync::Arc;
//! use secmonkey_core::log::{contract, memory::Memory};
//!
//! contract::run(async |clock: contract::Clock| Arc::new(Memory::new(move || clock()))).await;
//! # });
//! ```

#![expect(
    clippy::expect_used,
    reason = "test support: a panic is how it tells that a store breaks the contract"
)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use futures::StreamExt as _;
use futures::future::join_all;
use jiff::Timestamp;

use super::{Append, AppendError, EventLog, Expected, Head, Receipt, position_at};
use crate::account::AccountId;
use crate::event::{
    Actor, Envelope, Event, Failure, Hash, NewEvent, Position, ScanId, ScopeId, Stored, StreamId,
    Version,
};

/// The clock that a log under test goes by.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Runs every test, each on an empty log of its own that goes by the given clock.
pub async fn run<L: EventLog>(open: impl AsyncFn(Clock) -> Arc<L>) {
    let fresh = async || open(Arc::new(Timestamp::now)).await;
    starts_empty(&*fresh().await).await;
    returns_what_was_appended(&*fresh().await).await;
    refuses_an_empty_batch(&*fresh().await).await;
    refuses_a_wrong_version(&*fresh().await).await;
    takes_all_of_a_batch_or_nothing(&*fresh().await).await;
    takes_a_batch_in_order(&*fresh().await).await;
    keeps_a_condition_without_events(&*fresh().await).await;
    reads_pages_in_order(&*fresh().await).await;
    reads_a_stream_from_a_version(&*fresh().await).await;
    keeps_big_events_whole(&*fresh().await).await;
    keeps_many_streams_of_one_batch(&*fresh().await).await;
    keeps_a_long_stream(&*fresh().await).await;
    chains_its_hashes(&*fresh().await).await;
    lets_one_of_many_writers_win(&*fresh().await).await;
    follows_across_the_seam(&*fresh().await).await;
    follows_from_the_end(&*fresh().await).await;
    restores_what_another_stored(&*fresh().await, &*fresh().await).await;
    restores_nothing_that_does_not_follow(&*fresh().await, &*fresh().await).await;

    let time = Arc::new(AtomicI64::new(0));
    let clock: Clock = {
        let time = Arc::clone(&time);
        Arc::new(move || at(time.load(Ordering::SeqCst)))
    };
    never_goes_back_in_time(&*open(clock).await, &time).await;
}

async fn starts_empty<L: EventLog>(log: &L) {
    assert_eq!(log.head().await.expect("a head"), Head::START);
    assert_eq!(all(log).await, []);
    assert_eq!(stream(log, "scan/a").await, []);
    assert_eq!(version(log, "scan/a").await, 0);
}

async fn returns_what_was_appended<L: EventLog>(log: &L) {
    let new = NewEvent { event: failure("throttled"), observed_at: at(1_700_000_000_123) };
    let (actor, scan) = (Actor::from("scheduler"), ScanId::at(at(1_700_000_000_000)));
    let batch = Append {
        actor: actor.clone(),
        scan: Some(scan.clone()),
        ..exact("scan/a", 0, vec![new.clone()])
    };
    let receipt = append(log, vec![batch]).await;
    assert_eq!(receipt.first, Position(1));
    assert_eq!(receipt.head, log.head().await.expect("a head"));

    let events = all(log).await;
    assert_eq!(events, stream(log, "scan/a").await);
    let [event] = events.as_slice() else { panic_with("one event", &events) };
    assert_eq!(event.position, Position(1));
    assert_eq!(event.stream.as_str(), "scan/a");
    assert_eq!(event.version, Version(1));
    assert_eq!(event.observed_at, new.observed_at);
    assert_eq!((&event.actor, &event.scan), (&actor, &Some(scan)));
    assert_eq!(event.event, new.event);
    assert_eq!(Some(event.recorded_at), receipt.head.recorded_at);
    assert_eq!(event.hash, receipt.head.hash);
}

async fn refuses_an_empty_batch<L: EventLog>(log: &L) {
    for batch in [vec![], vec![any("scan/a", vec![])], vec![exact("scan/a", 0, vec![])]] {
        let refused = log.append(batch).await;
        assert!(matches!(refused, Err(AppendError::Invalid(_))), "{refused:?}");
    }
    starts_empty(log).await;
}

async fn refuses_a_wrong_version<L: EventLog>(log: &L) {
    append(log, vec![exact("scan/a", 0, events(2))]).await;
    append(log, vec![exact("scan/a", 2, events(1))]).await;
    for wrong in [0, 1, 2, 4] {
        let refused = log.append(vec![exact("scan/a", wrong, events(1))]).await;
        let Err(AppendError::Conflict { stream, expected, actual }) = refused else {
            panic_with("a conflict", &refused)
        };
        assert_eq!(stream.as_str(), "scan/a");
        assert_eq!((expected, actual), (Version(wrong), Version(3)));
    }
    // Another stream is not concerned, and who expects nothing always may.
    append(log, vec![exact("scan/b", 0, events(1))]).await;
    append(log, vec![any("scan/a", events(1))]).await;
    assert_eq!(version(log, "scan/a").await, 4);
    assert_eq!(all(log).await.len(), 5);
}

async fn takes_all_of_a_batch_or_nothing<L: EventLog>(log: &L) {
    append(log, vec![any("scan/b", events(1))]).await;
    let before = log.head().await.expect("a head");
    let batch =
        vec![any("scan/a", events(3)), exact("scan/b", 0, events(1)), any("scan/c", events(3))];
    let refused = log.append(batch).await;
    assert!(matches!(refused, Err(AppendError::Conflict { .. })), "{refused:?}");
    assert_eq!(log.head().await.expect("a head"), before);
    assert_eq!(all(log).await.len(), 1);
    for untouched in ["scan/a", "scan/c"] {
        assert_eq!(version(log, untouched).await, 0);
        assert_eq!(stream(log, untouched).await, []);
    }
    // What the refused batch held may come again.
    append(log, vec![exact("scan/a", 0, events(1)), exact("scan/b", 1, events(1))]).await;
    assert_eq!(all(log).await.len(), 3);
}

async fn takes_a_batch_in_order<L: EventLog>(log: &L) {
    let batch = vec![
        exact("scan/a", 0, vec![event("1"), event("2")]),
        any("scan/b", vec![event("3")]),
        exact("scan/a", 2, vec![event("4")]),
    ];
    let receipt = append(log, batch).await;
    assert_eq!((receipt.first, receipt.head.position), (Position(1), Position(4)));
    let events = all(log).await;
    let texts: Vec<_> = events.iter().map(text).collect();
    assert_eq!(texts, ["1", "2", "3", "4"]);
    let versions: Vec<_> = events.iter().map(|event| event.version.0).collect();
    assert_eq!(versions, [1, 2, 1, 3]);
}

async fn keeps_a_condition_without_events<L: EventLog>(log: &L) {
    append(log, vec![any("scan/a", events(1))]).await;
    let wrong = vec![exact("scan/a", 0, vec![]), any("scan/b", events(1))];
    let refused = log.append(wrong).await;
    assert!(matches!(refused, Err(AppendError::Conflict { .. })), "{refused:?}");
    append(log, vec![exact("scan/a", 1, vec![]), any("scan/b", events(1))]).await;
    assert_eq!(version(log, "scan/a").await, 1);
    assert_eq!(version(log, "scan/b").await, 1);
}

async fn reads_pages_in_order<L: EventLog>(log: &L) {
    for n in 0..10 {
        append(log, vec![any(&format!("scan/{}", n % 3), events(n + 1))]).await;
    }
    let whole = all(log).await;
    assert_eq!(whole.len(), 55);
    for size in [1, 7, 55, 1_000] {
        let (mut pages, mut after) = (Vec::new(), Position(0));
        loop {
            let page = log.read_all(after, size).await.expect("a page");
            assert!(page.len() <= size, "{} events on a page of {size}", page.len());
            let Some(last) = page.last() else { break };
            after = last.position;
            pages.extend(page);
        }
        assert_eq!(pages, whole, "in pages of {size}");
    }
    assert_eq!(log.read_all(Position(0), 0).await.expect("a page"), []);
    assert_eq!(log.read_all(Position(55), 5).await.expect("a page"), []);
    assert_eq!(log.read_all(Position(u64::MAX), 5).await.expect("a page"), []);
}

async fn reads_a_stream_from_a_version<L: EventLog>(log: &L) {
    for n in 0..20 {
        let texts = |kind: &str| vec![event(&format!("{kind}{n}"))];
        append(log, vec![any("scan/a", texts("a")), any("scan/b", texts("b"))]).await;
    }
    for (from, max, expected) in
        [(0, 3, 0..3), (1, 3, 0..3), (5, 4, 4..8), (19, 9, 18..20), (21, 9, 0..0), (7, 0, 0..0)]
    {
        let id = StreamId::from("scan/b".to_owned());
        let page = log.read_stream(&id, Version(from), max).await.expect("a page");
        let texts: Vec<_> = page.iter().map(text).collect();
        let expected: Vec<_> = expected.map(|n| format!("b{n}")).collect();
        assert_eq!(texts, expected, "{max} from version {from}");
    }
}

async fn keeps_big_events_whole<L: EventLog>(log: &L) {
    // Text that does not compress: 300 KB, then sizes around every likely limit.
    let mut state = 1u64;
    let mut noise = |bytes: usize| -> String {
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b' ' + u8::try_from(state >> 33 & 63).unwrap_or_default())
        })
        .take(bytes)
        .collect()
    };
    let sizes = [300_000, 1, 999, 1_000, 4_000, 4_096, 8_192, 65_536, 1];
    let texts: Vec<_> = sizes.map(&mut noise).into();
    let new = texts.iter().map(|text| event(text)).collect();
    append(log, vec![any("scan/a", new), any("scan/b", vec![event("end")])]).await;
    append(log, vec![any("scan/b", vec![event(&texts[0])])]).await;
    append(log, vec![any("scan/b", events(1))]).await;

    let read = stream(log, "scan/a").await;
    assert!(read.iter().map(text).eq(texts.iter().map(String::as_str)), "the texts differ");
    let read = all(log).await;
    assert_eq!(read.len(), sizes.len() + 3);
    assert!(text(&read[sizes.len() + 1]) == texts[0], "the text differs");
}

async fn keeps_many_streams_of_one_batch<L: EventLog>(log: &L) {
    let names: Vec<_> = (0..1_000).map(|n| format!("item/{n}")).collect();
    for round in 0..2 {
        let batch = names.iter().map(|name| exact(name, round, vec![event(name)])).collect();
        let receipt = append(log, batch).await;
        assert_eq!(receipt.first, Position(round * 1_000 + 1));
    }
    for name in names.iter().step_by(111) {
        let read = stream(log, name).await;
        assert!(read.iter().map(text).eq([name, name]), "{name}: {read:?}");
        assert_eq!(version(log, name).await, 2);
    }
}

async fn keeps_a_long_stream<L: EventLog>(log: &L) {
    for n in 0..5 {
        append(log, vec![exact("scan/a", n * 200, events(200))]).await;
    }
    let versions: Vec<_> = stream(log, "scan/a").await.iter().map(|e| e.version.0).collect();
    assert_eq!(versions, (1..=1_000).collect::<Vec<_>>());
}

async fn chains_its_hashes<L: EventLog>(log: &L) {
    let mut receipts = Vec::new();
    for n in [1, 3, 60] {
        receipts.push(append(log, vec![any("scan/a", events(n)), any("scan/b", events(1))]).await);
    }
    let mut hash = Hash::START;
    for event in all(log).await {
        let Envelope { position, version, recorded_at, .. } = event;
        let new = NewEvent { event: event.event.clone(), observed_at: event.observed_at };
        let (stream, actor, scan) = (&event.stream, &event.actor, event.scan.as_ref());
        let stored = Stored::encode(position, stream, version, recorded_at, actor, scan, &new)
            .expect("an event");
        hash = hash.next(&stored.header, &stored.body);
        assert_eq!(event.hash, hash, "at position {}", event.position);
        if let Some(receipt) = receipts.iter().find(|r| r.head.position == event.position) {
            assert_eq!(receipt.head.hash, hash);
        }
    }
    assert_eq!(log.head().await.expect("a head").hash, hash);
}

/// All events as they are stored, read in pages.
async fn stored<L: EventLog>(log: &L, size: usize) -> Vec<Stored> {
    let mut whole = Vec::new();
    loop {
        let after = Position(whole.len() as u64);
        let page = log.read_stored(after, size).await.expect("a page");
        assert!(page.len() <= size, "{} events on a page of {size}", page.len());
        if page.is_empty() {
            return whole;
        }
        whole.extend(page);
    }
}

async fn restores_what_another_stored<L: EventLog>(from: &L, to: &L) {
    for n in 0..40 {
        let long = event(&"long ".repeat(n * 40));
        append(from, vec![any(&format!("scan/{}", n % 3), vec![long]), any("scan/a", events(2))])
            .await;
    }
    let whole = stored(from, 7).await;
    assert_eq!(whole.len(), 120);
    assert!(stored(from, 1_000).await == whole, "it depends on the size of a page");
    let mut hash = Hash::START;
    for (stored, event) in whole.iter().zip(all(from).await) {
        assert_eq!(stored.decode(&hash).expect("an event"), event);
        hash = event.hash;
    }
    for part in [0..1, 1..50, 50..120] {
        let receipt = to.restore(whole[part.clone()].to_vec()).await.expect("it is taken");
        assert_eq!(receipt.first, Position(part.start as u64 + 1));
        assert_eq!(receipt.head, to.head().await.expect("a head"));
    }
    assert_eq!(to.head().await.expect("a head"), from.head().await.expect("a head"));
    assert!(all(to).await == all(from).await, "other events came of it");
    assert!(stored(to, 9).await == whole, "other bytes came of it");
    assert_eq!(version(to, "scan/a").await, 80);
    // It goes on like any other.
    append(to, vec![exact("scan/a", 80, events(1))]).await;
    assert_eq!(stream(to, "scan/a").await.len(), 81);
}

async fn restores_nothing_that_does_not_follow<L: EventLog>(from: &L, to: &L) {
    append(from, vec![any("scan/a", events(4)), any("scan/b", events(4))]).await;
    let whole = stored(from, 100).await;
    to.restore(whole[..3].to_vec()).await.expect("it is taken");
    let header = |text: &str| text.as_bytes().to_vec();
    let early = r#"{"p":4,"s":"scan/a","v":4,"r":0,"a":"test"}"#;
    let next = r#"{"p":4,"s":"scan/a","v":9,"r":9000000000000,"a":"test"}"#;
    let way_up = r#"{"p":4,"s":"item/1/queue/../q","v":1,"r":9000000000000,"a":"test"}"#;
    let body = whole[3].body.clone();
    for (wrong, why) in [
        (vec![], "nothing"),
        (whole[2..].to_vec(), "what is there"),
        (whole[4..].to_vec(), "a gap"),
        ([&whole[3..5], &whole[6..]].concat(), "a gap within"),
        (vec![whole[3].clone(), Stored { header: vec![], body: vec![] }], "no event"),
        (vec![Stored { header: header(early), body: body.clone() }], "an earlier time"),
        (vec![Stored { header: header(next), body: body.clone() }], "another version"),
        (vec![Stored { header: header(way_up), body }], "a key that no log records"),
    ] {
        let refused = to.restore(wrong).await;
        assert!(matches!(refused, Err(AppendError::Invalid(_))), "{why}: {refused:?}");
        assert_eq!(stored(to, 100).await, whole[..3], "{why}");
    }
    to.restore(whole[3..].to_vec()).await.expect("it is taken");
    assert_eq!(to.head().await.expect("a head"), from.head().await.expect("a head"));
}

async fn never_goes_back_in_time<L: EventLog>(log: &L, time: &AtomicI64) {
    // Milliseconds by the clock, and as they are recorded.
    let clock = [(1_000, 1_000), (2_000, 2_000), (500, 2_000), (1_999, 2_000), (3_000, 3_000)];
    for (now, recorded) in clock {
        time.store(now, Ordering::SeqCst);
        let receipt = append(log, vec![any("scan/a", events(2))]).await;
        assert_eq!(receipt.head.recorded_at, Some(at(recorded)));
    }
    let times: Vec<_> = all(log).await.iter().map(|event| event.recorded_at).collect();
    let expected: Vec<_> = clock.iter().flat_map(|(_, at_)| [at(*at_), at(*at_)]).collect();
    assert_eq!(times, expected);
    for (time, position) in [(999, 0), (1_000, 2), (1_001, 2), (2_000, 8), (9_000, 10)] {
        assert_eq!(position_at(log, at(time)).await.expect("a position"), Position(position));
    }
}

async fn lets_one_of_many_writers_win<L: EventLog>(log: &L) {
    let attempts = (0..20).map(|_| log.append(vec![exact("scan/a", 0, events(2))]));
    let results = join_all(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for lost in results.iter().filter(|result| result.is_err()) {
        assert!(matches!(lost, Err(AppendError::Conflict { .. })), "{lost:?}");
    }
    assert_eq!(version(log, "scan/a").await, 2);
}

async fn follows_across_the_seam<L: EventLog>(log: &L) {
    const WRITERS: u64 = 8;
    const BATCHES: u64 = 40;
    let total = usize::try_from(WRITERS * BATCHES * 3).expect("a small number") + 300;
    append(log, vec![any("scan/old", events(300))]).await;

    let writers = join_all((0..WRITERS).map(async |writer| {
        for batch in 0..BATCHES {
            append(log, vec![exact(&format!("scan/{writer}"), batch * 3, events(3))]).await;
        }
    }));
    // One follows from before the recorded, one begins within them; both are slow at
    // first, so that they catch up while the writers write.
    let follow = async |after: u64| -> Vec<Envelope> {
        let skipped = usize::try_from(after).expect("a small number");
        let events = log.subscribe(Position(after)).take(total - skipped);
        events.map(|event| event.expect("an event")).collect().await
    };
    let ((), from_start, from_within) =
        futures::future::join3(async { drop(writers.await) }, follow(0), follow(150)).await;

    let whole = all(log).await;
    assert_eq!(whole.len(), total);
    assert!(from_start == whole, "it saw other events than were recorded");
    assert!(from_within == whole[150..], "it saw other events than were recorded");
    let mut versions = HashMap::new();
    for event in whole {
        let version = versions.entry(event.stream).or_insert(0);
        *version += 1;
        assert_eq!(event.version, Version(*version));
    }
}

async fn follows_from_the_end<L: EventLog>(log: &L) {
    append(log, vec![any("scan/a", events(3))]).await;
    let mut new = log.subscribe(Position(3));
    let mut next = new.next();
    assert!(futures::poll!(&mut next).is_pending(), "there is nothing new yet");
    append(log, vec![any("scan/a", vec![event("new")])]).await;
    let event = next.await.expect("an event").expect("an event");
    assert_eq!((event.position, text(&event)), (Position(4), "new"));
}

async fn append<L: EventLog>(log: &L, batch: Vec<Append>) -> Receipt {
    log.append(batch).await.expect("the batch is taken")
}

async fn all<L: EventLog>(log: &L) -> Vec<Envelope> {
    log.read_all(Position(0), usize::MAX).await.expect("a page")
}

async fn stream<L: EventLog>(log: &L, id: &str) -> Vec<Envelope> {
    let id = StreamId::from(id.to_owned());
    log.read_stream(&id, Version(0), usize::MAX).await.expect("a page")
}

async fn version<L: EventLog>(log: &L, id: &str) -> u64 {
    log.version(&StreamId::from(id.to_owned())).await.expect("a version").0
}

fn any(stream: &str, events: Vec<NewEvent>) -> Append {
    Append {
        stream: StreamId::from(stream.to_owned()),
        expected: Expected::Any,
        actor: Actor::from("test"),
        scan: None,
        events,
    }
}

fn exact(stream: &str, version: u64, events: Vec<NewEvent>) -> Append {
    Append { expected: Expected::Exact(Version(version)), ..any(stream, events) }
}

fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|n| event(&format!("reason {n}"))).collect()
}

fn event(text: &str) -> NewEvent {
    NewEvent { event: failure(text), observed_at: at(1_700_000_000_000) }
}

/// An event that carries any text.
fn failure(text: &str) -> Event {
    static ACCOUNT: LazyLock<AccountId> =
        LazyLock::new(|| "123456789012".parse().expect("an account id"));
    Event::SweepFailed(Failure {
        scope: ScopeId {
            account: ACCOUNT.clone(),
            technology: "s3_bucket".to_owned(),
            region: "global".to_owned(),
        },
        operation: "s3:ListBuckets".to_owned(),
        cause: None,
        item: None,
        part: None,
        reason: text.to_owned(),
    })
}

fn text(envelope: &Envelope) -> &str {
    match &envelope.event {
        Event::SweepFailed(failure) => &failure.reason,
        other => panic_with("the event that was written", other),
    }
}

fn at(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).expect("a time")
}

#[expect(clippy::panic, reason = "test support")]
fn panic_with(expected: &str, found: &dyn std::fmt::Debug) -> ! {
    panic!("expected {expected}, found {found:?}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::log::memory::Memory;

    #[tokio::test]
    async fn the_log_in_memory_passes() {
        super::run(async |clock: super::Clock| Arc::new(Memory::new(move || clock()))).await;
    }
}
