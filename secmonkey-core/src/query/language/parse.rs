//! From a text to a query.

use std::fmt;
use std::ops::Range;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr as _;

use super::value::{
    Comparison, Flag, Names, Operator, Path, Pattern, Segment, Severity, Standing, Unit, When,
};
use super::{Query, Term};
use crate::issue::Status;
use crate::nearest::Nearest;
use crate::network;
use crate::render::visible;

/// Parentheses may be nested so deep.
const DEEPEST: usize = 64;

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
    field("arn", PATTERN),
    field("changed", TIME),
    field("check", "the id of a check, in which `*` stands for anything"),
    field("cidr", "an address or a block: 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32"),
    field("deleted", "true, false or any"),
    field("first_seen", TIME),
    field("id", PATTERN),
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
    field("status", "open, justified, resolved or any"),
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
        /// So much of the text is shown on either side.
        const AROUND: usize = 60;
        let line = |text: &str| visible(&text.replace(['\n', '\r', '\t'], " ")).into_owned();
        let part = |range| line(self.text.get(range).unwrap_or_default());
        let Range { start, end } = self.span;
        let (mut before, mut at, mut after) = (part(0..start), part(start..end), {
            let rest = self.text.get(end..).unwrap_or_default();
            line(rest)
        });
        if let Some((cut, _)) = before.char_indices().rev().nth(AROUND) {
            before = format!("...{}", &before[cut..]);
        }
        for text in [&mut at, &mut after] {
            if let Some((cut, _)) = text.char_indices().nth(AROUND) {
                *text = format!("{}...", &text[..cut]);
            }
        }
        let (blanks, carets) = (" ".repeat(before.width()), "^".repeat(at.width().max(1)));
        format!("{before}{at}{after}\n{blanks}{carets}")
    }
}

/// A character of a word.
#[derive(Debug, Clone, Copy)]
struct Letter {
    c: char,
    is_quoted: bool,
    at: usize,
}

#[derive(Debug, Clone)]
enum Token {
    Open,
    Close,
    Minus,
    Word(Vec<Letter>),
}

impl Token {
    /// Whether it is an unquoted word of the language.
    fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(letters) if unquoted(letters).as_deref() == Some(keyword))
    }
}

/// The text of letters none of which is quoted.
fn unquoted(letters: &[Letter]) -> Option<String> {
    letters.iter().map(|letter| (!letter.is_quoted).then_some(letter.c)).collect()
}

fn plain(letters: &[Letter]) -> String {
    letters.iter().map(|letter| letter.c).collect()
}

/// A pattern: unquoted stars stand for anything.
fn pattern(letters: &[Letter]) -> Pattern {
    Pattern::of(letters.split(|one| one.c == '*' && !one.is_quoted).map(plain).collect())
}

fn find(letters: &[Letter], signs: &str) -> Option<usize> {
    letters.iter().position(|one| !one.is_quoted && signs.contains(one.c))
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, QueryError> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some(&(start, first)) = rest.peek() {
        if first.is_whitespace() {
            rest.next();
            continue;
        }
        if first == '(' || first == ')' {
            rest.next();
            let token = if first == '(' { Token::Open } else { Token::Close };
            tokens.push((token, start..start + 1));
            continue;
        }
        if first == '-' && !text[start + 1..].starts_with('-') {
            rest.next();
            tokens.push((Token::Minus, start..start + 1));
            continue;
        }
        let mut letters = Vec::new();
        let mut quote = None;
        let mut has_quotes = false;
        while let Some(&(at, c)) = rest.peek() {
            match (quote, c) {
                (None, '(' | ')') => break,
                (None, c) if c.is_whitespace() => break,
                (None, '"') => (quote, has_quotes) = (Some(at), true),
                (Some(_), '"') => quote = None,
                (Some(_), '\\') => {
                    rest.next();
                    if let Some(&(at, c)) = rest.peek() {
                        letters.push(Letter { c, is_quoted: true, at });
                    }
                }
                _ => letters.push(Letter { c, is_quoted: quote.is_some(), at }),
            }
            rest.next();
        }
        let end = rest.peek().map_or(text.len(), |(at, _)| *at);
        let error = |span, reason| QueryError { text: text.to_owned(), span, reason };
        if let Some(open) = quote {
            return Err(error(open..text.len(), Reason::OpenQuote));
        }
        let word = &text[start..end];
        if word.starts_with("--") {
            return Err(error(start..end, Reason::Option(word.to_owned())));
        }
        if has_quotes || !letters.is_empty() {
            tokens.push((Token::Word(letters), start..end));
        }
    }
    Ok(tokens)
}

