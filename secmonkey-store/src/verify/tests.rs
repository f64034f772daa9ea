//! Every change to a log is found.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use secmonkey_core::event::{Actor, Event, Stored};
use secmonkey_core::log::{Append, EventLog as _, Expected};

use super::*;
use crate::block::{self, Block, Encoder, Packer};
use crate::{OpenOptions, Store};

struct Log {
    events: Events,
    head: Head,
    values: Vec<(sled::IVec, sled::IVec)>,
    _directory: tempfile::TempDir,
}

/// A small log of some blocks, one event of which is in parts.
async fn log() -> Log {
    let directory = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        wait: Duration::ZERO,
        clock: Arc::new(|| Timestamp::UNIX_EPOCH),
        ..OpenOptions::default()
    };
    let store = Store::open(directory.path(), options).unwrap();
    let mut seed = 1u64;
    for n in 0..24 {
        let size = if n == 12 { 9_000 } else { 100 };
        let noise = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'0' + u8::try_from(seed >> 58).unwrap())
        });
        let actor = Actor(noise.take(size).collect());
        let (event, observed_at) = (Event::ItemDeleted, Timestamp::UNIX_EPOCH);
        let stream = StreamId::from(format!("scan/{}", n % 3));
        let events = [event.clone(), event.clone(), event];
        let batch = Append::new(stream, Expected::Any, &actor, observed_at, events);
        store.log.append(vec![batch]).await.unwrap();
    }
    let head = store.log.head().await.unwrap();
    drop(store);
    let events = Events::open(&directory.path().join("log"), Duration::from_mins(1)).unwrap();
    let values = events.database.sled.scan_prefix([block::EVENTS]);
    let values = values.collect::<Result<_, _>>().unwrap();
    Log { events, head, values, _directory: directory }
}

impl Log {
    fn verify(&self) -> Vec<Finding> {
        verify(&self.events, self.head, &[], &[]).unwrap().findings
    }

    fn put(&self, index: usize, value: &[u8]) {
        self.events.database.sled.insert(&self.values[index].0, value).unwrap();
    }

    fn restore(&self) {
        for (key, value) in &self.values {
            self.events.database.sled.insert(key, value).unwrap();
        }
    }

    /// All events as they are now, as far as they can be read.
    fn texts(&self) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut texts = Vec::new();
        for found in self.events.blocks(Position(1)).ok()? {
            let visit = |event: &Raw<'_>| {
                texts.push((event.header.to_vec(), event.body.to_vec()));
                Ok(ControlFlow::Continue(()))
            };
            found.ok()?.read(&mut self.events.decoder(), visit).ok()?;
        }
        Some(texts)
    }

    /// The records of a block, taken apart.
    fn records(&self, index: usize) -> Vec<Stored> {
        let block = Block::parse(&self.values[index].1).unwrap();
        let mut decoder = self.events.decoder();
        let (mut events, mut records) = (block.events(&mut decoder), Vec::new());
        while let Some(event) = events.read() {
            let (header, body) = event.unwrap();
            records.push(Stored { header: header.to_vec(), body: body.to_vec() });
        }
        records
    }

    /// A block of other events, with hashes that are right within it.
    fn rebuild(&self, index: usize, records: &[Stored]) -> Vec<u8> {
        let mut before = Block::parse(&self.values[index].1).unwrap().before;
        let mut encoder = Encoder::new(&self.events.dictionaries).unwrap();
        let mut packer = Packer::default();
        for stored in records {
            let after = before.next(&stored.header, &stored.body);
            packer.push(Position(1), &before, &after, stored);
            before = after;
        }
        packer.blocks(&mut encoder).unwrap().remove(0).1
    }
}

#[tokio::test]
async fn an_untouched_log_is_found_right() {
    let log = log().await;
    assert_eq!(log.verify(), []);
    assert!(log.values.len() > 8, "too few values to play with");
    assert!(log.values.iter().any(|(key, _)| key.len() > 9), "no event is in parts");
}

