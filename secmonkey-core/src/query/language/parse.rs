//! From a text to a query.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::error::{DEEPEST, FIELDS, Field, QueryError, Reason};
use super::value::{
    Comparison, Flag, Names, Operator, Path, Pattern, Segment, Severity, Standing, Unit, When,
};
use super::{Query, Term};
use crate::issue::Status;
use crate::nearest::Nearest;
use crate::network;

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

/// A word that is being read.
struct Word {
    letters: Vec<Letter>,
    /// Where a quotation mark stands that is never closed.
    open: Option<usize>,
    has_quotes: bool,
}

/// Reads a word up to what ends one outside quotes.
fn word(rest: &mut Peekable<CharIndices<'_>>, is_end: impl Fn(char) -> bool) -> Word {
    let (mut letters, mut open, mut has_quotes) = (Vec::new(), None, false);
    while let Some(&(at, c)) = rest.peek() {
        match (open, c) {
            (None, '"') => (open, has_quotes) = (Some(at), true),
            (None, c) if is_end(c) => break,
            (Some(_), '"') => open = None,
            (Some(_), '\\') => {
                rest.next();
                if let Some(&(at, c)) = rest.peek() {
                    letters.push(Letter { c, is_quoted: true, at });
                }
            }
            _ => letters.push(Letter { c, is_quoted: open.is_some(), at }),
        }
        rest.next();
    }
    Word { letters, open, has_quotes }
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
        let is_end = |c: char| c == '(' || c == ')' || c.is_whitespace();
        let Word { letters, open, has_quotes } = word(&mut rest, is_end);
        let end = rest.peek().map_or(text.len(), |(at, _)| *at);
        let error = |span, reason| QueryError { text: text.to_owned(), span, reason };
        if let Some(open) = open {
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
        let name = account_member(name).unwrap_or(name);
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    });
    let (Some(colon), Some(name), false) = (colon, name, is_address) else {
        return Ok(Term::Text(pattern(letters)));
    };
    let behind = letters[colon].at + 1;
    let (field, member) = match field(&name) {
        Ok(field) => field,
        Err(unknown) => return Err((start..behind - 1, unknown)),
    };
    let value = &letters[colon + 1..];
    if value.is_empty() && !raw.ends_with('"') {
        return Err((start..start + raw.len(), Reason::NoValue(*field)));
    }
    let written = &raw[behind - start..];
    field_term(field, member, value, written).map_err(|reason| (behind..start + raw.len(), reason))
}

/// The member of an account that a field names; `None` where it names none.
fn account_member(name: &str) -> Option<&str> {
    const PREFIX: &str = "account.";
    let prefix = name.get(..PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then(|| &name[PREFIX.len()..])
}

/// The field of a name, with the member of an account where it names one.
fn field(name: &str) -> Result<(&'static Field, &str), Reason> {
    let member = account_member(name).unwrap_or_default();
    let lower = if member.is_empty() { name.to_ascii_lowercase() } else { "account.".to_owned() };
    let known = FIELDS.iter().find(|known| known.name == lower);
    let known = known.filter(|known| !known.name.ends_with('.') || !member.is_empty());
    known.map(|known| (known, member)).ok_or_else(|| {
        let nearest = Nearest::of(name, FIELDS.iter().map(|field| field.name));
        Reason::UnknownField { name: name.to_owned(), nearest }
    })
}

/// A field and its value: the letters, and how it is written.
fn field_term(
    field: &Field,
    member: &str,
    value: &[Letter],
    written: &str,
) -> Result<Term, Reason> {
    // Quotes that hold nothing are a value all the same.
    let is_cut = ["cidr", "path", "tag"].contains(&field.name)
        && !written.ends_with('"')
        && value.last().is_some_and(|last| "=<>@".contains(last.c));
    let term = match field.name {
        "account." => Some(Term::AccountMember(member.to_owned(), pattern(value))),
        name => value_of(name, value).filter(|_| !is_cut),
    };
    term.ok_or_else(|| Reason::Value { field: *field, value: plain(value) })
}

impl Term {
    /// The term of a field whose value stands alone, as in an option of a command line: blanks
    /// and parentheses need no quotes.
    ///
    /// # Errors
    /// Where there is no such field, or it cannot have such a value.
    pub fn of(name: &str, value: &str) -> Result<Self, QueryError> {
        let error = |span, reason| QueryError { text: value.to_owned(), span, reason };
        let (known, member) = field(name).map_err(|unknown| error(0..0, unknown))?;
        let Word { letters, open, .. } = word(&mut value.char_indices().peekable(), |_| false);
        if let Some(open) = open {
            return Err(error(open..value.len(), Reason::OpenQuote));
        }
        if value.is_empty() {
            return Err(error(0..0, Reason::NoValue(*known)));
        }
        field_term(known, member, &letters, value).map_err(|reason| error(0..value.len(), reason))
    }
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
        "ignored" => Term::Ignored(flag(value)?),
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
            "suppressed" => Standing::Is(Status::Suppressed),
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
