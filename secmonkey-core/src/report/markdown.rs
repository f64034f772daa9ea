//! Reports as Markdown, with the tables of GitHub.

use std::fmt::Write as _;

use super::{Report, Section, sentence};
use crate::render::visible;

impl Report {
    /// As Markdown. What comes from outside marks nothing up.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n{}\n", escaped(&self.title), said(&self.summary));
        let _ = writeln!(text, "\n- As of: {:.0}", self.as_of);
        for named in self.facts() {
            let _ = writeln!(text, "- {}: {}", named.title, escaped(&named.value.plain()));
        }
        for section in &self.sections {
            text.push_str(&table(section));
        }
        text
    }
}

fn table(section: &Section) -> String {
    let mut text = format!("\n## {}\n\n", escaped(&section.title));
    if section.rows.is_empty() {
        let _ = writeln!(text, "{}", said(&section.empty));
    } else {
        let mut line = |cells: Vec<String>| {
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        };
        line(section.shown().map(|(_, column)| column.title.to_owned()).collect());
        let is_number = |at: usize| section.rows.iter().any(|row| row[at].is_number());
        let rule = |at: usize| if is_number(at) { "--:" } else { "---" };
        line(section.shown().map(|(at, _)| rule(at).to_owned()).collect());
        for row in &section.rows {
            line(section.shown().map(|(at, column)| escaped(&row[at].shown(column))).collect());
        }
    }
    if !section.note.is_empty() {
        let _ = writeln!(text, "\n{}", said(&section.note));
    }
    text
}

fn said(text: &str) -> String {
    escaped(&sentence(text))
}

/// A text that is no markup.
fn escaped(text: &str) -> String {
    let text = visible(text);
    // Programs make links of addresses and mentions of names by themselves, but not in code.
    if text.contains('@') || text.contains("://") || text.to_lowercase().contains("www.") {
        return code(&text);
    }
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// A text as code, which it does not end.
fn code(text: &str) -> String {
    // What parts the cells of a table does so in code, too.
    let text = text.replace('|', "\\u{7c}");
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let edge = |letter| matches!(letter, ' ' | '`');
    // A blank on both sides is no part of it.
    let blank = if text.starts_with(edge) || text.ends_with(edge) { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup_or_becomes_a_link() {
        for (text, shown) in [
            ("a_b *c* [d](e) <f> #1", r"a\_b \*c\* \[d\](e) &lt;f&gt; \#1"),
            ("https://evil.example", "`https://evil.example`"),
            ("see WWW.evil.example", "`see WWW.evil.example`"),
            ("@everybody", "`@everybody`"),
            ("me@example.org | `x`", r"`` me@example.org \u{7c} `x` ``"),
            ("``@\n", r"``` ``@\u{a} ```"),
        ] {
            assert_eq!(escaped(text), shown);
        }
    }
}
