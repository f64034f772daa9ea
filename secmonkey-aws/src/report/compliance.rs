//! How the controls of a framework are met, with the evidence.

use std::collections::BTreeMap;

use secmonkey_core::event::Actor;
use secmonkey_core::query::{Error, Evidence, Reporting, Reviews, count};
use secmonkey_core::report::{Cell, Column, Report, Section};

use crate::compliance::{self, Control, Framework, State, Verdict};

type Evidences<'a> = BTreeMap<&'a str, Evidence>;
type ReviewsBy = BTreeMap<Actor, Reviews>;

/// Each control of a framework: passed, failed, not assessed, or for a person to say; with the
/// checks that say so and what they found, and who looked when. What is undecided, was never
/// looked at, or is accepted is not passed.
///
/// # Errors
/// Where the views cannot be read.
pub fn compliance(reporting: &Reporting<'_>, framework: &Framework) -> Result<Report, Error> {
    let Framework { name, version, .. } = framework;
    let checks = framework.controls.iter().flat_map(|control| &control.checks).map(String::as_str);
    let evidence = reporting.evidence(checks)?;
    let mut report = reporting.start("compliance", format!("{name} {version}"));
    report.about("framework", "Framework", name.as_str());
    report.about("version", "Version", version.as_str());
    report.about("holds", "Controls", framework.holds.as_str());
    report.about("source", "Ids from", format!("{}, read {}", framework.source, framework.read));
    if let Some(retired) = framework.retired {
        report.about("retired", "Retired by its owner", retired.to_string());
    }

    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    let reviews = reporting.reviews()?;
    let controls = controls(framework, (&evidence, &reviews), &mut states);
    let of = |state| states.get(&state).copied().unwrap_or_default();
    let said = format!(
        "{} passed, {} failed, {} not assessed, {} for a person to say, of {}",
        of(State::Passed),
        of(State::Failed),
        of(State::NotAssessed),
        of(State::Manual),
        count(framework.controls.len(), "control"),
    );
    for (name, title, state) in [
        ("passed", "Passed", State::Passed),
        ("failed", "Failed", State::Failed),
        ("not_assessed", "Not assessed", State::NotAssessed),
        ("manual", "For a person to say", State::Manual),
    ] {
        report.about(name, title, of(state));
    }
    let (checks, looked) = (checks_of(framework, &evidence), looked(reporting)?);
    report.sections = vec![controls, checks, looked, reviewed(&reviews)];
    reporting.end(report, &said, Vec::new())
}

