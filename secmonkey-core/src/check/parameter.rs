//! What can be set for a check without writing another one: how old is too old, which ports
//! administer, whose domains are approved.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Check;
use crate::nearest::{Named, Unknown};
use crate::texts::Texts;

/// A value of a check that overrides may set for some items or for all.
///
/// It decides over what is *found*: what is stored is judged again, once, whenever it is set
/// otherwise. Its values are JSON: a whole number, or a list of whole numbers or of texts.
///
/// ```
/// use std::borrow::Cow;
///
/// use secmonkey_core::check::Parameter;
///
/// const MAX_AGE: Parameter =
///     Parameter::number("max_age_days", 90, (1, 3650), "days", "how old a key may be");
/// assert_eq!(MAX_AGE.parse("180"), Ok(180.into()));
/// assert_eq!(
///     MAX_AGE.parse("soon").unwrap_err().to_string(),
///     "max_age_days is a whole number of days from 1 to 3650, not `soon`"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(description = "A value of a check that overrides may set for some items or for all.")
)]
pub struct Parameter {
    /// Names it within its check for ever: `max_age_days`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: Cow<'static, str>,
    /// What values it may have, and which it has where nobody says otherwise.
    #[serde(flatten)]
    pub kind: Kind,
    /// What its numbers count: `days`; empty where it has none.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub unit: Cow<'static, str>,
    /// What it means, in one line.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub about: Cow<'static, str>,
}

/// What values a parameter may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ParameterKind))]
pub enum Kind {
    /// A whole number.
    Number {
        /// The value where nobody says otherwise.
        default: i64,
        /// The least that it may be.
        least: i64,
        /// The most that it may be.
        most: i64,
    },
    /// Any number of whole numbers, such as ports; their order says nothing.
    Numbers {
        /// The value where nobody says otherwise.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<i64>))]
        default: Cow<'static, [i64]>,
        /// The least that each may be.
        least: i64,
        /// The most that each may be.
        most: i64,
    },
    /// Any number of texts; their order says nothing.
    Texts {
        /// The value where nobody says otherwise.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        default: Texts,
    },
}

/// A value that a parameter may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {expected}, not `{given}`")]
pub struct InvalidValue {
    /// The parameter.
    pub name: String,
    /// What it may be.
    pub expected: String,
    /// What was given.
    pub given: String,
}

impl Parameter {
    /// A whole number within a range, what it counts and what it means.
    #[must_use]
    pub const fn number(
        name: &'static str,
        default: i64,
        (least, most): (i64, i64),
        unit: &'static str,
        about: &'static str,
    ) -> Self {
        Self::new(name, Kind::Number { default, least, most }, unit, about)
    }

    /// Whole numbers, each within a range, and what they mean.
    #[must_use]
    pub const fn numbers(
        name: &'static str,
        default: &'static [i64],
        (least, most): (i64, i64),
        about: &'static str,
    ) -> Self {
        Self::new(name, Kind::Numbers { default: Cow::Borrowed(default), least, most }, "", about)
    }

    /// Texts, and what they mean.
    #[must_use]
    pub const fn texts(
        name: &'static str,
        default: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self::new(name, Kind::Texts { default: Texts::new(default) }, "", about)
    }

    const fn new(name: &'static str, kind: Kind, unit: &'static str, about: &'static str) -> Self {
        let (name, unit, about) = (Cow::Borrowed(name), Cow::Borrowed(unit), Cow::Borrowed(about));
        Self { name, kind, unit, about }
    }

    /// The value where nobody says otherwise.
    #[must_use]
    pub fn default(&self) -> Value {
        match &self.kind {
            Kind::Number { default, .. } => (*default).into(),
            Kind::Numbers { default, .. } => listed(default.iter().copied()),
            Kind::Texts { default } => listed(default.iter().map(str::to_owned)),
        }
    }

