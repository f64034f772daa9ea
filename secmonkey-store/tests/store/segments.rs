//! A log that is written as segments and read again is the same log, or none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use secmonkey_core::event::Position;
use secmonkey_core::log::memory::Memory;
use secmonkey_core::log::{EventLog, Expected, Head};
use secmonkey_core::merkle::{Frontier, Node};
use secmonkey_store::{Error, ExportOptions, Exported, Imported, Segments, export};

use crate::{all, append, batch, contents, end, event, noise, open};

/// Segments of a few events.
fn small() -> ExportOptions {
    ExportOptions { size: 600, ..ExportOptions::default() }
}

fn up_to(position: u64) -> ExportOptions {
    ExportOptions { to: Some(Position(position)), ..small() }
}

async fn written(log: &dyn EventLog, to: &Path, options: &ExportOptions) -> Exported {
    export(log, to, options).await.expect("it is written")
}

async fn import(log: &dyn EventLog, from: &Path) -> Result<Imported, Error> {
    Segments::read(from)?.import(log, None).await
}

async fn head(log: &dyn EventLog) -> Head {
    log.head().await.expect("a head")
}

/// A log with so many events in three streams.
async fn holding(events: usize) -> Memory {
    let log = Memory::default();
    for n in 0..events {
        let events = vec![event(&noise(n as u64, 20 + n % 5 * 30))];
        let stream = format!("scan/{}", n % 3);
        log.append(batch(&stream, Expected::Any, events)).await.expect("it is taken");
    }
    log
}

/// The root of the tree over all events.
async fn root(log: &dyn EventLog) -> Node {
    let mut tree = Frontier::default();
    loop {
        let page = log.read_stored(Position(tree.size()), 100).await.expect("a page");
        if page.is_empty() {
            return tree.root();
        }
        for event in page {
            tree.push(Node::leaf(&event.header, &event.body));
        }
    }
}

fn names(folder: &Path) -> Vec<PathBuf> {
    contents(folder).into_keys().collect()
}

/// What is appended: the stream, and the lengths of the texts.
fn appends() -> impl Strategy<Value = Vec<(u8, Vec<u16>)>> {
    let texts = proptest::collection::vec(0..3_000u16, 1..6);
    proptest::collection::vec((0..4u8, texts), 1..12)
}

/// Exports the log up to somewhere, imports that, exports and imports the rest: the same head
/// and the same tree.
async fn moves(from: &dyn EventLog, to: &dyn EventLog, folder: &Path, cut: u64, size: usize) {
    let whole = head(from).await;
    let options = ExportOptions { size, ..ExportOptions::default() };
    let part = Position(cut % whole.position.0 + 1);
    let first = written(from, folder, &ExportOptions { to: Some(part), ..options.clone() }).await;
    assert_eq!((first.first, first.last, first.kept), (Position(1), part, 0));
    let imported = import(to, folder).await.expect("it is read");
    assert_eq!(imported.events, part.0);
    let rest = written(from, folder, &options).await;
    assert_eq!((rest.kept, rest.events), (first.written, whole.position.0 - part.0));
    assert_eq!(import(to, folder).await.expect("it is read").head, whole);
    assert_eq!(head(to).await, whole);
    assert_eq!(root(to).await, root(from).await);
    assert_eq!(import(to, folder).await.expect("it is read").events, 0);
    // The same in one file.
    let file = folder.with_extension("zst");
    assert_eq!(written(from, &file, &options).await.hash, whole.hash);
    let other = Memory::default();
    assert_eq!(import(&other, &file).await.expect("it is read").head, whole);
    assert_eq!(root(&other).await, root(from).await);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn export_and_import_give_the_same_head_and_the_same_tree(
        appends in appends(), cut in any::<u64>(), size in 1..20_000usize,
    ) {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let memory = Memory::default();
            let (sled, other) = (open(&at("sled")), open(&at("other")));
            for (number, (stream, texts)) in appends.iter().enumerate() {
                let text = |length: &u16| noise(number as u64, usize::from(*length));
                let texts: Vec<_> = texts.iter().map(text).collect();
                let events = texts.iter().map(|text| event(text)).collect();
                let batch = batch(&format!("scan/{stream}"), Expected::Any, events);
                memory.append(batch.clone()).await.expect("it is taken");
                sled.log.append(batch).await.expect("it is taken");
            }
            moves(&memory, &Memory::default(), &at("of-memory"), cut, size).await;
            moves(sled.log.as_ref(), other.log.as_ref(), &at("of-sled"), cut, size).await;
            let whole = head(other.log.as_ref()).await;
            let size = whole.position.0;
            assert_eq!(other.root(size).await.expect("a root"), root(sled.log.as_ref()).await);
            let verified = other.verify(None, None).await.expect("it can be read");
            assert_eq!(verified.findings, []);
            assert_eq!(all(&other).await, all(&sled).await);
            // From one kind of store to the other.
            let mixed = Memory::default();
            assert_eq!(import(&mixed, &at("of-sled")).await.expect("it is read").head, whole);
        });
    }
}