/// Reads a query.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Query::All);
    }
    let mut parser = Parser { text, tokens: &tokens, next: 0, depth: 0 };
    let query = parser.either()?;
    match parser.peek() {
        // Only a parenthesis ends a list before its end.
        Some((_, span)) => Err(parser.error(span.clone(), Reason::Closes)),
        None => Ok(query),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [(Token, Range<usize>)],
    next: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a (Token, Range<usize>)> {
        self.tokens.get(self.next)
    }

    fn error(&self, span: Range<usize>, reason: Reason) -> QueryError {
        QueryError { text: self.text.to_owned(), span, reason }
    }

    /// `a OR b`
    fn either(&mut self) -> Result<Query, QueryError> {
        let mut query = self.all()?;
        while let Some((token, _)) = self.peek()
            && token.is("OR")
        {
            self.next += 1;
            query = query.or(self.behind("OR", Self::all)?);
        }
        Ok(query)
    }

    /// `a b` or `a AND b`
    fn all(&mut self) -> Result<Query, QueryError> {
        let mut query = self.one()?;
        while let Some((token, _)) = self.peek()
            && !matches!(token, Token::Close)
            && !token.is("OR")
        {
            let more = if token.is("AND") {
                self.next += 1;
                self.behind("AND", Self::one)?
            } else {
                self.one()?
            };
            query = query.and(more);
        }
        Ok(query)
    }

    /// What follows on a word of the language.
    fn behind(
        &mut self,
        word: &'static str,
        read: impl FnOnce(&mut Self) -> Result<Query, QueryError>,
    ) -> Result<Query, QueryError> {
        let follows = match self.peek() {
            None | Some((Token::Close, _)) => false,
            Some((token, _)) => !token.is("OR") && !token.is("AND"),
        };
        if !follows {
            let (_, span) = &self.tokens[self.next - 1];
            return Err(self.error(span.clone(), Reason::NothingFollows(word)));
        }
        read(self)
    }

    fn one(&mut self) -> Result<Query, QueryError> {
        let Some((token, span)) = self.peek() else { return Ok(Query::All) };
        self.next += 1;
        match token {
            Token::Open => {
                self.deeper(span)?;
                let inside = self.behind("(", Self::either)?;
                let Some((Token::Close, _)) = self.peek() else {
                    return Err(self.error(span.clone(), Reason::OpenParenthesis));
                };
                (self.next, self.depth) = (self.next + 1, self.depth - 1);
                Ok(inside)
            }
            Token::Close => Err(self.error(span.clone(), Reason::Closes)),
            Token::Minus => self.negated("-", span),
            token if token.is("NOT") => self.negated("NOT", span),
            token if token.is("OR") => Err(self.error(span.clone(), Reason::NothingBefore("OR"))),
            token if token.is("AND") => Err(self.error(span.clone(), Reason::NothingBefore("AND"))),
            Token::Word(letters) => {
                let raw = &self.text[span.clone()];
                let term = term(letters, raw, span.start);
                Ok(term.map_err(|(span, reason)| self.error(span, reason))?.into())
            }
        }
    }

    fn negated(&mut self, word: &'static str, span: &Range<usize>) -> Result<Query, QueryError> {
        self.deeper(span)?;
        let negated = self.behind(word, Self::one)?;
        self.depth -= 1;
        Ok(!negated)
    }

    fn deeper(&mut self, span: &Range<usize>) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(span.clone(), Reason::TooDeep));
        }
        Ok(())
    }
}

