//! Findings as SARIF 2.1.0: one log with one run, a rule a check, a result an issue
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
//!
//! An item is no file: it is a logical location. Because many readers want files, its key
//! stands in for the path of one.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::finding::Explained;
use super::{CoverageRecord, Explanations, Gap, GapKind, IssueRecord, StatusRecord};
use crate::issue::Status;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a segment of a path holds as it is.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// A SARIF log.
#[derive(Debug, Clone, Serialize)]
pub struct SarifLog {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Clone, Serialize)]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    results: Vec<SarifResult>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    /// Whether it could be done: no look failed.
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

/// Something that the results say nothing about.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    message: Text,
    descriptor: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_rule: Option<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Scope>,
}

#[derive(Debug, Clone, Serialize)]
struct Reference {
    id: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Scope {
    logical_locations: [LogicalLocation; 1],
}

#[derive(Debug, Clone, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Help>,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Debug, Clone, Serialize)]
struct Text {
    text: String,
}

#[derive(Debug, Clone, Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Debug, Clone, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct RuleProperties {
    #[serde(rename = "security-severity")]
    security_severity: String,
    tags: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    /// Present on all results of a run or on none: then readers know what is not suppressed.
    suppressions: Vec<Suppression>,
    properties: ResultProperties,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
}

#[derive(Debug, Clone, Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    justification: String,
}

/// What SARIF has no member for.
#[derive(Debug, Clone, Serialize)]
struct ResultProperties {
    account: String,
    region: String,
    technology: String,
    subject: String,
    score: u8,
    severity: &'static str,
    status: Status,
    evidence: Vec<String>,
}

impl SarifLog {
    /// A log of these issues. What is resolved passes where it was fixed, and is not applicable
    /// where it went in another way. What was not looked at, read or judged is a notification.
    #[must_use]
    pub fn of(
        issues: &[IssueRecord],
        explanations: &Explanations,
        coverage: &StatusRecord,
    ) -> Self {
        let rules: Vec<_> = explanations.iter().map(|(id, check)| rule(id, check)).collect();
        let places: BTreeMap<_, _> =
            explanations.iter().enumerate().map(|(place, (id, _))| (id, place)).collect();
        let results = issues.iter().map(|issue| {
            let rule = places.get(issue.check.as_str()).copied();
            result(issue, rule)
        });
        Self {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                invocations: [invocation(coverage)],
                results: results.collect(),
                tool: Tool {
                    driver: Driver {
                        name: "secmonkey",
                        semantic_version: env!("CARGO_PKG_VERSION"),
                        rules,
                    },
                },
            }],
        }
    }
}

fn invocation(coverage: &StatusRecord) -> Invocation {
    let said = |level, text: &str, about: &str| Notification {
        level,
        message: Text { text: text.to_owned() },
        descriptor: Reference { id: about.to_owned() },
        associated_rule: None,
        locations: Vec::new(),
    };
    let mut all = Vec::new();
    if coverage.accounts.is_empty() {
        let kind = GapKind::NeverLookedAt;
        all.push(said("error", "nothing was ever looked at", kind.as_str()));
    }
    for scan in &coverage.unfinished_scans {
        let text = format!("the scan {} did not come to its end", scan.scan);
        all.push(said("error", &text, "unfinished"));
    }
    let gaps = coverage.accounts.iter();
    let gaps = gaps.flat_map(|place| place.gaps().into_iter().map(move |gap| (place, gap)));
    all.extend(gaps.map(|(place, gap)| notification(place, &gap)));
    Invocation {
        execution_successful: all.iter().all(|one| one.level != "error"),
        tool_execution_notifications: all,
    }
}

fn notification(place: &CoverageRecord, gap: &Gap) -> Notification {
    let CoverageRecord { account, technology, .. } = place;
    let name = place.account_name.as_deref().unwrap_or(account.as_str());
    Notification {
        level: if gap.kind == GapKind::Failed { "error" } else { "warning" },
        message: Text { text: format!("{technology} of {name}: {}", gap.text) },
        descriptor: Reference { id: gap.kind.as_str().to_owned() },
        associated_rule: gap.check().map(|id| Reference { id: id.to_owned() }),
        locations: vec![Scope {
            logical_locations: [LogicalLocation {
                name: technology.clone(),
                fully_qualified_name: format!("{account}/{technology}"),
                kind: "resource",
            }],
        }],
    }
}

fn rule(id: &str, check: &Explained) -> Rule {
    let controls = check.requirements.iter().map(|one| one.control.clone());
    Rule {
        id: id.to_owned(),
        short_description: Text { text: check.title.clone() },
        full_description: (!check.why.is_empty()).then(|| Text { text: check.why.clone() }),
        help: (!check.fix.is_empty()).then(|| Help {
            text: check.fix.clone(),
            markdown: format!("{}\n\n**Fix:** {}", check.why, check.fix),
        }),
        default_configuration: Configuration { level: level(check.score) },
        properties: RuleProperties {
            security_severity: format!("{}.0", check.score),
            tags: std::iter::once("security".to_owned()).chain(controls).collect(),
        },
    }
}

fn result(issue: &IssueRecord, rule_index: Option<usize>) -> SarifResult {
    let kind = match (issue.status, issue.resolved_reason) {
        (Status::Resolved, Some("fixed")) => "pass",
        (Status::Resolved, _) => "notApplicable",
        _ => "fail",
    };
    let suppression =
        |note: String| Suppression { kind: "external", status: "accepted", justification: note };
    let reason = issue.suppressed.as_ref().map(|by| &by.reason);
    let note = issue.justification.as_ref().map(|one| &one.note).or(reason);
    let note = note.cloned().unwrap_or_default();
    let key = issue.key.to_string();
    SarifResult {
        rule_id: issue.check.clone(),
        rule_index,
        kind,
        // What is no failure has no level.
        level: if kind == "fail" { level(issue.score) } else { "none" },
        message: Text { text: issue.detail.clone() },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: utf8_percent_encode(&key, PATH).to_string(),
                },
            },
            logical_locations: [LogicalLocation {
                name: issue.name.clone(),
                fully_qualified_name: issue.arn.clone().unwrap_or(key),
                kind: "resource",
            }],
        }],
        partial_fingerprints: BTreeMap::from([("secmonkeyIssue/v1", issue.id.to_string())]),
        suppressions: match issue.status {
            Status::Justified | Status::Suppressed => vec![suppression(note)],
            _ => Vec::new(),
        },
        properties: ResultProperties {
            account: issue.account.to_string(),
            region: issue.region.clone(),
            technology: issue.technology.clone(),
            subject: issue.subject.clone(),
            score: issue.score,
            severity: issue.severity,
            status: issue.status,
            evidence: issue.evidence.clone(),
        },
    }
}

/// GitHub and other readers know three.
fn level(score: u8) -> &'static str {
    match score {
        0..=3 => "note",
        4..=6 => "warning",
        _ => "error",
    }
}
