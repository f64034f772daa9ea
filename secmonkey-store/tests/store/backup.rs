//! A backup of a store in use is whole.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use secmonkey_core::log::EventLog as _;
use secmonkey_store::{Error, backup};

use crate::writer::{acknowledged, arguments, environment};
use crate::{all, append, contents, open};

const WAIT: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_mins(1);
const BACKUPS: usize = 12;

#[tokio::test]
async fn a_backup_is_a_store_without_the_key() {
    let directory = tempfile::tempdir().expect("a directory");
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    let store = open(&from);
    store.digest_key(None, &[]).expect("a key");
    append(&store, "scan/a", &["one", "two"]).await;
    store.log.publish_head().await.expect("the head is written down");
    // While it is in use, and when it is not.
    for held in [Some(store), None] {
        let head = backup(&from, &to, WAIT, DEADLINE).expect("a backup");
        assert_eq!(head.position.0, 2);
        assert!(matches!(backup(&from, &to, WAIT, DEADLINE), Err(Error::Exists(_))));
        drop(held);
        for path in contents(&to).into_keys() {
            assert!(!path.ends_with("digest.key"));
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = fs::metadata(&path).expect("a file").permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{}", path.display());
            }
        }
        let copied = open(&to);
        assert_eq!(all(&copied).await.len(), 2);
        append(&copied, "scan/a", &["three"]).await;
        drop(copied);
        fs::remove_dir_all(&to).expect("a directory");
    }
    assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1, "nothing is left");
    let nothing = directory.path().join("nothing");
    assert!(matches!(backup(&nothing, &to, WAIT, DEADLINE), Err(Error::Missing(_))));
}

#[tokio::test]
async fn a_backup_in_one_file_unpacks_to_a_store() {
    let directory = tempfile::tempdir().expect("a directory");
    let from = directory.path().join("from");
    let store = open(&from);
    append(&store, "scan/a", &["one", "two"]).await;
    for name in ["a.tar", "b.tar.zst"] {
        let to = directory.path().join(name);
        let head = backup(&from, &to, WAIT, DEADLINE).expect("a backup");
        assert!(matches!(backup(&from, &to, WAIT, DEADLINE), Err(Error::Exists(_))));
        let bytes = fs::read(&to).expect("the file");
        let bytes = if name.ends_with("zst") {
            zstd::decode_all(bytes.as_slice()).expect("it is compressed")
        } else {
            bytes
        };
        tar::Archive::new(bytes.as_slice()).unpack(directory.path()).expect("it unpacks");
        let copied = open(&directory.path().join(&name[..1]));
        assert_eq!(all(&copied).await.len(), 2);
        assert_eq!(copied.log.head().await.expect("a head"), head);
    }
    assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 5, "nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_of_a_store_in_use_verify_and_have_what_was_acknowledged() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    let program = arguments();
    let mut command = Command::new(&program[0]);
    command.args(&program[1..]).stdout(Stdio::piped()).stderr(Stdio::null());
    environment(&mut command, &path, 0, 2, usize::MAX);
    let mut writer = command.spawn().expect("the writer starts");
    let mut out = writer.stdout.take().expect("a pipe");
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        out.read_to_end(&mut said).expect("what it said");
        String::from_utf8_lossy(&said).into_owned()
    });
    while !path.join("heads.log").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut made = Vec::new();
    for number in 0..BACKUPS {
        let to = directory.path().join(number.to_string());
        let done = backup(&path, &to, WAIT, DEADLINE);
        made.push((to, done));
    }
    writer.kill().expect("the writer is killed");
    writer.wait().expect("the writer ends");
    let acknowledged = acknowledged(&said.join().expect("what it said"));
    let mut last = 0;
    for (to, done) in made {
        let head = done.unwrap_or_else(|error| panic!("{}: {error}", to.display()));
        assert!(head.position.0 >= last, "a later backup has less");
        last = head.position.0;
        let store = open(&to);
        let events = all(&store).await;
        assert_eq!(events.len() as u64, head.position.0);
        for known in acknowledged.iter().filter(|known| known.position <= head.position) {
            let index = usize::try_from(known.position.0).expect("small") - 1;
            assert_eq!(events[index].hash, known.hash);
        }
    }
    assert!(last > 0);
}
