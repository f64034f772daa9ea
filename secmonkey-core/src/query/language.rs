//! One language for whatever selects items and issues: the command line, the API, pages,
//! overrides, ignore rules, subscriptions.
//!
//! A [`Query`] is parsed from a text, printed as one, and asked whether something
//! [`matches`](Query::matches). `docs/query.md` is the manual.
//!
//! ```
//! use secmonkey_core::query::Query;
//!
//! let query: Query = "technology:security_group (tag:env=prod OR cidr:10.0.0.0/8)".parse()?;
//! assert_eq!(query.to_string().parse::<Query>()?, query);
//! # Ok::<_, secmonkey_core::query::QueryError>(())
//! ```

use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

mod error;
mod matching;
mod parse;
pub(crate) mod read;
mod value;

pub use error::{FIELDS, Field, QueryError, Reason};
pub(super) use matching::row_term;
pub use matching::{Facts, Subject};
pub(crate) use value::Segment;
pub use value::{Comparison, Flag, Names, Operator, Path, Pattern, Severity, Standing, Unit, When};

/// Which items or issues are meant.
///
/// Nested lists of the same kind are one list, and no list has fewer than two members, so that
/// what is equal is printed alike: [`and`](Self::and), [`or`](Self::or) and
/// [`not`](std::ops::Not::not) see to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Query {
    /// Everything.
    #[default]
    All,
    /// What has this property.
    Term(Term),
    /// What all of these mean.
    And(Vec<Query>),
    /// What any of these means.
    Or(Vec<Query>),
    /// What this does not mean.
    Not(Box<Query>),
}

/// A property of an item or of an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A text anywhere: in name, ARN, id, former names and configuration of an item; of an
    /// issue also in its check, its detail and at the start of its id.
    Text(Pattern),
    /// What the item is called, or was.
    Name(Pattern),
    /// The ARN, now or once. What does not begin so is taken to begin with `arn:`.
    Arn(Pattern),
    /// The resource id.
    Id(Pattern),
    /// The key: account, technology, region and id.
    Key(Pattern),
    /// The account, by id or name.
    Account(Pattern),
    /// What is registered of the account, by the name of the member; `settings` and `names` are
    /// members, too.
    AccountMember(String, Pattern),
    /// The technology, by id.
    Technology(Pattern),
    /// The region that was listed.
    Region(Pattern),
    /// A tag, and its value where one is given.
    Tag(Pattern, Option<Pattern>),
    /// An address or a block in the configuration that contains this one or lies within it.
    Cidr {
        /// The block.
        block: IpNet,
        /// This very block and no other.
        is_exact: bool,
        /// Only where the pointer begins so; empty for anywhere.
        below: String,
    },
    /// A policy that names this principal.
    Principal(Names),
    /// A configuration that mentions this id of something else.
    Ref(Names),
    /// A place of the configuration, and what stands there where that is given.
    Path(Path, Option<Comparison>),
    /// Whether it is confirmed gone.
    Deleted(Flag),
    /// Whether scans look at it; what is gone counts as watched.
    Watched(Flag),
    /// Whether a rule ignores it.
    Ignored(Flag),
    /// When its last revision was recorded.
    Changed(Operator, When),
    /// When it was first recorded.
    FirstSeen(Operator, When),
    /// The score: of an issue 0 to 10, of an item the sum of those of its open issues.
    Score(Operator, u32),
    /// The check that found an issue.
    Check(Pattern),
    /// The severity of an issue.
    Severity(Operator, Severity),
    /// How an issue stands.
    Status(Standing),
    /// When an issue was opened, or last reopened.
    Opened(Operator, When),
    /// When an issue was resolved.
    Resolved(Operator, When),
    /// Since when an issue stands as it does: opened, reopened or resolved by then or later.
    Since(When),
}

impl Term {
    /// Whether it speaks of an issue and not of an item alone.
    #[must_use]
    pub const fn is_of_issue(&self) -> bool {
        matches!(
            self,
            Self::Check(_)
                | Self::Severity(..)
                | Self::Status(_)
                | Self::Opened(..)
                | Self::Resolved(..)
                | Self::Since(_)
        )
    }
}

impl From<Term> for Query {
    fn from(term: Term) -> Self {
        Self::Term(term)
    }
}

impl Query {
    /// What both mean.
    #[must_use]
    pub fn and(self, other: impl Into<Self>) -> Self {
        match (self, other.into()) {
            (Self::All, one) | (one, Self::All) => one,
            (one, other) => {
                let of = |query| if let Self::And(all) = query { all } else { vec![query] };
                let mut all = of(one);
                all.extend(of(other));
                Self::And(all)
            }
        }
    }