/// One word: its letters, and how it is written.
fn term(letters: &[Letter], raw: &str, start: usize) -> Result<Term, (Range<usize>, Reason)> {
    let is_address = unquoted(letters).is_some_and(|text| network::block(&text).is_some());
    let colon = letters.iter().position(|one| one.c == ':' && !one.is_quoted);
    let name = colon.and_then(|colon| unquoted(&letters[..colon])).filter(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    });
    let (Some(colon), Some(name), false) = (colon, name, is_address) else {
        return Ok(Term::Text(pattern(letters)));
    };
    let behind = letters[colon].at + 1;
    let lower = name.to_ascii_lowercase();
    let Some(field) = FIELDS.iter().find(|field| field.name == lower) else {
        let nearest = Nearest::of(&name, FIELDS.iter().map(|field| field.name));
        return Err((start..behind - 1, Reason::UnknownField { name, nearest }));
    };
    let value = &letters[colon + 1..];
    // Quotes that hold nothing are a value all the same.
    let ends_quoted = raw.ends_with('"');
    let end = start + raw.len();
    if value.is_empty() && !ends_quoted {
        return Err((start..end, Reason::NoValue(*field)));
    }
    let is_cut = ["cidr", "path", "tag"].contains(&field.name)
        && !ends_quoted
        && value.last().is_some_and(|last| "=<>@".contains(last.c));
    let term = value_of(field.name, value).filter(|_| !is_cut);
    term.ok_or_else(|| (behind..end, Reason::Value { field: *field, value: plain(value) }))
}

fn value_of(field: &str, value: &[Letter]) -> Option<Term> {
    Some(match field {
        "account" => Term::Account(pattern(value)),
        "arn" => Term::Arn(pattern(value)),
        "changed" => compared_time(value, Term::Changed)?,
        "check" => Term::Check(pattern(value)),
        "cidr" => cidr(value)?,
        "deleted" => Term::Deleted(flag(value)?),
        "first_seen" => compared_time(value, Term::FirstSeen)?,
        "id" => Term::Id(pattern(value)),
        "key" => Term::Key(pattern(value)),
        "name" => Term::Name(pattern(value)),
        "opened" => compared_time(value, Term::Opened)?,
        "path" => path(value)?,
        "principal" => Term::Principal(names(value)?),
        "ref" => Term::Ref(names(value)?),
        "region" => Term::Region(pattern(value)),
        "resolved" => compared_time(value, Term::Resolved)?,
        "score" => {
            let (operator, number) = compared(value);
            Term::Score(operator.unwrap_or(Operator::Equal), plain(number).parse().ok()?)
        }
        "severity" => {
            let (operator, word) = compared(value);
            let word = plain(word).to_ascii_lowercase();
            let severity = Severity::ALL.into_iter().find(|one| one.as_str() == word)?;
            Term::Severity(operator.unwrap_or(Operator::Equal), severity)
        }
        "since" => Term::Since(when(value)?),
        "status" => Term::Status(match plain(value).to_ascii_lowercase().as_str() {
            "open" => Standing::Is(Status::Open),
            "justified" => Standing::Is(Status::Justified),
            "resolved" => Standing::Is(Status::Resolved),
            "any" => Standing::Any,
            _ => return None,
        }),
        "tag" => match find(value, "=") {
            Some(at) => Term::Tag(pattern(&value[..at]), Some(pattern(&value[at + 1..]))),
            None => Term::Tag(pattern(value), None),
        },
        "technology" => Term::Technology(pattern(value)),
        "text" => Term::Text(pattern(value)),
        "watched" => Term::Watched(flag(value)?),
        _ => return None,
    })
}

fn flag(value: &[Letter]) -> Option<Flag> {
    match plain(value).to_ascii_lowercase().as_str() {
        "true" | "yes" => Some(Flag::True),
        "false" | "no" => Some(Flag::False),
        "any" => Some(Flag::Any),
        _ => None,
    }
}

