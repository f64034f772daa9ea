//! Lists of accounts as text.

use std::collections::BTreeMap;

use async_trait::async_trait;
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::nearest;
use secmonkey_core::provider::Provider;
use secmonkey_core::source::{AccountSource, Entry, Error, Listing, State};
use secmonkey_core::technology::Kind;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::swag;
use crate::{AWS, kind, settings};

/// A list of accounts as a text, which is recognised by its shape: a JSON array, JSON objects
/// one after the other, CSV, or an inventory of SWAG (of either of its schemas).
///
/// Only id and name are needed. What a list leaves out stays as it is registered; what it gives
/// as empty is taken away. A list does not say that it names all accounts.
///
/// ```
/// use secmonkey_aws::source::Document;
///
/// let csv = "id,name,role\n123456789012,production,audit/Reader\n";
/// let document = Document::parse("accounts.csv", csv)?;
/// let account = document.entries()[0].registered();
/// assert_eq!(account.setting("role"), Some("audit/Reader"));
/// # Ok::<_, secmonkey_core::source::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    title: String,
    entries: Vec<Entry>,
    left_out: usize,
}

impl Document {
    /// Reads a list; `title` is what messages call it: the name of a file.
    ///
    /// # Errors
    /// What is wrong first, and where.
    pub fn parse(title: impl Into<String>, text: &str) -> Result<Self, Error> {
        let (entries, left_out) = entries(text).map_err(Error::Unreadable)?;
        Ok(Self { title: title.into(), entries, left_out })
    }

    /// What it says, an account each.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many accounts of other providers it names, which are left out.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

#[async_trait]
impl AccountSource for Document {
    fn title(&self) -> String {
        self.title.clone()
    }

    async fn accounts(&self) -> Result<Listing, Error> {
        Ok(Listing { entries: self.entries.clone(), whole: None })
    }
}

/// An account in a list, as `account list` prints it. What AWS asks of an account may stand
/// beside the rest or in `settings` and `names`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    id: AccountId,
    #[serde(default)]
    provider: Option<Provider>,
    name: String,
    #[serde(default)]
    regions: Option<Vec<String>>,
    #[serde(default)]
    skip_regions: Option<Vec<String>>,
    #[serde(default)]
    third_party: Option<bool>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    names: BTreeMap<Kind, String>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    notes: Option<String>,
    #[serde(default, deserialize_with = "text")]
    role: Option<String>,
    #[serde(default, deserialize_with = "text")]
    external_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    partition: Option<String>,
    #[serde(default, deserialize_with = "text")]
    canonical_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    organization: Option<String>,
}

/// A text that is there; null is the empty one.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

impl From<Listed> for Entry {
    fn from(listed: Listed) -> Self {
        let mut entry = Self::new(listed.provider.unwrap_or(AWS), listed.id);
        entry.name = Some(listed.name);
        entry.state = listed.active.map(State::Watched);
        entry.third_party = listed.third_party;
        entry.regions = listed.regions;
        entry.skip_regions = listed.skip_regions;
        entry.names = listed.names;
        entry.settings = listed.settings;
        entry.notes = listed.notes;
        let of_aws = [
            (settings::ROLE, listed.role),
            (settings::EXTERNAL_ID, listed.external_id),
            (settings::PARTITION, listed.partition),
        ];
        for (name, value) in of_aws {
            entry.settings.extend(value.map(|value| (name.to_owned(), value.into())));
        }
        let names = [
            (kind::CANONICAL_USER, listed.canonical_id),
            (kind::ORGANIZATION, listed.organization),
        ];
        for (kind, name) in names {
            entry.names.extend(name.map(|name| (kind, name)));
        }
        entry
    }
}

impl From<Listed> for Account {
    fn from(listed: Listed) -> Self {
        Entry::from(listed).registered()
    }
}

/// What a text says, and how many accounts of other providers it names.
fn entries(text: &str) -> Result<(Vec<Entry>, usize), String> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err("it is empty".to_owned());
    }
    if start.starts_with(['[', '{'])
        && let Ok(value) = serde_json::from_str(text)
        && let Some(inventory) = swag::inventory(&value)
    {
        return swag::entries(inventory);
    }
    let explained = |error: serde_json::Error| nearest::explain("field", &error.to_string());
    let listed: Vec<Listed> = if start.starts_with('[') {
        serde_json::from_str(text).map_err(explained)?
    } else if start.starts_with('{') {
        let all = serde_json::Deserializer::from_str(text).into_iter();
        all.collect::<Result<_, _>>().map_err(explained)?
    } else {
        table_of(text)?
    };
    Ok((listed.into_iter().map(Entry::from).collect(), 0))
}

