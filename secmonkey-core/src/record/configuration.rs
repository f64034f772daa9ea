//! A configuration as a file of its own, fit for a version control system.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::event::TooLarge;
use crate::item::Key;

/// What stands in file names as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A name is cut behind so many bytes: file systems take 255.
const LONGEST: usize = 180;

/// An item with its configuration. Nothing in it changes while the item does not: no times, no
/// numbers of revisions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfigurationRecord {
    /// What names it for ever.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub arn: Option<String>,
    /// The parts that were never read: they are not in the configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadPointer>,
    /// Where it is too large to keep: what is known of it. The configuration is an older one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub too_large: Option<TooLarge>,
    /// The configuration in canonical form; `null` where none was ever kept.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub config: Option<Value>,
}

/// A part of a configuration that was never read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadPointer {
    /// Where it would stand.
    pub pointer: String,
}

impl ConfigurationRecord {
    /// The text of its file: indented, members in order, a line feed at the end.
    ///
    /// # Errors
    /// Where it is no JSON, which it is.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// Where the file of an item lies, for ever: `ACCOUNT/TECHNOLOGY/REGION/ID.json`, with `/`
/// between them.
///
/// Whatever is no letter, digit, `-`, `_` or `.` is percent-encoded. Some file systems take
/// large and small letters for the same, so where a part has large ones, `~` and the first 16
/// digits of its SHA-256 follow it; the same where it is too long for a name and was cut.
#[must_use]
pub fn configuration_path(key: &Key) -> String {
    let [account, technology, region, id] =
        [key.account.as_str(), &key.technology, &key.region, &key.id].map(file_name);
    format!("{account}/{technology}/{region}/{id}.json")
}

fn file_name(text: &str) -> String {
    let mut name = utf8_percent_encode(text, PLAIN).to_string();
    if name.starts_with('.') {
        // Neither hidden nor a way up.
        name.replace_range(..1, "%2E");
    }
    let is_folded = text.contains(|letter: char| letter.is_ascii_uppercase());
    if is_folded || name.len() > LONGEST {
        name.truncate(LONGEST);
        name.push('~');
        name.push_str(&hex::encode(&Sha256::digest(text)[..8]));
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn key(id: &str) -> Key {
        format!("123456789012/iam_role/global/{id}").parse().unwrap()
    }

    #[test]
    fn a_path_is_readable_and_stays() {
        for (id, file) in [
            ("sg-0a1b2c3d", "sg-0a1b2c3d.json"),
            ("arn:aws:sns:eu-west-1:1:a/b", "arn%3Aaws%3Asns%3Aeu-west-1%3A1%3Aa%2Fb.json"),
            ("AROA1", "AROA1~5714519be447cb41.json"),
            ("..", "%2E..json"),
            ("~", "%7E.json"),
            ("caf\u{e9}", "caf%C3%A9.json"),
        ] {
            let path = configuration_path(&key(id));
            assert_eq!(path, format!("123456789012/iam_role/global/{file}"));
        }
        let long = configuration_path(&key(&"a/".repeat(1_000)));
        assert!(long.rsplit('/').next().unwrap().len() < 255, "{long}");
    }

    #[test]
    fn a_file_says_what_the_item_is_and_nothing_that_changes_by_itself() {
        let record = ConfigurationRecord {
            key: key("r-1"),
            name: "app".to_owned(),
            arn: Some("arn:aws:iam::123456789012:role/app".to_owned()),
            unread: vec![UnreadPointer { pointer: "/Tags".to_owned() }],
            too_large: None,
            config: Some(json!({ "b": [1], "a": {} })),
        };
        insta::assert_snapshot!(record.text().unwrap(), @r#"
        {
          "key": "123456789012/iam_role/global/r-1",
          "name": "app",
          "arn": "arn:aws:iam::123456789012:role/app",
          "unread": [
            {
              "pointer": "/Tags"
            }
          ],
          "config": {
            "a": {},
            "b": [
              1
            ]
          }
        }
        "#);
    }

    proptest! {
        #[test]
        fn no_two_items_share_a_file_not_even_where_letters_are_folded(
            ids in proptest::collection::hash_set("[aAbB./~%:\u{e9}\u{c9}]{1,6}|[aB]{175,190}", 1..60),
        ) {
            let mut paths = HashMap::new();
            for id in ids {
                let path = configuration_path(&key(&id));
                prop_assert_eq!(path.split('/').count(), 4);
                prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
                for name in path.split('/') {
                    prop_assert!(!name.starts_with('.') && name.len() < 255, "{}", name);
                }
                if let Some(other) = paths.insert(path.to_lowercase(), id.clone()) {
                    prop_assert!(false, "{} and {}", other, id);
                }
            }
        }
    }
}
