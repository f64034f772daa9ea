//! The REST API over the daemon's socket: the command line's answers, over HTTP.

use std::fs;
use std::os::unix::net::UnixStream;
use std::process::Command;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::lab::Lab;
use crate::moto::python;
use crate::secmonkeyd::{Daemon, ask};

/// What the API answers to a request without a body, head and body.
fn sent(lab: &Lab, method: &str, path: &str) -> String {
    let mut socket = UnixStream::connect(lab.store().join("daemon.socket")).unwrap();
    ask(&mut socket, method, &format!("/api/v1/{path}"))
}

/// What the API answers, as JSON.
#[track_caller]
fn api(lab: &Lab, path: &str) -> Value {
    let answer = sent(lab, "GET", path);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
}

/// Rows by what names them: the front says in which order they stand.
fn by(name: &str, rows: Value) -> Vec<Value> {
    let Value::Array(mut rows) = rows else { panic!("no list: {rows}") };
    rows.sort_by_key(|row| row[name].to_string());
    rows
}

/// The reports over the API are those of the command line. One of now says when that is: they are
/// made of an instant that is over.
#[track_caller]
fn same_reports(lab: &Lab) {
    let last = lab.json(&["log"]).as_array().unwrap().last().unwrap()["recorded_at"].clone();
    let at = last.as_str().unwrap();
    for (path, arguments) in [
        ("daily?", &["daily"] as &[&str]),
        ("daily?since=2026-01-31&", &["daily", "--since", "2026-01-31"]),
        (
            "compliance?framework=cis-aws-foundations-5.0&",
            &["compliance", "--framework", "cis-aws-foundations-5.0"],
        ),
        ("access-keys?q=technology:iam_user&", &["access-keys", "technology:iam_user"]),
        ("unused?", &["unused"]),
        ("public?", &["public"]),
        ("exposure?", &["exposure"]),
        ("coverage?", &["coverage"]),
    ] {
        let printed = lab.json(&[&["report"], arguments, &["--at", at]].concat());
        assert_eq!(api(lab, &format!("reports/{path}at={at}")), printed, "{path}");
    }
}

#[test]
fn the_api_answers_what_the_command_line_prints() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.run(&["keys", "create"]).expect(0);
    let daemon = Daemon::start(&lab, &[]);
    daemon.says("scanned");
    lab.moto.company("change");
    lab.run(&["scan"]).expect(0);
    lab.run(&["network", "add", "--name", "office", "--cidr", "192.0.2.0/24"]).expect(0);
    let prints = |arguments: &[&str]| lab.json(arguments);

    let items = api(&lab, "items?limit=1000");
    assert_eq!(items, prints(&["items"]));
    let found = items.as_array().unwrap().iter().find(|item| item["name"] == "bastion").unwrap();
    let key = found["key"].as_str().unwrap();
    let item = format!("items/{}", utf8_percent_encode(key, NON_ALPHANUMERIC));
    let of_item = [
        (String::new(), vec!["show", key]),
        ("?revision=1".to_owned(), vec!["show", key, "--revision", "1"]),
        ("/revisions".to_owned(), vec!["history", key]),
        ("/blame".to_owned(), vec!["blame", key]),
        ("/diff?from=1&to=2".to_owned(), vec!["diff", key, "--from", "1", "--to", "2"]),
    ];
    for (path, arguments) in of_item {
        assert_eq!(api(&lab, &format!("{item}{path}")), prints(&arguments), "{path}");
    }
    // What the command line says beside its list is in the answer, too.
    let printed = lab.run(&["--format", "json", "exposure", key]).expect(0);
    let (said, exposure) = (printed.stderr(), api(&lab, &format!("{item}/exposure")));
    assert_eq!(exposure["exposures"], printed.json());
    assert_eq!(exposure["items"], 1);
    for undecided in exposure["undecided"].as_array().unwrap() {
        let (check, because) = (&undecided["check"], &undecided["because"]);
        let is_said = |what: &Value| said.contains(what.as_str().unwrap());
        assert!(is_said(check) && is_said(because), "{undecided}: {said}");
    }
    let suppressed = exposure["suppressed"].as_array().unwrap();
    assert_eq!(!suppressed.is_empty(), said.contains("suppressed by rules"));

    let issues = by("id", api(&lab, "issues?limit=1000"));
    assert_eq!(issues, by("id", prints(&["issues"])));
    let id = issues[0]["id"].as_str().unwrap();
    assert_eq!(api(&lab, &format!("issues/{id}")), prints(&["issue", id]));
    let check = issues[0]["check"].as_str().unwrap();
    assert_eq!(api(&lab, &format!("checks/{check}")), prints(&["checks", "show", check]));
    for (path, arguments) in [
        ("overview", &[] as &[&str]),
        ("status", &["status"]),
        ("accounts", &["account", "list"]),
        ("technologies", &["technologies"]),
        ("checks", &["checks", "list"]),
        ("networks", &["network", "list"]),
        ("decisions", &["export", "decisions"]),
        ("overrides", &["checks", "overrides"]),
        ("ignores", &["ignore", "list"]),
        ("subscriptions", &["subscription", "list"]),
    ] {
        assert_eq!(api(&lab, path), prints(arguments), "{path}");
    }
    // A line for each item, with what it is.
    let answer = sent(&lab, "GET", "export/configs");
    let lines = answer.lines().filter(|line| line.starts_with("{\"key\""));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() >= items.as_array().unwrap().len(), "{}", lines.len());
    let line = lines.iter().find(|line| line["key"] == key).unwrap();
    assert_eq!(line["config"], prints(&["show", key])["config"]);

    same_reports(&lab);
    let events = api(&lab, "events?limit=1000");
    let printed = prints(&["log"]);
    let first = events.as_array().unwrap().len().min(1000);
    assert_eq!(events.as_array().unwrap()[..], printed.as_array().unwrap()[..first]);

    // The document is what programs that read such documents take for one.
    let file = lab.home().join("openapi.json");
    fs::write(&file, api(&lab, "openapi.json").to_string()).unwrap();
    let validate = ["-m", "openapi_spec_validator"];
    let checked = Command::new(python()).args(validate).arg(&file).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");

    // What is signed and proven meanwhile is what the commands print that need the store alone.
    let signed = sent(&lab, "POST", "checkpoints");
    assert!(signed.starts_with("HTTP/1.1 201"), "{signed}");
    let keys = api(&lab, "keys");
    let checkpoints = api(&lab, "checkpoints");
    let last = checkpoints.as_array().unwrap().last().unwrap();
    let proof = sent(&lab, "GET", &format!("{item}/proof?revision=1"));
    let (_, proof) = proof.split_once("\r\n\r\n").unwrap();
    daemon.end();
    assert_eq!(keys, prints(&["keys", "list"]));
    let printed = lab.run(&["prove", key, "--revision", "1"]).expect(0).stdout();
    assert_eq!(proof, printed);
    let file = lab.home().join("proof");
    fs::write(&file, proof).unwrap();
    let public = keys[0]["key"].as_str().unwrap();
    let check = ["--format", "json", "check-proof", file.to_str().unwrap(), "--key", public];
    let proven = lab.run(&check).expect(0).json();
    assert_eq!((&proven["item"], &proven["size"]), (&found["key"], &last["size"]));
}
