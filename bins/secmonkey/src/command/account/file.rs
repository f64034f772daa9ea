//! Files of accounts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use secmonkey_aws::{AWS, kind, settings};
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::Kind;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::set_name;
use crate::error::Error;
use crate::nearest;

/// An account in a file: what `account list` prints. Only id and name are needed. What
/// AWS asks of an account may stand beside the rest or in `settings` and `names`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    id: AccountId,
    #[serde(default)]
    provider: Option<Provider>,
    name: String,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default)]
    skip_regions: Vec<String>,
    #[serde(default)]
    third_party: bool,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    names: BTreeMap<Kind, String>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    notes: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    partition: Option<String>,
    #[serde(default)]
    canonical_id: Option<String>,
    #[serde(default)]
    organization: Option<String>,
}

fn yes() -> bool {
    true
}

impl From<Listed> for Account {
    fn from(listed: Listed) -> Self {
        let provider = listed.provider.unwrap_or(AWS);
        let mut account = Self::new(provider, listed.id, listed.name);
        account.regions = listed.regions;
        account.skip_regions = listed.skip_regions;
        account.third_party = listed.third_party;
        account.active = listed.active;
        account.names = listed.names;
        account.settings = listed.settings;
        account.notes = listed.notes;
        let of_aws = [
            (settings::ROLE, listed.role),
            (settings::EXTERNAL_ID, listed.external_id),
            (settings::PARTITION, listed.partition),
        ];
        for (name, value) in of_aws {
            if let Some(value) = value {
                account.set(name, value);
            }
        }
        let names = [
            (kind::CANONICAL_USER, listed.canonical_id),
            (kind::ORGANIZATION, listed.organization),
        ];
        for (kind, name) in names {
            if let Some(name) = name {
                set_name(&mut account, kind, &name);
            }
        }
        account
    }
}

/// The largest file that is read, in bytes: what the AWS CLI prints of a whole account is
/// smaller.
const LARGEST: u64 = 64 << 20;

/// The text of a file; `-` is standard input.
pub fn read(file: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().take(LARGEST + 1).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|opened| opened.take(LARGEST + 1).read_to_string(&mut text))
    };
    match read {
        Ok(bytes) if bytes as u64 <= LARGEST => Ok(text),
        Ok(_) => Err(Error::usage(format!(
            "{} holds more than {} MiB: give it in parts",
            file.display(),
            LARGEST >> 20
        ))),
        Err(error) => Err(Error::usage(format!("cannot read {}: {error}", file.display()))),
    }
}

/// The accounts of a file: a JSON array, JSON objects one after the other, or CSV.
pub fn parse(text: &str) -> Result<Vec<Account>, String> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err("it is empty".to_owned());
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
    Ok(listed.into_iter().map(Account::from).collect())
}

/// The rows of CSV as the JSON they would be.
fn table_of(text: &str) -> Result<Vec<Listed>, String> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = csv.headers().map_err(|error| error.to_string())?.clone();
    let mut all = Vec::new();
    for (line, record) in (2..).zip(csv.records()) {
        let record = record.map_err(|error| error.to_string())?;
        let members = headers.iter().zip(&record).filter(|(_, value)| !value.is_empty());
        let object: Map<_, _> = members
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

    use super::super::row::AccountRow;
    use super::*;

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
    fn what_is_printed_is_read_again() {
        let mut account = Account::new(AWS, "123456789012".parse().unwrap(), "a");
        account.set(settings::ROLE, "Reader");
        account.names.insert(kind::CANONICAL_USER, "c".to_owned());
        account.regions = vec!["eu-west-1".to_owned()];
        let printed = serde_json::to_string(&[AccountRow::from(&account)]).unwrap();
        let [mut read] = <[Account; 1]>::try_from(parse(&printed).unwrap()).unwrap();
        settings::validate(&mut read).unwrap();
        assert_eq!(read, account);
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
