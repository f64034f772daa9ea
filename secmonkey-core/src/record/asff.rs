//! Findings as AWS Security Hub takes them: the AWS Security Finding Format, what the
//! operation `BatchImportFindings` reads, up to 100 a call.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::finding::clipped;
use super::{Explanations, IssueRecord};
use crate::issue::Status;
use crate::item::GLOBAL;

/// The letters that a title may have.
pub const TITLE: usize = 256;
/// The letters that a description may have.
pub const DESCRIPTION: usize = 1024;
/// The letters that a recommendation or a note may have.
pub const TEXT: usize = 512;
/// The controls that a finding may name.
const REQUIREMENTS: usize = 32;
/// The letters that a further value may have.
const VALUE: usize = 1024;
/// Where findings about what is in no region are kept.
const HOME: &str = "us-east-1";

/// A finding.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AsffFinding {
    schema_version: &'static str,
    id: String,
    product_arn: String,
    product_name: &'static str,
    company_name: &'static str,
    generator_id: String,
    aws_account_id: String,
    types: [&'static str; 1],
    first_observed_at: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
    severity: Severity,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation>,
    product_fields: BTreeMap<&'static str, String>,
    resources: [Resource; 1],
    compliance: Compliance,
    workflow: Workflow,
    record_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Note>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Severity {
    label: &'static str,
    original: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Remediation {
    recommendation: Recommendation,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recommendation {
    text: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(rename = "Type")]
    kind: &'static str,
    id: String,
    partition: &'static str,
    region: String,
    details: Details,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    other: BTreeMap<&'static str, String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_requirements: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Workflow {
    status: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Note {
    text: String,
    updated_by: String,
    updated_at: Timestamp,
}

impl AsffFinding {
    /// An issue as Security Hub takes it; `None` where it is of no AWS account, for which the
    /// format has no place. `now` stands for when it was found, of what nobody recorded. Texts
    /// that are longer than the format takes end in `…`.
    #[must_use]
    pub fn of(issue: &IssueRecord, explanations: &Explanations, now: Timestamp) -> Option<Self> {
        let account = issue.account.as_str();
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let check = explanations.of(issue);
        let partition = partition(issue);
        let is_global = issue.region == GLOBAL;
        let region = match (is_global, partition) {
            (false, _) => issue.region.as_str(),
            (true, "aws-cn") => "cn-north-1",
            (true, "aws-us-gov") => "us-gov-west-1",
            (true, _) => HOME,
        };
        let opened = issue.opened_at.unwrap_or(now);
        let justification = issue.justification.as_ref();
        let decided = justification.map(|one| one.at);
        let updated = issue.since().max(decided).unwrap_or(opened);
        let description = if issue.detail.trim().is_empty() { &check.title } else { &issue.detail };
        let fix = check.fix.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Self {
            schema_version: "2018-10-08",
            id: issue.id.to_string(),
            product_arn: format!(
                "arn:{partition}:securityhub:{region}:{account}:product/{account}/default"
            ),
            product_name: "secmonkey",
            company_name: "secmonkey",
            generator_id: issue.check.clone(),
            aws_account_id: account.to_owned(),
            types: ["Software and Configuration Checks/AWS Security Best Practices"],
            first_observed_at: opened,
            created_at: opened,
            updated_at: updated,
            severity: Severity { label: label(issue.severity), original: issue.score.to_string() },
            title: clipped(&check.title, TITLE),
            description: clipped(description, DESCRIPTION),
            remediation: (!fix.is_empty()).then(|| Remediation {
                recommendation: Recommendation { text: clipped(&fix, TEXT) },
            }),
            product_fields: fields(issue),
            resources: [Resource {
                kind: check.resource_type.unwrap_or("Other"),
                id: issue.arn.clone().unwrap_or_else(|| issue.resource_id.clone()),
                partition,
                region: region.to_owned(),
                details: Details {
                    other: BTreeMap::from([
                        ("name", clipped(&issue.name, VALUE)),
                        ("technology", issue.technology.clone()),
                    ]),
                },
            }],
            compliance: Compliance {
                status: match (issue.status, issue.resolved_reason) {
                    (Status::Resolved, Some("fixed")) => "PASSED",
                    (Status::Resolved, _) => "NOT_AVAILABLE",
                    _ => "FAILED",
                },
                related_requirements: check
                    .requirements
                    .into_iter()
                    .map(|one| one.control)
                    .take(REQUIREMENTS)
                    .collect(),
            },
            workflow: Workflow {
                status: match issue.status {
                    Status::Open => "NEW",
                    Status::Justified | Status::Suppressed => "SUPPRESSED",
                    Status::Resolved => "RESOLVED",
                },
            },
            record_state: match issue.status {
                Status::Resolved => "ARCHIVED",
                _ => "ACTIVE",
            },
            note: justification.filter(|one| !one.note.trim().is_empty()).map(|one| Note {
                text: clipped(&one.note, TEXT),
                updated_by: one.by.to_string(),
                updated_at: one.at,
            }),
        })
    }
}

/// What the format has no member for.
fn fields(issue: &IssueRecord) -> BTreeMap<&'static str, String> {
    let all = [
        ("secmonkey/key", issue.key.to_string()),
        ("secmonkey/subject", issue.subject.clone()),
        ("secmonkey/evidence", issue.evidence.join(" ")),
        ("secmonkey/doubt", issue.doubt.iter().cloned().collect::<Vec<_>>().join(" ")),
        ("secmonkey/resolved", issue.resolved_reason.unwrap_or_default().to_owned()),
    ];
    let told = all.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| (name, clipped(&value, VALUE))).collect()
}

/// The partition that an item is in: its ARN says so, else its region.
fn partition(issue: &IssueRecord) -> &'static str {
    let named = issue.arn.as_deref().and_then(|arn| arn.split(':').nth(1));
    match named {
        Some("aws-cn") => "aws-cn",
        Some("aws-us-gov") => "aws-us-gov",
        None if issue.region.starts_with("cn-") => "aws-cn",
        None if issue.region.starts_with("us-gov-") => "aws-us-gov",
        Some(_) | None => "aws",
    }
}

fn label(severity: &str) -> &'static str {
    match severity {
        "info" => "INFORMATIONAL",
        "low" => "LOW",
        "medium" => "MEDIUM",
        "high" => "HIGH",
        _ => "CRITICAL",
    }
}