    /// A value as somebody writes it; lists have a comma between their elements.
    ///
    /// # Errors
    /// Where it may not have this value.
    pub fn parse(&self, text: &str) -> Result<Value, InvalidValue> {
        let number = |text: &str| match text.trim().parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(text.trim()),
        };
        let elements = || text.split(',').map(str::trim).filter(|element| !element.is_empty());
        self.read(&match self.kind {
            Kind::Number { .. } => number(text),
            Kind::Numbers { .. } => elements().map(number).collect(),
            Kind::Texts { .. } => elements().collect(),
        })
    }

    /// A value in its one form: elements of lists in order, each once.
    ///
    /// # Errors
    /// Where it may not have this value.
    pub fn read(&self, value: &Value) -> Result<Value, InvalidValue> {
        let invalid = || InvalidValue {
            name: self.name.clone().into_owned(),
            expected: self.expected(),
            given: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        };
        let within = |value: &Value, least: i64, most: i64| {
            value.as_i64().filter(|number| (least..=most).contains(number))
        };
        let read = match (&self.kind, value) {
            (Kind::Number { least, most, .. }, _) => within(value, *least, *most).map(Value::from),
            (Kind::Numbers { least, most, .. }, Value::Array(all)) => {
                let numbers = all.iter().map(|one| within(one, *least, *most));
                numbers.collect::<Option<Vec<_>>>().map(listed)
            }
            (Kind::Texts { .. }, Value::Array(all)) => {
                let texts = all.iter().map(|one| one.as_str().map(str::trim).map(str::to_owned));
                let texts = texts.map(|text| text.filter(|text| !text.is_empty()));
                texts.collect::<Option<Vec<_>>>().map(listed)
            }
            _ => None,
        };
        read.ok_or_else(invalid)
    }

    /// What it may be, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        let of = if self.unit.is_empty() { String::new() } else { format!(" of {}", self.unit) };
        match self.kind {
            Kind::Number { least, most, .. } => {
                format!("a whole number{of} from {least} to {most}")
            }
            Kind::Numbers { least, most, .. } => {
                format!("a list of whole numbers from {least} to {most}")
            }
            Kind::Texts { .. } => "a list of texts".to_owned(),
        }
    }

    /// A value of it, for people: `90 days`, `22, 3389`, `none`.
    #[must_use]
    pub fn shown(&self, value: &Value) -> String {
        let text = shown(value);
        match &self.kind {
            Kind::Number { .. } if !self.unit.is_empty() => format!("{text} {}", self.unit),
            _ => text,
        }
    }
}

/// A value for people, without its unit.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::Array(all) if all.is_empty() => "none".to_owned(),
        Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn listed<T: Ord + Into<Value>>(elements: impl IntoIterator<Item = T>) -> Value {
    let mut elements: Vec<T> = elements.into_iter().collect();
    elements.sort_unstable();
    elements.dedup();
    elements.into_iter().map(Into::into).collect()
}

impl Check {
    /// The parameter of this name.
    ///
    /// # Errors
    /// Where the check has none, with the nearest names.
    pub fn parameter(&self, name: &str) -> Result<&Parameter, Unknown> {
        let mut all = self.parameters.iter();
        all.find(|parameter| parameter.name == name).ok_or_else(|| {
            Unknown::new(Named::Parameter, name, self.parameters.iter().map(|it| &*it.name))
        })
    }
}

/// What is set for checks otherwise than by default, for one item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(BTreeMap<String, BTreeMap<String, Value>>);

impl Settings {
    /// Nothing is set.
    pub const NONE: &'static Self = &Self(BTreeMap::new());

    /// What is set for a check, by parameter.
    #[must_use]
    pub fn of(&self, check: &str) -> &BTreeMap<String, Value> {
        static NONE: BTreeMap<String, Value> = BTreeMap::new();
        self.0.get(check).unwrap_or(&NONE)
    }

    /// Sets a parameter of a check. What it is by default anyway is not set.
    ///
    /// # Errors
    /// Where it may not have this value.
    pub fn set(
        &mut self,
        check: &Check,
        parameter: &Parameter,
        value: &Value,
    ) -> Result<(), InvalidValue> {
        let value = parameter.read(value)?;
        if value != parameter.default() {
            let of_check = self.0.entry(check.id.clone().into_owned()).or_default();
            of_check.insert(parameter.name.clone().into_owned(), value);
        }
        Ok(())
    }
}

/// A parameter as the page of a check declares it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    kind: KindName,
    default: Value,
    least: Option<i64>,
    most: Option<i64>,
    #[serde(default)]
    unit: String,
    about: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Number,
    Numbers,
    Texts,
}

