//! Bad input: one clear line, the exit code of the contract, nothing lost.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab::{Lab, Ran};
use crate::proxy::Answer;

fn small() -> Lab {
    Lab::holding("s3.create_bucket(Bucket='plain')").in_regions(&["us-east-1"])
}

/// An error is one line that names what was wrong.
#[track_caller]
fn complains(ran: Ran, code: i32, words: &[&str]) {
    let ran = ran.expect(code);
    let said = ran.error();
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
    assert_eq!(ran.stdout(), "", "{ran}");
}

#[test]
fn names_that_nobody_knows() {
    let lab = small();
    lab.scan();
    // With the nearest of those that exist.
    complains(lab.run(&["scan", "--account", "lighthose"]), 2, &["lighthose", "lighthouse"]);
    complains(lab.run(&["account", "show", "lighthose"]), 2, &["lighthose", "lighthouse"]);
    complains(
        lab.run(&["scan", "--technology", "security_grup"]),
        2,
        &["security_grup", "security_group"],
    );
    complains(lab.run(&["items", "--technology", "s3_buckets"]), 2, &["s3_buckets", "s3_bucket"]);
    complains(lab.run(&["scan", "--region", "us-esat-1"]), 2, &["us-esat-1", "us-east-1"]);
    complains(
        lab.run(&["checks", "show", "s3_bucket.publicly_accesible"]),
        2,
        &["s3_bucket.publicly_accesible", "s3_bucket.publicly_accessible"],
    );
    complains(
        lab.run(&["issues", "--check", "s3_bucket.publicly_accesible"]),
        2,
        &["s3_bucket.publicly_accessible"],
    );
    complains(lab.run(&["show", "plane"]), 2, &["plane"]);
    complains(lab.run(&["justify", "zzzzzzzzzz", "--note", "why not"]), 2, &["zzzzzzzzzz"]);
    complains(lab.run(&["scna"]), 2, &["scna", "scan"]);
}

#[test]
fn times_blocks_and_numbers_that_are_none() {
    let lab = small();
    lab.scan();
    complains(lab.run(&["items", "--at", "teatime"]), 2, &["teatime"]);
    complains(lab.run(&["show", "plain", "--at", "2026-02-30T00:00:00Z"]), 2, &["2026-02-30"]);
    complains(lab.run(&["show", "plain", "--revision", "7"]), 2, &["7"]);
    complains(lab.run(&["items", "--cidr", "10.0.0.0/33"]), 2, &["10.0.0.0/33"]);
    complains(lab.run(&["issues", "--min-score", "11"]), 2, &["11"]);
    complains(lab.run(&["verify", "--head", "7"]), 2, &["7"]);
    complains(lab.run(&["account", "add", "--id", "12", "--name", "short"]), 2, &["12"]);
    // Nobody justifies into the past.
    let issue = lab.json(&["issues", "--check", "s3_bucket.versioning_disabled"]);
    let id = issue[0]["id"].as_str().unwrap();
    for until in ["next week", "2020-01-01"] {
        complains(lab.run(&["justify", id, "--note", "n", "--until", until]), 2, &[until]);
    }
}

#[test]
fn configuration_that_cannot_be_read() {
    let lab = small();
    let file = lab.home().join("secmonkey.toml");
    let path = file.to_str().unwrap();
    complains(lab.run(&["--config", path, "items"]), 2, &[path]);
    for (text, word) in [("store = ", "line 1"), ("\nstroe = \"x\"", "stroe")] {
        fs::write(&file, text).unwrap();
        complains(lab.run(&["--config", path, "items"]), 2, &[path, word]);
    }
}

