//! A store that an earlier release wrote is read as that release read it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::lab::Lab;

#[test]
fn the_golden_store_says_what_it_said_when_it_was_made() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let lab = Lab::empty();
    fs::create_dir(lab.store()).unwrap();
    let unpacked = Command::new("tar")
        .args(["--extract", "--gzip", "--file"])
        .arg(golden.join("store.tar.gz"))
        .arg("--directory")
        .arg(lab.store())
        .status()
        .unwrap();
    assert!(unpacked.success());

    lab.run(&["verify"]).expect(0);
    let expected = |file: &str| fs::read_to_string(golden.join(file)).unwrap();
    let log = lab.run(&["--format", "jsonl", "log"]).expect(0).stdout();
    for (now, then) in log.lines().zip(expected("log.jsonl").lines()) {
        assert_eq!(now, then);
    }
    assert_eq!(log.lines().count(), expected("log.jsonl").lines().count());
    for answer in ["items", "issues"] {
        let then: Value = serde_json::from_str(&expected(&format!("{answer}.json"))).unwrap();
        let now = lab.json(&[answer, "--all"]);
        let now = now.as_array().unwrap().iter();
        for (now, then) in now.zip(then.as_array().unwrap()) {
            // Members may have been added.
            for (name, value) in then.as_object().unwrap() {
                assert_eq!(&now[name], value, "{answer}: {name} of {then}");
            }
        }
        assert_eq!(
            lab.json(&[answer, "--all"]).as_array().map(Vec::len),
            then.as_array().map(Vec::len)
        );
    }
}
