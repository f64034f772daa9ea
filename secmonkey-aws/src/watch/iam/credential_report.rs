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
use crate::operation::Operation;
use crate::watch::object;

pub(super) const GET: Operation = Operation::new("iam:GetCredentialReport");
pub(super) const GENERATE: Operation = Operation::new("iam:GenerateCredentialReport");

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
    /// The ARN of root, where it has a row.
    root: Option<String>,
}

/// What the report says about one user.
#[derive(Debug)]
pub(super) struct Row {
    created: i64,
    keys: Vec<(i64, LastUsed)>,
    password_last_used: Option<Timestamp>,
    /// Whether there is a console password; root's is not told.
    password: bool,
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
        let password = required("password_enabled")?;
        let password_last_used = required("password_last_used")?;
        let name = required("user")?;
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
        let (mut users, mut root) = (HashMap::new(), None);
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
                password_last_used: record[password_last_used].parse().ok(),
                password: record[password].eq_ignore_ascii_case("true"),
                certificates: certificates.iter().any(|(column, none)| {
                    column.is_none_or(|column| !record[column].eq_ignore_ascii_case(none))
                }),
            };
            if &record[name] == "<root_account>" {
                root = Some(record[arn].to_owned());
            }
            users.insert(record[arn].to_owned(), row);
        }
        Ok(Self { users, root })
    }

    /// What the report says about a user; nothing where it was made before the user was
    /// created, or renamed, or where its row is of an earlier user of that name.
    pub(super) fn user(&self, arn: Option<&str>, created: Option<DateTime>) -> Option<&Row> {
        self.users.get(arn?).filter(|row| created.is_some_and(|time| time.secs() == row.created))
    }

    /// When root's password and the keys it has were last used, without what never was.
    pub(super) fn root(&self) -> Result<Value, Error> {
        let row = self.root_row()?;
        let used = |(_, used): &(i64, LastUsed)| match used {
            LastUsed::Never => None,
            LastUsed::At(time) => Some(*time),
        };
        let text = |time: Option<Timestamp>| json!(time.map(|time| time.to_string()));
        Ok(object([
            ("AccessKeyLastUsed", text(row.keys.iter().filter_map(used).max())),
            ("PasswordLastUsed", text(row.password_last_used)),
        ]))
    }

    /// Whether any user but root has a console password.
    pub(super) fn console_users(&self) -> Result<bool, Error> {
        // A report without root is none of a whole account.
        self.root_row()?;
        let users = self.users.iter().filter(|(arn, _)| Some(*arn) != self.root.as_ref());
        Ok(users.into_iter().any(|(_, row)| row.password))
    }

    fn root_row(&self) -> Result<&Row, Error> {
        let row = self.root.as_ref().and_then(|arn| self.users.get(arn));
        row.ok_or_else(|| Error::new(GET, Cause::Garbled, "the report has no row of root"))
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

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = include_str!("../../../fixtures/iam_user/credential_report.csv");
    const ALICE: &str = "arn:aws:iam::123456789012:user/people/alice";
    const BOT: &str = "arn:aws:iam::123456789012:user/bot";

    fn report(text: &str) -> CredentialReport {
        CredentialReport::parse(text.as_bytes()).unwrap()
    }

    fn time(text: &str) -> DateTime {
        DateTime::from_secs(second(text).unwrap())
    }

    fn keys(created: &[&str]) -> Vec<AccessKeyMetadata> {
        let key = |text: &&str| AccessKeyMetadata::builder().create_date(time(text)).build();
        created.iter().map(key).collect()
    }

    /// What the report says about each of a user's keys.
    fn last_used(row: &Row, created: &[&str]) -> Vec<Option<LastUsed>> {
        let keys = keys(created);
        keys.iter().map(|key| row.last_used(key, &keys)).collect()
    }

    #[test]
    fn a_key_is_joined_by_its_second_of_creation() {
        let report = report(REPORT);
        let alice = report.user(Some(ALICE), Some(time("2024-03-01T09:30:00Z"))).unwrap();
        let used = LastUsed::At("2024-06-01T07:45:00Z".parse().unwrap());
        assert_eq!(last_used(alice, &["2024-03-01T09:31:00Z"]), [Some(used)]);
        assert_eq!(used.to_json(), json!({ "LastUsedDate": "2024-06-01T07:45:00Z" }));
        // moto and others tell fractions of the second.
        let second = time("2024-03-01T09:31:00Z").secs();
        let key = AccessKeyMetadata::builder()
            .create_date(DateTime::from_fractional_secs(second, 0.42))
            .build();
        assert_eq!(alice.last_used(&key, std::slice::from_ref(&key)), Some(used));
    }

    #[test]
    fn a_key_that_was_never_used_is_told_apart_from_one_that_is_unknown() {
        let report = report(REPORT);
        let bot = report.user(Some(BOT), Some(time("2024-03-02T10:00:00Z"))).unwrap();
        let told = last_used(bot, &["2024-03-02T10:00:01Z", "2024-06-01T11:58:00Z"]);
        assert_eq!(told, [Some(LastUsed::Never), None]);
        assert_eq!(LastUsed::Never.to_json(), json!({}));
    }

    #[test]
    fn a_rotated_key_does_not_take_over_the_use_of_the_old_one() {
        let report = report(REPORT);
        let alice = report.user(Some(ALICE), Some(time("2024-03-01T09:30:00Z"))).unwrap();
        assert_eq!(last_used(alice, &["2024-06-01T09:00:00Z"]), [None]);
    }

    #[test]
    fn keys_of_one_second_are_not_told_apart() {
        let live = report(REPORT);
        let alice = live.user(Some(ALICE), Some(time("2024-03-01T09:30:00Z"))).unwrap();
        let second = "2024-03-01T09:31:00Z";
        assert_eq!(last_used(alice, &[second, second]), [None, None]);

        // One of two was deleted since the report was made: which one?
        let both = REPORT.replace(
            "eu-west-1,s3,false,N/A,N/A,N/A,N/A",
            "eu-west-1,s3,true,2024-03-01T09:31:00+00:00,N/A,N/A,N/A",
        );
        assert_ne!(both, REPORT);
        let both = report(&both);
        let alice = both.user(Some(ALICE), Some(time("2024-03-01T09:30:00Z"))).unwrap();
        assert_eq!(last_used(alice, &[second]), [None]);
    }

    #[test]
    fn a_user_that_is_newer_than_the_report_has_no_row() {
        let report = report(REPORT);
        let carol = "arn:aws:iam::123456789012:user/carol";
        assert!(report.user(Some(carol), Some(time("2024-06-01T11:59:00Z"))).is_none());
    }

    #[test]
    fn the_row_of_a_deleted_user_is_not_that_of_a_new_one_of_the_same_name() {
        let report = report(REPORT);
        let dave = Some("arn:aws:iam::123456789012:user/dave");
        assert!(report.user(dave, Some(time("2023-01-01T00:00:00Z"))).is_some());
        assert!(report.user(dave, Some(time("2024-06-01T11:00:00Z"))).is_none());
        assert!(report.user(dave, None).is_none());
    }

    #[test]
    fn an_inactive_signing_certificate_shows_by_its_date() {
        let report = report(REPORT);
        let alice = report.user(Some(ALICE), Some(time("2024-03-01T09:30:00Z"))).unwrap();
        let bot = report.user(Some(BOT), Some(time("2024-03-02T10:00:00Z"))).unwrap();
        assert!(!alice.certificates);
        assert!(bot.certificates);
    }

    #[test]
    fn without_columns_for_certificates_there_may_be_one() {
        let narrow: String = REPORT
            .lines()
            .map(|line| line.rsplitn(5, ',').last().unwrap().to_owned() + "\n")
            .collect();
        let report = report(&narrow);
        let alice = report.user(Some(ALICE), Some(time("2024-03-01T09:30:00Z"))).unwrap();
        assert!(alice.certificates);
    }

    #[test]
    fn a_row_of_another_length_harms_only_itself() {
        let comma = REPORT.replace("alice", "alice,smith");
        let cut = REPORT.rsplit_once(",false,N/A,false").unwrap().0;
        for (text, lost, kept) in [(comma.as_str(), "alice", BOT), (cut, "dave", ALICE)] {
            let report = report(text);
            assert!(!report.users.keys().any(|arn| arn.contains(lost)), "{lost}");
            assert!(report.users.contains_key(kept), "{kept}");
        }
    }

    #[test]
    fn more_and_reordered_columns_change_nothing() {
        let row =
            |line: &str| format!("{},{line}", if line.starts_with("user,") { "new" } else { "-" });
        let wide = REPORT.lines().map(row).collect::<Vec<_>>().join("\n");
        let report = report(&wide);
        let alice = report.user(Some(ALICE), Some(time("2024-03-01T09:30:00Z"))).unwrap();
        assert!(last_used(alice, &["2024-03-01T09:31:00Z"])[0].is_some());
    }

    #[test]
    fn what_is_no_report_is_garbled() {
        for text in ["", "<html></html>", "user,arn,user_creation_time\n"] {
            let error = CredentialReport::parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.cause, Cause::Garbled, "{text}");
        }
    }
}
