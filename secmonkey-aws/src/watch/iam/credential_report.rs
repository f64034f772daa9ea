//! The credential report: when the keys of a whole account were last used, in one call.
//!
//! AWS makes a report at most every four hours. It may lack users and keys that exist,
//! and name some that do not. So the live answers decide what there is, and the report is
//! only asked what it knows about it. A row counts for a user when its ARN and its second
//! of creation are the user's, and for a key when the second of creation is that of one
//! key only, in the report as in the live answer. Whatever it does not know for certain is
//! left to a call of its own.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_credential_report::GetCredentialReportError;
use aws_sdk_iam::types::{AccessKeyMetadata, ReportStateType};
use aws_smithy_types::DateTime;
use secmonkey_core::Timestamp;
use secmonkey_core::watch::{Cause, Error};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::error::failed;

pub(super) const GET: &str = "iam:GetCredentialReport";
pub(super) const GENERATE: &str = "iam:GenerateCredentialReport";

/// The waits between looks at a report in the making: half a minute in all, most are
/// ready after the first two. A report that takes longer is there for the next sweep.
pub(super) const WAITS: [Duration; 6] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// What the report says about each user.
#[derive(Debug)]
pub(super) struct CredentialReport {
    users: HashMap<String, Row>,
}

/// What the report says about one user.
#[derive(Debug)]
pub(super) struct Row {
    created: i64,
    keys: Vec<(i64, LastUsed)>,
    /// Whether there may be a signing certificate, active or not.
    pub(super) certificates: bool,
}

/// When a key was last used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastUsed {
    /// Not since AWS keeps count.
    Never,
    /// At this time.
    At(Timestamp),
}

impl LastUsed {
    /// As `GetAccessKeyLastUsed` says it.
    pub(super) fn to_json(self) -> Value {
        match self {
            Self::Never => json!({}),
            Self::At(time) => json!({ "LastUsedDate": time.to_string() }),
        }
    }
}

impl CredentialReport {
    /// The report that there is, else a new one. A report younger than four hours takes
    /// one call.
    pub(super) async fn read(iam: &Client, waits: &[Duration]) -> Result<Self, Error> {
        let mut waits = waits.iter();
        let mut generated = false;
        loop {
            let error = match iam.get_credential_report().send().await {
                Ok(report) => return Self::parse(&report.content.unwrap_or_default().into_inner()),
                Err(error) => error,
            };
            let wait = match error.as_service_error() {
                Some(
                    GetCredentialReportError::CredentialReportNotPresentException(_)
                    | GetCredentialReportError::CredentialReportExpiredException(_),
                ) if !generated => {
                    generated = true;
                    let answer = iam.generate_credential_report().send().await;
                    let answer = answer.map_err(|error| failed(GENERATE, &error))?;
                    answer.state != Some(ReportStateType::Complete)
                }
                Some(
                    GetCredentialReportError::CredentialReportNotPresentException(_)
                    | GetCredentialReportError::CredentialReportExpiredException(_)
                    | GetCredentialReportError::CredentialReportNotReadyException(_),
                ) => true,
                _ => return Err(failed(GET, &error)),
            };
            if wait {
                match waits.next() {
                    Some(wait) => sleep(*wait).await,
                    None => return Err(failed(GET, &error)),
                }
            }
        }
    }

    fn parse(text: &[u8]) -> Result<Self, Error> {
        let garbled = |reason: String| Error::new(GET, Cause::Garbled, reason);
        // A name with a comma may come without quotes and make too many fields.
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let header = reader.headers().map_err(|error| garbled(error.to_string()))?.clone();
        let column = |name: &str| header.iter().position(|column| column == name);
        let required = |name: &str| {
            column(name).ok_or_else(|| garbled(format!("the report has no column {name}")))
        };
        let arn = required("arn")?;
        let created = required("user_creation_time")?;
        let mut keys = Vec::new();
        for slot in 1..=2 {
            let created = required(&format!("access_key_{slot}_last_rotated"))?;
            let used = required(&format!("access_key_{slot}_last_used_date"))?;
            keys.push((created, used));
        }
        // An inactive certificate shows by its date only.
        let certificates: Vec<_> = (1..=2)
            .flat_map(|slot| {
                [
                    (column(&format!("cert_{slot}_active")), "false"),
                    (column(&format!("cert_{slot}_last_rotated")), "N/A"),
                ]
            })
            .collect();
        let mut users = HashMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| garbled(error.to_string()))?;
            if record.len() != header.len() {
                continue;
            }
            let Some(created) = second(&record[created]) else { continue };
            let row = Row {
                created,
                keys: keys
                    .iter()
                    .filter_map(|&(created, used)| {
                        Some((second(&record[created])?, last_used(&record[used])?))
                    })
                    .collect(),
                certificates: certificates.iter().any(|(column, none)| {
                    column.is_none_or(|column| !record[column].eq_ignore_ascii_case(none))
                }),
            };
            users.insert(record[arn].to_owned(), row);
        }
        Ok(Self { users })
    }

    /// What the report says about a user; nothing where it was made before the user was
    /// created, or renamed, or where its row is of an earlier user of that name.
    pub(super) fn user(&self, arn: Option<&str>, created: Option<DateTime>) -> Option<&Row> {
        self.users.get(arn?).filter(|row| created.is_some_and(|time| time.secs() == row.created))
    }
}

impl Row {
    /// When this one of a user's keys was last used.
    pub(super) fn last_used(
        &self,
        key: &AccessKeyMetadata,
        keys: &[AccessKeyMetadata],
    ) -> Option<LastUsed> {
        let second = key.create_date?.secs();
        let is_it = |date: Option<DateTime>| date.is_some_and(|date| date.secs() == second);
        if keys.iter().filter(|key| is_it(key.create_date)).count() != 1 {
            return None;
        }
        let mut rows = self.keys.iter().filter(|(created, _)| *created == second);
        match (rows.next(), rows.next()) {
            (Some((_, used)), None) => Some(*used),
            _ => None,
        }
    }
}

fn second(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

fn last_used(text: &str) -> Option<LastUsed> {
    match text {
        "N/A" => Some(LastUsed::Never),
        time => time.parse().ok().map(LastUsed::At),
    }
}
