//! What goes to standard output: tables for people, JSON and CSV for machines.

use std::io::{self, BufWriter, Write};

use anstyle::{AnsiColor, Style};
use secmonkey_app::error::Error;
use secmonkey_core::render::{self, csv_field, visible, visible_json};
use serde::Serialize;
use serde_json::Value;

use crate::stderr;
use crate::table::{self, width_of_stderr, wrap};
pub use crate::table::{facts, table};

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns, for people.
    Table,
    /// JSON; lists are one array.
    Json,
    /// JSON, one object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

/// A row of a list.
pub trait Row: Serialize {
    /// Its members, in order: the columns of CSV.
    const FIELDS: &'static [&'static str];
    /// The headings of its table.
    const HEADINGS: &'static [&'static str];

    /// The columns that drop out of a table where all rows say the same, and, the first of
    /// them first, where there is no room.
    const SPARE: &'static [&'static str] = &[];

    /// Its cells in a table.
    fn cells(&self) -> Vec<Cell>;
}

/// A cell of a table.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub text: String,
    pub style: Style,
    pub right: bool,
}

impl Cell {
    /// A text. What would steer a terminal is shown as an escape.
    pub fn text(text: impl AsRef<str>) -> Self {
        let text = visible(text.as_ref()).into_owned();
        Self { text, ..Self::default() }
    }

    /// A number, aligned to the right.
    pub fn number(number: impl Into<u64>) -> Self {
        Self { text: number.into().to_string(), right: true, ..Self::default() }
    }

    /// Nothing, in a column of numbers.
    pub fn blank_number() -> Self {
        Self { right: true, ..Self::default() }
    }

    /// The same in another style.
    pub fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// What is said beside the rest.
pub const DIM: Style = Style::new().dimmed();
/// What stands out.
pub const BOLD: Style = Style::new().bold();
/// What came.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// What went, and what is bad.
pub const RED: Style = AnsiColor::Red.on_default();
/// What changed.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();

/// The colour of a score.
pub fn severity(score: u8) -> Style {
    match score {
        0..=3 => Style::new(),
        4..=6 => YELLOW,
        7..=9 => RED,
        _ => RED.bold(),
    }
}

/// Writes a text for people, which holds styles and nothing else that steers a terminal.
pub fn print(text: &str) -> Result<(), Error> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Writes a text as it is, for who keeps it in a file.
pub fn print_plain(text: &str) -> Result<(), Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Says that something is not as it should be.
pub fn warn(text: &str) {
    let text = secmonkey_app::error::one_line(text);
    stderr::say(&format!("{YELLOW}warning:{YELLOW:#} {text}"));
}

/// Where the output goes.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// In what form.
    pub format: Format,
    /// Whether to keep remarks to oneself.
    pub quiet: bool,
}

impl Output {
    /// Whether people read it.
    pub fn is_table(self) -> bool {
        self.format == Format::Table
    }

    /// Says something beside the data.
    pub fn note(self, text: impl AsRef<str>) {
        if !self.quiet {
            let text = visible(text.as_ref());
            for line in wrap(&text, width_of_stderr().unwrap_or(usize::MAX)) {
                stderr::say(&format!("{DIM}{line}{DIM:#}"));
            }
        }
    }

    /// Writes one object for machines.
    pub fn object<T: Serialize>(self, object: &T) -> Result<(), Error> {
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Table | Format::Json => {
                for line in serde_json::to_string_pretty(object)?.lines() {
                    writeln!(out, "{}", visible_json(line))?;
                }
            }
            Format::Jsonl => writeln!(out, "{}", json(object)?)?,
            Format::Csv => {
                let Value::Object(members) = serde_json::to_value(object)? else { return Ok(()) };
                let mut csv = csv::Writer::from_writer(&mut out);
                csv.write_record(members.keys())?;
                csv.write_record(members.values().map(csv_field))?;
                csv.flush()?;
            }
        }
        Ok(out.flush()?)
    }

    /// Writes a list, and says how many rows it has; rows are written as they come, except
    /// in a table, whose columns need all of them.
    pub fn list<T: Row>(
        self,
        rows: impl IntoIterator<Item = Result<T, Error>>,
    ) -> Result<u64, Error> {
        let mut list = self.start::<T>()?;
        for row in rows {
            list.push(&row?)?;
        }
        list.end()
    }

    /// Starts a list.
    pub fn start<T: Row>(self) -> Result<List<T>, Error> {
        let mut list = List {
            output: self,
            out: BufWriter::new(io::stdout().lock()),
            cells: Vec::new(),
            count: 0,
            row: std::marker::PhantomData,
        };
        if self.format == Format::Csv {
            list.csv(T::FIELDS)?;
        }
        Ok(list)
    }
}

/// A list that is being written.
pub struct List<T> {
    output: Output,
    out: BufWriter<io::StdoutLock<'static>>,
    cells: Vec<Vec<Cell>>,
    count: u64,
    row: std::marker::PhantomData<T>,
}

impl<T: Row> List<T> {
    /// Adds a row.
    pub fn push(&mut self, row: &T) -> Result<(), Error> {
        self.count += 1;
        match self.output.format {
            Format::Table => self.cells.push(row.cells()),
            Format::Json => {
                let before = if self.count == 1 { "[" } else { ",\n" };
                write!(self.out, "{before}{}", json(row)?)?;
            }
            Format::Jsonl => writeln!(self.out, "{}", json(row)?)?,
            Format::Csv => {
                let value = serde_json::to_value(row)?;
                let record: Vec<_> =
                    T::FIELDS.iter().map(|name| csv_field(&value[*name])).collect();
                self.csv(&record)?;
            }
        }
        Ok(())
    }

    /// Hands what was written so far to whoever reads it.
    pub fn flush(&mut self) -> Result<(), Error> {
        Ok(self.out.flush()?)
    }

    /// Ends the list, and says how many rows it has.
    pub fn end(mut self) -> Result<u64, Error> {
        match self.output.format {
            Format::Table if self.count == 0 => self.output.note("nothing found"),
            Format::Table => {
                drop(self.out);
                print(&table::fitted(T::HEADINGS, T::SPARE, &self.cells, table::width()))?;
                return Ok(self.count);
            }
            Format::Json if self.count == 0 => writeln!(self.out, "[]")?,
            Format::Json => writeln!(self.out, "]")?,
            Format::Jsonl | Format::Csv => {}
        }
        self.flush()?;
        Ok(self.count)
    }

    fn csv<S: AsRef<[u8]>>(&mut self, record: &[S]) -> Result<(), Error> {
        let mut csv = csv::Writer::from_writer(&mut self.out);
        csv.write_record(record)?;
        Ok(csv.flush()?)
    }
}

/// Writes objects for machines as one array, one a line, and says how many they are.
pub fn array<T: Serialize>(objects: impl IntoIterator<Item = T>) -> Result<u64, Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut count = 0;
    for object in objects {
        let before = if count == 0 { "[" } else { ",\n" };
        write!(out, "{before}{}", json(&object)?)?;
        count += 1;
    }
    writeln!(out, "{}]", if count == 0 { "[" } else { "" })?;
    out.flush()?;
    Ok(count)
}

/// JSON in one line, in which nothing steers a terminal: such characters only stand in
/// strings, where JSON has an escape for each.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    Ok(render::json(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_one_line_steers_no_terminal_and_reads_back() {
        let text = "a\u{9b}31m\u{202e}\n";
        let line = json(text).unwrap();
        assert_eq!(line, r#""a\u009b31m\u202e\n""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
