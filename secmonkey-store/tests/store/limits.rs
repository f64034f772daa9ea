//! What the system refuses is told as what it is, and hangs nobody.
//!
//! The limits hold for a process: these tests start themselves again under one. They need
//! Linux, and those that need a file system of their own the right to mount one.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use secmonkey_core::log::{EventLog as _, Expected};
use secmonkey_store::{Error, OpenOptions, Store};

use crate::{all, append, batch, contents, event, noise, open, options};

const STORE: &str = "SECMONKEY_TEST_LIMITED";

#[tokio::test]
#[ignore = "the other tests start it in a process of its own"]
async fn opens_reads_and_appends() {
    let path = std::env::var(STORE).expect("the test that starts it says");
    let store = match Store::open(&path, options()) {
        Ok(store) => store,
        Err(error) => return println!("REFUSED {error}"),
    };
    let verified = store.verify(None, None).await.expect("it can be read");
    println!("READ {} {}", all(&store).await.len(), verified.findings.len());
    for number in 0..2_000 {
        let events = vec![event(&noise(number, 4_000))];
        if let Err(error) = store.log.append(batch("scan/more", Expected::Any, events)).await {
            println!("STOPPED {error}");
            break;
        }
        println!("ACK");
    }
    if let Err(error) = store.log.publish_head().await {
        println!("UNPUBLISHED {error}");
    }
}

/// What it says under a limit, given as the beginning of a command.
fn limited(program: &[&str], store: &Path, variables: &[(&str, &str)]) -> Output {
    let own = std::env::current_exe().expect("the test's own program");
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(own);
    command.args(["--ignored", "--exact", "limits::opens_reads_and_appends", "--nocapture"]);
    command.env(STORE, store).envs(variables.iter().copied());
    command.output().unwrap_or_else(|error| panic!("this test needs `{}`: {error}", program[0]))
}

fn lines(output: &Output, word: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = text.lines().filter_map(|line| line.split_once(word).map(|(_, rest)| rest));
    found.map(|rest| rest.trim().to_owned()).collect()
}

fn is_true_and_harmless(line: &str) {
    for wrong in ["backup", "corrupt", "Os {", "backtrace", "panicked"] {
        assert!(!line.contains(wrong), "{line}");
    }
}

async fn some(path: &Path) {
    let store = open(path);
    append(&store, "scan/a", &["one", "two", "three"]).await;
    store.log.publish_head().await.expect("the head is written down");
}

#[tokio::test]
async fn threads_that_cannot_be_had_are_told_at_once() {
    let directory = tempfile::tempdir().expect("a directory");
    some(directory.path()).await;
    let start = Instant::now();
    // Room for five stacks.
    let limit = ["prlimit", "--as=6000000000"];
    let output = limited(&limit, directory.path(), &[("RUST_MIN_STACK", "1000000000")]);
    assert!(start.elapsed().as_secs() < 60);
    let said = lines(&output, "REFUSED");
    assert!(said.len() == 1 && said[0].contains("threads"), "{output:?}");
    is_true_and_harmless(&said[0]);
}

#[tokio::test]
async fn a_file_that_may_not_grow_is_told_and_what_was_acknowledged_is_there() {
    let directory = tempfile::tempdir().expect("a directory");
    some(directory.path()).await;
    let limit = ["env", "--ignore-signal=XFSZ", "prlimit", "--fsize=2000000"];
    let output = limited(&limit, directory.path(), &[]);
    let said = lines(&output, "STOPPED");
    assert!(said.len() == 1 && said[0].contains("ulimit -f"), "{output:?}");
    is_true_and_harmless(&said[0]);
    let acknowledged = lines(&output, "ACK").len();
    assert!(acknowledged > 10);
    assert!(all(&open(directory.path())).await.len() >= 3 + acknowledged);
}

/// In a file system of its own; `None` where none may be mounted.
fn mounted(place: &Path, size: &str, setup: &str, store: &Path) -> Option<Output> {
    let script = format!(
        "mount -t tmpfs -o size={size} none {place} && {setup} && exec \"$0\" \"$@\"",
        place = place.display()
    );
    let output = limited(&["unshare", "-m", "sh", "-c", &script], store, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("unshare") || said.contains("mount:") {
        println!("not shown here: {said}");
        return None;
    }
    Some(output)
}

#[tokio::test]
async fn a_full_disk_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path().join("small");
    fs::create_dir(&place).expect("a directory");
    let Some(output) = mounted(&place, "3m", "true", &place.join("store")) else { return };
    let said = lines(&output, "STOPPED");
    assert!(said.len() == 1 && said[0].contains("disk is full"), "{output:?}");
    is_true_and_harmless(&said[0]);
    assert!(lines(&output, "ACK").len() > 10, "{output:?}");
}

