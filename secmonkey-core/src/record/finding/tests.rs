use std::borrow::Cow;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json, to_value};

use super::*;
use crate::check::{Check, Rule};
use crate::query::{self, Known};
use crate::record::{
    AsffFinding, CoverageRecord, FailedRecord, OcsfFinding, SarifLog, StatusRecord, UndecidedItems,
};
use crate::registry::Registry;
use crate::technology::Technology;
use crate::testing::{Look, PROVIDER, Scene};

const GROUP: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };
const OPEN: Check = Check {
    id: Cow::Borrowed("group.open"),
    technology: Cow::Borrowed("group"),
    score: 7,
    page: Cow::Borrowed("# Group is open\n\nEverybody gets in.\n\n**Fix:** close it. Soon.\n"),
    ..Check::DEFAULT
};

/// Three groups: one is open, one justified, one was closed.
async fn issues() -> (Vec<IssueRecord>, Explanations, Timestamp) {
    let open = Rule::new(OPEN, |item, _, found| {
        if item.config["Open"] == true {
            found.add("", "open to everybody").at("/Open");
        }
        Ok(())
    });
    let open_one = || json!({ "Open": true });
    let mut scene = Scene::new(&[GROUP]).check(&open);
    let look = Look::at(&GROUP).item("sg-1", open_one()).item("sg-2", open_one());
    scene.scan(look.item("sg-3", open_one())).await;
    let second = scene.issues().into_iter().find(|one| one.key.id == "sg-2").unwrap();
    scene.justify(&second.finding.issue, "by design", None).await;
    let look = Look::at(&GROUP).item("sg-1", open_one()).item("sg-2", open_one());
    scene.scan(look.item("sg-3", json!({ "Open": false }))).await;

    let known = Known::new(scene.views.clone(), scene.now());
    let registry = Registry::new([GROUP], [OPEN]);
    let records = Records::new(&known, &registry).unwrap();
    let found = query::issues(&known, &registry, "status:any".parse().unwrap()).unwrap();
    let mut issues: Vec<_> = found.map(|one| records.issue_state(&one.unwrap())).collect();
    issues.sort_by(|a, b| a.key.cmp(&b.key));
    let requirements = |check: &str| {
        vec![Requirement { standard: "Rules 1".to_owned(), control: format!("R1 {check}") }]
    };
    let explanations = records
        .explain(&issues, requirements, |technology| (technology == "group").then_some("Group"));
    (issues, explanations, known.now)
}

fn place() -> CoverageRecord {
    CoverageRecord {
        account: "123456789012".parse().unwrap(),
        account_name: Some("lighthouse".to_owned()),
        provider: Some(PROVIDER),
        technology: "group".to_owned(),
        last_complete: None,
        failed: Vec::new(),
        unread: Vec::new(),
        undecided: Vec::new(),
        not_judged: 0,
        never_looked_at: Vec::new(),
        unwatched_since: None,
    }
}

/// Everything was looked at.
fn whole() -> StatusRecord {
    StatusRecord { accounts: vec![place()], unfinished_scans: Vec::new() }
}

#[test]
fn what_is_not_known_is_told_where_there_is_a_place_for_it() {
    let undecided = UndecidedItems {
        check: "group.open".to_owned(),
        because: "/Open was never read".to_owned(),
        items: 2,
    };
    let failed = FailedRecord {
        region: "*".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        operation: "ec2:DescribeRegions".to_owned(),
        item: None,
        part: None,
        reason: "access denied".to_owned(),
    };
    let missing = CoverageRecord { undecided: vec![undecided], failed: vec![failed], ..place() };
    let ocsf = missing.gaps();
    let ocsf: Vec<_> =
        ocsf.iter().map(|gap| OcsfFinding::of_gap(&missing, gap, Timestamp::UNIX_EPOCH)).collect();
    let coverage = StatusRecord { accounts: vec![missing], unfinished_scans: Vec::new() };
    let sarif = to_value(SarifLog::of(&[], &Explanations::default(), &coverage)).unwrap();
    let told = json!({ "ocsf": ocsf, "sarif": sarif["runs"][0]["invocations"] });
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}