    /// What either means.
    #[must_use]
    pub fn or(self, other: impl Into<Self>) -> Self {
        match (self, other.into()) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (one, other) => {
                let of = |query| if let Self::Or(all) = query { all } else { vec![query] };
                let mut all = of(one);
                all.extend(of(other));
                Self::Or(all)
            }
        }
    }

    /// What any of these means; everything where there are none.
    #[must_use]
    pub fn any(all: impl IntoIterator<Item = Term>) -> Self {
        all.into_iter().map(Self::Term).reduce(Self::or).unwrap_or_default()
    }

    /// Whether it asks for addresses, so that where they stand is worth telling.
    #[must_use]
    pub fn asks_for_addresses(&self) -> bool {
        self.wanted().iter().any(|term| matches!(term, Term::Cidr { .. }))
    }

    /// The terms that are not denied.
    fn wanted(&self) -> Vec<&Term> {
        match self {
            Self::All | Self::Not(_) => Vec::new(),
            Self::Term(term) => vec![term],
            Self::And(all) | Self::Or(all) => all.iter().flat_map(Self::wanted).collect(),
        }
    }

    /// The terms, in the order they are written.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let mut rest = vec![self];
        std::iter::from_fn(move || {
            loop {
                match rest.pop()? {
                    Self::All => {}
                    Self::Term(term) => return Some(term),
                    Self::And(all) | Self::Or(all) => rest.extend(all.iter().rev()),
                    Self::Not(one) => rest.push(one),
                }
            }
        })
    }
}

impl std::ops::Not for Query {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            // Nothing: what cannot be written as "not" and no more.
            Self::All => Self::Not(Box::new(Term::Deleted(Flag::Any).into())),
            Self::Not(one) => *one,
            one => Self::Not(Box::new(one)),
        }
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::parse(text)
    }
}

impl TryFrom<String> for Query {
    type Error = QueryError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Query> for String {
    fn from(query: Query) -> Self {
        query.to_string()
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, all: &[Self], between: &str, is_and: bool| {
            for (number, one) in all.iter().enumerate() {
                if number > 0 {
                    f.write_str(between)?;
                }
                match one {
                    Self::Or(_) if is_and => write!(f, "({one})")?,
                    _ => write!(f, "{one}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::All => Ok(()),
            Self::Term(term) => write!(f, "{term}"),
            Self::And(all) => list(f, all, " ", true),
            Self::Or(all) => list(f, all, " OR ", false),
            Self::Not(one) => match one.as_ref() {
                Self::Term(term) => write!(f, "-{term}"),
                one => write!(f, "-({one})"),
            },
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use value::Quoted;
        match self {
            Self::Text(pattern) if pattern.is_word() => write!(f, "{pattern}"),
            Self::Text(pattern) => write!(f, "text:{pattern}"),
            Self::Name(pattern) => write!(f, "name:{pattern}"),
            Self::Arn(pattern) => write!(f, "arn:{pattern}"),
            Self::Id(pattern) => write!(f, "id:{pattern}"),
            Self::Key(pattern) => write!(f, "key:{pattern}"),
            Self::Account(pattern) => write!(f, "account:{pattern}"),
            Self::AccountMember(name, pattern) => write!(f, "account.{name}:{pattern}"),
            Self::Technology(pattern) => write!(f, "technology:{pattern}"),
            Self::Region(pattern) => write!(f, "region:{pattern}"),
            Self::Tag(key, None) => write!(f, "tag:{key}"),
            Self::Tag(key, Some(value)) => write!(f, "tag:{key}={value}"),
            Self::Cidr { block, is_exact, below } => {
                write!(f, "cidr:{}{block}", if *is_exact { "=" } else { "" })?;
                if below.is_empty() { Ok(()) } else { write!(f, "@{}", Quoted(below)) }
            }
            Self::Principal(names) => write!(f, "principal:{names}"),
            Self::Ref(names) => write!(f, "ref:{names}"),
            Self::Path(path, None) => write!(f, "path:{path}"),
            Self::Path(path, Some(comparison)) => write!(f, "path:{path}{comparison}"),
            Self::Deleted(flag) => write!(f, "deleted:{flag}"),
            Self::Ignored(flag) => write!(f, "ignored:{flag}"),
            Self::Watched(flag) => write!(f, "watched:{flag}"),
            Self::Changed(operator, when) => write!(f, "changed:{operator}{when}"),
            Self::FirstSeen(operator, when) => write!(f, "first_seen:{operator}{when}"),
            Self::Score(operator, score) => write!(f, "score:{operator}{score}"),
            Self::Check(pattern) => write!(f, "check:{pattern}"),
            Self::Severity(operator, severity) => write!(f, "severity:{operator}{severity}"),
            Self::Status(status) => write!(f, "status:{status}"),
            Self::Opened(operator, when) => write!(f, "opened:{operator}{when}"),
            Self::Resolved(operator, when) => write!(f, "resolved:{operator}{when}"),
            Self::Since(when) => write!(f, "since:{when}"),
        }
    }
}

#[cfg(test)]
mod tests;
