//! Findings as OCSF 1.6 tells them: class 2003, Compliance Finding
//! (<https://schema.ocsf.io/1.6.0/classes/compliance_finding>), with the profile `cloud`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::{CoverageRecord, Explanations, Gap, IssueRecord};
use crate::account::AccountId;
use crate::issue::Status;
use crate::item::GLOBAL;
use crate::provider::Provider;

/// The version of OCSF that these are.
pub const VERSION: &str = "1.6.0";

const CLASS: u32 = 2003;

/// A Compliance Finding.
#[derive(Debug, Clone, Serialize)]
pub struct OcsfFinding {
    activity_id: u32,
    activity_name: &'static str,
    category_name: &'static str,
    category_uid: u32,
    class_name: &'static str,
    class_uid: u32,
    cloud: Cloud,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    compliance: Compliance,
    finding_info: FindingInfo,
    message: String,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation>,
    resources: [Resource; 1],
    severity: &'static str,
    severity_id: u32,
    status: &'static str,
    status_id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_detail: Option<String>,
    time: i64,
    type_name: String,
    type_uid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    unmapped: Option<Unmapped>,
}

#[derive(Debug, Clone, Serialize)]
struct Cloud {
    account: Account,
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_id: Option<u32>,
    uid: String,
}

#[derive(Debug, Clone, Serialize)]
struct Compliance {
    control: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    requirements: Vec<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    standards: BTreeSet<String>,
    status: &'static str,
    status_id: u32,
}

#[derive(Debug, Clone, Serialize)]
struct FindingInfo {
    analytic: Analytic,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_time: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    desc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified_time: Option<i64>,
    title: String,
    uid: String,
}

#[derive(Debug, Clone, Serialize)]
struct Analytic {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u32,
    uid: String,
}

