//! Two configurations held against each other, line by line, with the words that differ.

use std::time::Duration;

use secmonkey_core::render::visible;
use serde_json::Value;
use similar::{ChangeTag, DiffOp, DiffTag, TextDiff};

/// So many lines that are the same stand around what is not.
const AROUND: usize = 3;
/// So long words are looked for; then lines are marked whole.
const PATIENCE: Duration = Duration::from_millis(100);

/// A line of either side, or of both.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub kind: Kind,
    pub old: Option<usize>,
    pub new: Option<usize>,
    /// Its parts, and whether they are what differs.
    pub parts: Vec<(bool, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Same,
    Added,
    Removed,
}

impl Kind {
    pub fn class(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }

    pub fn sign(self) -> &'static str {
        match self {
            Self::Same => " ",
            Self::Added => "+",
            Self::Removed => "-",
        }
    }
}

impl Line {
    /// Its number where it is; of what is gone, where it was.
    pub fn number(&self) -> Option<usize> {
        self.new.or(self.old)
    }
}

/// Lines that are shown, or that are the same and hidden until somebody opens them.
#[derive(Debug, PartialEq)]
pub struct Part {
    pub is_hidden: bool,
    pub lines: Vec<Line>,
}

impl Part {
    /// Its lines side by side.
    pub fn pairs(&self) -> Vec<(Option<&Line>, Option<&Line>)> {
        let mut pairs = Vec::new();
        let mut rest = self.lines.as_slice();
        while let Some(first) = rest.first() {
            if first.kind == Kind::Same {
                pairs.push((Some(first), Some(first)));
                rest = &rest[1..];
                continue;
            }
            let end = rest.iter().position(|one| one.kind == Kind::Same).unwrap_or(rest.len());
            let (changed, after) = rest.split_at(end);
            let of = |kind| changed.iter().filter(move |one| one.kind == kind).collect::<Vec<_>>();
            let (old, new) = (of(Kind::Removed), of(Kind::Added));
            for at in 0..old.len().max(new.len()) {
                pairs.push((old.get(at).copied(), new.get(at).copied()));
            }
            rest = after;
        }
        pairs
    }
}

/// A configuration as lines; none where there is none.
fn text(config: &Value) -> String {
    match config {
        Value::Null => String::new(),
        config => serde_json::to_string_pretty(config).unwrap_or_default() + "\n",
    }
}

/// What sets two configurations apart.
pub fn between(old: &Value, new: &Value) -> Vec<Part> {
    let (old, new) = (text(old), text(new));
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&old, &new);
    let ops = diff.ops();
    let mut parts = vec![Part { is_hidden: false, lines: Vec::new() }];
    for (at, op) in ops.iter().enumerate() {
        let lines = lines(&diff, op);
        if op.tag() != DiffTag::Equal {
            shown(&mut parts, lines);
            continue;
        }
        let (is_first, is_last) = (at == 0, at + 1 == ops.len());
        let start = if is_first { 0 } else { AROUND.min(lines.len()) };
        let end = if is_last { lines.len() } else { lines.len().saturating_sub(AROUND) };
        // One line hidden would take as much room.
        if end < start + 2 || ops.len() == 1 {
            shown(&mut parts, lines);
            continue;
        }
        shown(&mut parts, lines[..start].to_vec());
        parts.push(Part { is_hidden: true, lines: lines[start..end].to_vec() });
        parts.push(Part { is_hidden: false, lines: lines[end..].to_vec() });
    }
    parts.retain(|part| !part.lines.is_empty());
    parts
}

fn shown(parts: &mut [Part], lines: Vec<Line>) {
    if let Some(last) = parts.last_mut() {
        last.lines.extend(lines);
    }
}

fn lines(diff: &TextDiff<'_, '_, str>, op: &DiffOp) -> Vec<Line> {
    let change = |change: similar::InlineChange<'_, str>| {
        let parts = change
            .iter_strings_lossy()
            .map(|(is_other, text)| (is_other, visible(text.trim_end_matches('\n')).into_owned()));
        Line {
            kind: match change.tag() {
                ChangeTag::Equal => Kind::Same,
                ChangeTag::Insert => Kind::Added,
                ChangeTag::Delete => Kind::Removed,
            },
            old: change.old_index().map(|at| at + 1),
            new: change.new_index().map(|at| at + 1),
            parts: parts.filter(|(_, text)| !text.is_empty()).collect(),
        }
    };
    diff.iter_inline_changes(op).map(change).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_marked_and_what_is_hidden_is_counted() {
        let config = |text: &str| json!({ "A": 1, "B": 2, "C": 3, "D": 4, "E": 5, "F": text, "G": 7, "H": 8, "I": 9 });
        let parts = between(&config("let in the people"), &config("let in some people"));
        let hidden: Vec<_> = parts.iter().map(|part| (part.is_hidden, part.lines.len())).collect();
        assert_eq!(hidden, [(true, 3), (false, 9)]);
        let changed: Vec<_> = parts[1].lines.iter().filter(|one| one.kind != Kind::Same).collect();
        let marked = |line: &Line| -> Vec<String> {
            let marked = line.parts.iter().filter(|(is_other, _)| *is_other);
            marked.map(|(_, text)| text.clone()).collect()
        };
        assert_eq!(changed.len(), 2);
        assert_eq!(
            (marked(changed[0]), marked(changed[1])),
            (vec!["the".into()], vec!["some".into()])
        );
        let pairs = parts[1].pairs();
        assert_eq!(pairs.len(), 8);
        assert!(pairs.iter().all(|(old, new)| old.is_some() && new.is_some()));
        // What is gone has no lines.
        assert!(
            between(&json!({ "A": 1 }), &Value::Null)[0]
                .lines
                .iter()
                .all(|l| l.kind == Kind::Removed)
        );
        assert_eq!(between(&Value::Null, &Value::Null), []);
    }
}
