//! Findings in the formats of others, held against the schemas that are published.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::moto::python;

/// What the published schema of a format says of findings.
fn held(format: &str, findings: &[u8]) -> Output {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("formats");
    let packages = formats.join("../../.formats");
    assert!(packages.exists(), "run ./test, or tests/formats/packages");
    let mut validate = Command::new(python())
        .arg(formats.join("validate.py"))
        .arg(format)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    validate.stdin.take().unwrap().write_all(findings).unwrap();
    validate.wait_with_output().unwrap()
}

#[track_caller]
fn valid(format: &str, findings: &str) {
    let said = held(format, findings.as_bytes());
    assert!(said.status.success(), "{format}: {}", String::from_utf8_lossy(&said.stderr));
}

#[track_caller]
fn invalid(format: &str, findings: &Value) {
    let said = held(format, findings.to_string().as_bytes());
    assert_eq!(said.status.code(), Some(1), "{}", String::from_utf8_lossy(&said.stderr));
}

/// Takes a member out.
fn without(mut findings: Value, owner: &str, member: &str) -> Value {
    findings.pointer_mut(owner).unwrap().as_object_mut().unwrap().remove(member).unwrap();
    findings
}

/// Those that are meant, and the others.
fn split(findings: Value, is_meant: impl Fn(&Value) -> bool) -> (Value, Value) {
    let Value::Array(all) = findings else { panic!("no array") };
    let (meant, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_meant);
    (meant.into(), others.into())
}

#[test]
fn findings_are_what_the_published_schemas_say() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    // Nothing is found, and nobody looked: that is said, in whole documents.
    let nobody = |format: &str| lab.run(&["issues", "--format", format]).expect(0);
    let ran = nobody("asff");
    assert_eq!(ran.stdout(), "[]\n");
    assert!(!ran.stderr().is_empty(), "silence says why");
    let ran = nobody("ocsf");
    // They are all alike, and the schema is large.
    valid("ocsf", &json!([ran.json()[0]]).to_string());
    let (unknown, found) = split(ran.json(), |one| one["compliance"]["status"] == "Unknown");
    assert_eq!(found, json!([]));
    assert!(unknown.as_array().unwrap().len() > 50, "each technology");
    let ran = nobody("sarif");
    valid("sarif", &ran.stdout());
    assert!(ran.stdout().contains("never looked at"));

    lab.scan();
    let open = lab.json(&["issues", "--flat"]);
    let ids = |all: &Value, id: &str| -> BTreeSet<String> {
        let all = all.as_array().unwrap().iter();
        all.map(|one| one.pointer(id).unwrap().as_str().unwrap().to_owned()).collect()
    };
    let first = open[0]["id"].as_str().unwrap();
    let all = ids(&open, "/id");
    assert!(all.len() > 10, "{all:?}");
    lab.run(&["justify", first, "--note", "known"]).expect(0);
    lab.moto.company("change");
    lab.scan();

    let asked = ["issues", "--status", "open,justified,resolved"];
    let found = |format: &str| {
        let ran = lab.run(&[&asked[..], &["--format", format]].concat()).expect(0);
        valid(format, &ran.stdout());
        ran.json()
    };
    let plain = lab.json(&asked);
    let (ocsf, asff, sarif) = (found("ocsf"), found("asff"), found("sarif"));
    let results = &sarif["runs"][0]["results"];
    let told = ids(&plain, "/id");
    // What nobody looked at is a finding of unknown compliance.
    let (gaps, ocsf) = split(ocsf, |one| one["compliance"]["status_id"] == 0);
    assert_eq!(ids(&ocsf, "/finding_info/uid"), told);
    assert_eq!(ids(&asff, "/Id"), told);
    assert_eq!(ids(results, "/partialFingerprints/secmonkeyIssue~1v1"), told);

    // Each stands as it does with us.
    for (at, one) in plain.as_array().unwrap().iter().enumerate() {
        let (status, workflow, suppressed) = match one["status"].as_str().unwrap() {
            "open" => ("New", "NEW", 0),
            "justified" => ("Suppressed", "SUPPRESSED", 1),
            _ => ("Resolved", "RESOLVED", 0),
        };
        assert_eq!(ocsf[at]["status"], status, "{one}");
        assert_eq!(asff[at]["Workflow"]["Status"], workflow, "{one}");
        let result = &results[at];
        assert_eq!(result["suppressions"].as_array().unwrap().len(), suppressed, "{one}");
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        let rules = &sarif["runs"][0]["tool"]["driver"]["rules"];
        assert_eq!(rules[rule]["id"], one["check"]);
    }
    let statuses = ids(&plain, "/status");
    assert_eq!(statuses, ["justified", "open", "resolved"].map(str::to_owned).into());

    let status = lab.json(&["status"]);
    let missing =
        status["accounts"].as_array().unwrap().iter().any(|one| one["last_complete"].is_null());
    let notified = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notified.as_array().unwrap().len(), gaps.as_array().unwrap().len());
    assert_eq!(gaps.as_array().unwrap().is_empty(), !missing, "{gaps}");
    let buckets = asff.as_array().unwrap().iter().map(|one| &one["Resources"][0]["Type"]);
    assert!(buckets.into_iter().any(|one| one == "AwsS3Bucket"));

    // The schemas do look.
    invalid("ocsf", &without(ocsf.clone(), "/0/finding_info", "uid"));
    let mut odd = ocsf;
    odd[0]["severity_id"] = json!(42);
    invalid("ocsf", &odd);
    invalid("asff", &without(asff.clone(), "/0", "Title"));
    let mut odd = asff;
    odd[0]["Workflow"]["Status"] = json!("WELL");
    invalid("asff", &odd);
    invalid("sarif", &without(sarif, "/runs/0", "tool"));
}

#[test]
fn other_commands_have_no_findings() {
    let lab = Lab::empty();
    for command in ["items", "status", "technologies"] {
        let said = lab.run(&[command, "--format", "sarif"]).expect(2).error();
        assert!(said.contains("`secmonkey issues` alone"), "{said}");
        assert!(said.contains(&format!("`secmonkey {command}`")), "{said}");
    }
}