#[derive(Debug, Clone, Serialize)]
struct Metadata {
    product: Product,
    profiles: [&'static str; 1],
    version: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Product {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Remediation {
    desc: String,
}

#[derive(Debug, Clone, Serialize)]
struct Resource {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    uid: String,
}

/// What OCSF has no member for.
#[derive(Debug, Clone, Serialize)]
struct Unmapped {
    key: String,
    subject: String,
    score: u8,
    evidence: Vec<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    doubt: BTreeSet<String>,
}

const METADATA: Metadata = Metadata {
    product: Product {
        name: "secmonkey",
        vendor_name: "secmonkey",
        version: env!("CARGO_PKG_VERSION"),
    },
    profiles: ["cloud"],
    version: VERSION,
};

impl Cloud {
    fn of(provider: Option<&Provider>, account: &AccountId, name: Option<&String>) -> Self {
        let is_aws = provider.is_some_and(|one| one.as_str() == "aws");
        Self {
            account: Account {
                name: name.cloned(),
                kind: is_aws.then_some("AWS Account"),
                type_id: is_aws.then_some(10),
                uid: account.to_string(),
            },
            // OCSF writes them so: AWS, GCP.
            provider: provider.map_or_else(
                || "unknown".to_owned(),
                |provider| provider.as_str().to_ascii_uppercase(),
            ),
            region: None,
        }
    }
}

impl OcsfFinding {
    /// Something that was not looked at, read or judged: a finding whose compliance is unknown.
    #[must_use]
    pub fn of_gap(place: &CoverageRecord, gap: &Gap, now: Timestamp) -> Self {
        let CoverageRecord { account, technology, .. } = place;
        let name = place.account_name.as_ref();
        let kind = gap.kind.as_str();
        let control = gap.check().map_or_else(|| format!("coverage.{kind}"), str::to_owned);
        let title = gap.kind.title();
        let (activity_id, activity_name) = (1, "Create");
        Self {
            activity_id,
            activity_name,
            category_name: "Findings",
            category_uid: CLASS / 1000,
            class_name: "Compliance Finding",
            class_uid: CLASS,
            cloud: Cloud::of(place.provider.as_ref(), account, name),
            comment: None,
            compliance: Compliance {
                control: control.clone(),
                requirements: Vec::new(),
                standards: BTreeSet::new(),
                status: "Unknown",
                status_id: 0,
            },
            finding_info: FindingInfo {
                analytic: Analytic {
                    name: control.clone(),
                    kind: "Rule",
                    type_id: 1,
                    uid: control,
                },
                created_time: None,
                desc: String::new(),
                first_seen_time: None,
                modified_time: None,
                title: title.to_owned(),
                uid: format!("coverage/{account}/{technology}/{kind}/{}", gap.about),
            },
            message: format!("{technology}: {}", gap.text),
            metadata: METADATA,
            remediation: None,
            resources: [Resource {
                name: name.cloned().unwrap_or_else(|| account.to_string()),
                region: None,
                kind: technology.clone(),
                uid: account.to_string(),
            }],
            severity: "Unknown",
            severity_id: 0,
            status: "Unknown",
            status_id: 0,
            status_detail: Some(kind.to_owned()),
            time: now.as_millisecond(),
            type_name: format!("Compliance Finding: {activity_name}"),
            type_uid: CLASS * 100 + activity_id,
            unmapped: None,
        }
    }

    /// An issue as OCSF tells it. `now` stands for when it was found, of what nobody recorded.
    #[must_use]
    pub fn of(issue: &IssueRecord, explanations: &Explanations, now: Timestamp) -> Self {
        let check = explanations.of(issue);
        let (severity_id, severity) = severity(issue.severity);
        let (status_id, status) = match issue.status {
            Status::Open => (1, "New"),
            Status::Justified | Status::Suppressed => (3, "Suppressed"),
            Status::Resolved => (4, "Resolved"),
        };
        let (activity_id, activity_name) = match (issue.status, issue.reopened_at) {
            (Status::Resolved, _) => (3, "Close"),
            (Status::Justified | Status::Suppressed, _) | (_, Some(_)) => (2, "Update"),
            (Status::Open, None) => (1, "Create"),
        };
        // An item that is gone, or a check that is, passes nothing.
        let (verdict_id, verdict) = match (issue.status, issue.resolved_reason) {
            (Status::Resolved, Some("fixed")) => (1, "Pass"),
            (Status::Resolved, _) => (99, "Other"),
            _ => (3, "Fail"),
        };
        let region = (issue.region != GLOBAL).then(|| issue.region.clone());
        let millis = |at: Timestamp| at.as_millisecond();
        let justification = issue.justification.as_ref();
        let decided = justification.map(|one| one.at);
        Self {
            activity_id,
            activity_name,
            category_name: "Findings",
            category_uid: CLASS / 1000,
            class_name: "Compliance Finding",
            class_uid: CLASS,
            cloud: Cloud {
                region: region.clone(),
                ..Cloud::of(check.provider.as_ref(), &issue.account, issue.account_name.as_ref())
            },
            comment: justification
                .map(|one| &one.note)
                .or(issue.suppressed.as_ref().map(|by| &by.reason))
                .cloned(),
            compliance: Compliance {
                control: issue.check.clone(),
                requirements: check.requirements.iter().map(|one| one.control.clone()).collect(),
                standards: check.requirements.into_iter().map(|one| one.standard).collect(),
                status: verdict,
                status_id: verdict_id,
            },
            finding_info: FindingInfo {
                analytic: Analytic {
                    name: check.title.clone(),
                    kind: "Rule",
                    type_id: 1,
                    uid: issue.check.clone(),
                },
                created_time: issue.opened_at.map(millis),
                desc: check.why,
                first_seen_time: issue.opened_at.map(millis),
                modified_time: issue.since().max(decided).map(millis),
                title: check.title,
                uid: issue.id.to_string(),
            },
            message: issue.detail.clone(),
            metadata: METADATA,
            remediation: (!check.fix.is_empty()).then_some(Remediation { desc: check.fix }),
            resources: [Resource {
                name: issue.name.clone(),
                region,
                kind: issue.technology.clone(),
                uid: issue.arn.clone().unwrap_or_else(|| issue.resource_id.clone()),
            }],
            severity,
            severity_id,
            status,
            status_id,
            status_detail: issue.resolved_reason.map(str::to_owned),
            time: millis(issue.since().unwrap_or(now)),
            type_name: format!("Compliance Finding: {activity_name}"),
            type_uid: CLASS * 100 + activity_id,
            unmapped: Some(Unmapped {
                key: issue.key.to_string(),
                subject: issue.subject.clone(),
                score: issue.score,
                evidence: issue.evidence.clone(),
                doubt: issue.doubt.clone(),
            }),
        }
    }
}

fn severity(severity: &str) -> (u32, &'static str) {
    match severity {
        "info" => (1, "Informational"),
        "low" => (2, "Low"),
        "medium" => (3, "Medium"),
        "high" => (4, "High"),
        _ => (5, "Critical"),
    }
}