/// Why what a page declares is no parameter.
#[derive(Debug)]
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<Raw> for Parameter {
    type Error = Wrong;

    fn try_from(raw: Raw) -> Result<Self, Wrong> {
        let Raw { name, kind, default, least, most, unit, about } = raw;
        // `score` stands beside the parameters in what an audit records.
        let is_small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase())
            || !name.chars().all(is_small)
            || name == "score"
        {
            let reason = "take small letters, digits and _, and another than `score`";
            return Err(Wrong(format!("`{name}` is no name of a parameter: {reason}")));
        }
        let range = || match (least, most) {
            (Some(least), Some(most)) if least <= most => Ok((least, most)),
            _ => Err(Wrong(format!("{name}: say what is the `least` and the `most` it may be"))),
        };
        let kind = match kind {
            KindName::Number => {
                let (least, most) = range()?;
                Kind::Number { default: default.as_i64().unwrap_or(i64::MIN), least, most }
            }
            KindName::Numbers => {
                let (least, most) = range()?;
                let all = default.as_array().into_iter().flatten();
                let all = all.map(|one| one.as_i64().unwrap_or(i64::MIN));
                Kind::Numbers { default: all.collect(), least, most }
            }
            KindName::Texts => {
                let all = default.as_array().into_iter().flatten();
                Kind::Texts { default: all.filter_map(Value::as_str).collect() }
            }
        };
        let parameter = Self { name: name.into(), kind, unit: unit.into(), about: about.into() };
        parameter.read(&default).map_err(|invalid| Wrong(format!("by default, {invalid}")))?;
        Ok(parameter)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DAYS: Parameter = Parameter::number("max_age_days", 90, (1, 3650), "days", "age");
    const PORTS: Parameter = Parameter::numbers("ports", &[22, 3389], (0, 65535), "ports");
    const DOMAINS: Parameter = Parameter::texts("approved_domains", &[], "domains");

    #[test]
    fn values_have_one_form_however_they_are_written() {
        assert_eq!(DAYS.parse(" 180 "), Ok(json!(180)));
        assert_eq!(PORTS.parse("8443, 22,22"), Ok(json!([22, 8443])));
        assert_eq!(PORTS.parse(""), Ok(json!([])));
        assert_eq!(DOMAINS.parse("b.com,a.com"), Ok(json!(["a.com", "b.com"])));
        assert_eq!(DOMAINS.read(&json!([" b.com", "a.com"])), Ok(json!(["a.com", "b.com"])));
    }

    #[test]
    fn what_it_may_not_be_is_said_with_what_it_may() {
        let said = |parameter: &Parameter, value| parameter.read(&value).unwrap_err().to_string();
        assert_eq!(
            said(&DAYS, json!(0)),
            "max_age_days is a whole number of days from 1 to 3650, not `0`"
        );
        assert_eq!(
            said(&DAYS, json!([90])),
            "max_age_days is a whole number of days from 1 to 3650, not `[90]`"
        );
        assert_eq!(
            said(&PORTS, json!([22, "ssh"])),
            "ports is a list of whole numbers from 0 to 65535, not `[22,\"ssh\"]`"
        );
        assert_eq!(
            said(&DOMAINS, json!("a.com")),
            "approved_domains is a list of texts, not `a.com`"
        );
        assert_eq!(
            said(&DOMAINS, json!([""])),
            "approved_domains is a list of texts, not `[\"\"]`"
        );
    }

    #[test]
    fn values_are_shown_with_their_unit() {
        assert_eq!(DAYS.shown(&DAYS.default()), "90 days");
        assert_eq!(PORTS.shown(&PORTS.default()), "22, 3389");
        assert_eq!(DOMAINS.shown(&DOMAINS.default()), "none");
    }

    #[test]
    fn what_is_written_of_a_parameter_can_be_read_again() {
        for parameter in [DAYS, PORTS, DOMAINS] {
            let json = json!(parameter);
            assert_eq!(serde_json::from_value::<Parameter>(json).unwrap(), parameter);
        }
    }

    #[test]
    fn a_page_may_not_declare_what_could_not_be_set() {
        let declared = |value| serde_json::from_value::<Parameter>(value).unwrap_err().to_string();
        let number = |name: &str, default: Value, least: i64| {
            declared(json!({ "name": name, "kind": "number", "default": default, "least": least,
                "most": 9, "about": "it" }))
        };
        assert_eq!(
            number("days", json!(10), 1),
            "by default, days is a whole number from 1 to 9, not `10`"
        );
        assert!(number("Days", json!(5), 1).starts_with("`Days` is no name"));
        assert!(number("score", json!(5), 1).starts_with("`score` is no name"));
        assert_eq!(
            number("days", json!(5), 10),
            "days: say what is the `least` and the `most` it may be"
        );
        let misspelt = json!({ "name": "a", "kind": "texts", "defualt": [], "about": "it" });
        assert!(declared(misspelt).contains("unknown field `defualt`"));
    }

    #[test]
    fn what_is_so_by_default_is_not_set() {
        let check = Check { id: "a.b".into(), parameters: vec![DAYS].into(), ..Check::DEFAULT };
        let mut settings = Settings::default();
        settings.set(&check, &DAYS, &json!(90)).unwrap();
        assert_eq!(settings, Settings::default());
        settings.set(&check, &DAYS, &json!(91)).unwrap();
        assert_eq!(settings.of("a.b"), &BTreeMap::from([("max_age_days".to_owned(), json!(91))]));
        assert!(settings.of("a.c").is_empty());
    }
}
