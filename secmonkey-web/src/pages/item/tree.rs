//! A configuration as a tree that opens and closes, with findings on the lines that cause them.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use askama::filters::{Escaper, Html, HtmlSafe};
use secmonkey_core::render::visible;
use serde_json::Value;

/// So deep it is open.
const DEEP: usize = 6;
/// With more members it is closed.
const LONG: usize = 40;

/// What a finding says of a line.
#[derive(Debug, Clone)]
pub struct Mark {
    pub path: String,
    pub severity: &'static str,
    pub title: String,
    pub detail: String,
}

/// A configuration, and its marks by the pointer of their lines.
pub struct Tree {
    config: Value,
    marks: BTreeMap<String, Vec<Mark>>,
}

impl Tree {
    /// A configuration and what findings say of its places. What is not there is said of what it
    /// would be in.
    pub fn new(config: Value, found: impl Iterator<Item = (String, Mark)>) -> Self {
        let mut marks: BTreeMap<String, Vec<Mark>> = BTreeMap::new();
        for (mut pointer, mark) in found {
            while config.pointer(&pointer).is_none() {
                pointer.truncate(pointer.rfind('/').unwrap_or(0));
            }
            marks.entry(pointer).or_default().push(mark);
        }
        Self { config, marks }
    }

    /// Where the line of a mark is on the page; `None` where nothing is marked there.
    fn anchor(&self, pointer: &str) -> Option<usize> {
        self.marks.keys().position(|one| one == pointer)
    }

    fn has_mark_below(&self, pointer: &str) -> bool {
        let start = format!("{pointer}/");
        self.marks.range(start.clone()..).next().is_some_and(|(one, _)| one.starts_with(&start))
    }

    fn line(&self, f: &mut Formatter<'_>, name: &Name<'_>, at: &str, value: &Value) -> fmt::Result {
        match self.anchor(at) {
            Some(mark) => write!(f, "<li class=\"marked\" id=\"line-{mark}\">")?,
            None => f.write_str("<li>")?,
        }
        let members: Vec<(Name<'_>, String, &Value)> = match value {
            Value::Object(all) => {
                let members = all.iter().map(|(name, value)| {
                    let step = name.replace('~', "~0").replace('/', "~1");
                    (Name::Member(name), format!("{at}/{step}"), value)
                });
                members.collect()
            }
            Value::Array(all) => {
                let element =
                    |(index, value)| (Name::Element(index), format!("{at}/{index}"), value);
                all.iter().enumerate().map(element).collect()
            }
            _ => Vec::new(),
        };
        if members.is_empty() {
            name.fmt(f)?;
            scalar(f, value)?;
            f.write_str(" ")?;
            self.said(f, at)?;
            return f.write_str("</li>");
        }
        let depth = at.matches('/').count();
        let is_marked = self.marks.contains_key(at) || self.has_mark_below(at);
        let is_open = (depth < DEEP && members.len() <= LONG) || is_marked;
        self.said(f, at)?;
        f.write_str(if is_open { "<details open><summary>" } else { "<details><summary>" })?;
        name.fmt(f)?;
        let (count, of) = (members.len(), if value.is_array() { "element" } else { "member" });
        let many = if count == 1 { "" } else { "s" };
        write!(f, "<span class=\"muted\">{count} {of}{many}</span></summary><ul>")?;
        for (name, at, value) in &members {
            self.line(f, name, at, value)?;
        }
        f.write_str("</ul></details></li>")
    }

    /// The findings of a line.
    fn said(&self, f: &mut Formatter<'_>, at: &str) -> fmt::Result {
        for mark in self.marks.get(at).into_iter().flatten() {
            write!(f, "<a class=\"mark {}\" href=\"{}\">", mark.severity, mark.path)?;
            write!(f, "<span class=\"hidden\">{}: </span>", mark.severity)?;
            Html.write_escaped_str(&mut *f, &visible(&mark.title))?;
            f.write_str(": ")?;
            Html.write_escaped_str(&mut *f, &visible(&mark.detail))?;
            f.write_str("</a> ")?;
        }
        Ok(())
    }
}

impl Display for Tree {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("<ul class=\"tree\">")?;
        self.line(f, &Name::Whole, "", &self.config)?;
        f.write_str("</ul>")
    }
}

impl HtmlSafe for Tree {}

/// How a value is called.
enum Name<'a> {
    Whole,
    Member(&'a str),
    Element(usize),
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("<span class=\"key\">all</span> "),
            Self::Member(name) => {
                f.write_str("<span class=\"key\"><bdi>")?;
                Html.write_escaped_str(&mut *f, &visible(name))?;
                f.write_str("</bdi>:</span> ")
            }
            Self::Element(index) => write!(f, "<span class=\"muted\">{index}:</span> "),
        }
    }
}

fn scalar(f: &mut Formatter<'_>, value: &Value) -> fmt::Result {
    let kind = match value {
        Value::String(_) => "text",
        Value::Null => "null",
        Value::Bool(_) | Value::Number(_) => "number",
        Value::Array(_) | Value::Object(_) => "empty",
    };
    write!(f, "<span class=\"value {kind}\"><bdi>")?;
    match value {
        // As JSON, with its quotation marks: a text may look like a number.
        Value::String(text) => {
            f.write_str("&#34;")?;
            Html.write_escaped_str(&mut *f, &visible(text))?;
            f.write_str("&#34;")?;
        }
        other => Html.write_escaped_str(&mut *f, &other.to_string())?,
    }
    f.write_str("</bdi></span>")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_finding_stands_on_its_line_or_where_that_would_be() {
        let config = json!({ "A": { "B": [1, { "C": "<x>" }] }, "D": {}, "E/F": "\u{202e}" });
        let mark = |at: &str| {
            let (path, title) = ("/issues/x".to_owned(), "T".to_owned());
            (at.to_owned(), Mark { path, severity: "high", title, detail: at.to_owned() })
        };
        let marks = ["/A/B/1/C", "/D/gone/deep", "/E~1F", "", "/nothing"].map(mark);
        insta::assert_snapshot!(Tree::new(config, marks.into_iter()).to_string());
    }
}
