//! Policies as documents: statements with their effect, principals, actions, resources and
//! conditions.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::condition::{Condition, Operator};
use crate::pattern::Pattern;
use crate::principal::Principal;

/// A policy, taken apart. It borrows from the JSON it was read from.
///
/// ```
/// use secmonkey_policy::{Effect, Policy};
///
/// let json = serde_json::json!({
///     "Version": "2012-10-17",
///     "Statement": { "Effect": "Allow", "Action": "s3:Get*", "Resource": "*" }
/// });
/// let policy = Policy::read(&json)?;
/// assert_eq!(policy.statements[0].effect, Effect::Allow);
///
/// let wrong = serde_json::json!({ "Statement": [{ "Effect": "Maybe", "Action": "*" }] });
/// let faults = Policy::read(&wrong).unwrap_err().faults;
/// assert_eq!(faults[0].pointer, "/Statement/0/Effect");
/// # Ok::<_, secmonkey_policy::Malformed>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy<'a> {
    /// The version of the language.
    pub version: Version,
    /// What its author calls it.
    pub id: Option<&'a str>,
    /// Its statements, in order.
    pub statements: Vec<Statement<'a>>,
    /// Members this release does not know, as pointers.
    pub unknown: Vec<String>,
}

/// The version of the language. Source: *IAM JSON policy elements: Version*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2008-10-17`, and what says none: without variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Where it stands in the document: `/Statement/0`, or `/Statement` where it is alone.
    pub pointer: String,
    /// What its author calls it.
    pub sid: Option<&'a str>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whom it speaks of; `None` in the policy of an identity.
    pub principals: Option<Of<Principal<'a>>>,
    /// Which actions.
    pub actions: Of<Pattern<'a>>,
    /// On which resources; `None` in a trust policy, where the role is the resource.
    pub resources: Option<Of<Pattern<'a>>>,
    /// Under which conditions, all of which must hold.
    pub conditions: Vec<Condition<'a>>,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever allows.
    Deny,
}

/// What an element names, or all but what it names (`NotAction`, ...).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of<T> {
    /// These.
    Only(Vec<T>),
    /// All others.
    AllBut(Vec<T>),
}

impl<T> Of<T> {
    /// What is written, in either case.
    #[must_use]
    pub fn named(&self) -> &[T] {
        match self {
            Self::Only(named) | Self::AllBut(named) => named,
        }
    }

    /// Whether it means all but what is written.
    #[must_use]
    pub const fn is_all_but(&self) -> bool {
        matches!(self, Self::AllBut(_))
    }
}

/// JSON that is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Faults(.faults))]
pub struct Malformed {
    /// What is wrong with it, in the order of the document; never empty, at most 100.
    pub faults: Vec<Fault>,
}

/// Something that is not as the language wants it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", if .pointer.is_empty() { "the document" } else { .pointer })]
pub struct Fault {
    /// Where: a JSON pointer, empty for the whole document.
    pub pointer: String,
    /// What.
    pub problem: Problem,
}

/// What can be wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is of another type.
    #[error("expected {expected}, found {found}")]
    Type {
        /// What belongs here.
        expected: &'static str,
        /// What is here.
        found: &'static str,
    },
    /// A member is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Two members exclude each other.
    #[error("{0} and {1} exclude each other")]
    Both(&'static str, &'static str),
    /// An effect that is none.
    #[error("`{0}` is no effect: expected Allow or Deny")]
    Effect(String),
    /// A version of the language that is none.
    #[error("`{0}` is no version: expected 2012-10-17 or 2008-10-17")]
    Version(String),
    /// A kind of principal that is none.
    #[error("`{0}` is no kind of principal: expected AWS, Service, Federated or CanonicalUser")]
    PrincipalKind(String),
    /// Nothing is named.
    #[error("{0} names nothing")]
    Empty(&'static str),
    /// It holds more than any policy of AWS.
    #[error("more than {0} statements")]
    TooLong(usize),
}

struct Faults<'a>(&'a [Fault]);

impl fmt::Display for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("no policy"),
            [one] => one.fmt(f),
            [first, more @ ..] => write!(f, "{first} (and {} more)", more.len()),
        }
    }
}

/// More faults are not collected: by then it is known.
const ENOUGH: usize = 100;

/// More statements are refused. The largest policy that AWS takes, 32 KB, has room for
/// fewer than 1,000.
const MOST_STATEMENTS: usize = 20_000;