#[test]
fn a_store_where_none_can_be() {
    let lab = small();
    let file = lab.home().join("file");
    fs::write(&file, "not a store").unwrap();
    for path in [file.to_str().unwrap(), "/proc/nowhere"] {
        for command in ["items", "scan"] {
            complains(lab.run(&["--store", path, command]), 4, &[path]);
        }
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a store");
}

#[test]
fn values_beyond_all_measure() {
    let lab = Lab::empty();
    lab.run(&["account", "add", "--id", "210987654321", "--name", "other"]).expect(0);
    for (arguments, code, word) in [
        (["items", "--wait", "18446744073709551615"], 0, ""),
        (["items", "--wait", "1e30"], 2, "1e30"),
        (["items", "--wait=-5", "--all"], 2, "-5"),
        (["items", "--at", "9999-12-31"], 2, "times end with 9999-12-30"),
        (["items", "--at", "1900-01-01"], 2, "the first event is of"),
        (["items", "--at", "in 2 days"], 2, "is in the future"),
        (["items", "--at", "in 99999 years"], 2, "in 99999 years"),
        (["log", "--from", "18446744073709551615"], 0, ""),
        (["log", "--from", "99999999999999999999"], 2, "99999999999999999999"),
        (["issues", "--min-score", "99999999999999999999"], 2, "99999999999999999999"),
        (["items", "--cidr", "0.0.0.0/99999999999"], 2, "0.0.0.0/99999999999"),
    ] {
        let ran = lab.run(&arguments);
        if code == 0 { drop(ran.expect(0)) } else { complains(ran, code, &[word]) }
    }
}

#[cfg(unix)]
#[test]
fn places_and_limits_where_nothing_can_be_done() {
    let lab = Lab::empty();
    lab.run(&["account", "add", "--id", "210987654321", "--name", "other"]).expect(0);
    let place = |name: &str| lab.home().join(name).to_str().unwrap().to_owned();
    let (link, fifo) = (place("link"), place("fifo"));
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for path in [link.as_str(), &fifo, "/dev/null"] {
        for command in ["items", "scan"] {
            complains(lab.run(&["--store", path, command]), 4, &[path]);
        }
    }
    complains(lab.run(&["--config", &link, "items"]), 2, &[&link]);

    // Through a shell, which sets the limit or the output first.
    let limited = |before: &str, after: &str| {
        let command = lab.command(&["account", "list"]);
        let script = format!("{before} exec \"$0\" {after}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).arg(command.get_program()).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Ran::new(shell.output().unwrap(), &[&script])
    };
    complains(limited("ulimit -n 10;", "account list"), 2, &["ulimit -n"]);
    for after in ["account list", "--format json account list", "--help", "checks list"] {
        complains(limited("", &format!("{after} > /dev/full")), 2, &["cannot write the output"]);
    }
    limited("", "account list >&-").expect(0);
    // A limit of file sizes is an error of the store, not the end of the process.
    limited("ulimit -f 100;", "network add --name n --cidr 192.0.2.0/24").expect(4).error();
    lab.run(&["verify"]).expect(0);
}

#[test]
fn a_store_that_was_damaged() {
    let lab = small();
    lab.scan();
    let log = lab.store().join("log");
    let files: Vec<PathBuf> = files(&log);
    let largest = files.iter().max_by_key(|file| file.metadata().unwrap().len()).unwrap();
    let before = fs::read(largest).unwrap();

    // One bit, in the middle of what was written.
    let used = before.iter().rposition(|byte| *byte != 0).unwrap();
    let at = (used / 2) as u64;
    let mut damaged = OpenOptions::new().read(true).write(true).open(largest).unwrap();
    let mut byte = [0];
    damaged.seek(SeekFrom::Start(at)).unwrap();
    damaged.read_exact(&mut byte).unwrap();
    damaged.seek(SeekFrom::Start(at)).unwrap();
    damaged.write_all(&[byte[0] ^ 0x10]).unwrap();
    drop(damaged);
    let ran = lab.run(&["verify"]).expect(4);
    ran.error();

    // Without the file that holds everything.
    fs::write(largest, vec![0x5a; before.len()]).unwrap();
    for command in ["items", "scan", "verify"] {
        let ran = lab.run(&[command]).expect(4);
        let said = ran.error();
        assert!(said.contains(lab.store().to_str().unwrap()), "{said}");
    }

    // Nothing was made worse: what is put back works.
    fs::write(largest, before).unwrap();
    lab.run(&["verify"]).expect(0);
    lab.scan();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

#[test]
fn credentials_that_are_none_and_credentials_of_yesterday() {
    let lab = small();
    lab.scan();
    let recorded = lab.log().len();

    let mut without = lab.command(&["scan"]);
    without.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    without.env("AWS_EC2_METADATA_DISABLED", "true");
    let ran = Ran::new(without.output().unwrap(), &["scan"]);
    complains(ran, 2, &["no AWS credentials", "environment", "profile"]);

    lab.proxy.tell(|_| Answer::Error(403, "ExpiredToken"));
    complains(lab.run(&["scan"]), 2, &["expired"]);
    lab.proxy.tell(|_| Answer::Error(403, "InvalidClientTokenId"));
    complains(lab.run(&["scan"]), 2, &["credentials"]);

    lab.proxy.pass();
    lab.scan();
    let events = lab.log_after(recorded);
    assert!(
        events.iter().all(|e| !e["stream"].as_str().unwrap().starts_with("item/")),
        "{events:?}"
    );
}

/// Neither takes the memory or the stack of the machine.
#[test]
fn files_that_are_too_large_or_too_deep() {
    let lab = small();
    let folder = lab.store();
    let folder = folder.parent().unwrap();
    let (large, deep) = (folder.join("large.json"), folder.join("deep.json"));
    fs::File::create(&large).unwrap().set_len(100 << 20).unwrap();
    fs::write(&deep, "[".repeat(10_000) + &"]".repeat(10_000)).unwrap();
    for (file, words) in [(&large, ["large.json", "MiB"]), (&deep, ["deep.json", "recursion"])] {
        let file = file.to_str().unwrap();
        let audit = ["audit", "--file", file, "--technology", "security_group"];
        complains(lab.run(&audit), 2, &words);
        complains(lab.run(&["policy", "explain", file]), 2, &words[..1]);
    }
}

/// Nothing in a file is passed over in silence: what is malformed, unresolved, unread.
#[test]
fn a_file_says_what_it_is_and_what_of_it_was_not_judged() {
    let lab = small();
    let folder = lab.store();
    let file = folder.parent().unwrap().join("template.json");
    let run = |template: &serde_json::Value, more: &[&str]| {
        fs::write(&file, template.to_string()).unwrap();
        lab.run(&[&["audit", "--file", file.to_str().unwrap()], more].concat())
    };
    let template = |policy: serde_json::Value| {
        serde_json::json!({ "Resources": {
            "Q": { "Type": "AWS::SQS::Queue" },
            "P": { "Type": "AWS::SQS::QueuePolicy",
                "Properties": { "Queues": [{ "Ref": "Q" }], "PolicyDocument": policy } },
            "M": { "Type": "AWS::IAM::ManagedPolicy", "Properties": { "PolicyDocument": {
                "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } } } },
        }})
    };
    let open = |resource: serde_json::Value| {
        serde_json::json!({ "Statement": [{ "Effect": "Allow", "Principal": "*",
            "Action": "sqs:*", "Resource": resource }] })
    };
    let said = run(&template(open("*".into())), &[]).expect(0);
    for words in ["sqs_queue.internet_accessible", "iam_managed_policy.policy_full_admin"] {
        assert!(said.stdout().contains(words), "{said}");
    }
    assert!(said.stderr().contains("took it for iam_managed_policy, sqs_queue"), "{said}");
    assert!(said.stderr().contains("not in the file, and not judged: AttachmentCount"), "{said}");

    let sub = open(serde_json::json!({ "Fn::Sub": "${Q.Arn}" }));
    let said = run(&template(sub), &["--technology", "sqs_queue"]).expect(3);
    let words = "not resolved, and not judged: Q PolicyDocument (Fn::Sub)";
    assert!(said.stderr().contains(words) && said.stdout().is_empty(), "{said}");

    let mut garbled = template(open("*".into()));
    garbled["Resources"]["M"]["Properties"]["PolicyDocument"]["Statement"]["Effect"] =
        "Alow".into();
    let said = run(&garbled, &["--technology", "iam_managed_policy"]).expect(3);
    assert!(said.stderr().contains("/Document/Statement"), "{said}");

    complains(run(&serde_json::json!({ "Colour": "red" }), &[]), 2, &["pass --technology"]);
}
