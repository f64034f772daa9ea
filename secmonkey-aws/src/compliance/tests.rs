use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::check::checks;

fn framework(id: &str) -> &'static Framework {
    frameworks().iter().find(|framework| framework.id == id).unwrap()
}

fn control(evidence: Evidence, checks: &[&str]) -> Control {
    Control {
        id: "1".to_owned(),
        title: "Doors are closed".to_owned(),
        evidence,
        checks: checks.iter().copied().map(str::to_owned).collect(),
        parameters: BTreeMap::new(),
        gap: None,
    }
}

const CLEAN: Verdict = Verdict { findings: 0, undecided: 0, complete: true };

#[test]
fn every_file_is_a_framework() {
    for (id, text) in FILES {
        if let Err(error) = parse(id, text) {
            panic!("{id}: {error}");
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("compliance");
    let names = folder.read_dir().unwrap().map(|file| file.unwrap().file_name());
    let there: BTreeSet<_> = names.map(|name| name.into_string().unwrap()).collect();
    let embedded: BTreeSet<_> = FILES.iter().map(|(id, _)| format!("{id}.toml")).collect();
    assert_eq!(there, embedded);
}

#[test]
fn every_framework_says_what_it_is_and_where_its_ids_are_from() {
    let mut labels = BTreeSet::new();
    for framework in frameworks() {
        let Framework { id, label, name, version, home, source, holds, .. } = framework;
        for text in [label, name, version, source, holds] {
            assert!(!text.trim().is_empty(), "{id}");
        }
        assert!(home.starts_with("https://"), "{id}");
        assert!(id.contains(version.trim_end_matches(".0")), "{id} is of version {version}");
        assert!(framework.retired.is_none_or(|day| day < framework.read), "{id}");
        assert!(labels.insert(label), "{label} twice");
        assert!(!framework.controls.is_empty(), "{id}");
    }
    let retired = frameworks().iter().filter(|framework| framework.retired.is_some());
    assert_eq!(retired.map(|it| it.id.as_str()).collect::<Vec<_>>(), ["pci-dss-3.2.1"]);
}

#[test]
fn every_control_has_an_id_words_and_evidence() {
    for framework in frameworks() {
        let mut ids = BTreeSet::new();
        for control in &framework.controls {
            let at = format!("{} {}", framework.id, control.id);
            assert!(ids.insert(&control.id), "{at} twice");
            assert!(!control.title.is_empty() && !control.title.ends_with('.'), "{at}");
            let by_checks = control.evidence == Evidence::Check;
            assert_eq!(by_checks, !control.checks.is_empty(), "{at}: {:?}", control.evidence);
            assert!(by_checks || control.gap.is_none(), "{at}: a gap of nothing");
        }
    }
}

#[test]
fn every_check_of_a_control_is_there() {
    let known: BTreeSet<_> = checks().iter().map(|check| check.id.as_ref()).collect();
    for framework in frameworks() {
        for control in &framework.controls {
            let named: BTreeSet<_> = control.checks.iter().map(String::as_str).collect();
            assert_eq!(named.len(), control.checks.len(), "{} {}", framework.id, control.id);
            let unknown: Vec<_> = named.difference(&known).collect();
            assert!(unknown.is_empty(), "{} {}: {unknown:?}", framework.id, control.id);
        }
    }
}

/// The alerts that people asked for name these of PCI DSS 3.2.1.
#[test]
fn the_retired_numbers_that_people_know_are_there() {
    let there: BTreeSet<_> =
        framework("pci-dss-3.2.1").controls.iter().map(|control| control.id.as_str()).collect();
    for id in ["10.2.7", "10.5.4", "10.6", "10.6.1", "10.7"] {
        assert!(there.contains(id), "{id}");
    }
}

#[test]
fn a_benchmark_holds_all_its_recommendations() {
    for (version, recommendations) in [("3.0", 62), ("5.0", 63), ("6.0", 63), ("7.0", 70)] {
        let controls = framework(&format!("cis-aws-foundations-{version}")).controls.len();
        assert_eq!(controls, recommendations, "{version}");
    }
}

#[test]
fn a_check_names_its_controls() {
    let named: Vec<_> = controls_of("iam_account.root_access_key")
        .map(|(framework, control)| format!("{} {}", framework.label, control.id))
        .filter(|control| !control.starts_with("PCI"))
        .collect();
    assert_eq!(named, ["CIS 3.0 1.4", "CIS 5.0 1.3", "CIS 6.0 2.3", "CIS 7.0 2.4", "FSBP IAM.4"]);
    assert_eq!(controls_of("no.such_check").count(), 0);
}

#[test]
fn a_gap_of_a_framework_is_one_of_each_control_that_checks_answer() {
    let pci = framework("pci-dss-4.0.1");
    let answered = pci.controls.iter().filter(|control| !control.checks.is_empty());
    for control in answered {
        assert_eq!(control.state(|_| CLEAN), State::NotAssessed, "{}", control.id);
    }
}

#[test]
fn what_no_check_answers_is_never_passed() {
    let state = |evidence| control(evidence, &[]).state(|_| CLEAN);
    assert_eq!(state(Evidence::Manual), State::Manual);
    assert_eq!(state(Evidence::Event), State::NotAssessed);
    assert_eq!(state(Evidence::Unwatched), State::NotAssessed);
    assert_eq!(state(Evidence::Check), State::NotAssessed);
}

#[test]
fn a_finding_fails_a_control_whatever_else_is_unknown() {
    let two = control(Evidence::Check, &["a", "b"]);
    let state = two.state(|check| match check {
        "a" => Verdict { findings: 1, undecided: 3, complete: false },
        _ => Verdict::default(),
    });
    assert_eq!(state, State::Failed);
}

#[test]
fn one_check_that_nobody_asked_leaves_a_control_not_assessed() {
    let two = control(Evidence::Check, &["a", "b"]);
    let but_b = |check: &str| if check == "a" { CLEAN } else { Verdict::default() };
    assert_eq!(two.state(but_b), State::NotAssessed);
    assert_eq!(two.state(|_| CLEAN), State::Passed);
}

#[test]
fn the_page_is_what_the_files_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compliance.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, page()).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page(), "docs/compliance.md is old: run this test with INSTA_UPDATE=always");
}

fn verdict() -> impl Strategy<Value = Verdict> {
    (0..3_usize, 0..3_usize, any::<bool>()).prop_map(|(findings, undecided, complete)| Verdict {
        findings,
        undecided,
        complete,
    })
}

proptest! {
    /// What is undecided or was not looked at is never passed.
    #[test]
    fn only_what_was_looked_at_in_whole_is_passed(
        verdicts in proptest::collection::vec(verdict(), 1..4),
        gap in any::<bool>(),
    ) {
        let names: Vec<_> = (0..verdicts.len()).map(|index| index.to_string()).collect();
        let mut control = control(Evidence::Check, &names.iter().map(String::as_str).collect::<Vec<_>>());
        control.gap = gap.then(|| "the back door is not looked at".to_owned());
        let state = control.state(|check| verdicts[check.parse::<usize>().unwrap()]);
        let looked = verdicts.iter().all(|it| it.complete && it.undecided == 0);
        let found = verdicts.iter().any(|it| it.findings > 0);
        prop_assert_eq!(state == State::Failed, found);
        prop_assert_eq!(state == State::Passed, looked && !found && !gap);
    }
}
