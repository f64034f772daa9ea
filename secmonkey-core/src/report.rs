//! Reports: answers for others, to be filed, printed and sent.
//!
//! Every report has one shape: what it is of, a sentence that sums it up, sections of rows, and
//! last what was not looked at. So each form is written once: [`Report::html`],
//! [`Report::markdown`], [`Report::csv`], and JSON by `Serialize`. The questions are in
//! [`query`](crate::query).
//!
//! ```
//! use secmonkey_core::report::{Cell, Column, Report, Section};
//! use secmonkey_core::Timestamp;
//!
//! let mut report = Report::new("keys", "Keys", Timestamp::UNIX_EPOCH);
//! report.summary = "1 key".to_owned();
//! let columns = vec![Column::new("id", "Key"), Column::new("age_days", "Age, days")];
//! let mut keys = Section::new("keys", "Keys", "no keys", columns);
//! keys.rows.push(vec![Cell::text("AKIA1"), Cell::from(90_u64)]);
//! report.sections.push(keys);
//! assert!(report.markdown().contains("| AKIA1 | 90 |"));
//! ```

use jiff::Timestamp;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

mod csv;
mod html;
mod markdown;

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Which report it is, as the command line names it.
    pub report: &'static str,
    /// What people call it.
    pub title: String,
    /// The instant it speaks of.
    pub as_of: Timestamp,
    /// One sentence.
    pub summary: String,
    /// What it is of, by name.
    #[serde(serialize_with = "map")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Cell>))]
    pub about: Vec<Named>,
    /// Its tables: rows by the name of their columns.
    #[serde(serialize_with = "sections")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = BTreeMap<String, Vec<BTreeMap<String, Cell>>>)
    )]
    pub sections: Vec<Section>,
}

/// A fact about a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// As machines know it.
    pub name: &'static str,
    /// As people read it.
    pub title: &'static str,
    /// What it is.
    pub value: Cell,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// As machines know it.
    pub name: &'static str,
    /// Its heading.
    pub title: String,
    /// What is said where it has no rows.
    pub empty: String,
    /// A remark below it; may be empty.
    pub note: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, with a cell a column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// As machines know it.
    pub name: &'static str,
    /// Its heading; empty for a column that only machines read.
    pub title: &'static str,
    /// What people read where a cell holds nothing.
    pub nothing: &'static str,
    /// Whether it may be left out where there is no room, or all rows say the same.
    pub is_spare: bool,
}

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing.
    Nothing,
    /// A text, perhaps from outside.
    Text(String),
    /// A number.
    Number(u64),
    /// A score, which has a colour.
    Score(u8),
    /// A time.
    Time(Timestamp),
}

impl Column {
    /// A column that is always shown.
    #[must_use]
    pub const fn new(name: &'static str, title: &'static str) -> Self {
        Self { name, title, nothing: "", is_spare: false }
    }

    /// One that is left out where there is no room.
    #[must_use]
    pub const fn spare(self) -> Self {
        Self { is_spare: true, ..self }
    }

    /// One whose empty cells say something to people.
    #[must_use]
    pub const fn or(self, nothing: &'static str) -> Self {
        Self { nothing, ..self }
    }
}

impl Cell {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Whether it stands to the right of its column.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Score(_))
    }

    /// As people read it, in a column.
    #[must_use]
    pub fn shown(&self, column: &Column) -> String {
        match self {
            Self::Nothing => column.nothing.to_owned(),
            other => other.plain(),
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Score(score) => score.to_string(),
            Self::Time(time) => format!("{time:.0}"),
        }
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Timestamp> for Cell {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl Section {
    /// A section without rows.
    #[must_use]
    pub fn new(
        name: &'static str,
        title: impl Into<String>,
        empty: impl Into<String>,
        columns: Vec<Column>,
    ) -> Self {
        let (note, rows) = Default::default();
        Self { name, title: title.into(), empty: empty.into(), note, columns, rows }
    }

    /// The columns that people read, each with its place in a row.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| !column.title.is_empty())
    }
}

impl Report {
    /// A report that says nothing yet.
    #[must_use]
    pub fn new(report: &'static str, title: impl Into<String>, as_of: Timestamp) -> Self {
        let (summary, about, sections) = Default::default();
        Self { report, title: title.into(), as_of, summary, about, sections }
    }

    /// Adds a fact about it.
    pub fn about(&mut self, name: &'static str, title: &'static str, value: impl Into<Cell>) {
        self.about.push(Named { name, title, value: value.into() });
    }

    /// What it is of, as far as there is something to say.
    pub fn facts(&self) -> impl Iterator<Item = &Named> {
        self.about.iter().filter(|named| named.value != Cell::Nothing)
    }
}

/// A text as a sentence, with a capital and a full stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain(['.']).collect()
}

fn map<S: Serializer>(about: &[Named], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(about.len()))?;
    for Named { name, value, .. } in about {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// An object whose members are the sections: each an array of rows.
fn sections<S: Serializer>(sections: &[Section], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(sections.len()))?;
    for section in sections {
        map.serialize_entry(section.name, &Rows(section))?;
    }
    map.end()
}

struct Rows<'a>(&'a Section);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Section { columns, rows, .. } = self.0;
        let mut list = serializer.serialize_seq(Some(rows.len()))?;
        for cells in rows {
            list.serialize_element(&Row { columns, cells })?;
        }
        list.end()
    }
}

struct Row<'a> {
    columns: &'a [Column],
    cells: &'a [Cell],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(column.name, cell)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
