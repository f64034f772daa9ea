//! Files that declare accounts, networks, rules and subscriptions, in TOML or YAML.

use std::collections::BTreeMap;
use std::path::Path;

use ipnet::IpNet;
use secmonkey_app::config;
use secmonkey_aws::source::Listed;
use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, Accounts};
use secmonkey_core::decide::Declared;
use secmonkey_core::governance::{
    Cadence, Ignore, InvalidTime, Override, QuietHours, Subscription,
};
use secmonkey_core::nearest;
use secmonkey_core::network::Network;
use secmonkey_core::query::Query;
use secmonkey_core::schedule::{self, Interval, Priority};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_saphyr::{MessageFormatter as _, UserMessageFormatter};

use crate::time;

/// What a file declares.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    // In TOML each table has its own heading, `[[account]]`; in YAML they are a list.
    #[serde(alias = "accounts")]
    account: Vec<Listed>,
    #[serde(alias = "networks")]
    network: Vec<NetworkEntry>,
    #[serde(alias = "ignores")]
    ignore: Vec<IgnoreEntry>,
    #[serde(alias = "overrides")]
    r#override: Vec<OverrideEntry>,
    schedule: Vec<ScheduleEntry>,
    #[serde(alias = "subscriptions")]
    subscription: Vec<SubscriptionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkEntry {
    name: String,
    cidr: IpNet,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    notes: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IgnoreEntry {
    #[serde(deserialize_with = "query")]
    query: Query,
    reason: String,
    #[serde(default)]
    until: Option<Day>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideEntry {
    check: String,
    #[serde(default, deserialize_with = "query")]
    query: Query,
    #[serde(default)]
    score: Option<u8>,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    #[serde(default)]
    disabled: bool,
    reason: String,
    #[serde(default)]
    until: Option<Day>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleEntry {
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    technology: Option<String>,
    #[serde(default)]
    interval: Option<Interval>,
    #[serde(default)]
    priority: Option<Priority>,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionEntry {
    name: String,
    outlet: String,
    #[serde(default)]
    to: Option<String>,
    #[serde(default, deserialize_with = "query")]
    query: Query,
    #[serde(default, deserialize_with = "written")]
    cadence: Cadence,
    #[serde(default, deserialize_with = "perhaps_written")]
    quiet: Option<QuietHours>,
    #[serde(default)]
    quiet_except: Option<u8>,
    #[serde(default)]
    changes: bool,
    #[serde(default)]
    report: bool,
    #[serde(default)]
    even_empty: bool,
}

/// What somebody wrote: a zone has to be known here, unlike that of what was recorded elsewhere.
fn written<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: std::str::FromStr<Err = InvalidTime>,
{
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn perhaps_written<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: std::str::FromStr<Err = InvalidTime>,
{
    written(deserializer).map(Some)
}

fn query<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Query, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|error| D::Error::custom(format!("`{text}`: {error}")))
}

/// A time that is the same whenever the file is read: a date or a time of TOML, or a text.
#[derive(Debug, Clone, Copy)]
struct Day(Timestamp);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            toml::Value::Datetime(date) => date.to_string(),
            other => format!("a {}", other.type_str()),
        };
        if text.starts_with(|c: char| c.is_ascii_digit()) && !text.ends_with(" ago") {
            return time::parse(&text, Timestamp::now()).map(Self).map_err(D::Error::custom);
        }
        let wrong = format!("`{text}` is not a time: write 2026-01-31 or 2026-01-31T14:00:00Z");
        Err(D::Error::custom(wrong))
    }
}

/// The language of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Toml,
    /// JSON is YAML, too.
    Yaml,
}

impl Language {
    /// What the name of a file says, or else its first line.
    pub fn of(file: &Path, text: &str) -> Self {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => return Self::Toml,
            Some("yaml" | "yml" | "json") => return Self::Yaml,
            _ => {}
        }
        let mut lines = text.lines().map(str::trim_start);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        // Of TOML: `[[account]]`, `account = []`. Of YAML: `accounts:`, `---`, `{`.
        let is_toml = |line: &str| {
            line.starts_with('[') || line.find('=').is_some_and(|at| !line[..at].contains(':'))
        };
        if first.is_some_and(is_toml) { Self::Toml } else { Self::Yaml }
    }
}

/// Reads a file.
pub fn parse(text: &str, language: Language) -> Result<File, String> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    match language {
        Language::Toml => toml::from_str(text).map_err(|error| config::explain(text, &error)),
        Language::Yaml => serde_saphyr::from_str(text).map_err(|error| explain_yaml(&error)),
    }
}

/// What is wrong with a file of YAML, in one line, and where.
fn explain_yaml(error: &serde_saphyr::Error) -> String {
    let line = error.location().map_or_else(String::new, |at| format!("line {}: ", at.line()));
    let reason = match error.without_snippet() {
        serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => {
            nearest::unknown("setting", field, expected.iter().copied())
        }
        error => UserMessageFormatter.format_message(error).into_owned(),
    };
    format!("{line}{reason}")
}