#[tokio::test]
async fn every_flipped_byte_is_found() {
    let log = log().await;
    let texts = log.texts();
    for (index, (_, value)) in log.values.iter().enumerate() {
        // Every byte of the small values, every ninth of the parts.
        let step = if value.len() > 2_000 { 9 } else { 1 };
        for at in (0..value.len()).step_by(step) {
            let mut flipped = value.to_vec();
            flipped[at] ^= 1 << (at % 8);
            log.put(index, &flipped);
            // A flip in a bit that zstd does not look at leaves the event as it was.
            let harmless = || log.texts() == texts;
            assert!(!log.verify().is_empty() || harmless(), "value {index}, byte {at}");
        }
        log.put(index, value);
    }
    assert_eq!(log.verify(), []);
}

#[tokio::test]
async fn every_dropped_value_is_found() {
    let log = log().await;
    for (index, (key, value)) in log.values.iter().enumerate() {
        log.events.database.sled.remove(key).unwrap();
        assert!(!log.verify().is_empty(), "value {index}");
        log.put(index, value);
    }
    assert_eq!(log.verify(), []);
}

#[tokio::test]
async fn all_swapped_values_are_found() {
    let log = log().await;
    for a in 0..log.values.len() {
        for b in 0..a {
            log.put(a, &log.values[b].1);
            log.put(b, &log.values[a].1);
            assert!(!log.verify().is_empty(), "values {a} and {b}");
            log.put(a, &log.values[a].1);
            log.put(b, &log.values[b].1);
        }
    }
    assert_eq!(log.verify(), []);
}

/// Who edits an event, and knows the form of a block, but leaves the rest.
#[tokio::test]
async fn every_edited_event_is_found_even_where_its_block_is_made_anew() {
    let log = log().await;
    let single: Vec<usize> = (0..log.values.len())
        .filter(|index| {
            let key = &log.values[*index].0;
            let parts = log.values.iter().filter(|(other, _)| other.starts_with(key));
            key.len() == 9 && parts.count() == 1
        })
        .collect();
    let (last, others) = single.split_last().unwrap();
    for index in others {
        let records = log.records(*index);
        for event in 0..records.len() {
            let mut edited = records.clone();
            edited[event].body = String::from_utf8(records[event].body.clone())
                .unwrap()
                .replace("item_deleted", "item_discovered")
                .into_bytes();
            log.put(*index, &log.rebuild(*index, &edited));
            assert!(!log.verify().is_empty(), "edited: value {index}, event {event}");

            let mut cut = records.clone();
            cut.remove(event);
            if !cut.is_empty() {
                log.put(*index, &log.rebuild(*index, &cut));
                assert!(!log.verify().is_empty(), "cut: value {index}, event {event}");
            }
            for other in 0..event {
                let mut swapped = records.clone();
                swapped.swap(event, other);
                log.put(*index, &log.rebuild(*index, &swapped));
                assert!(!log.verify().is_empty(), "swapped: value {index}, event {event}");
            }
        }
        log.restore();
    }

    // In the last block nothing follows that would tell: a published head does.
    let mut edited = log.records(*last);
    let count = edited.len();
    edited[count - 1].header = String::from_utf8(edited[count - 1].header.clone())
        .unwrap()
        .replace("\"a\":\"", "\"a\":\"x")
        .into_bytes();
    log.put(*last, &log.rebuild(*last, &edited));
    assert_eq!(log.verify(), []);
    let published = [Ok((log.head.position, log.head.hash))];
    let findings = verify(&log.events, log.head, &published, &[]).unwrap().findings;
    assert!(matches!(findings[0].problem, Problem::Published { .. }), "{findings:?}");
}

#[tokio::test]
async fn a_cut_tail_is_found_by_a_published_head() {
    let log = log().await;
    let published = [Ok((log.head.position, log.head.hash))];
    for (key, _) in log.values.iter().rev().take(5) {
        log.events.database.sled.remove(key).unwrap();
        let head = log.events.head().unwrap();
        assert!(head.position < log.head.position);
        // Alone it looks like a log that never was longer.
        assert_eq!(verify(&log.events, head, &[], &[]).unwrap().findings, []);
        let findings = verify(&log.events, head, &published, &[]).unwrap().findings;
        let expected =
            Finding { position: log.head.position, problem: Problem::Cut(log.head.hash) };
        assert_eq!(findings, [expected]);
    }
}

impl Log {
    /// All events, in order.
    fn all(&self) -> Vec<Stored> {
        let texts = self.texts().unwrap().into_iter();
        texts.map(|(header, body)| Stored { header, body }).collect()
    }

