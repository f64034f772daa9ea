//! Policies out of files: bare, or with what the AWS CLI prints around them.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use percent_encoding::percent_decode_str;
use secmonkey_app::error::Error;
use secmonkey_policy::{Malformed, Policy};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// No policy of AWS is larger than 32 KB; what is larger than this was never one.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A policy may stand this deep in what is printed around it.
const DEEPEST: usize = 4;

/// The members under which the AWS CLI, and this program, print a policy, and what a
/// policy under this name is of.
const AROUND: [(&str, Option<Of>); 13] = [
    ("AssumeRolePolicyDocument", Some(Of::Role)),
    ("PolicyVersion", Some(Of::Identity)),
    ("Document", Some(Of::Identity)),
    ("PolicyDocument", None),
    ("Policy", None),
    ("policy", None),
    ("policyText", Some(Of::Resource)),
    ("ResourcePolicy", Some(Of::Resource)),
    ("Role", None),
    ("Attributes", Some(Of::Resource)),
    ("AccessPolicies", Some(Of::Resource)),
    ("DomainStatus", Some(Of::Resource)),
    ("config", None),
];

/// What a policy is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A role: it says who may assume it.
    Role,
    /// Some other resource.
    Resource,
    /// A user, group or role it is attached to.
    Identity,
}

/// The document of a policy.
#[derive(Debug)]
pub struct Document {
    /// The file, and where the policy stands in it if it is not all of it.
    pub name: String,
    /// What of it the file is called, for people.
    pub short: String,
    /// The policy.
    pub value: Value,
    /// What the members around it say that it is of.
    pub of: Option<Of>,
    /// The ARN that stands beside it.
    pub arn: Option<String>,
}

impl Document {
    /// Reads a file, `-` for standard input.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = if path == Path::new("-") {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let text = text(path)
            .map_err(|error| Error::usage(format!("cannot read {name}: {}", reason(&error))))?;
        let short = match path.file_stem() {
            Some(stem) if path != Path::new("-") => stem.to_string_lossy().into_owned(),
            _ => "stdin".to_owned(),
        };
        parse(&text, name, short)
    }

    /// Takes the policy apart.
    pub fn policy(&self) -> Result<Policy<'_>, Error> {
        Policy::read(&self.value).map_err(|Malformed { faults }| {
            let more = match faults.len() {
                0 | 1 => String::new(),
                many => format!(" (and {} more)", many - 1),
            };
            let fault = faults.first().map(ToString::to_string).unwrap_or_default();
            Error::usage(format!("{}: not a policy: {fault}{more}", self.name))
        })
    }
}

fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(LARGEST + 1).read_to_end(&mut bytes)?
    } else {
        File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?
    };
    if read as u64 > LARGEST {
        return Err(io::Error::other(format!("it is larger than {} MB", LARGEST >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// What the system says, without the number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((reason, _)) => reason.to_lowercase(),
        None => text,
    }
}

/// The policy in a text.
fn parse(text: &str, file: String, short: String) -> Result<Document, Error> {
    if text.trim().is_empty() {
        return Err(Error::usage(format!("{file}: it is empty")));
    }
    let mut document =
        Document { value: json(text, &file)?, name: file, short, of: None, arn: None };
    // The pointer to what is looked at, in the text last parsed.
    let mut at = String::new();
    for _ in 0..DEEPEST {
        match &mut document.value {
            Value::String(text) => {
                let text = std::mem::take(text);
                if !at.is_empty() {
                    document.name = format!("{}: the text in {at}", document.name);
                    at.clear();
                }
                document.value = json(&text, &document.name)?;
            }
            Value::Object(members) => {
                let Some((member, of, inner)) = inside(members) else { break };
                let arn = ["Arn", "QueueArn", "TopicArn", "ARN", "arn"]
                    .iter()
                    .find_map(|name| members.get(*name)?.as_str());
                document.arn = arn.map(str::to_owned).or(document.arn);
                document.of = of.or(document.of);
                at = format!("{at}/{member}");
                document.value = inner;
            }
            _ => break,
        }
    }
    if !at.is_empty() {
        document.name = format!("{}: in {at}", document.name);
    }
    Ok(document)
}

/// What stands in the member that may hold the policy, unless this is one already.
fn inside(members: &mut Map<String, Value>) -> Option<(&'static str, Option<Of>, Value)> {
    if members.keys().any(|name| name.eq_ignore_ascii_case("Statement")) {
        return None;
    }
    AROUND.iter().find_map(|(name, of)| {
        let value =
            members.get_mut(*name).filter(|value| value.is_object() || value.is_string())?;
        Some((*name, *of, value.take()))
    })
}

/// Parses JSON; what is percent-encoded, as IAM's answers are, is decoded first.
fn json(text: &str, name: &str) -> Result<Value, Error> {
    let trimmed = text.trim_start();
    let decoded;
    let mut text = text;
    if trimmed.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%7B")) {
        decoded = percent_decode_str(trimmed)
            .decode_utf8()
            .map_err(|_| Error::usage(format!("{name}: percent-encoded text that is not UTF-8")))?;
        text = &decoded;
    }
    match serde_json::from_str::<Unique>(text) {
        Ok(Unique(value)) => Ok(value),
        // What nobody sees is told before what the parser makes of it.
        Err(error) => Err(Error::usage(match invisible(text) {
            Some(fault) => format!("{name}: not JSON: {fault}"),
            None => format!("{name}: not JSON: {error}"),
        })),
    }
}

/// Where a character stands that nobody sees and that is no space of JSON.
fn invisible(text: &str) -> Option<String> {
    let hidden = |it: &char| {
        matches!(
            it,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
                | '\u{feff}'
        )
    };
    let (line, text) =
        text.lines().enumerate().find(|(_, line)| line.contains(|it| hidden(&it)))?;
    let (column, found) = text.chars().enumerate().find(|(_, it)| hidden(it))?;
    let (line, column, code) = (line + 1, column + 1, u32::from(found));
    Some(format!("line {line}, column {column}: the invisible character U+{code:04X}: delete it"))
}

/// JSON in which no object names a member twice: of two statements under one name, AWS
/// and a reader could each see another.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Unique)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unique(value)) = all.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = all.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(A::Error::custom(format!("`{name}` stands twice in one object")));
            }
            let Unique(value) = all.next_value()?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> Result<Document, Error> {
        parse(text, "p.json".to_owned(), "p".to_owned())
    }

    fn said(text: &str) -> String {
        match parsed(text) {
            Err(error) => error.to_string(),
            Ok(document) => document.policy().unwrap_err().to_string(),
        }
    }

    #[test]
    fn a_policy_is_found_in_what_is_printed_around_it() {
        let policy =
            json!({ "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
        let text = policy.to_string();
        let encoded =
            percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC)
                .to_string();
        for (around, of) in [
            (policy.clone(), None),
            (json!(text), None),
            (json!({ "Policy": text }), None),
            (json!({ "Policy": text, "RevisionId": "7" }), None),
            (json!({ "policy": { "Policy": text } }), None),
            (json!({ "Attributes": { "Policy": text } }), Some(Of::Resource)),
            (
                json!({ "PolicyVersion": { "Document": policy, "VersionId": "v1" } }),
                Some(Of::Identity),
            ),
            (json!({ "PolicyVersion": { "Document": encoded } }), Some(Of::Identity)),
            (json!({ "UserName": "u", "PolicyName": "p", "PolicyDocument": policy }), None),
            (json!({ "Role": { "AssumeRolePolicyDocument": encoded } }), Some(Of::Role)),
            (json!({ "key": "k", "config": { "Policy": policy } }), None),
        ] {
            let found = parsed(&around.to_string()).unwrap();
            assert_eq!((&found.value, found.of), (&policy, of), "{around}");
            found.policy().unwrap();
        }
        assert_eq!(parsed(&encoded).unwrap().value, policy);
    }

    #[test]
    fn the_arn_beside_a_policy_says_whose_it_is() {
        let arn = "arn:aws:iam::111122223333:role/app";
        let role =
            json!({ "Role": { "Arn": arn, "AssumeRolePolicyDocument": { "Statement": [] } } });
        assert_eq!(parsed(&role.to_string()).unwrap().arn.as_deref(), Some(arn));
    }

    #[test]
    fn faults_are_told_with_their_place() {
        insta::assert_snapshot!(
            [
                said(""),
                said("{\n  \"Statement\": [\n    {]\n"),
                said("[]"),
                said("7"),
                said("{}"),
                said(&"[".repeat(100_000)),
                said(r#"{"Statement": [], "Statement": []}"#),
                said(r#"{"Statement": {"Effect": "Permit", "Action": "*"}}"#),
                said(r#"{"Statement": [{"Effect": "Permit"}, 7]}"#),
                said(r#"{"Policy": "{\"Statement\": ["}"#),
                said(r#"{"Policy": "{\"Statement\": 7}"}"#),
                said(r#"{"Role": {"AssumeRolePolicyDocument": {"Statement": 7}}}"#),
                said("%7B%22Statement%22:7%7D"),
                said("%7B%FF"),
            ]
            .join("\n")
        );
    }
}
