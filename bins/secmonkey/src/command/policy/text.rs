//! A policy statement by statement, for people.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::Style;
use secmonkey_core::render::visible;
use secmonkey_policy::document::Of;
use secmonkey_policy::{Condition, Effect, Pattern, Principal, Statement, words};
use unicode_width::UnicodeWidthStr as _;

use crate::output::{BOLD, DIM};

/// Lists are broken into lines of this width.
const WIDTH: usize = 100;
/// The labels of a statement stand in a column of this width.
const LABEL: usize = 8;
/// Longer labels in one of this.
const WIDE: usize = 24;

/// Lines in the making.
#[derive(Default)]
pub struct Text(String);

impl Text {
    /// A line; what would steer a terminal is shown as an escape.
    pub fn line(&mut self, indent: usize, style: Style, text: &str) {
        let _ = writeln!(self.0, "{:indent$}{style}{}{style:#}", "", visible(text));
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.0.push('\n');
    }

    /// A label and what it is of, one thing after the other, in as many lines as needed.
    pub fn labelled(&mut self, label: &str, before: &str, items: &[String]) {
        self.listed(label, LABEL, before, items);
    }

    /// The same with room for a longer label.
    pub fn wide(&mut self, label: &str, items: &[String]) {
        self.listed(label, WIDE, "", items);
    }

    fn listed(&mut self, mut label: &str, column: usize, before: &str, items: &[String]) {
        let mut line = before.to_owned();
        for (at, item) in items.iter().enumerate() {
            let item = if at + 1 < items.len() { format!("{item},") } else { item.clone() };
            if !line.is_empty() && 2 + column + line.width() + item.width() > WIDTH {
                self.beside(std::mem::take(&mut label), column, line.trim_end());
                line.clear();
            }
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
            line.push_str(&item);
        }
        self.beside(label, column, &line);
    }

    fn beside(&mut self, label: &str, column: usize, text: &str) {
        let _ = writeln!(self.0, "  {DIM}{label:column$}{DIM:#}{}", visible(text));
    }

    /// One line beside a label.
    pub fn row(&mut self, label: &str, text: &str) {
        self.beside(label, LABEL, text);
    }

    /// One line beside a label, with a remark.
    pub fn remarked(&mut self, label: &str, text: &str, style: Style, remark: &str) {
        let (text, remark) = (visible(text), visible(remark));
        let _ = writeln!(self.0, "  {DIM}{label:LABEL$}{DIM:#}{text}  {style}{remark}{style:#}");
    }

    /// A score and what it is about.
    pub fn scored(&mut self, style: Style, score: u8, severity: &str, text: &str) {
        let _ = writeln!(self.0, "  {style}{score:>2} {severity}{style:#}  {}", visible(text));
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.0
    }
}

/// The head of a statement: its number, what its author calls it, and where it stands.
pub fn head(text: &mut Text, number: usize, statement: &Statement<'_>, at: &str) {
    let sid = statement.sid.filter(|sid| !sid.is_empty()).map(|sid| format!(" {sid}"));
    let does = match statement.effect {
        Effect::Allow => "allows",
        Effect::Deny => "denies",
    };
    let head = format!("Statement {number}{} {does}", sid.unwrap_or_default());
    let _ = writeln!(
        text.0,
        "{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}",
        visible(&head),
        visible(&format!("{at}{}", statement.pointer))
    );
}

/// Whom a statement speaks of.
pub fn principals(text: &mut Text, named: &Of<Principal<'_>>) {
    let before = if named.is_all_but() { "everybody but " } else { "" };
    let all: Vec<_> = named.named().iter().map(words::principal).collect();
    text.labelled("who", before, &all);
}

/// Which actions.
pub fn actions(text: &mut Text, effect: Effect, named: &Of<Pattern<'_>>) {
    let label = match effect {
        Effect::Allow => "may",
        Effect::Deny => "may not",
    };
    let (verb, objects) = words::may_each(named);
    if objects.is_empty() {
        text.row(label, verb);
    } else {
        let all: Vec<_> = objects.into_iter().map(Cow::into_owned).collect();
        text.labelled(label, &format!("{verb} "), &all);
    }
}

/// On which resources.
pub fn resources(text: &mut Text, named: &Of<Pattern<'_>>, own: Option<&str>) {
    let before = if named.is_all_but() { "everything but " } else { "" };
    let all: Vec<_> = named.named().iter().map(|one| words::resource(one, own)).collect();
    text.labelled("on", before, &all);
}

/// Under which conditions, with a remark on each.
pub fn conditions(
    text: &mut Text,
    conditions: &[Condition<'_>],
    remark: impl Fn(&Condition<'_>) -> Option<(Style, String)>,
) {
    if conditions.is_empty() {
        text.row("if", "no condition");
    }
    for (at, condition) in conditions.iter().enumerate() {
        let label = if at == 0 { "if" } else { "and if" };
        let clause = words::condition(condition);
        match remark(condition) {
            Some((style, remark)) => text.remarked(label, &clause, style, &remark),
            None => text.row(label, &clause),
        }
    }
}