    /// Puts other events in place of all, with the hash chain computed anew: as somebody does
    /// who can write to the store and knows how.
    fn rewrite(&mut self, records: &[Stored]) {
        let (mut before, mut position) = (Hash::START, Position(0));
        let mut encoder = Encoder::new(&self.events.dictionaries).unwrap();
        let mut packer = Packer::default();
        for stored in records {
            position.0 += 1;
            let after = before.next(&stored.header, &stored.body);
            packer.push(position, &before, &after, stored);
            before = after;
        }
        for key in self.events.database.sled.scan_prefix([block::EVENTS]).keys() {
            self.events.database.sled.remove(key.unwrap()).unwrap();
        }
        for (first, block) in &packer.blocks(&mut encoder).unwrap() {
            for (key, value) in block::values(*first, block) {
                self.events.database.sled.insert(key, value).unwrap();
            }
        }
        self.head = Head { position, hash: before, ..self.head };
    }

    /// What is found where these checkpoints were signed.
    fn held_against(&self, signed: &[(u64, Node)]) -> Vec<Finding> {
        let signed: Vec<_> = signed
            .iter()
            .map(|(size, root)| {
                let checkpoint = Checkpoint { origin: "log".to_owned(), size: *size, root: *root };
                let note = secmonkey_core::tlog::Note::new(checkpoint.to_string());
                Ok(Kept { path: PathBuf::new(), note, checkpoint })
            })
            .collect();
        verify(&self.events, self.head, &[], &signed).unwrap().findings
    }
}

/// The root over the first events, for every number of them.
fn roots(records: &[Stored]) -> Vec<(u64, Node)> {
    let mut tree = Frontier::default();
    let mut roots = vec![(0, tree.root())];
    for stored in records {
        tree.push(Node::leaf(&stored.header, &stored.body));
        roots.push((tree.size(), tree.root()));
    }
    roots
}

#[tokio::test]
async fn every_checkpoint_that_was_ever_signed_holds() {
    let log = log().await;
    assert_eq!(log.held_against(&roots(&log.all())), []);
}

/// The chain alone cannot tell: it is computed anew. A checkpoint tells.
#[test]
fn whatever_is_done_to_an_event_a_checkpoint_tells() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let log = std::cell::RefCell::new(runtime.block_on(log()));
    let records = log.borrow().all();
    let roots = roots(&records);
    let count = records.len();
    let cases = ProptestConfig::with_cases(200);
    proptest!(cases, |(edit in 0..4_u8, at: Index, other: Index, byte: Index, signed: Index)| {
        let mut log = log.borrow_mut();
        let (at, other) = (at.index(count), other.index(count));
        let mut edited = records.clone();
        match edit {
            0 => {
                let header = &mut edited[at].header;
                let place = byte.index(header.len());
                header[place] = if header[place] == b'7' { b'8' } else { b'7' };
            }
            1 => drop(edited.remove(at)),
            2 => edited.swap(at, other),
            _ => edited.truncate(at),
        }
        // Signed of what was edited, at least.
        let last = if edit == 2 { at.max(other) } else { at };
        let signed = last + 1 + signed.index(count - last);
        log.rewrite(&edited);
        let found = log.held_against(&roots[signed..=signed]);
        prop_assert!(!found.is_empty() || edited == records, "{edit} {at} {other} {signed}");
        // What was signed before it still holds.
        let first = if edit == 2 { at.min(other) } else { at };
        let size = u64::try_from(first).unwrap();
        let all = log.held_against(&roots[..=first]);
        let roots_wrong = |it: &Finding| {
            matches!(it.problem, Problem::Root { .. } | Problem::CutTree(_))
        };
        prop_assert!(!all.iter().any(roots_wrong), "{size}: {all:?}");
    });

    // Without one, nobody sees it.
    let mut edited = records.clone();
    let actor = String::from_utf8(records[5].header.clone()).unwrap();
    edited[5].header = actor.replace("\"a\":\"", "\"a\":\"x").into_bytes();
    let mut log = log.borrow_mut();
    log.rewrite(&edited);
    assert_eq!(log.verify(), []);
    let found = log.held_against(&roots[40..=40]);
    assert!(matches!(
        found[..],
        [Finding { position: Position(40), problem: Problem::Root { .. } }]
    ));
}