/// The operator at the start of a value, and what follows on it.
fn compared(value: &[Letter]) -> (Option<Operator>, &[Letter]) {
    let sign = |at: usize| value.get(at).filter(|one| !one.is_quoted).map(|one| one.c);
    match (sign(0), sign(1)) {
        (Some('<'), Some('=')) => (Some(Operator::AtMost), &value[2..]),
        (Some('>'), Some('=')) => (Some(Operator::AtLeast), &value[2..]),
        (Some('<'), _) => (Some(Operator::Less), &value[1..]),
        (Some('>'), _) => (Some(Operator::More), &value[1..]),
        (Some('='), _) => (Some(Operator::Equal), &value[1..]),
        _ => (None, value),
    }
}

/// A comparison with a time. An age alone is the greatest that is meant.
fn compared_time(value: &[Letter], term: fn(Operator, When) -> Term) -> Option<Term> {
    let (operator, value) = compared(value);
    let when = when(value)?;
    let operator = match (operator, when) {
        (Some(Operator::Equal), When::Age(..)) => return None,
        (Some(operator), _) => operator,
        (None, When::Age(..)) => Operator::Less,
        (None, _) => Operator::Equal,
    };
    Some(term(operator, when))
}

fn when(value: &[Letter]) -> Option<When> {
    let text = plain(value);
    let number = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if let Some(unit) = Unit::ALL.into_iter().find(|unit| unit.as_str() == &text[number..]) {
        return Some(When::Age(text[..number].parse().ok()?, unit));
    }
    if text.len() == 10
        && let Ok(day) = text.parse::<Date>()
    {
        return Some(When::Day(day));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(When::At(at));
    }
    // Without a zone it is UTC; with a wrong one it is none.
    let has_zone = text.get(10..).is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']));
    let at = text.parse::<DateTime>().ok().filter(|_| !has_zone)?;
    Some(When::At(at.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp()))
}

fn cidr(value: &[Letter]) -> Option<Term> {
    let (is_exact, value) = match compared(value) {
        (Some(Operator::Equal), value) => (true, value),
        (None, value) => (false, value),
        _ => return None,
    };
    let (block, below) = match find(value, "@") {
        Some(at) => (&value[..at], plain(&value[at + 1..])),
        None => (value, String::new()),
    };
    if !below.is_empty() && !below.starts_with('/') {
        return None;
    }
    let block: IpNet = network::block(&plain(block))?;
    Some(Term::Cidr { block, is_exact, below })
}

fn names(value: &[Letter]) -> Option<Names> {
    let (is_exact, value) = match compared(value) {
        (Some(Operator::Equal), value) => (true, value),
        _ => (false, value),
    };
    let names = match pattern(value) {
        _ if value.is_empty() => return None,
        _ if is_exact => Names::Exactly(plain(value)),
        pattern => match pattern.as_literal() {
            Some(text) => Names::Word(text.to_owned()),
            None => Names::Fitting(pattern),
        },
    };
    Some(names)
}

fn path(value: &[Letter]) -> Option<Term> {
    let at = find(value, "<>=").unwrap_or(value.len());
    let (place, comparison) = value.split_at(at);
    let mut segments = place.split(|one| one.c == '/');
    // What stands before the first slash is nothing.
    if place.is_empty() || segments.next().is_none_or(|before| !before.is_empty()) {
        return None;
    }
    let segment = |letters: &[Letter]| {
        if unquoted(letters).as_deref() == Some("**") {
            return Segment::Deep;
        }
        let pieces = pattern(letters).pieces().iter().map(|piece| unescaped(piece)).collect();
        Segment::Named(Pattern::of(pieces))
    };
    let path = Path(segments.map(segment).collect());
    let comparison = match compared(comparison) {
        (None, _) => None,
        (Some(Operator::Equal), value) => {
            Some(Comparison { operator: Operator::Equal, value: pattern(value) })
        }
        (Some(operator), value) => {
            Some(Comparison { operator, value: Pattern::literal(plain(value)) })
        }
    };
    Some(Term::Path(path, comparison))
}

/// A step of a JSON pointer as the name that it is.
fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}