#[test]
fn where_nobody_ever_looked_the_run_did_not_succeed() {
    let nothing = StatusRecord { accounts: Vec::new(), unfinished_scans: Vec::new() };
    let sarif = to_value(SarifLog::of(&[], &Explanations::default(), &nothing)).unwrap();
    let run = &sarif["runs"][0]["invocations"][0];
    assert_eq!(run["executionSuccessful"], false);
    let said = &run["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(said, "nothing was ever looked at");
}

#[tokio::test]
async fn findings_as_others_read_them() {
    let (issues, explanations, now) = issues().await;
    let ocsf: Vec<_> = issues.iter().map(|one| OcsfFinding::of(one, &explanations, now)).collect();
    let asff: Vec<_> = issues.iter().map(|one| AsffFinding::of(one, &explanations, now)).collect();
    let told = json!({
        "ocsf": ocsf,
        "asff": asff,
        "sarif": SarifLog::of(&issues, &explanations, &whole()),
    });
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}

#[tokio::test]
async fn what_went_without_being_fixed_passes_nothing() {
    let (issues, explanations, now) = issues().await;
    let mut gone = issues.into_iter().find(|one| one.resolved_reason.is_some()).unwrap();
    for reason in ["item_deleted", "check_retired", "check_changed", "known_now", "read_now"] {
        gone.resolved_reason = Some(reason);
        let ocsf = to_value(OcsfFinding::of(&gone, &explanations, now)).unwrap();
        assert_eq!(ocsf["compliance"]["status"], "Other", "{reason}");
        let asff = to_value(AsffFinding::of(&gone, &explanations, now)).unwrap();
        assert_eq!(asff["Compliance"]["Status"], "NOT_AVAILABLE", "{reason}");
        let sarif = to_value(SarifLog::of(&[gone.clone()], &explanations, &whole())).unwrap();
        assert_eq!(sarif.pointer("/runs/0/results/0/kind").unwrap(), "notApplicable", "{reason}");
    }
}

#[tokio::test]
async fn a_check_that_is_gone_and_another_cloud() {
    let (mut issues, _, now) = issues().await;
    let mut one = issues.remove(0);
    let none = Explanations::default();
    let ocsf = to_value(OcsfFinding::of(&one, &none, now)).unwrap();
    assert_eq!(ocsf["finding_info"]["title"], "group.open");
    assert_eq!(ocsf.get("remediation"), None);
    one.account = "netflix".parse().unwrap();
    assert!(AsffFinding::of(&one, &none, now).is_none());
}

#[tokio::test]
async fn where_security_hub_keeps_a_finding() {
    let (mut issues, explanations, now) = issues().await;
    let mut one = issues.remove(0);
    one.account = "123456789012".parse().unwrap();
    for (region, arn, product) in [
        ("eu-west-1", None, "arn:aws:securityhub:eu-west-1:"),
        ("global", Some("arn:aws:s3:::logs"), "arn:aws:securityhub:us-east-1:"),
        ("cn-north-1", None, "arn:aws-cn:securityhub:cn-north-1:"),
        ("global", Some("arn:aws-us-gov:iam::1:x"), "arn:aws-us-gov:securityhub:us-gov-west-1:"),
    ] {
        region.clone_into(&mut one.region);
        one.arn = arn.map(str::to_owned);
        let told = to_value(AsffFinding::of(&one, &explanations, now)).unwrap();
        let expected = format!("{product}123456789012:product/123456789012/default");
        assert_eq!(told["ProductArn"], expected);
    }
}

proptest! {
    #[test]
    fn a_text_is_cut_where_it_has_to_be(text in any::<String>(), most in 1_usize..40) {
        let cut = clipped(&text, most);
        prop_assert!(cut.chars().count() <= most);
        if text.chars().count() <= most {
            prop_assert_eq!(cut, text);
        } else {
            prop_assert!(text.starts_with(cut.strip_suffix('…').unwrap()));
        }
    }

    #[test]
    fn security_hub_takes_whatever_we_find(long in "\\PC{0,3000}", evidence in "[/a-z]{0,3000}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (mut issues, mut explanations, now) = runtime.block_on(issues());
        let mut one = issues.remove(1);
        one.account = "123456789012".parse().unwrap();
        (one.detail, one.name) = (long.clone(), long.clone());
        one.evidence = vec![evidence];
        for check in explanations.by_check.values_mut() {
            (check.title, check.fix) = (format!("A{long}"), long.clone());
        }
        if let Some(justification) = &mut one.justification {
            justification.note.clone_from(&long);
        }
        let told = to_value(AsffFinding::of(&one, &explanations, now)).unwrap();
        for (pointer, most) in [
            ("/Title", 256),
            ("/Description", 1024),
            ("/Remediation/Recommendation/Text", 512),
            ("/Note/Text", 512),
            ("/ProductFields/secmonkey~1evidence", 2048),
            ("/Resources/0/Details/Other/name", 1024),
        ] {
            let text = told.pointer(pointer).and_then(Value::as_str).unwrap_or("x");
            prop_assert!(text.chars().count() <= most, "{}", pointer);
        }
        for pointer in ["/Title", "/Description"] {
            let text = told.pointer(pointer).and_then(Value::as_str).unwrap();
            prop_assert!(!text.trim().is_empty(), "{}", pointer);
        }
    }
}
