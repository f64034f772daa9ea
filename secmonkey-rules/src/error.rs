//! What is wrong with a folder of rules.

use std::path::PathBuf;

/// Why rules cannot be used: one line that names the file and, where it has one, the place
/// in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or a folder that cannot be read.
    #[error("cannot read {}: {reason}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A rule that is not in the language, or that does what rules may not.
    #[error("{}:{line}:{column}: {reason}", .path.display())]
    Rule {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The text of the line.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// A page that cannot be read, or that says too little.
    #[error("{}, line {line}: {reason}", .path.display())]
    Page {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A file that does not fit to the others.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// How wide the engine takes a tab to be.
pub(crate) const TAB: usize = 4;

/// The character of a line at a column of the engine's, both from 1.
fn characters(line: &str, column: usize) -> usize {
    let mut wide = 1;
    let before = line.chars().take_while(|c| {
        let is_before = wide < column;
        wide += if *c == '\t' { TAB } else { 1 };
        is_before
    });
    before.count() + 1
}

/// A place in a rule, as the engine counts columns, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column, from 1; a tab is [`TAB`] wide.
    pub(crate) column: usize,
    /// What is wrong.
    pub(crate) reason: String,
}

impl Fault {
    /// What the engine says, which draws the place in several lines.
    pub(crate) fn of(said: &str) -> Self {
        let place = said.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        let mut numbers = place.into_iter().flat_map(|place| place.rsplit(':').take(2));
        let mut next = || numbers.next().and_then(|text| text.trim().parse().ok()).unwrap_or(1);
        let (column, line) = (next(), next());
        let words = said
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("error: "))
            .or_else(|| place.is_none().then_some(said))
            .unwrap_or("it cannot be read");
        let words: Vec<_> = words.split_whitespace().collect();
        Self { line, column, reason: words.join(" ") }
    }

    /// As an error about a file with this text.
    pub(crate) fn of_file(self, path: PathBuf, text: &str) -> Error {
        let Self { line, column, reason } = self;
        let text = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
        let column = characters(&text, column);
        Error::Rule { path, line, column, text, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_that_of_an_editor() {
        let error = |column| {
            let fault = Fault { line: 2, column, reason: "no".to_owned() };
            fault.of_file("a.rego".into(), "package a\n\tx :=\t1\n").to_string()
        };
        let told = [1, 5, 9, 13, 14].map(error);
        let places = ["2:1", "2:2", "2:6", "2:7", "2:8"];
        assert_eq!(told, places.map(|place| format!("a.rego:{place}: no")));
    }

    #[test]
    fn what_the_engine_draws_is_one_line_with_its_place() {
        let said = "\n--> a:b.rego:12:5\n   |\n12 |   x = }\n   |     ^\nerror: expecting\n";
        let fault = Fault::of(said);
        assert_eq!((fault.line, fault.column, &*fault.reason), (12, 5, "expecting"));
        let fault = Fault::of("not a valid\n rule path");
        assert_eq!((fault.line, fault.column, &*fault.reason), (1, 1, "not a valid rule path"));
    }
}