/// The rows of CSV as the JSON they would be.
fn table_of(text: &str) -> Result<Vec<Listed>, String> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = csv.headers().map_err(|error| error.to_string())?.clone();
    let mut all = Vec::new();
    for (line, record) in (2..).zip(csv.records()) {
        let record = record.map_err(|error| error.to_string())?;
        // What has no empty value is not there.
        let needs_value = |name: &str| {
            matches!(
                name,
                "id" | "provider" | "name" | "third_party" | "active" | "names" | "settings"
            )
        };
        let members = headers.iter().zip(&record);
        let object: Map<_, _> = members
            .filter(|(name, value)| !(value.is_empty() && needs_value(name)))
            .map(|(name, value)| {
                let value = match name {
                    "regions" | "skip_regions" => regions(value),
                    "third_party" | "active" | "names" | "settings" => {
                        serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))
                    }
                    _ => value.into(),
                };
                (name.to_owned(), value)
            })
            .collect();
        let listed = serde_json::from_value(object.into()).map_err(|error| {
            format!("row {line}: {}", nearest::explain("field", &error.to_string()))
        })?;
        all.push(listed);
    }
    Ok(all)
}

/// Regions in one field: a JSON array, as we print it, or names with blanks between.
fn regions(value: &str) -> Value {
    serde_json::from_str(value).unwrap_or_else(|_| {
        value.split([' ', ';', ',']).filter(|region| !region.is_empty()).collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Vec<Account>, String> {
        let document = Document::parse("accounts", text).map_err(|error| error.to_string())?;
        Ok(document.entries().iter().map(Entry::registered).collect())
    }

    fn names(text: &str) -> Result<Vec<String>, String> {
        Ok(parse(text)?.into_iter().map(|account| account.name).collect())
    }

    #[test]
    fn accounts_come_as_array_as_lines_and_as_csv() {
        let array = r#"[{"id":"123456789012","name":"a"},{"id":"210987654321","name":"b"}]"#;
        let lines =
            "{\"id\":\"123456789012\",\"name\":\"a\"}\n{\"id\":\"210987654321\",\"name\":\"b\"}";
        let csv = "id,name,regions,active\n123456789012,a,eu-west-1 us-east-1,\n\
                   210987654321,b,\"[\"\"eu-west-1\"\"]\",false\n";
        for text in [array, lines, csv] {
            assert_eq!(names(text).unwrap(), ["a", "b"], "{text}");
        }
        let accounts = parse(csv).unwrap();
        assert_eq!(accounts[0].regions, ["eu-west-1", "us-east-1"]);
        assert_eq!((accounts[0].active, accounts[1].active), (true, false));
        assert_eq!(accounts[1].regions, ["eu-west-1"]);
    }

    #[test]
    fn what_aws_asks_may_stand_beside_the_rest() {
        let beside = json!([{
            "id": "123456789012", "name": "a", "role": "Reader", "external_id": "7",
            "partition": "aws-cn", "canonical_id": "c", "organization": "o-a1b2c3d4e5",
        }]);
        let inside = json!([{
            "id": "123456789012", "provider": "aws", "name": "a",
            "settings": { "role": "Reader", "external_id": "7", "partition": "aws-cn" },
            "names": { "canonical_user": "c", "organization": "o-a1b2c3d4e5" },
        }]);
        let read = |value: &Value| parse(&value.to_string()).unwrap();
        assert_eq!(read(&beside), read(&inside));
    }

    #[test]
    fn what_is_left_out_stays_and_what_is_empty_is_taken_away() {
        let mut known = Account::new(AWS, "123456789012".parse().unwrap(), "a");
        known.set(settings::ROLE, "Reader");
        known.regions = vec!["eu-west-1".to_owned()];
        known.notes = "ask Ann".to_owned();
        known.active = false;
        let after = |text: &str| {
            let mut account = known.clone();
            Document::parse("accounts", text).unwrap().entries()[0].update(&mut account);
            account
        };
        for text in ["id,name\n123456789012,a\n", r#"{"id":"123456789012","name":"a"}"#] {
            assert_eq!(after(text), known, "{text}");
        }
        let csv = "id,name,role,regions,notes,active\n123456789012,a,,,,\n";
        let json = r#"{"id":"123456789012","name":"a","role":null,"regions":[],"notes":""}"#;
        for text in [csv, json] {
            let account = after(text);
            assert_eq!((settings::role(&account), account.notes.as_str()), (None, ""), "{text}");
            assert!(account.regions.is_empty() && !account.active, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        for (text, part) in [
            ("", "it is empty"),
            ("id,nme\n123456789012,a", "row 2: unknown field `nme`; nearest: `name`"),
            ("id,name\n1/2,a", "row 2: `1/2` is not an account id"),
            (r#"[{"id":"123456789012"}]"#, "missing field `name`"),
            (r#"[{"id":"123456789012","name":"a","rol":"x"}]"#, "nearest: `role`"),
        ] {
            let said = names(text).unwrap_err();
            assert!(said.contains(part), "{text}: {said}");
        }
    }
}
