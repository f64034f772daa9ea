//! Reports, by the real binary.

use std::fs;

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::proxy::{Answer, Fault};

const ALL: [&[&str]; 7] = [
    &["daily"],
    &["access-keys"],
    &["unused"],
    &["public"],
    &["exposure"],
    &["coverage"],
    &["compliance", "--framework", "cis-aws-foundations-5.0"],
];

fn report(lab: &Lab, arguments: &[&str]) -> Value {
    lab.json(&[&["report"], arguments].concat())
}

#[test]
fn a_report_is_the_same_in_every_form() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    // Nobody looked: each report says so, and passes nothing.
    for asked in ALL {
        let told = report(&lab, asked);
        let gaps = told["sections"]["not_looked_at"].as_array().unwrap();
        assert!(!gaps.is_empty(), "{asked:?}");
        assert!(told["summary"].as_str().unwrap().contains("0 of "), "{}", told["summary"]);
    }
    lab.scan();
    lab.moto.company("change");
    lab.scan();

    for asked in ALL {
        let told = report(&lab, asked);
        assert_eq!(told["report"], asked[0]);
        let summary = told["summary"].as_str().unwrap().to_lowercase();
        let sections = told["sections"].as_object().unwrap();
        let rows: usize = sections.values().map(|rows| rows.as_array().unwrap().len()).sum();
        assert!(rows > 0, "{asked:?}");
        let form = |format: &str| {
            let arguments = [&["report"], asked, &["--format", format]].concat();
            lab.run(&arguments).expect(0).stdout()
        };
        let text = form("csv");
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(csv.headers().unwrap().get(0), Some("section"));
        assert_eq!(csv.records().map(Result::unwrap).count(), rows, "{asked:?}");
        let (html, markdown, text) = (form("html"), form("markdown"), form("table"));
        assert_eq!(html.matches("<tr>").count(), rows + html.matches("<thead>").count());
        assert!(
            html.to_lowercase().contains(&format!("<p class=\"summary\">{summary}.</p>")),
            "{asked:?}"
        );
        assert!(markdown.starts_with("# "), "{asked:?}");
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        assert!(squeezed.contains(&summary), "{asked:?}: {text}");
    }
}

#[test]
fn a_day_tells_what_changed_and_what_was_decided() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.scan();
    let before = lab.json(&["log"]).as_array().unwrap().last().unwrap()["recorded_at"].clone();
    let before = before.as_str().unwrap();
    let issue = lab.json(&["issues", "--flat"])[0]["id"].clone();
    lab.run(&["justify", issue.as_str().unwrap(), "--note", "=known"]).expect(0);
    lab.moto.company("change");
    lab.scan();

    let daily = report(&lab, &["daily", "--since", before]);
    let sections = &daily["sections"];
    let changed: Vec<_> =
        sections["changed"].as_array().unwrap().iter().map(|one| &one["item"]).collect();
    assert!(changed.contains(&&json!("lighthouse-web-assets")), "{changed:?}");
    assert_eq!(sections["decided"][0]["id"], issue);
    assert_eq!(sections["decided"][0]["note"], "=known");
    assert!(!sections["opened"].as_array().unwrap().is_empty());
    // A spreadsheet runs nothing of it.
    let csv =
        lab.run(&["report", "daily", "--since", before, "--format", "csv"]).expect(0).stdout();
    assert!(csv.contains(",'=known"), "{csv}");

    // As it was known then.
    let then = report(&lab, &["daily", "--at", before]);
    let decided = then["sections"]["decided"].as_array().unwrap();
    let kinds: Vec<_> = decided.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["account"], "{decided:?}");
    assert_eq!(then["as_of"], before);
    // And when nothing happens, that much was looked at.
    let end = lab.json(&["log"]).as_array().unwrap().last().unwrap()["recorded_at"].clone();
    lab.scan();
    let quiet = report(&lab, &["daily", "--since", end.as_str().unwrap()]);
    let summary = quiet["summary"].as_str().unwrap();
    assert!(summary.starts_with("nothing changed; "), "{summary}");
    let scopes = &quiet["about"]["scopes"];
    assert!(summary.ends_with(&format!("{scopes} of {scopes} scopes were looked at")), "{summary}");
}

#[test]
fn what_is_undecided_or_failed_passes_no_control() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.scan();
    let framework = ["compliance", "--framework", "cis-aws-foundations-5.0"];
    let state = |told: &Value, id: &str| -> Value {
        let controls = told["sections"]["controls"].as_array().unwrap();
        controls.iter().find(|one| one["control"] == id).unwrap()["state"].clone()
    };
    let told = report(&lab, &framework);
    assert_eq!(state(&told, "1.4"), "failed", "root has no MFA");
    assert_eq!(state(&told, "1.12"), "passed");
    assert_eq!(state(&told, "1.1"), "manual");
    assert_eq!(told["about"]["version"], "5.0.0");
    assert_ne!(told["sections"]["audits"][0]["catalogue"], Value::Null);

    // A finding that somebody accepted stays one.
    let issue = lab.json(&["issues", "--check", "iam_account.root_without_mfa"])[0]["id"].clone();
    lab.run(&["justify", issue.as_str().unwrap(), "--note", "soon"]).expect(0);
    assert_eq!(state(&report(&lab, &framework), "1.4"), "failed");

    // Of what could not be listed nothing is known.
    lab.proxy.tell(|call| match call.operation.as_str() {
        "iam:ListAccessKeys" => Answer::Broken(Fault::Denied),
        _ => Answer::Genuine,
    });
    lab.scan_in_part();
    let told = report(&lab, &framework);
    assert_eq!(state(&told, "1.12"), "not assessed");
}

#[test]
fn what_cannot_be_reported_is_said() {
    let lab = Lab::empty();
    let said = lab.run(&["report", "compliance", "--framework", "cis-aws-foundations-5"]).expect(2);
    assert!(said.error().contains("nearest: `cis-aws-foundations-5.0`"), "{}", said.error());
    let said = lab.run(&["items", "--format", "html"]).expect(2).error();
    assert!(said.contains("of `secmonkey report` alone"), "{said}");
    let lab = lab.in_regions(&["us-east-1"]);
    let said = lab.run(&["report", "daily", "--since", "in 2 days"]).expect(2);
    assert!(said.error().contains("after the end of the report"), "{}", said.error());
    let said = lab.run(&["report", "exposure", "--check", "s3_bucket.publicly"]).expect(2).error();
    assert!(said.contains("nearest"), "{said}");
    assert!(fs::metadata(lab.store()).is_ok());
}
