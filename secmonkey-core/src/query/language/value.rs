//! What stands behind the colon of a term.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::check;
use crate::issue::Status;

/// A text in which an unquoted `*` stands for anything. Case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands between the stars: one piece more than there are stars.
    pieces: Vec<String>,
}

impl Pattern {
    /// A text that stands for itself.
    #[must_use]
    pub fn literal(text: impl Into<String>) -> Self {
        Self { pieces: vec![text.into()] }
    }

    /// A text in which every `*` stands for anything.
    #[must_use]
    pub fn glob(text: &str) -> Self {
        Self::of(text.split('*').map(str::to_owned).collect())
    }

    /// What stands between the stars; several stars in a row are one.
    #[must_use]
    pub fn of(mut pieces: Vec<String>) -> Self {
        let last = pieces.len().saturating_sub(1);
        let mut at = 0..;
        pieces.retain(|piece| {
            let at = at.next().unwrap_or_default();
            at == 0 || at == last || !piece.is_empty()
        });
        if pieces.is_empty() { Self::literal("") } else { Self { pieces } }
    }

    /// The text, where nothing in it stands for anything else.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// What stands between the stars.
    #[must_use]
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// Whether a text fits as a whole.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Some((first, others)) = self.pieces.split_first() else { return false };
        let Some(mut rest) = text.strip_prefix(&*first.to_lowercase()) else { return false };
        let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
        for piece in middle {
            let piece = piece.to_lowercase();
            let Some(at) = rest.find(&piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(&*last.to_lowercase())
    }

    /// Whether a text holds it anywhere.
    #[must_use]
    pub fn is_within(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let mut rest = text.as_str();
        self.pieces.iter().all(|piece| {
            let piece = piece.to_lowercase();
            let found = rest.find(&piece);
            rest = found.map_or("", |at| &rest[at + piece.len()..]);
            found.is_some()
        })
    }

    /// Whether it can stand as a bare word.
    pub(super) fn is_word(&self) -> bool {
        let is_plain = |text: &str| text.chars().all(|c| is_plain(c) && c != ':');
        let Some(text) = self.as_literal() else { return false };
        !text.is_empty()
            && is_plain(text)
            && !text.starts_with('-')
            && !["AND", "OR", "NOT"].contains(&text)
    }
}

/// What needs no quotes wherever it stands.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "._-/:+,%#$;~".contains(c)
}

/// A text in quotes where it needs them.
pub(super) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.chars().all(is_plain) {
            return f.write_str(self.0);
        }
        f.write_str("\"")?;
        for c in self.0.chars() {
            if c == '"' || c == '\\' {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        f.write_str("\"")
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.as_literal() == Some("") {
            return f.write_str("\"\"");
        }
        for (number, piece) in self.pieces.iter().enumerate() {
            if number > 0 {
                f.write_str("*")?;
            }
            write!(f, "{}", Quoted(piece))?;
        }
        Ok(())
    }
}

/// How somebody or something else is named in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// As a whole word of a text, in which letters, digits, `-` and `_` make words:
    /// `123456789012` in `arn:aws:iam::123456789012:root`.
    Word(String),
    /// By a text that fits as a whole; with one star at least.
    Fitting(Pattern),
    /// By this very text.
    Exactly(String),
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "{}", Pattern::literal(word)),
            Self::Fitting(pattern) => write!(f, "{pattern}"),
            Self::Exactly(text) => write!(f, "={}", Pattern::literal(text)),
        }
    }
}

/// Places of a configuration: a JSON pointer with patterns for names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(pub(crate) Vec<Segment>);