#[tokio::test]
async fn an_export_goes_on_behind_what_is_there() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join("log");
    let log = holding(40).await;
    let first = written(&log, &folder, &up_to(25)).await;
    assert!(first.written > 3 && first.last == Position(25), "{first:?}");
    let there = contents(&folder);
    // As a process leaves it that died while it wrote the next.
    let part = folder.join("000000000026-000000000031.zst.part");
    fs::write(&part, b"half of it").expect("a file");
    let again = written(&log, &folder, &up_to(25)).await;
    assert_eq!((again.written, again.kept, again.last), (0, first.written, Position(25)));
    let rest = written(&log, &folder, &small()).await;
    assert_eq!((rest.kept, rest.events, rest.last), (first.written, 15, Position(40)));
    let now = contents(&folder);
    assert!(
        there.iter().all(|(path, bytes)| now.get(path) == Some(bytes)),
        "one was written again"
    );

    let to = Memory::default();
    assert_eq!(import(&to, &folder).await.expect("it is read").head, head(&log).await);
}

#[tokio::test]
async fn what_a_log_does_not_have_is_not_exported() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join("log");
    let file = directory.path().join("log.zst");
    let log = holding(10).await;
    let range = |from, to| ExportOptions { from, to, ..small() };
    let (two, four, eleven) = (Some(Position(2)), Some(Position(4)), Some(Position(11)));
    for (from, to) in [(eleven, None), (None, eleven), (four, two), (Some(Position(0)), None)] {
        for to_path in [&folder, &file] {
            let refused = export(&log, to_path, &range(from, to)).await;
            assert!(matches!(refused, Err(Error::NoEvents { .. })), "{refused:?}");
        }
    }
    let nothing = export(&Memory::default(), &folder, &small()).await;
    assert!(matches!(nothing, Err(Error::NoEvents { .. })), "{nothing:?}");
    assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 0, "nothing is left");

    // A part in the middle; what is there settles where it begins.
    written(&log, &folder, &range(four, Some(Position(6)))).await;
    let refused = export(&log, &folder, &range(two, None)).await;
    assert!(matches!(refused, Err(Error::OtherRange { .. })), "{refused:?}");
    assert_eq!(written(&log, &folder, &range(Some(Position(7)), None)).await.last, Position(10));
    let refused = import(&Memory::default(), &folder).await;
    assert!(matches!(refused, Err(Error::Behind { .. })), "{refused:?}");
    let to = Memory::default();
    let three = log.read_stored(Position(0), 3).await.expect("a page");
    to.restore(three).await.expect("it is taken");
    assert_eq!(import(&to, &folder).await.expect("it is read").head, head(&log).await);
    // A file is never written over.
    written(&log, &file, &small()).await;
    assert!(matches!(export(&log, &file, &small()).await, Err(Error::Exists(_))));
}

#[tokio::test]
async fn another_log_is_refused_by_its_name_and_hash() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join("log");
    let (log, other) = (holding(12).await, Memory::default());
    let named = ExportOptions { origin: Some("one.example/log".to_owned()), ..small() };
    written(&log, &folder, &named).await;
    other.append(batch("scan/0", Expected::Any, vec![event("other")])).await.expect("it is taken");
    let before = head(&other).await;
    let segments = Segments::read(&folder).expect("it is read");
    let own = Some("other.example/log");
    let error = segments.import(&other, own).await.expect_err("another log").to_string();
    for part in ["one.example/log", "other.example/log", "position 1", &before.hash.to_string()] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert_eq!(head(&other).await, before);
    // And neither is it added to the segments of another.
    let error = export(&other, &folder, &small()).await.expect_err("another log");
    assert!(matches!(error, Error::OtherLog { known: None, .. }), "{error}");
    // A log that went another way behind its beginning, and one that went on.
    let three = log.read_stored(Position(0), 3).await.expect("a page");
    other_way(&folder, three.clone(), 1).await;
    other_way(&folder, three, 20).await;
    let before = head(&log).await;
    log.append(batch("scan/9", Expected::Any, vec![event("later")])).await.expect("it is taken");
    let imported = import(&log, &folder).await.expect("it is the same log");
    assert_eq!((imported.events, imported.head.position.0), (0, before.position.0 + 1));
}

