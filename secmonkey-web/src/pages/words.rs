//! Words and marks that many pages have: names, times, how bad something is.
//!
//! All of them write what may come from anybody: [`visible`] takes out what would steer or hide,
//! and markup is escaped.

use std::borrow::Borrow;
use std::fmt::{self, Display, Formatter};

use askama::filters::{Escaper, Html, HtmlSafe};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secmonkey_core::item::Key;
use secmonkey_core::render::visible;

/// What stands as it is in a part of a path.
const PART: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'@');

/// So many letters of a name stand in a list.
const BRIEF: usize = 90;

/// What somebody else chose: a name, a value. It stands apart from what is around it, in
/// whichever direction it is written.
pub struct Named {
    text: String,
    /// Whether there is only the beginning of it.
    is_cut: bool,
}

/// A name that somebody else chose.
pub fn named(text: impl AsRef<str>) -> Named {
    Named { text: visible(text.as_ref()).into_owned(), is_cut: false }
}

/// The same for lists: of a long one the beginning.
pub fn brief(text: impl AsRef<str>) -> Named {
    let Named { mut text, .. } = named(text);
    let end = text.char_indices().nth(BRIEF).map(|(at, _)| at);
    if let Some(end) = end {
        text.truncate(end);
    }
    Named { text, is_cut: end.is_some() }
}

impl Display for Named {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("<bdi>")?;
        Html.write_escaped_str(&mut *f, &self.text)?;
        f.write_str(if self.is_cut { "…</bdi>" } else { "</bdi>" })
    }
}

impl HtmlSafe for Named {}

/// What somebody wrote, with its lines.
pub fn written(text: impl AsRef<str>) -> String {
    text.as_ref().lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// A text where nothing is marked up: in attributes, and where it is the only thing.
pub fn plain(text: impl AsRef<str>) -> String {
    visible(text.as_ref()).into_owned()
}

/// The same, of a long one the beginning.
pub fn clip(text: impl AsRef<str>) -> String {
    brief(text).text
}

/// A text with code between backquotes.
pub struct Prose(String);

/// A sentence of ours, with what somebody else chose in it.
pub fn prose(text: impl AsRef<str>) -> Prose {
    Prose(visible(text.as_ref()).into_owned())
}

impl Display for Prose {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.split('`').collect();
        // One that stands alone marks nothing.
        let pairs = (parts.len() - 1) / 2 * 2;
        for (at, part) in parts.iter().enumerate() {
            match (at % 2 == 1 && at <= pairs, at > pairs) {
                (true, _) => {
                    f.write_str("<code>")?;
                    Html.write_escaped_str(&mut *f, part)?;
                    f.write_str("</code>")?;
                }
                (false, true) => {
                    f.write_str("`")?;
                    Html.write_escaped_str(&mut *f, part)?;
                }
                (false, false) => Html.write_escaped_str(&mut *f, part)?,
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Prose {}

/// A time: when, and how long ago.
#[derive(Debug, Clone, Copy)]
pub struct When {
    at: Timestamp,
    now: Timestamp,
}

impl When {
    pub fn new(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now }
    }

    /// How long ago, with when for whoever points at it: for lists.
    pub fn short(self) -> Short {
        Short(self)
    }

    fn said(self) -> String {
        self.at.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// `3 days ago`, `in 2 hours`.
    fn distance(self) -> String {
        let apart = self.now.duration_since(self.at);
        let (apart, is_past) = (apart.abs(), apart >= SignedDuration::ZERO);
        let units = [(86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day")];
        let units = units.into_iter().chain([(3_600, "hour"), (60, "minute")]);
        let said = units.map(|(length, name)| (apart.as_secs() / length, name));
        match said.into_iter().find(|(count, _)| *count > 0) {
            None => "just now".to_owned(),
            Some((count, name)) => {
                let name = if count == 1 { name.to_owned() } else { format!("{name}s") };
                if is_past { format!("{count} {name} ago") } else { format!("in {count} {name}") }
            }
        }
    }
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (at, said, ago) = (self.at, self.said(), self.distance());
        write!(f, "<time datetime=\"{at:.0}\">{said}</time> <span class=\"muted\">({ago})</span>")
    }
}

impl HtmlSafe for When {}

/// How long ago.
pub struct Short(When);

impl Display for Short {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(when) = self;
        let (at, said, ago) = (when.at, when.said(), when.distance());
        write!(f, "<time datetime=\"{at:.0}\" title=\"{said}\">{ago}</time>")
    }
}

impl HtmlSafe for Short {}

/// How bad something is: a word, a number and a colour.
pub struct Badge(&'static str, u8);

/// The mark of a severity and its score.
pub fn badge(severity: &&'static str, score: impl Borrow<u8>) -> Badge {
    Badge(severity, *score.borrow())
}

impl Display for Badge {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(severity, score) = self;
        write!(f, "<span class=\"severity {severity}\">{severity} {score}</span>")
    }
}

impl HtmlSafe for Badge {}

/// `1 issue`, `3 issues`.
pub fn many(count: impl Display, name: &str) -> String {
    match count.to_string().as_str() {
        "1" => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

/// The page of an item.
pub fn item_path(key: &Key) -> String {
    let key = key.to_string();
    let parts = key.split('/').map(|part| utf8_percent_encode(part, PART).to_string());
    format!("/items/{}", parts.collect::<Vec<_>>().join("/"))
}

/// A list that a query finds.
pub fn found_path(list: &str, query: impl AsRef<str>) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    format!("{list}?{}", encoded.append_pair("q", query.as_ref()).finish())
}

/// A term of a query: a field, and what it is.
pub fn term(field: &str, value: impl AsRef<str>) -> String {
    let value = value.as_ref();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !value.is_empty() && value.chars().all(is_plain) {
        return format!("{field}:{value}");
    }
    format!("{field}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text that begins as a sentence does.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// The page of something, by what names it.
pub fn place(list: &str, name: impl AsRef<str>) -> String {
    format!("{list}/{}", utf8_percent_encode(name.as_ref(), PART))
}

/// A page about something, by a parameter that names it.
pub fn about(page: &str, parameter: &str, value: &str) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    format!("{page}?{}", encoded.append_pair(parameter, value).finish())
}

/// The first few of several: `a, b, c and 4 more`.
pub fn few<T: AsRef<str>>(all: impl IntoIterator<Item = T>, most: usize) -> String {
    let all: Vec<_> = all.into_iter().collect();
    let first: Vec<_> = all.iter().take(most).map(AsRef::as_ref).collect();
    match all.len().saturating_sub(most) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// How long something lasts: `90 minutes`, `8 hours`, `2 days`.
pub fn lasting(seconds: impl Borrow<i64>) -> String {
    let seconds = *seconds.borrow();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(length, _)| seconds >= *length && seconds % length == 0);
    let (length, name) = unit.unwrap_or((1, "second"));
    many(seconds / length, name)
}
