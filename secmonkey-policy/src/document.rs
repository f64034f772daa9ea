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
    /// An element stands there twice, in two cases, so that which counts is anybody's guess.
    #[error("{0} stands there twice")]
    Twice(&'static str),
    /// It holds more than any policy of AWS.
    #[error("more than {0} statements")]
    TooLong(usize),
    /// A name longer than any policy of AWS.
    #[error("a name of {0} bytes")]
    NameTooLong(usize),
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

/// Longer operators and keys of conditions are refused: each condition tells its place, so
/// that a long operator over many keys would take its length times their number.
const LONGEST_NAME: usize = 1024;

/// A place in the document. What is written there is put together only where it is told:
/// few places are.
#[derive(Clone, Copy)]
enum At<'p> {
    Root,
    Text(&'p str),
    Member(&'p At<'p>, &'p str),
    Element(&'p At<'p>, usize),
}

impl<'p> At<'p> {
    const fn member(&'p self, name: &'p str) -> Self {
        Self::Member(self, name)
    }

    /// As a JSON pointer.
    fn write(&self, pointer: &mut String) {
        match self {
            Self::Root => {}
            Self::Text(text) => pointer.push_str(text),
            Self::Member(of, name) => {
                of.write(pointer);
                pointer.push('/');
                for character in name.chars() {
                    match character {
                        '~' => pointer.push_str("~0"),
                        '/' => pointer.push_str("~1"),
                        other => pointer.push(other),
                    }
                }
            }
            Self::Element(of, index) => {
                of.write(pointer);
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.write(&mut pointer);
        pointer
    }
}

impl<'a> Policy<'a> {
    /// Takes a policy apart.
    ///
    /// Everything that AWS accepts is: lists where one value would do and the contrary,
    /// empty lists, one statement that is no list, the names of elements in any case.
    /// Source: *Grammar of the IAM JSON policy language*, *IAM policy validation check
    /// reference*.
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
    fn fault(&mut self, at: &At<'_>, problem: Problem) {
        if self.faults.len() < ENOUGH {
            self.faults.push(Fault { pointer: at.pointer(), problem });
        }
    }

    fn expected(&mut self, at: &At<'_>, expected: &'static str, found: &Value) {
        self.fault(at, Problem::Type { expected, found: kind(found) });
    }

    fn policy<'a>(&mut self, document: &'a Value) -> Option<Policy<'a>> {
        let root = At::Root;
        let Value::Object(members) = document else {
            self.expected(&root, "an object", document);
            return None;
        };
        let mut policy = Policy {
            version: Version::V2008,
            id: None,
            statements: Vec::new(),
            unknown: Vec::new(),
        };
        let mut statement = None;
        let mut seen = Seen::default();
        for (name, value) in members {
            let at = root.member(name);
            match known(&OF_POLICY, name) {
                Some(element) if !seen.first(element) => {
                    self.fault(&root, Problem::Twice(element));
                }
                Some("Version") => policy.version = self.version(&at, value),
                Some("Id") => policy.id = self.text(&at, value),
                Some(_) => statement = Some((at, value)),
                None => policy.unknown.push(at.pointer()),
            }
        }
        let Some((at, statement)) = statement else {
            self.fault(&root, Problem::Missing("Statement"));
            return None;
        };
        match statement {
            Value::Array(statements) if statements.len() > MOST_STATEMENTS => {
                self.fault(&at, Problem::TooLong(MOST_STATEMENTS));
                return None;
            }
            Value::Array(statements) => {
                policy.statements.reserve_exact(statements.len());
                for (index, statement) in statements.iter().enumerate() {
                    let at = At::Element(&at, index);
                    let read = self.statement(&at, statement, policy.version, &mut policy.unknown);
                    policy.statements.extend(read);
                }
            }
            alone => {
                let read = self.statement(&at, alone, policy.version, &mut policy.unknown);
                policy.statements.extend(read);
            }
        }
        Some(policy)
    }

    fn version(&mut self, at: &At<'_>, value: &Value) -> Version {
        match self.text(at, value) {
            Some("2012-10-17") => Version::V2012,
            Some("2008-10-17") | None => Version::V2008,
            Some(other) => {
                self.fault(at, Problem::Version(other.to_owned()));
                Version::V2008
            }
        }
    }

    fn statement<'a>(
        &mut self,
        at: &At<'_>,
        statement: &'a Value,
        version: Version,
        unknown: &mut Vec<String>,
    ) -> Option<Statement<'a>> {
        let Value::Object(members) = statement else {
            self.expected(at, "an object", statement);
            return None;
        };
        let pointer = at.pointer();
        let here = At::Text(&pointer);
        let pattern = match version {
            Version::V2008 => Pattern::plain,
            Version::V2012 => Pattern::new,
        };
        let (mut sid, mut effect) = (None, None);
        let (mut principals, mut actions, mut resources) = (None, None, None);
        let mut conditions = Vec::new();
        let mut seen = Seen::default();
        for (name, value) in members {
            let at = here.member(name);
            let Some(element) = known(&OF_STATEMENT, name) else {
                unknown.push(at.pointer());
                continue;
            };
            if !seen.first(element) {
                self.fault(&here, Problem::Twice(element));
                continue;
            }
            match element {
                "Sid" => sid = self.text(&at, value),
                "Effect" => effect = Some(self.effect(&at, value)),
                "Principal" | "NotPrincipal" => {
                    let named = self.principals(&at, value);
                    self.either(
                        &here,
                        &mut principals,
                        ["Principal", "NotPrincipal"],
                        element,
                        named,
                    );
                }
                "Action" | "NotAction" => {
                    let named = self.patterns(&at, value, Pattern::plain);
                    self.either(&here, &mut actions, ["Action", "NotAction"], element, named);
                }
                "Resource" | "NotResource" => {
                    let named = self.patterns(&at, value, pattern);
                    self.either(&here, &mut resources, ["Resource", "NotResource"], element, named);
                }
                _ => conditions = self.conditions(&at, value, version),
            }
        }
        if effect.is_none() {
            self.fault(&here, Problem::Missing("Effect"));
        }
        if actions.is_none() {
            self.fault(&here, Problem::Missing("Action"));
        }
        Some(Statement {
            sid,
            effect: effect??,
            principals,
            actions: actions?,
            resources,
            conditions,
            pointer,
        })
    }

    /// Sets an element of which the contrary must not be there.
    fn either<T>(
        &mut self,
        at: &At<'_>,
        into: &mut Option<Of<T>>,
        [plain, contrary]: [&'static str; 2],
        element: &'static str,
        named: Vec<T>,
    ) {
        if into.is_some() {
            self.fault(at, Problem::Both(plain, contrary));
        }
        *into = Some(if element == contrary { Of::AllBut(named) } else { Of::Only(named) });
    }

    fn effect(&mut self, at: &At<'_>, value: &Value) -> Option<Effect> {
        match self.text(at, value)? {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other => {
                self.fault(at, Problem::Effect(other.to_owned()));
                None
            }
        }
    }

    fn principals<'a>(&mut self, at: &At<'_>, value: &'a Value) -> Vec<Principal<'a>> {
        let mut all = Vec::new();
        match value {
            Value::Object(kinds) => {
                for (kind, value) in kinds {
                    let at = at.member(kind);
                    match principal_of(kind) {
                        Some(make) => self.each(&at, value, &mut |text| all.push(make(text))),
                        None => self.fault(&at, Problem::PrincipalKind(kind.clone())),
                    }
                }
            }
            _ => self.each(at, value, &mut |text| all.push(Principal::aws(text))),
        }
        all
    }

    fn patterns<'a>(
        &mut self,
        at: &At<'_>,
        value: &'a Value,
        make: fn(&'a str) -> Pattern<'a>,
    ) -> Vec<Pattern<'a>> {
        let mut all = Vec::new();
        self.each(at, value, &mut |text| all.push(make(text)));
        all
    }

    fn conditions<'a>(
        &mut self,
        at: &At<'_>,
        value: &'a Value,
        version: Version,
    ) -> Vec<Condition<'a>> {
        let mut all = Vec::new();
        let variables = version == Version::V2012;
        for (operator, keys) in self.object(at, value).into_iter().flatten() {
            let at = at.member(operator);
            if !self.is_short(&at, operator) {
                continue;
            }
            for (key, values) in self.object(&at, keys).into_iter().flatten() {
                let at = at.member(key);
                if !self.is_short(&at, key) {
                    continue;
                }
                let values = self.values(&at, values);
                let operator = Operator::read(operator);
                all.push(Condition { operator, key, values, variables, pointer: at.pointer() });
            }
        }
        all
    }

    /// Whether a name is short enough; else it is a fault of what it is in.
    fn is_short(&mut self, at: &At<'_>, name: &str) -> bool {
        let short = name.len() <= LONGEST_NAME;
        if let (false, At::Member(of, _)) = (short, at) {
            self.fault(of, Problem::NameTooLong(name.len()));
        }
        short
    }

    /// The values of a condition: texts, numbers, booleans; one or a list.
    fn values<'a>(&mut self, at: &At<'_>, value: &'a Value) -> Vec<Cow<'a, str>> {
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
            if let Some(value) = one(value) {
                all.push(value);
            } else {
                let at = At::Element(at, index);
                self.expected(&at, "a text, a number or a boolean", value);
            }
        }
        all
    }

    fn object<'a>(&mut self, at: &At<'_>, value: &'a Value) -> Option<&'a Map<String, Value>> {
        if let Value::Object(members) = value {
            return Some(members);
        }
        self.expected(at, "an object", value);
        None
    }

    fn text<'a>(&mut self, at: &At<'_>, value: &'a Value) -> Option<&'a str> {
        if let Value::String(text) = value {
            return Some(text);
        }
        self.expected(at, "a text", value);
        None
    }

    /// Every text of what is a text or a list of them.
    fn each<'a>(&mut self, at: &At<'_>, value: &'a Value, take: &mut dyn FnMut(&'a str)) {
        match value {
            Value::String(text) => take(text),
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    match value {
                        Value::String(text) => take(text),
                        _ => self.expected(&At::Element(at, index), "a text", value),
                    }
                }
            }
            _ => self.expected(at, "a text or a list of texts", value),
        }
    }
}

/// The elements of a policy.
const OF_POLICY: [&str; 3] = ["Version", "Id", "Statement"];

/// Which of the known elements a name is, whatever its case.
fn known(elements: &[&'static str], name: &str) -> Option<&'static str> {
    elements.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

/// The elements met so far: at most as many as there are kinds.
#[derive(Default)]
struct Seen(Vec<&'static str>);

impl Seen {
    /// Whether it was not met before.
    fn first(&mut self, element: &'static str) -> bool {
        let first = !self.0.contains(&element);
        if first {
            self.0.push(element);
        }
        first
    }
}

/// The elements of a statement.
const OF_STATEMENT: [&str; 9] = [
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
