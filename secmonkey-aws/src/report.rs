//! Reports that know what AWS is: access keys, what is idle, what the internet reaches, and
//! how frameworks of controls are met.

use std::collections::BTreeSet;

use jiff::Timestamp;
use secmonkey_core::nearest::Unknown;
use secmonkey_core::query::language::{Pattern, Term};
use secmonkey_core::query::{self, Error, ProviderReports, Reporting, count};
use secmonkey_core::record::FrameworkRecord;
use secmonkey_core::registry::Registry;
use secmonkey_core::report::{Cell, Column, Report, Section};
use serde_json::Value;

use crate::compliance::{Framework, find, frameworks};

mod compliance;

use compliance::compliance;

/// The ends of the ids of checks that find what nobody uses.
const UNUSED: [&str; 9] = [
    ".active_key_never_used",
    ".active_key_unused_90d",
    ".console_password_unused_90d",
    ".inactive_access_key",
    ".inactive_key_stale",
    ".stale_rule",
    ".unattached",
    ".unused",
    ".unused_90d",
];

/// The ends of the ids of checks that find what anybody on the internet gets at, or sees.
const PUBLIC: [&str; 24] = [
    ".acl_internet_accessible",
    ".admin_port_from_anywhere",
    ".admin_port_open_to_internet",
    ".any_address",
    ".assigns_public_ip",
    ".behind_public_distribution",
    ".classic_internet_facing",
    ".data_port_open_to_internet",
    ".endpoint_public",
    ".federated_subject_open",
    ".ingress_from_internet",
    ".internet_accessible",
    ".internet_exposed",
    ".internet_facing",
    ".listener_reachable_via_security_group",
    ".policy_wildcard_principal",
    ".port_reachable_via_security_group",
    ".public",
    ".public_ip",
    ".public_write",
    ".publicly_accessible",
    ".rolesanywhere_trust_open",
    ".url_without_auth",
    ".zero_prefix",
];

fn ending(registry: &Registry, ends: &[&str]) -> BTreeSet<String> {
    let checks = registry.checks().map(|check| check.id.as_ref());
    let meant = checks.filter(|id| ends.iter().any(|end| id.ends_with(end)));
    meant.map(str::to_owned).collect()
}

/// The technologies that [`access_keys`] reads.
const ACCESS_KEYS: [&str; 2] = ["iam_account", "iam_user"];

/// What reports about accounts of AWS have to know of it.
#[derive(Debug, Clone, Copy)]
pub struct AwsReports;

impl ProviderReports for AwsReports {
    fn unused(&self, registry: &Registry) -> BTreeSet<String> {
        ending(registry, &UNUSED)
    }

    fn public(&self, registry: &Registry) -> BTreeSet<String> {
        ending(registry, &PUBLIC)
    }

    fn key_holders(&self) -> BTreeSet<&'static str> {
        BTreeSet::from(ACCESS_KEYS)
    }

    fn access_keys(&self, reporting: &Reporting<'_>) -> Result<Report, Error> {
        access_keys(reporting)
    }

    fn frameworks(&self) -> Vec<FrameworkRecord> {
        let record = |one: &Framework| FrameworkRecord {
            id: one.id.clone(),
            name: one.name.clone(),
            version: one.version.clone(),
            home: one.home.clone(),
            retired: one.retired.is_some(),
            controls: one.controls.len() as u64,
        };
        frameworks().iter().map(record).collect()
    }

    fn require_framework(&self, id: &str) -> Result<(), Unknown> {
        find(id).map(drop)
    }

    fn compliance(&self, reporting: &Reporting<'_>, framework: &str) -> Result<Report, Error> {
        compliance(reporting, find(framework)?)
    }
}

/// An access key, as the record has it.
struct Key<'a> {
    user: &'a str,
    id: &'a str,
    created: Option<Timestamp>,
    /// `Err` where nobody could read it.
    last_used: Result<Option<Timestamp>, ()>,
    status: &'a str,
}

impl<'a> Key<'a> {
    fn of(user: &'a str, key: &'a Value) -> Self {
        let time =
            |at: &str| key.pointer(at).and_then(Value::as_str).and_then(|at| at.parse().ok());
        let text = |at: &str| key.get(at).and_then(Value::as_str).unwrap_or("unknown");
        let is_read = key.get("AccessKeyLastUsed").is_some();
        let last_used = time("/AccessKeyLastUsed/LastUsedDate");
        Self {
            user,
            id: text("AccessKeyId"),
            created: time("/CreateDate"),
            last_used: if is_read { Ok(last_used) } else { Err(()) },
            status: text("Status"),
        }
    }

    fn cells(&self, account: &str, now: Timestamp) -> Vec<Cell> {
        let age = self.created.map(|created| now.duration_since(created).as_hours() / 24);
        vec![
            self.user.into(),
            account.into(),
            self.id.into(),
            self.status.into(),
            self.created.map(|at| at.strftime("%F").to_string()).into(),
            match self.last_used {
                Ok(at) => at.map(|at| at.strftime("%F").to_string()).into(),
                Err(()) => Cell::from("not read"),
            },
            age.and_then(|days| u64::try_from(days).ok()).into(),
        ]
    }
}

/// Every access key, the active and oldest first: whose, since when, when last used.
///
/// # Errors
/// Where the views cannot be read.
fn access_keys(reporting: &Reporting<'_>) -> Result<Report, Error> {
    let report = reporting.start("access-keys", "Access keys");
    let columns = vec![
        Column::new("user", "User"),
        Column::new("account", "Account").spare(),
        Column::new("key", "Key"),
        Column::new("status", "Status"),
        Column::new("created", "Created").or("unknown"),
        Column::new("last_used", "Last used").or("never"),
        Column::new("age_days", "Days"),
    ];
    let mut section = Section::new("keys", "Keys", "no access keys", columns);
    "Days: the age at the instant of the report. AWS tells of a use up to four hours later"
        .clone_into(&mut section.note);
    let known = reporting.known;
    let mut rows = Vec::new();
    let technology = |id: &str| Term::Technology(Pattern::literal(id));
    let asked = reporting.query().clone().and(query::Query::any(ACCESS_KEYS.map(technology)));
    for state in query::items(known, reporting.registry, asked)? {
        let row = state?.row;
        let Some(config) = known.views.config(&row.key)? else { continue };
        let account = reporting.records.account_name(&row.key.account);
        let account = account.unwrap_or_else(|| row.key.account.to_string());
        if config.pointer("/SummaryMap/AccountAccessKeysPresent").and_then(Value::as_u64) > Some(0)
        {
            // AWS names neither it nor its dates.
            let root = Key {
                user: "root of the account",
                id: "unknown",
                created: None,
                last_used: Err(()),
                status: "Active",
            };
            rows.push(((false, None), root.cells(&account, known.now)));
        }
        let keys = config.get("AccessKeys").and_then(Value::as_array);
        for key in keys.into_iter().flatten() {
            let key = Key::of(&row.name, key);
            rows.push(((key.status != "Active", key.created), key.cells(&account, known.now)));
        }
    }
    rows.sort_by_key(|(order, _)| *order);
    let active = rows.iter().filter(|((is_off, _), _)| !is_off).count();
    section.rows = rows.into_iter().map(|(_, cells)| cells).collect();
    let said = match section.rows.len() {
        0 => "no access keys".to_owned(),
        some => format!("{}, {active} active", count(some, "access key")),
    };
    reporting.end(Report { sections: vec![section], ..report }, &said, Vec::new())
}

#[cfg(test)]
mod tests;