impl<'a> Policy<'a> {
    /// Takes a policy apart.
    ///
    /// Everything that AWS accepts is: lists where one value would do and the contrary,
    /// one statement that is no list, the names of elements in any case.
    ///
    /// # Errors
    /// Where something is not as the language wants it.
    pub fn read(document: &'a Value) -> Result<Self, Malformed> {
        let mut reader = Reader::default();
        let policy = reader.policy(document);
        match policy {
            Some(policy) if reader.faults.is_empty() => Ok(policy),
            _ => Err(Malformed { faults: reader.faults }),
        }
    }
}

/// Collects what is wrong on the way.
#[derive(Default)]
struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    fn fault(&mut self, pointer: impl Into<String>, problem: Problem) {
        if self.faults.len() < ENOUGH {
            self.faults.push(Fault { pointer: pointer.into(), problem });
        }
    }

    fn expected(&mut self, pointer: &str, expected: &'static str, found: &Value) {
        self.fault(pointer, Problem::Type { expected, found: kind(found) });
    }

    fn policy<'a>(&mut self, document: &'a Value) -> Option<Policy<'a>> {
        let Value::Object(members) = document else {
            self.expected("", "an object", document);
            return None;
        };
        let mut policy = Policy {
            version: Version::V2008,
            id: None,
            statements: Vec::new(),
            unknown: Vec::new(),
        };
        let mut statement = None;
        for (name, value) in members {
            if name.eq_ignore_ascii_case("Version") {
                policy.version = self.version(name, value);
            } else if name.eq_ignore_ascii_case("Id") {
                policy.id = self.text(&child("", name), value);
            } else if name.eq_ignore_ascii_case("Statement") {
                statement = Some((name, value));
            } else {
                policy.unknown.push(child("", name));
            }
        }
        let Some((name, statement)) = statement else {
            self.fault("", Problem::Missing("Statement"));
            return None;
        };
        let at = child("", name);
        match statement {
            Value::Array(statements) if statements.len() > MOST_STATEMENTS => {
                self.fault(at, Problem::TooLong(MOST_STATEMENTS));
                return None;
            }
            Value::Array(statements) => {
                for (index, statement) in statements.iter().enumerate() {
                    let at = format!("{at}/{index}");
                    let read = self.statement(at, statement, policy.version, &mut policy.unknown);
                    policy.statements.extend(read);
                }
            }
            alone => {
                let read = self.statement(at, alone, policy.version, &mut policy.unknown);
                policy.statements.extend(read);
            }
        }
        Some(policy)
    }

    fn version(&mut self, name: &str, value: &Value) -> Version {
        match self.text(&child("", name), value) {
            Some("2012-10-17") => Version::V2012,
            Some("2008-10-17") | None => Version::V2008,
            Some(other) => {
                self.fault(child("", name), Problem::Version(other.to_owned()));
                Version::V2008
            }
        }
    }

    fn statement<'a>(
        &mut self,
        pointer: String,
        statement: &'a Value,
        version: Version,
        unknown: &mut Vec<String>,
    ) -> Option<Statement<'a>> {
        let Value::Object(members) = statement else {
            self.expected(&pointer, "an object", statement);
            return None;
        };
        let pattern = match version {
            Version::V2008 => Pattern::plain,
            Version::V2012 => Pattern::new,
        };
        let (mut sid, mut effect) = (None, None);
        let (mut principals, mut actions, mut resources) = (None, None, None);
        let mut conditions = Vec::new();
        for (name, value) in members {
            let at = child(&pointer, name);
            let element = ELEMENTS.iter().find(|known| known.eq_ignore_ascii_case(name));
            match element.copied() {
                Some("Sid") => sid = self.text(&at, value),
                Some("Effect") => effect = Some(self.effect(&at, value)),
                Some(element @ ("Principal" | "NotPrincipal")) => {
                    let named = self.principals(&at, value);
                    self.either(&pointer, &mut principals, element, named);
                }
                Some(element @ ("Action" | "NotAction")) => {
                    let named = self.patterns(&at, element, value, Pattern::plain);
                    self.either(&pointer, &mut actions, element, named);
                }
                Some(element @ ("Resource" | "NotResource")) => {
                    let named = self.patterns(&at, element, value, pattern);
                    self.either(&pointer, &mut resources, element, named);
                }
                Some(_) => conditions = self.conditions(&at, value),
                None => unknown.push(at),
            }
        }
        if effect.is_none() {
            self.fault(pointer.as_str(), Problem::Missing("Effect"));
        }
        if actions.is_none() {
            self.fault(pointer.as_str(), Problem::Missing("Action"));
        }
        Some(Statement {
            pointer,
            sid,
            effect: effect??,
            principals,
            actions: actions?,
            resources,
            conditions,
        })
    }

    /// Sets an element of which the contrary must not be there.
    fn either<T>(
        &mut self,
        pointer: &str,
        into: &mut Option<Of<T>>,
        element: &'static str,
        named: Vec<T>,
    ) {
        if into.is_some() {
            let plain = element.strip_prefix("Not").unwrap_or(element);
            let contrary = ELEMENTS.iter().find(|it| it.strip_prefix("Not") == Some(plain));
            self.fault(pointer, Problem::Both(plain, contrary.copied().unwrap_or(element)));
        }
        let all_but = element.starts_with("Not");
        *into = Some(if all_but { Of::AllBut(named) } else { Of::Only(named) });
    }

    fn effect(&mut self, at: &str, value: &Value) -> Option<Effect> {
        match self.text(at, value)? {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other => {
                self.fault(at, Problem::Effect(other.to_owned()));
                None
            }
        }
    }

    fn principals<'a>(&mut self, at: &str, value: &'a Value) -> Vec<Principal<'a>> {
        let mut all = Vec::new();
        match value {
            Value::Object(kinds) => {
                for (kind, value) in kinds {
                    let at = child(at, kind);
                    match principal_of(kind) {
                        Some(make) => self.each(&at, value, &mut |text| all.push(make(text))),
                        None => self.fault(at, Problem::PrincipalKind(kind.clone())),
                    }
                }
            }
            _ => self.each(at, value, &mut |text| all.push(Principal::aws(text))),
        }
        if all.is_empty() {
            self.fault(at, Problem::Empty("Principal"));
        }
        all
    }

    fn patterns<'a>(
        &mut self,
        at: &str,
        element: &'static str,
        value: &'a Value,
        make: fn(&'a str) -> Pattern<'a>,
    ) -> Vec<Pattern<'a>> {
        let mut all = Vec::new();
        self.each(at, value, &mut |text| all.push(make(text)));
        if all.is_empty() {
            self.fault(at, Problem::Empty(element));
        }
        all
    }

    fn conditions<'a>(&mut self, at: &str, value: &'a Value) -> Vec<Condition<'a>> {
        let mut all = Vec::new();
        for (operator, keys) in self.object(at, value).into_iter().flatten() {
            let at = child(at, operator);
            for (key, values) in self.object(&at, keys).into_iter().flatten() {
                let pointer = child(&at, key);
                let values = self.values(&pointer, values);
                all.push(Condition { operator: Operator::read(operator), key, values, pointer });
            }
        }
        all
    }

    /// The values of a condition: texts, numbers, booleans; one or a list.
    fn values<'a>(&mut self, at: &str, value: &'a Value) -> Vec<Cow<'a, str>> {
        let one = |value: &'a Value| match value {
            Value::String(text) => Some(Cow::Borrowed(text.as_str())),
            Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
            _ => None,
        };
        let Value::Array(list) = value else {
            return one(value).map_or_else(
                || {
                    self.expected(at, "a text, a number, a boolean or a list of them", value);
                    Vec::new()
                },
                |value| vec![value],
            );
        };
        let mut all = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            match one(value) {
                Some(value) => all.push(value),
                None => {
                    self.expected(&format!("{at}/{index}"), "a text, a number or a boolean", value);
                }
            }
        }
        all
    }

    fn object<'a>(&mut self, at: &str, value: &'a Value) -> Option<&'a Map<String, Value>> {
        if let Value::Object(members) = value {
            return Some(members);
        }
        self.expected(at, "an object", value);
        None
    }

    fn text<'a>(&mut self, at: &str, value: &'a Value) -> Option<&'a str> {
        if let Value::String(text) = value {
            return Some(text);
        }
        self.expected(at, "a text", value);
        None
    }

    /// Every text of what is a text or a list of them.
    fn each<'a>(&mut self, at: &str, value: &'a Value, take: &mut dyn FnMut(&'a str)) {
        match value {
            Value::String(text) => take(text),
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    match value {
                        Value::String(text) => take(text),
                        _ => self.expected(&format!("{at}/{index}"), "a text", value),
                    }
                }
            }
            _ => self.expected(at, "a text or a list of texts", value),
        }
    }
}

/// The elements of a statement.
const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// What makes a principal of the kinds AWS knows.
fn principal_of<'a>(kind: &str) -> Option<fn(&'a str) -> Principal<'a>> {
    Some(match kind.to_ascii_lowercase().as_str() {
        "aws" => Principal::aws,
        "service" => Principal::Service,
        "federated" => Principal::Federated,
        "canonicaluser" => Principal::CanonicalUser,
        _ => return None,
    })
}

/// The pointer of a member.
fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// What JSON calls the type of a value.
const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