/// Goes on with events of its own.
async fn other_way(folder: &Path, beginning: Vec<secmonkey_core::event::Stored>, own: usize) {
    let log = Memory::default();
    log.restore(beginning).await.expect("it is taken");
    let events = vec![event("another"); own];
    log.append(batch("scan/0", Expected::Any, events)).await.expect("it is taken");
    let before = head(&log).await;
    let refused = import(&log, folder).await;
    assert!(matches!(refused, Err(Error::OtherLog { .. })), "{own}: {refused:?}");
    assert_eq!(head(&log).await, before);
}

/// Wants a refusal that names a file and a position, and an untouched log.
async fn refused(folder: &Path, file: &Path, positions: &[u64], what: &str) {
    let to = Memory::default();
    match import(&to, folder).await {
        Err(Error::Segment { path, position, reason }) => {
            assert_eq!(path, file, "{what}: {reason}");
            assert!(positions.contains(&position.0), "{what}: {position}: {reason}");
        }
        other => panic!("{what}: {other:?}"),
    }
    assert_eq!(head(&to).await, Head::START, "{what}");
}

#[tokio::test]
async fn a_missing_or_misplaced_segment_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join("log");
    let log = holding(30).await;
    written(&log, &folder, &small()).await;
    let files = names(&folder);
    let firsts: Vec<u64> = files
        .iter()
        .map(|file| {
            let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
            name[..12].parse().expect("a number")
        })
        .collect();
    let away = directory.path().join("away");
    for missing in 1..files.len() {
        fs::rename(&files[missing], &away).expect("a file");
        // The one behind it says so, and for the last the one before it.
        let told = files.get(missing + 1).unwrap_or(&files[missing - 1]);
        refused(&folder, told, &firsts[missing..=missing], "missing").await;
        fs::rename(&away, &files[missing]).expect("a file");
    }
    fs::rename(&files[0], &away).expect("a file");
    let without = import(&Memory::default(), &folder).await;
    assert!(matches!(without, Err(Error::Behind { .. })), "{without:?}");
    fs::rename(&away, &files[0]).expect("a file");
    // Two change their names.
    fs::rename(&files[1], &away).expect("a file");
    fs::rename(&files[2], &files[1]).expect("a file");
    fs::rename(&away, &files[2]).expect("a file");
    refused(&folder, &files[1], &firsts[1..3], "swapped").await;
    fs::rename(&files[2], &away).expect("a file");
    fs::rename(&files[1], &files[2]).expect("a file");
    fs::rename(&away, &files[1]).expect("a file");
    // One of another export of the same log: other lengths.
    let other = directory.path().join("other");
    written(&log, &other, &ExportOptions { size: 400, ..small() }).await;
    let foreign = &names(&other)[1];
    let stray = folder.join(foreign.file_name().expect("a name"));
    fs::copy(foreign, &stray).expect("a copy");
    let error = import(&Memory::default(), &folder).await.expect_err("two for one position");
    assert!(matches!(error, Error::Segment { .. }), "{error}");
    fs::remove_file(&stray).expect("a file");
    assert_eq!(import(&Memory::default(), &folder).await.expect("whole").head, head(&log).await);
    // Nothing there at all.
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).expect("a directory");
    assert!(matches!(import(&Memory::default(), &empty).await, Err(Error::NoSegments(_))));
}

#[tokio::test]
async fn an_item_that_no_log_records_is_named_before_anything_is_taken() {
    let directory = tempfile::tempdir().expect("a directory");
    for (number, stream) in [
        "item/1/queue/../q",
        "item/1/queue/eu\u{1b}[2J/q",
        "item/1/queue/r/q\n",
        "item/1/queue",
        "account/..",
        &format!("item/1/queue/{}/q", "r".repeat(9_000)),
    ]
    .iter()
    .enumerate()
    {
        let folder = directory.path().join(number.to_string());
        // Each in a segment of its own, and that one neither first nor last.
        let log = holding(6).await;
        for stream in [stream, "scan/0"] {
            let events = vec![event("more")];
            log.append(batch(stream, Expected::Any, events)).await.expect("it is taken");
        }
        written(&log, &folder, &ExportOptions { size: 1, ..small() }).await;
        refused(&folder, &names(&folder)[6], &[7], stream).await;
        let said = Segments::read(&folder).expect_err("it is refused").to_string();
        assert!(said.lines().count() == 1 && said.len() < 600, "{said}");
    }
}