/// A step into a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Into the members of these names, or the elements of these numbers.
    Named(Pattern),
    /// Any number of steps, none included.
    Deep,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.0 {
            match segment {
                Segment::Deep => f.write_str("/**")?,
                Segment::Named(pattern) => {
                    f.write_str("/")?;
                    for (number, piece) in pattern.pieces.iter().enumerate() {
                        if number > 0 {
                            f.write_str("*")?;
                        }
                        let piece = piece.replace('~', "~0").replace('/', "~1");
                        write!(f, "{}", Quoted(&piece))?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How it compares.
    pub operator: Operator,
    /// With what; a pattern only where it is to be equal.
    pub value: Pattern,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.operator, self.value)
    }
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Operator {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether it holds of two values that compare so.
    #[must_use]
    pub const fn holds(self, found: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::AtMost => found.is_le(),
            Self::More => found.is_gt(),
            Self::AtLeast => found.is_ge(),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A severity, which people read in a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// 0
    Info,
    /// 1 to 3
    Low,
    /// 4 to 6
    Medium,
    /// 7 to 9
    High,
    /// 10
    Critical,
}

impl Severity {
    /// All, the mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        check::severity(self.least())
    }

    /// The least score of it.
    #[must_use]
    pub const fn least(self) -> u8 {
        match self {
            Self::Info => 0,
            Self::Low => 1,
            Self::Medium => 4,
            Self::High => 7,
            Self::Critical => 10,
        }
    }

    /// The severity of a score.
    #[must_use]
    pub fn of(score: u8) -> Self {
        let all = Self::ALL.into_iter().rev();
        all.into_iter().find(|one| score >= one.least()).unwrap_or(Self::Info)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an issue stands; with `any` nobody has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// So and no otherwise.
    Is(Status),
    /// However it stands.
    Any,
}

impl From<Status> for Standing {
    fn from(status: Status) -> Self {
        Self::Is(status)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Is(Status::Open) => "open",
            Self::Is(Status::Justified) => "justified",
            Self::Is(Status::Suppressed) => "suppressed",
            Self::Is(Status::Resolved) => "resolved",
            Self::Any => "any",
        })
    }
}

/// Whether something is so; with `any` nobody has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// It is.
    True,
    /// It is not.
    False,
    /// Either.
    Any,
}

impl Flag {
    /// Whether it holds of what is or is not so.
    #[must_use]
    pub const fn holds(self, is_so: bool) -> bool {
        match self {
            Self::True => is_so,
            Self::False => !is_so,
            Self::Any => true,
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::True => "true",
            Self::False => "false",
            Self::Any => "any",
        })
    }
}

/// A time, or how long ago it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So long before the moment of asking.
    Age(u32, Unit),
    /// A day, UTC.
    Day(Date),
    /// An instant.
    At(Timestamp),
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`
    Week,
    /// `mo`: a month of the calendar.
    Month,
    /// `y`: a year of the calendar.
    Year,
}

impl Unit {
    /// All, the shortest first.
    pub const ALL: [Self; 7] =
        [Self::Second, Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// As it is written behind a number.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
            Self::Week => "w",
            Self::Month => "mo",
            Self::Year => "y",
        }
    }
}

impl When {
    /// Its first instant and the first behind it; of an instant or an age both are the same.
    fn bounds(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let start = |day: Date| {
            let start =
                DateTime::from(day).to_zoned_datetime(TimeZone::UTC).map(|day| day.timestamp());
            start.unwrap_or(Timestamp::MAX)
        };
        match self {
            Self::Age(number, unit) => {
                let before = before(now, number, unit).unwrap_or(Timestamp::MIN);
                (before, before)
            }
            Self::Day(day) => (start(day), day.tomorrow().map_or(Timestamp::MAX, start)),
            Self::At(at) => (at, at),
        }
    }

    /// Whether a time compares so with it: `<7d` is younger than a week, `<2026-01-31` before
    /// that day.
    #[must_use]
    pub fn holds(self, operator: Operator, time: Timestamp, now: Timestamp) -> bool {
        let (start, end) = self.bounds(now);
        match (self, operator) {
            (Self::Age(..), operator) => operator.holds(start.cmp(&time)),
            (Self::Day(_), Operator::Equal) => start <= time && time < end,
            (Self::Day(_), Operator::AtMost) => time < end,
            (Self::Day(_), Operator::More) => time >= end,
            (_, operator) => operator.holds(time.cmp(&start)),
        }
    }

    /// The first instant that is meant by "since".
    #[must_use]
    pub fn since(self, now: Timestamp) -> Timestamp {
        self.bounds(now).0
    }
}

/// So long before a time; `None` where no calendar goes so far back.
fn before(now: Timestamp, number: u32, unit: Unit) -> Option<Timestamp> {
    let number = i64::from(number);
    let span = match unit {
        Unit::Second => Span::new().try_seconds(number),
        Unit::Minute => Span::new().try_minutes(number),
        Unit::Hour => Span::new().try_hours(number),
        Unit::Day => Span::new().try_days(number),
        Unit::Week => Span::new().try_weeks(number),
        Unit::Month => Span::new().try_months(number),
        Unit::Year => Span::new().try_years(number),
    };
    let now = now.to_zoned_datetime(TimeZone::UTC);
    now.checked_sub(span.ok()?).ok().map(|before| before.timestamp())
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Age(number, unit) => write!(f, "{number}{}", unit.as_str()),
            Self::Day(day) => write!(f, "{day}"),
            Self::At(at) => write!(f, "{at}"),
        }
    }
}