impl File {
    /// What it declares, beside the accounts that are registered.
    pub fn declared(self, registered: &Accounts) -> Result<Declared, String> {
        let accounts: Vec<_> = self.account.into_iter().map(Account::from).collect();
        let mut known = registered.clone();
        for account in &accounts {
            known.insert(account.clone());
        }
        let network = |entry: NetworkEntry| {
            let account = entry.account.as_deref().map(|name| known.require(name)).transpose();
            let account = account.map_err(|unknown| unknown.to_string())?;
            let account = account.map(|account| account.id.clone());
            let NetworkEntry { name, cidr, notes, .. } = entry;
            if cidr.trunc() != cidr {
                return Err(format!("network {name}: `{cidr}` has bits set behind its prefix"));
            }
            Ok(Network { name, cidr, account, notes })
        };
        let scheduled = |entry: ScheduleEntry| {
            let account = entry.account.as_deref().map(|name| known.require(name)).transpose();
            let account = account.map_err(|unknown| unknown.to_string())?;
            Ok::<_, String>(schedule::Rule {
                account: account.map(|account| account.id.clone()),
                technology: entry.technology,
                interval: entry.interval,
                priority: entry.priority,
                paused: entry.paused,
                reason: entry.reason.trim().to_owned(),
            })
        };
        Ok(Declared {
            schedule: self.schedule.into_iter().map(scheduled).collect::<Result<_, _>>()?,
            networks: self.network.into_iter().map(network).collect::<Result<_, _>>()?,
            ignores: self
                .ignore
                .into_iter()
                .map(|entry| Ignore {
                    until: entry.until.map(|day| day.0),
                    ..Ignore::new(entry.query, entry.reason.trim())
                })
                .collect(),
            overrides: self
                .r#override
                .into_iter()
                .map(|entry| Override {
                    score: entry.score,
                    parameters: entry.parameters,
                    disabled: entry.disabled,
                    until: entry.until.map(|day| day.0),
                    ..Override::new(entry.check, entry.query, entry.reason.trim())
                })
                .collect(),
            subscriptions: self
                .subscription
                .into_iter()
                .map(|entry| Subscription {
                    to: entry.to,
                    query: entry.query,
                    cadence: entry.cadence,
                    quiet: entry.quiet,
                    quiet_except: entry.quiet_except,
                    changes: entry.changes,
                    report: entry.report,
                    even_empty: entry.even_empty,
                    ..Subscription::new(entry.name.trim(), entry.outlet)
                })
                .collect(),
            accounts,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const TOML: &str = r#"
[[account]]
id = "012345678901"
name = "production"
regions = ["eu-west-1"]

[[network]]
name = "office"
cidr = "203.0.113.0/24"
account = "production"

[[ignore]]
query = "technology:ec2_instance name:asg-*"
reason = "they come and go"

[[override]]
check = "rds_instance.unencrypted"
query = "tag:env=test"
score = 1
reason = "no data in there"
until = 2027-01-31

[[schedule]]
account = "production"
technology = "security_group"
interval = "15m"
"#;

    // Nothing is quoted that people would not quote.
    const YAML: &str = "
accounts:
  - id: 012345678901
    name: production
    regions: [eu-west-1]
networks:
  - name: office
    cidr: 203.0.113.0/24
    account: production
ignores:
  - query: technology:ec2_instance name:asg-*
    reason: they come and go
overrides:
  - check: rds_instance.unencrypted
    query: tag:env=test
    score: 1
    reason: no data in there
    until: 2027-01-31
schedule:
  - account: production
    technology: security_group
    interval: 15m
";

    fn declared(text: &str, language: Language) -> Declared {
        parse(text, language).unwrap().declared(&Accounts::default()).unwrap()
    }

    #[test]
    fn toml_and_yaml_declare_the_same() {
        let of_toml = declared(TOML, Language::Toml);
        assert_eq!(of_toml.accounts[0].id.as_str(), "012345678901");
        assert_eq!(declared(YAML, Language::Yaml), of_toml);
    }

    #[test]
    fn a_file_is_what_its_name_says_or_else_its_first_line() {
        let of = |name: &str, text: &str| Language::of(Path::new(name), text);
        for (name, text, language) in [
            ("a.toml", YAML, Language::Toml),
            ("a.yml", TOML, Language::Yaml),
            ("-", TOML, Language::Toml),
            ("-", YAML, Language::Yaml),
            ("-", "# about\n\naccount = []", Language::Toml),
            ("-", "# about\n---\nignores: [{query: 'tag:a=b'}]", Language::Yaml),
            ("-", "{\"ignores\": []}", Language::Yaml),
        ] {
            assert_eq!(of(name, text), language, "{name} {text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_of_yaml_is_told_in_one_line() {
        for (text, said) in [
            ("acounts: []", "line 1: unknown setting `acounts`; nearest: `accounts`, `account`"),
            (
                "networks:\n  - name: a\n    cdir: 10.0.0.0/8\n",
                "line 3: unknown setting `cdir`; nearest: `cidr`",
            ),
            ("networks:\n  - name: a\n", "line 2: missing field `cidr`"),
            ("networks:\n  - {name: a, cidr: 10.0.0}\n", "line 2: invalid IP address syntax"),
        ] {
            assert_eq!(parse(text, Language::Yaml).unwrap_err(), said, "{text}");
        }
        for text in ["networks: [", "a\tb: [}", "&a [*a", "x: &x [*x, *x]"] {
            let said = parse(text, Language::Yaml).unwrap_err();
            assert!(said.starts_with("line ") && !said.contains('\n'), "{text}: {said}");
        }
    }

    #[test]
    fn a_file_of_yaml_cannot_fill_the_memory() {
        let mut text = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..12 {
            let all = vec![format!("*a{}", at - 1); 10].join(", ");
            let _ = writeln!(text, "a{at}: &a{at} [{all}]");
        }
        assert!(parse(&text, Language::Yaml).is_err());
    }
}
