//! The pages of checks at a terminal.

use std::fmt::Write as _;
use std::mem;

use secmonkey_core::render::visible;

use crate::output::Cell;
use crate::table::{fitted, paragraph};

/// By how much all of it is set in.
const INDENT: usize = 2;

/// Paragraphs and lists that wrap, tables in columns, and code as it stands, so that it can
/// be copied.
pub fn shown(page: &str, width: Option<usize>) -> String {
    let mut shown = Shown { width, ..Shown::default() };
    let mut is_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            shown.flush();
            is_code = !is_code;
        } else if is_code {
            let _ = writeln!(shown.text, "    {}", visible(line));
        } else if let Some(row) = line.strip_prefix('|') {
            shown.paragraph();
            shown.row(row);
        } else if line.trim().is_empty() {
            shown.flush();
            shown.text.push('\n');
        } else {
            if line.starts_with("- ") {
                shown.paragraph();
            }
            let _ = write!(shown.words, "{} ", line.trim());
        }
    }
    shown.flush();
    shown.text
}

#[derive(Default)]
struct Shown {
    width: Option<usize>,
    text: String,
    /// A paragraph that is being read.
    words: String,
    /// A table that is being read, its headings first.
    rows: Vec<Vec<String>>,
}

impl Shown {
    fn row(&mut self, row: &str) {
        let cells: Vec<_> =
            row.trim_end().trim_end_matches('|').split('|').map(str::trim).collect();
        // The line between the headings and the rest.
        if !cells.iter().all(|cell| cell.trim_matches(':').trim_matches('-').is_empty()) {
            self.rows.push(cells.into_iter().map(|cell| visible(cell).into_owned()).collect());
        }
    }

    fn flush(&mut self) {
        self.paragraph();
        let rows = mem::take(&mut self.rows);
        let Some((headings, rows)) = rows.split_first() else { return };
        let headings: Vec<_> = headings.iter().map(String::as_str).collect();
        let rows: Vec<Vec<Cell>> =
            rows.iter().map(|row| row.iter().map(Cell::text).collect()).collect();
        let room = self.width.map(|width| width.saturating_sub(INDENT));
        for line in fitted(&headings, &[], &rows, room).lines() {
            let _ = writeln!(self.text, "{:INDENT$}{line}", "");
        }
    }

    fn paragraph(&mut self) {
        let words = mem::take(&mut self.words);
        if !words.is_empty() {
            self.text.push_str(&paragraph(&visible(words.trim()), INDENT, self.width));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_as_they_are_to_be_pasted() {
        let long = "word ".repeat(60);
        let command = format!("aws ec2 x {}", "y".repeat(150));
        let text = shown(&format!("{long}\n\n```sh\n{command}\n```\n"), None);
        assert!(text.contains(&format!("    {command}\n")), "{text}");
        assert!(text.lines().next().unwrap().len() <= 100);
    }

    #[test]
    fn tables_are_columns_and_lists_keep_their_lines() {
        let page = "First\nline.\n\n| open | score |\n|---|---|\n| tcp/22 | 10 |\n| ICMP | 1 |\n\n\
                    - one\n- two\n  more\n";
        insta::assert_snapshot!(anstream::adapter::strip_str(&shown(page, Some(40))));
    }
}
