//! Tables that fit where they are shown: columns that say nothing drop out, long texts wrap
//! under themselves, ids stay whole.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use secmonkey_core::render::short;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::output::{Cell, DIM};

/// The widest column that others stand behind: AWS has few names that are longer, and one
/// of them is not to move all other rows out of sight.
pub const WIDEST: usize = 256;
/// The widest last column, which nothing stands behind.
pub const WIDEST_LAST: usize = 2048;
/// What no last column is narrowed below.
const LEAST_LAST: usize = 24;
/// What no other column is narrowed below.
const LEAST: usize = 14;
/// Columns that are copied from: these are never wrapped.
const WHOLE: [&str; 4] = ["ID", "KEY", "  ID", "SINCE"];
/// Between two columns.
const GAP: usize = 2;

/// How wide a line may be: as `COLUMNS` says, else as the terminal is; `None` where nobody
/// looks at it there.
pub fn width() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.filter(|columns| *columns > 0).or_else(|| {
        let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten()?;
        Some(usize::from(terminal.0.0)).filter(|columns| *columns > 0)
    })
}

/// How wide the terminal is that shows what is said beside the data; `None` where none does.
pub fn width_of_stderr() -> Option<usize> {
    let size = terminal_size::terminal_size_of(io::stderr())?;
    Some(usize::from(size.0.0)).filter(|columns| *columns > 0)
}

/// Aligned columns; two blanks between them, none at the end of a line. What is wider than
/// a table can hold is cut with an ellipsis; the other formats have it whole.
pub fn table(headings: &[&str], rows: &[Vec<Cell>]) -> String {
    fitted(headings, &[], rows, width())
}

/// What is known of one thing, a line each, without what is empty.
pub fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    let rows: Vec<_> = facts
        .map(|(name, value)| vec![Cell::text(format!("  {name}")).styled(DIM), value.into()])
        .collect();
    table(&["", ""], &rows)
}

/// A table in lines of a width. Columns of `spare` drop out where all rows say the same,
/// and, the first of them first, where there is no room.
pub fn fitted(
    headings: &[&str],
    spare: &[&str],
    rows: &[Vec<Cell>],
    width: Option<usize>,
) -> String {
    let mut columns: Vec<Column> = (0..headings.len())
        .map(|at| Column::new(headings[at], rows, at, at + 1 == headings.len()))
        .collect();
    if let Some(width) = width {
        // What is empty says nothing, and tables without headings are laid out by place.
        columns.retain(|one| one.heading.is_empty() || one.constant != Some(""));
        if rows.len() > 1 {
            columns.retain(|one| one.constant.is_none() || !spare.contains(&one.heading));
        }
        for heading in spare {
            if least(&columns) > width {
                columns.retain(|one| one.heading != *heading);
            }
        }
        narrow(&mut columns, width);
    }
    let mut lines = String::new();
    if columns.iter().any(|one| !one.heading.is_empty()) {
        let head: Vec<_> =
            columns.iter().map(|one| (one, Cell::text(one.heading).styled(DIM))).collect();
        line(&mut lines, &head);
    }
    for row in rows {
        let cells: Vec<_> = columns
            .iter()
            .map(|one| {
                let cell = row.get(one.at).cloned().unwrap_or_default();
                (one, Cell { text: short(&cell.text, one.widest).into_owned(), ..cell })
            })
            .collect();
        line(&mut lines, &cells);
    }
    lines
}

/// A column.
struct Column<'a> {
    heading: &'a str,
    /// Which cell of a row it is.
    at: usize,
    width: usize,
    /// The width at which texts are cut.
    widest: usize,
    is_right: bool,
    is_last: bool,
    /// What all rows say, where they say the same.
    constant: Option<&'a str>,
}

impl<'a> Column<'a> {
    fn new(heading: &'a str, rows: &'a [Vec<Cell>], at: usize, is_last: bool) -> Self {
        let widest = if is_last { WIDEST_LAST } else { WIDEST };
        let cells = || rows.iter().filter_map(|row| row.get(at));
        let first = cells().next();
        Self {
            heading,
            at,
            widest,
            width: cells()
                .map(|cell| short(&cell.text, widest).width())
                .fold(heading.width(), usize::max),
            // The heading stands where the numbers below it stand.
            is_right: first.is_some_and(|cell| cell.right),
            is_last,
            constant: first
                .map(|first| first.text.as_str())
                .filter(|first| cells().all(|cell| cell.text == *first)),
        }
    }

