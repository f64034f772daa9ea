//! A store that lost something says so, is not written to, and can be kept.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::lab::Lab;

/// The golden store, which a release wrote that knew less of damage.
fn golden() -> Lab {
    let lab = Lab::empty();
    fs::create_dir(lab.store()).unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/store.tar.gz");
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--gzip", "--file"]).arg(golden).arg("--directory").arg(lab.store());
    assert!(tar.status().unwrap().success());
    lab
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(copied.success());
}

#[test]
fn a_backup_is_a_store_and_an_older_log_under_newer_heads_is_refused() {
    let lab = golden();
    let to = lab.store().with_file_name("copy");
    let to = to.to_str().unwrap();
    let said = lab.run(&["backup", to]).expect(0).stdout();
    assert!(said.contains("digest.key"), "{said}");
    lab.run(&["--store", to, "verify"]).expect(0);
    lab.run(&["backup", to]).expect(2);

    // A decision more, and the log of before it.
    lab.run(&["network", "add", "--name", "office", "--cidr", "203.0.113.0/24"]).expect(0);
    lab.run(&["audit"]).expect(0);
    fs::remove_dir_all(lab.store().join("log")).unwrap();
    copy(&Path::new(to).join("log"), &lab.store().join("log"));
    let said = lab.run(&["items"]).expect(4).stderr();
    assert!(said.contains("is lost") && said.contains("secmonkey salvage"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn verify_and_salvage_tell_what_still_holds() {
    let lab = golden();
    lab.run(&["verify"]).expect(0);
    let db = lab.store().join("log/db");
    let mut bytes = fs::read(&db).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for at in (1_000..end).step_by(end / 40) {
        bytes[at] ^= 0x5a;
    }
    fs::write(&db, bytes).unwrap();
    let found = lab.run(&["--format", "json", "verify"]).expect(4);
    let left = found.json();
    assert!(!left["sections"].as_array().unwrap().is_empty(), "{left}");
    let (from, to) = (lab.store(), lab.store().with_file_name("kept"));
    let to = to.to_str().unwrap();
    // What is there twice in the file is lost only where both are damaged.
    let whole = left["missing"].as_array().unwrap().is_empty();
    lab.run(&["salvage", from.to_str().unwrap(), to]).expect(if whole { 0 } else { 4 });
    lab.run(&["--store", to, "verify"]).expect(0);
}
