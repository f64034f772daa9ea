//! What can be asked for, and what is wrong with a text that is no query.

use std::fmt;
use std::ops::Range;

use crate::nearest::Nearest;
use crate::render::pointed;

/// Parentheses may be nested so deep.
pub(super) const DEEPEST: usize = 64;

/// What can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// What stands before the colon.
    pub name: &'static str,
    /// What may stand behind it.
    pub value: &'static str,
}

const fn field(name: &'static str, value: &'static str) -> Field {
    Field { name, value }
}

const PATTERN: &str = "a text, in which `*` stands for anything";
const TIME: &str = "`<7d` (younger than), `>=2026-01-31` or a time in RFC 3339";

/// Every field, sorted by name.
pub const FIELDS: &[Field] = &[
    field("account", "the id or name of an account, in which `*` stands for anything"),
    field("account.", "what is registered of an account: account.notes:*sandbox*"),
    field("arn", PATTERN),
    field("changed", TIME),
    field("check", "the id of a check, in which `*` stands for anything"),
    field("cidr", "an address or a block: 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32"),
    field("deleted", "true, false or any"),
    field("first_seen", TIME),
    field("id", PATTERN),
    field("ignored", "true, false or any"),
    field("key", PATTERN),
    field("name", PATTERN),
    field("opened", TIME),
    field("path", "a place and what stands there: /IpPermissions/*/FromPort=22"),
    field("principal", "an account, a role, an organisation or a service"),
    field("ref", "the id, name or ARN of something else"),
    field("region", "a region, in which `*` stands for anything"),
    field("resolved", TIME),
    field("score", "a number, or `>=7`"),
    field("severity", "info, low, medium, high or critical, or `>=high`"),
    field("since", "an age or a time: 7d, 2026-01-31 or RFC 3339"),
    field("status", "open, justified, suppressed, resolved or any"),
    field("tag", "the name of a tag, and perhaps its value: env=prod"),
    field("technology", "the id of a technology, in which `*` stands for anything"),
    field("text", PATTERN),
    field("watched", "true, false or any"),
];

/// Why a text is no query, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the query does not parse: {reason}")]
pub struct QueryError {
    /// The text.
    pub text: String,
    /// The bytes of it that do not fit.
    pub span: Range<usize>,
    /// Why.
    pub reason: Reason,
}

/// Why a text is no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// There is no such field.
    #[error("unknown field `{name}`{nearest}; a text with a colon needs quotes")]
    UnknownField {
        /// As it is written.
        name: String,
        /// What may be meant.
        nearest: Nearest,
    },
    /// A field stands there without a value.
    #[error("`{}:` lacks its value: {}", .0.name, .0.value)]
    NoValue(Field),
    /// A field cannot have this value.
    #[error("`{}:` cannot be `{value}`: write {}", .field.name, .field.value)]
    Value {
        /// The field.
        field: Field,
        /// As it is written.
        value: String,
    },
    /// A quotation mark has no partner.
    #[error("a quotation mark is never closed")]
    OpenQuote,
    /// A parenthesis has no partner.
    #[error("a parenthesis is never closed")]
    OpenParenthesis,
    /// A parenthesis closes what was never opened.
    #[error("a parenthesis closes nothing")]
    Closes,
    /// Something is to be said behind this.
    #[error("something has to follow on `{0}`")]
    NothingFollows(&'static str),
    /// Something is to be said before this.
    #[error("something has to stand before `{0}`")]
    NothingBefore(&'static str),
    /// An option of the command line.
    #[error("`{0}` looks like an option; a text that begins so needs quotes")]
    Option(String),
    /// The parentheses are nested too deep.
    #[error("parentheses are nested more than {DEEPEST} deep")]
    TooDeep,
}

impl QueryError {
    /// The text in one line, without anything that steers a terminal, and below it a line with
    /// a caret under each column that does not fit.
    #[must_use]
    pub fn pointed(&self) -> String {
        pointed(&self.text, self.span.clone())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}