fn controls(
    framework: &Framework,
    (evidence, reviews): (&Evidences<'_>, &ReviewsBy),
    states: &mut BTreeMap<State, usize>,
) -> Section {
    let columns = vec![
        Column::new("control", "Control"),
        Column::new("state", "State"),
        Column::new("title", "Asks for"),
        Column::new("evidence", ""),
        Column::new("checks", "Checks").spare(),
        Column::new("findings", "Findings"),
        Column::new("accepted", ""),
        Column::new("undecided", ""),
        Column::new("why", "Why"),
    ];
    let mut section = Section::new("controls", "Controls", "no controls", columns);
    "An accepted finding still fails its control: a reason is no change of the configuration. \
     Titles are our own words"
        .clone_into(&mut section.note);
    for control in &framework.controls {
        let state = control.state(|check| verdict(evidence.get(check)));
        *states.entry(state).or_default() += 1;
        let sum = |of: fn(&Evidence) -> usize| -> usize {
            control.checks.iter().filter_map(|check| evidence.get(check.as_str())).map(of).sum()
        };
        let (open, accepted) = (sum(|one| one.open), sum(|one| one.justified));
        section.rows.push(vec![
            control.id.as_str().into(),
            word(state).into(),
            control.title.as_str().into(),
            control.evidence.as_str().into(),
            control.checks.len().into(),
            (open + accepted).into(),
            accepted.into(),
            sum(|one| one.undecided).into(),
            why(control, state, evidence, reviews).into(),
        ]);
    }
    section
}

fn verdict(evidence: Option<&Evidence>) -> Verdict {
    let Some(evidence) = evidence else { return Verdict::default() };
    Verdict {
        findings: evidence.open + evidence.justified,
        undecided: evidence.undecided,
        complete: evidence.missing.is_empty(),
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Passed => "passed",
        State::Failed => "failed",
        State::NotAssessed => "not assessed",
        State::Manual => "manual",
    }
}

/// What the state rests on, in one line.
fn why(control: &Control, state: State, evidence: &Evidences<'_>, reviews: &ReviewsBy) -> String {
    let of = control.checks.iter().filter_map(|id| Some((id, evidence.get(id.as_str())?)));
    match state {
        State::Passed => "every check was asked, and found nothing".to_owned(),
        State::Failed => {
            let found = of.filter(|(_, one)| one.open + one.justified > 0).map(|(id, one)| {
                let accepted = match one.justified {
                    0 => String::new(),
                    some => format!(" ({some} accepted)"),
                };
                format!("{id}: {}{accepted}", count(one.open + one.justified, "finding"))
            });
            few(found.collect())
        }
        State::Manual => "a person has to say".to_owned(),
        State::NotAssessed => match control.evidence {
            compliance::Evidence::Unwatched => "no check looks at it yet".to_owned(),
            compliance::Evidence::Event if control.checks.is_empty() => {
                format!(
                    "the record holds what happened: `secmonkey log`, `report daily`; a person \
                     has to read it: {}",
                    read_by(reviews)
                )
            }
            _ => {
                let unknown = of.flat_map(|(id, one)| {
                    let undecided = (one.undecided > 0)
                        .then(|| format!("{id} undecided about {}", count(one.undecided, "item")));
                    one.missing.iter().cloned().chain(undecided)
                });
                let mut unknown: Vec<String> = unknown.collect();
                unknown.dedup();
                match (&control.gap, unknown.is_empty()) {
                    (Some(gap), true) => gap.clone(),
                    (Some(gap), false) => format!("{gap}; {}", few(unknown)),
                    (None, _) => few(unknown),
                }
            }
        },
    }
}

fn few(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(3);
    all.truncate(3);
    let said = all.join("; ");
    if more > 0 { format!("{said}; and {more} more") } else { said }
}

/// What each check found, and for which controls.
fn checks_of(framework: &Framework, evidence: &Evidences<'_>) -> Section {
    let columns = vec![
        Column::new("check", "Check"),
        Column::new("open", "Open"),
        Column::new("accepted", "Accepted"),
        Column::new("undecided", "Undecided"),
        Column::new("looked_at", "Looked at").or("not all of it"),
        Column::new("controls", "Controls"),
        Column::new("missing", ""),
    ];
    let mut section = Section::new("checks", "Checks", "no check answers a control", columns);
    for (id, one) in evidence {
        let names = |control: &&Control| control.checks.iter().any(|check| check == id);
        let controls: Vec<_> =
            framework.controls.iter().filter(names).map(|control| control.id.as_str()).collect();
        section.rows.push(vec![
            Cell::from(*id),
            one.open.into(),
            one.justified.into(),
            one.undecided.into(),
            one.looked_at.filter(|_| one.missing.is_empty()).into(),
            controls.join(", ").into(),
            one.missing.join("; ").into(),
        ]);
    }
    section
}

/// Who shows, by deciding about it, that they read what was found.
fn read_by(reviews: &ReviewsBy) -> String {
    let decisions = reviews.values().map(|one| one.justified + one.rules).sum();
    let people = match reviews.len() {
        1 => "1 person".to_owned(),
        some => format!("{some} people"),
    };
    match reviews.values().map(|one| one.last).max() {
        None => "nobody decided about anything that was found".to_owned(),
        Some(last) => format!(
            "{} about what was found by {people}, the last on {last:.0}",
            count(decisions, "decision"),
        ),
    }
}

/// Who decided about what was found, and when.
fn reviewed(reviews: &ReviewsBy) -> Section {
    let columns = vec![
        Column::new("by", "By"),
        Column::new("justified", "Justified"),
        Column::new("rules", "Rules made"),
        Column::new("last", "Last decision"),
    ];
    let empty = "nobody decided about anything that was found";
    let mut section = Section::new("reviews", "Who reviewed, and when", empty, columns);
    "Decisions that nobody took back; `secmonkey export decisions` has each with its reason"
        .clone_into(&mut section.note);
    for (by, Reviews { justified, rules, last }) in reviews {
        let name = by.to_string();
        section.rows.push(vec![name.into(), (*justified).into(), (*rules).into(), (*last).into()]);
    }
    section
}

/// Who looked, and when.
fn looked(reporting: &Reporting<'_>) -> Result<Section, Error> {
    let columns = vec![
        Column::new("account", "Account"),
        Column::new("audited_at", "Last judged"),
        Column::new("by", "By").or("unknown"),
        Column::new("position", "Position"),
        Column::new("catalogue", "Catalogue of checks"),
    ];
    let mut section = Section::new("audits", "Who looked, and when", "nobody looked", columns);
    let views = &reporting.known.views;
    let mut scans = Vec::new();
    for scan in views.scans() {
        scans.push(scan?);
    }
    for account in views.accounts()?.iter().filter(|account| account.watched()) {
        let Some(audit) = views.audited(&account.id)? else { continue };
        // The scan that it was part of: the last that had begun.
        let scan = scans.iter().rev().find(|scan| scan.position <= audit.position);
        section.rows.push(vec![
            account.title().into(),
            audit.at.into(),
            scan.map(|scan| scan.actor.to_string()).into(),
            audit.position.0.into(),
            audit.catalogue.to_string().into(),
        ]);
    }
    Ok(section)
}