#[tokio::test]
async fn a_damaged_or_cut_segment_is_named_and_nothing_of_it_is_taken() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join("log");
    let log = holding(14).await;
    written(&log, &folder, &ExportOptions { size: 400, ..small() }).await;
    let whole = head(&log).await;
    let file = &names(&folder)[1];
    let bytes = fs::read(file).expect("a file");
    let positions: Vec<u64> = (1..=14).collect();
    for cut in 0..bytes.len() {
        fs::write(file, &bytes[..cut]).expect("a file");
        refused(&folder, file, &positions, &format!("cut at {cut}")).await;
    }
    let mut found = 0;
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            fs::write(file, changed).expect("a file");
            let to = Memory::default();
            match import(&to, &folder).await {
                Err(Error::Segment { path, .. }) => {
                    assert_eq!(&path, file, "byte {at}");
                    assert_eq!(head(&to).await, Head::START, "byte {at}");
                    found += 1;
                }
                // zstd's own header has a bit or two that mean nothing.
                Ok(imported) => assert_eq!(imported.head, whole, "byte {at}"),
                Err(error) => panic!("byte {at}: {error}"),
            }
        }
    }
    assert!(found > bytes.len() * 2 * 95 / 100, "{found} of {}", bytes.len() * 2);
    // Something behind it, and another file in its place.
    fs::write(file, [bytes.as_slice(), b"more"].concat()).expect("a file");
    refused(&folder, file, &positions, "something behind it").await;
    fs::write(file, "not a segment").expect("a file");
    refused(&folder, file, &positions, "no segment").await;
}

#[tokio::test]
async fn an_event_that_was_edited_inside_is_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join("log");
    let log = Memory::default();
    for text in ["one", "two", "three"] {
        log.append(batch("scan/0", Expected::Any, vec![event(text)])).await.expect("it is taken");
    }
    written(&log, &folder, &ExportOptions::default()).await;
    let file = &names(&folder)[0];
    let text = zstd::decode_all(fs::File::open(file).expect("a file")).expect("a frame");
    let text = String::from_utf8(text).expect("lines");
    let edits: [&dyn Fn(&str) -> String; 6] = [
        &|text| text.replace("\"two\"", "\"TWO\""),
        &|text| text.replace("secmonkey-segment/1", "secmonkey-segment/2"),
        &|text| text.replacen("\"last\":3", "\"last\":2", 1),
        &|text| text.replacen("{\"format\"", "{ \"format\"", 1),
        &|text| {
            let mut lines: Vec<_> = text.lines().collect();
            lines.swap(1, 3);
            lines.swap(2, 4);
            lines.join("\n") + "\n"
        },
        &|text| text.trim_end().to_owned(),
    ];
    for (number, edit) in edits.iter().enumerate() {
        let changed = edit(&text);
        assert_ne!(changed, text, "change {number}");
        fs::write(file, zstd::encode_all(changed.as_bytes(), 1).expect("a frame")).expect("a file");
        refused(&folder, file, &[1, 2, 3, 4], &format!("change {number}")).await;
    }
    fs::write(file, zstd::encode_all(text.as_bytes(), 1).expect("a frame")).expect("a file");
    assert_eq!(import(&Memory::default(), &folder).await.expect("whole").head, head(&log).await);
}

#[tokio::test]
async fn scans_of_before_a_move_are_not_missed_after_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join("log");
    let from = open(&directory.path().join("from"));
    from.digest_key(None, &[]).expect("a key");
    for n in 0..5 {
        append(&from, &format!("scan/{n}"), &["one", "two"]).await;
        let batch = batch(&format!("scan/{n}"), Expected::Any, vec![end()]);
        from.log.append(batch).await.expect("it is taken");
        from.log.publish_head().await.expect("it is written down");
    }
    written(from.log.as_ref(), &folder, &small()).await;
    let path = directory.path().join("to");
    let to = open(&path);
    import(to.log.as_ref(), &folder).await.expect("it is read");
    append(&to, "scan/9", &["on"]).await;
    to.log.append(batch("scan/9", Expected::Any, vec![end()])).await.expect("it is taken");
    to.log.publish_head().await.expect("it is written down");
    drop(to);
    let to = open(&path);
    let verified = to.verify(None, None).await.expect("it can be read");
    assert_eq!(verified.findings, []);
    // No key goes with it.
    let key = fs::read_to_string(directory.path().join("from/digest.key")).expect("a key");
    for (file, bytes) in contents(&folder) {
        let text = zstd::decode_all(bytes.as_slice()).expect("a frame");
        let holds = text.windows(key.trim().len()).any(|part| part == key.trim().as_bytes());
        assert!(!holds, "{} holds the key", file.display());
    }
    assert!(!path.join("digest.key").exists());
    let shared: Arc<dyn EventLog> = to.log.clone();
    assert_eq!(head(shared.as_ref()).await.position, Position(17));
}