    /// The narrowest it can be.
    fn least(&self) -> usize {
        if self.is_right || WHOLE.contains(&self.heading) {
            self.width
        } else if self.is_last {
            self.width.min(LEAST_LAST)
        } else {
            self.width.min(LEAST)
        }
    }
}

fn gaps(columns: &[Column<'_>]) -> usize {
    columns.len().saturating_sub(1) * GAP
}

fn least(columns: &[Column<'_>]) -> usize {
    columns.iter().map(Column::least).sum::<usize>() + gaps(columns)
}

/// Takes from the widest column until the table has room.
fn narrow(columns: &mut [Column<'_>], width: usize) {
    let room = width.saturating_sub(gaps(columns));
    loop {
        let all: usize = columns.iter().map(|one| one.width).sum();
        let Some(excess) = all.checked_sub(room).filter(|excess| *excess > 0) else { return };
        let widest = columns
            .iter_mut()
            .filter(|one| one.width > one.least())
            .max_by_key(|one| (one.width, one.is_last));
        let Some(widest) = widest else { return };
        // Down to what is to go, a few at a time: the next may be wider by then.
        widest.width -= excess.min(4).min(widest.width - widest.least());
    }
}

/// Writes a row, in as many lines as its longest text takes.
fn line(lines: &mut String, cells: &[(&Column<'_>, Cell)]) {
    let wrapped: Vec<Vec<String>> =
        cells.iter().map(|(column, cell)| wrap(&cell.text, column.width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0).max(1);
    for at in 0..height {
        // Blanks wait for the next text: none is left at the end.
        let mut blanks = 0;
        for ((column, cell), wrapped) in cells.iter().zip(&wrapped) {
            let text = wrapped.get(at).map_or("", String::as_str);
            let free = column.width.saturating_sub(text.width());
            let (before, after) = if column.is_right { (free, 0) } else { (0, free) };
            blanks += before;
            if !text.is_empty() {
                let style = cell.style;
                let _ = write!(lines, "{:blanks$}{style}{text}{style:#}", "");
                blanks = 0;
            }
            blanks += after + GAP;
        }
        lines.push('\n');
    }
}

/// A text in lines of a width: between words, else behind what parts a name.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    // What a text is set in by stays.
    let indent: String = text.chars().take_while(|c| *c == ' ').collect();
    let indent = if indent.len() < width / 2 { indent } else { String::new() };
    let room = (width - indent.len()).max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() <= room {
            line.extend((gap > 0).then_some(' '));
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while word.width() > room {
            let (head, tail) = word.split_at(part(word, room));
            lines.push(head.to_owned());
            word = tail;
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.into_iter().map(|line| format!("{indent}{line}")).collect()
}

/// Where a word that is too long is parted: a byte index, behind one character at least.
fn part(word: &str, room: usize) -> usize {
    let (mut end, mut nice, mut wide) = (0, 0, 0);
    for (at, c) in word.char_indices() {
        wide += c.width().unwrap_or(0);
        if wide > room && end > 0 {
            break;
        }
        end = at + c.len_utf8();
        let is_hump = c.is_lowercase() && word[end..].starts_with(char::is_uppercase);
        if is_hump || matches!(c, '.' | '_' | '-' | '/' | ':' | ',') {
            nice = end;
        }
    }
    let at = if nice * 2 > end { nice } else { end };
    // A sign stands with what it follows, not alone on the next line.
    match word[..at].char_indices().next_back() {
        Some((last, _)) if last > 0 && !word[at..].contains(char::is_alphanumeric) => last,
        _ => at,
    }
}

/// A paragraph in lines of a width, each set in by some blanks.
pub fn paragraph(text: &str, indent: usize, width: Option<usize>) -> String {
    let room = width.unwrap_or(100).saturating_sub(indent).clamp(20, 100);
    let lines = wrap(text, room).into_iter().map(|line| format!("{:indent$}{line}\n", ""));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    const HEADINGS: [&str; 5] = ["ID", "SCORE", "ITEM", "ACCOUNT", "WHAT"];

    fn rows() -> Vec<Vec<Cell>> {
        let row = |id: &str, score: u8, item: &str, what: &str| {
            vec![id.into(), Cell::number(score), item.into(), "lighthouse".into(), what.into()]
        };
        vec![
            row("edgikpxnhw", 10, "bastion", "allows tcp/22 from any IPv4 address"),
            row(
                "eq6o5l2xcm",
                5,
                "a-name-that-is-rather-long-for-a-column",
                "allows tcp/22 and tcp/8443 from 14 networks (203.0.113.0/28, 203.0.113.16/28 and \
                 12 more), which are in no known network",
            ),
        ]
    }

    #[test]
    fn a_table_fits_80_columns() {
        insta::assert_snapshot!(plain(&fitted(&HEADINGS, &["ACCOUNT"], &rows(), Some(80))));
    }

    #[test]
    fn a_table_fits_120_columns() {
        insta::assert_snapshot!(plain(&fitted(&HEADINGS, &["ACCOUNT"], &rows(), Some(120))));
    }

    #[test]
    fn a_table_fits_200_columns() {
        insta::assert_snapshot!(plain(&fitted(&HEADINGS, &["ACCOUNT"], &rows(), Some(200))));
    }

    #[test]
    fn a_text_wraps_between_words_else_behind_what_parts_a_name() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("security_group.admin_port", 16), ["security_group.", "admin_port"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn no_sign_stands_alone_on_a_line() {
        for word in ["ec2:DescribeSecurityGroups,", "abcdefgh;", "ab)"] {
            for width in 2..word.len() {
                let lines = wrap(word, width);
                let last = lines.last().unwrap();
                assert!(last.contains(char::is_alphanumeric), "{width}: {lines:?}");
                assert_eq!(lines.concat(), word);
            }
        }
        let lines = wrap("see ec2:DescribeSecurityGroups, denied", 26);
        assert_eq!(lines, ["see", "ec2:DescribeSecurity", "Groups, denied"]);
    }

    #[test]
    fn columns_are_aligned_and_lines_end_where_their_text_ends() {
        let rows = vec![
            vec![Cell::number(7_u8), Cell::text("bastion"), Cell::text("")],
            vec![Cell::number(10_u8), Cell::text("größe"), Cell::text("a\u{1b}[31mb")],
        ];
        assert_eq!(
            plain(&fitted(&["SCORE", "NAME", "DETAIL"], &[], &rows, None)),
            "SCORE  NAME     DETAIL\n    7  bastion\n   10  größe    a\\u{1b}[31mb\n",
        );
    }

    #[test]
    fn a_name_without_end_leaves_the_table_whole() {
        let long = "n".repeat(65_536);
        let row = |name: &str| vec![Cell::number(7_u8), Cell::text(name), Cell::text(&long)];
        let rows = [row(&long), row("ü")];
        let plain = plain(&fitted(&["SCORE", "NAME", "DETAIL"], &[], &rows, None));
        let lines: Vec<_> = plain.lines().collect();
        assert_eq!(lines.len(), 3);
        for line in &lines[1..] {
            assert_eq!(line.width(), 7 + WIDEST + 2 + WIDEST_LAST);
            assert!(line.ends_with("nn…"));
        }
        assert!(lines[1].contains("nn…  nn") && lines[2].starts_with("    7  ü  "));
    }

    proptest! {
        #[test]
        fn no_cell_is_wider_than_its_column(text in any::<String>()) {
            let rows = [vec![Cell::text(&text), Cell::text(&text)]];
            let plain = plain(&fitted(&["", ""], &[], &rows, None));
            prop_assert_eq!(plain.lines().count(), 1);
            prop_assert!(plain.trim_end().width() <= WIDEST + 2 + WIDEST_LAST);
        }

        #[test]
        fn no_line_is_wider_than_the_terminal_and_no_id_is_cut(
            width in 60_usize..200, name in "[a-zé漢 _-]{0,90}", text in "[a-zé漢 ._/-]{0,400}"
        ) {
            let rows = [vec!["edgikpxnhw".into(), Cell::number(10_u8), Cell::text(&name), Cell::text(&text)]];
            let plain = plain(&fitted(&["ID", "SCORE", "ITEM", "WHAT"], &[], &rows, Some(width)));
            prop_assert!(plain.contains("edgikpxnhw"));
            for line in plain.lines() {
                // A wide character may stand where half of it has room.
                prop_assert!(line.width() <= width + 1, "{line}");
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
            // A column without a text drops out with its heading.
            let heading = |text: &str, heading| if text.is_empty() { 0 } else { letters(heading) };
            let head = letters("IDSCOREedgikpxnhw10") + heading(&name, "ITEM") + heading(&text, "WHAT");
            prop_assert_eq!(letters(&plain), head + letters(&name) + letters(&text));
        }
    }
}