/// After the log met the end of the disk nobody knows how it was left.
#[tokio::test]
async fn a_store_on_a_full_disk_can_be_read_though_nothing_can_be_copied_beside_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let (made, place) = (directory.path().join("made"), directory.path().join("place"));
    fs::create_dir(&place).expect("a directory");
    some(&made).await;
    fs::remove_file(made.join("log/closed")).expect("a file");
    let setup = format!(
        "cp -a {} {place}/store && (dd if=/dev/zero of={place}/rest bs=4k 2>/dev/null || true)",
        made.display(),
        place = place.display()
    );
    let Some(output) = mounted(&place, "3m", &setup, &place.join("store")) else { return };
    assert_eq!(lines(&output, "READ"), ["3 0"], "{output:?}");
}

#[test]
fn opening_has_a_deadline() {
    let directory = tempfile::tempdir().expect("a directory");
    drop(open(directory.path()));
    let opened =
        Store::open(directory.path(), OpenOptions { deadline: Duration::ZERO, ..options() });
    let error = opened.err().expect("no database opens in no time");
    assert!(matches!(error, Error::Slow { .. }), "{error}");
}

#[tokio::test]
async fn a_store_that_cannot_be_written_can_be_read_and_verified() {
    let directory = tempfile::tempdir().expect("a directory");
    let (made, place) = (directory.path().join("made"), directory.path().join("place"));
    fs::create_dir(&place).expect("a directory");
    some(&made).await;
    let setup = format!(
        "cp -a {} {}/store && mount -o remount,ro {}",
        made.display(),
        place.display(),
        place.display()
    );
    let Some(output) = mounted(&place, "10m", &setup, &place.join("store")) else { return };
    assert_eq!(lines(&output, "READ"), ["3 0"], "{output:?}");
    let said = lines(&output, "STOPPED");
    assert!(said.len() == 1 && said[0].contains("can only be read"), "{output:?}");
}

#[tokio::test]
async fn views_that_cannot_be_used_are_rebuilt_elsewhere() {
    let directory = tempfile::tempdir().expect("a directory");
    some(directory.path()).await;
    let views = directory.path().join("views");
    fs::remove_dir_all(&views).expect("a directory");
    fs::write(&views, "no directory").expect("a file");
    let store = open(directory.path());
    assert_eq!(crate::stream(&store, "scan/a").await.len(), 3);
    append(&store, "scan/a", &["four"]).await;
    drop(store);
    assert_eq!(fs::read_to_string(&views).expect("a file"), "no directory");
}

fn modes(path: &Path, mode: u32) {
    let set = |path: &Path| {
        let mode = if path.is_dir() { mode | ((mode & 0o444) >> 2) } else { mode };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    for file in contents(path).into_keys() {
        set(&file);
        set(file.parent().expect("a directory"));
    }
    set(path);
}

#[tokio::test]
async fn everything_is_its_owners_alone_whatever_it_was() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    some(&path).await;
    for (folder, file) in [("keys", "audit.key"), ("checkpoints", "1")] {
        fs::create_dir(path.join(folder)).expect("a directory");
        fs::write(path.join(folder).join(file), "").expect("a file");
    }
    modes(&path, 0o666);
    let store = open(&path);
    store.log.publish_head().await.expect("the head is written down");
    let check = |path: &Path| {
        let mode = fs::metadata(path).expect("a file").mode() & 0o777;
        let wanted = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, wanted, "{}", path.display());
    };
    for file in contents(&path).into_keys() {
        check(&file);
        check(file.parent().expect("a directory"));
    }
    check(&path.join("lock"));
}

#[tokio::test]
async fn a_store_behind_a_link_is_its_owners_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, link) = (directory.path().join("store"), directory.path().join("link"));
    some(&path).await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("a mode");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let _store = open(&link);
    assert_eq!(fs::metadata(&path).expect("a directory").mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_store_of_somebody_else_that_others_may_write_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    some(&path).await;
    if chown(&path, Some(12_345), None).is_err() {
        return println!("not shown here: only root gives files away");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("a mode");
    assert!(matches!(Store::open(&path, options()), Err(Error::OpenToOthers(_))));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("a mode");
    assert_eq!(all(&open(&path)).await.len(), 3);
}

#[tokio::test]
async fn heads_that_cannot_be_written_name_themselves() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    append(&store, "scan/a", &["one"]).await;
    let heads = directory.path().join("heads.log");
    fs::create_dir(&heads).expect("a directory");
    let error = store.log.publish_head().await.expect_err("it is a directory").to_string();
    assert!(error.contains("heads.log"), "{error}");
    is_true_and_harmless(&error);
    append(&store, "scan/a", &["two"]).await;
}
