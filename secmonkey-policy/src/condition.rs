//! Conditions: operators, keys and values.

use std::borrow::Cow;
use std::fmt;

/// One key of a `Condition` block under one operator. All conditions of a statement must
/// hold; of its values one is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition<'a> {
    /// How the key is compared.
    pub operator: Operator<'a>,
    /// The key as written: `aws:SourceIp`. Its case does not count.
    pub key: &'a str,
    /// What it is compared with; numbers and booleans as their text.
    pub values: Vec<Cow<'a, str>>,
    /// Whether `${...}` in a value stands for something, as it does since version 2012-10-17
    /// of the language; before, it is text like any other.
    pub variables: bool,
    /// Where it stands in the document.
    pub pointer: String,
}

impl Condition<'_> {
    /// Whether the key is this one, whose case does not count.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }
}

/// An operator with what goes before and after it: `ForAnyValue:StringLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator<'a> {
    /// As written.
    pub text: &'a str,
    /// How a key of several values is compared.
    pub quantifier: Option<Quantifier>,
    /// The comparison.
    pub test: Test,
    /// Whether it holds where the request lacks the key.
    pub if_exists: bool,
}

/// How a key of several values is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// Every value of the request must match one; holds where the request has none.
    ForAllValues,
    /// One value of the request must match one.
    ForAnyValue,
}

/// A comparison. Source: *IAM JSON policy elements: Condition operators*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Texts, letter by letter. A `*` is a star.
    StringEquals,
    /// The contrary; holds where the request lacks the key.
    StringNotEquals,
    /// Texts, whatever their case.
    StringEqualsIgnoreCase,
    /// The contrary; holds where the request lacks the key.
    StringNotEqualsIgnoreCase,
    /// Texts with wildcards.
    StringLike,
    /// The contrary; holds where the request lacks the key.
    StringNotLike,
    /// Numbers.
    Numeric(Order),
    /// Times.
    Date(Order),
    /// `true` or `false`.
    Bool,
    /// Bytes in base64.
    BinaryEquals,
    /// Addresses within a block.
    IpAddress,
    /// The contrary; holds where the request lacks the key.
    NotIpAddress,
    /// ARNs, wildcards within each of the six fields. The same as `ArnLike`.
    ArnEquals,
    /// ARNs, wildcards within each of the six fields.
    ArnLike,
    /// The contrary; holds where the request lacks the key.
    ArnNotEquals,
    /// The contrary; holds where the request lacks the key.
    ArnNotLike,
    /// `true`: the request lacks the key; `false`: it has it.
    Null,
    /// One this release does not know.
    Unknown,
}

/// How numbers and times are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Equal.
    Equals,
    /// Not equal; holds where the request lacks the key.
    NotEquals,
    /// Less.
    LessThan,
    /// Less or equal.
    LessThanEquals,
    /// Greater.
    GreaterThan,
    /// Greater or equal.
    GreaterThanEquals,
}

impl<'a> Operator<'a> {
    /// Takes an operator apart. One that is not known is kept as [`Test::Unknown`].
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        let (quantifier, name) = match text.split_once(':') {
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Quantifier::ForAllValues), name)
            }
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(Quantifier::ForAnyValue), name)
            }
            _ => (None, text),
        };
        let cut =
            name.len().checked_sub("IfExists".len()).filter(|cut| name.is_char_boundary(*cut));
        let (name, if_exists) = match cut.map(|cut| name.split_at(cut)) {
            Some((name, end)) if end.eq_ignore_ascii_case("IfExists") => (name, true),
            _ => (name, false),
        };
        let known = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        Self { text, quantifier, test: known.map_or(Test::Unknown, |known| known.1), if_exists }
    }
}

impl Test {
    /// Whether it holds where the request lacks the key, as the negated ones do.
    #[must_use]
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
                | Self::Numeric(Order::NotEquals)
                | Self::Date(Order::NotEquals)
        )
    }
}

impl fmt::Display for Operator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

const KNOWN: &[(&str, Test)] = &[
    ("StringEquals", Test::StringEquals),
    ("StringNotEquals", Test::StringNotEquals),
    ("StringEqualsIgnoreCase", Test::StringEqualsIgnoreCase),
    ("StringNotEqualsIgnoreCase", Test::StringNotEqualsIgnoreCase),
    ("StringLike", Test::StringLike),
    ("StringNotLike", Test::StringNotLike),
    ("NumericEquals", Test::Numeric(Order::Equals)),
    ("NumericNotEquals", Test::Numeric(Order::NotEquals)),
    ("NumericLessThan", Test::Numeric(Order::LessThan)),
    ("NumericLessThanEquals", Test::Numeric(Order::LessThanEquals)),
    ("NumericGreaterThan", Test::Numeric(Order::GreaterThan)),
    ("NumericGreaterThanEquals", Test::Numeric(Order::GreaterThanEquals)),
    ("DateEquals", Test::Date(Order::Equals)),
    ("DateNotEquals", Test::Date(Order::NotEquals)),
    ("DateLessThan", Test::Date(Order::LessThan)),
    ("DateLessThanEquals", Test::Date(Order::LessThanEquals)),
    ("DateGreaterThan", Test::Date(Order::GreaterThan)),
    ("DateGreaterThanEquals", Test::Date(Order::GreaterThanEquals)),
    ("Bool", Test::Bool),
    ("BinaryEquals", Test::BinaryEquals),
    ("IpAddress", Test::IpAddress),
    ("NotIpAddress", Test::NotIpAddress),
    ("ArnEquals", Test::ArnEquals),
    ("ArnLike", Test::ArnLike),
    ("ArnNotEquals", Test::ArnNotEquals),
    ("ArnNotLike", Test::ArnNotLike),
    ("Null", Test::Null),
];
