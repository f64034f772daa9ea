//! Reports as CSV: one table.

use serde_json::Value;

use super::{Cell, Report};
use crate::render::csv_field;

impl Report {
    /// As CSV: the name of each row's section, then the columns of all sections. What comes from
    /// outside is run by no spreadsheet.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut header = vec!["section"];
        for column in self.sections.iter().flat_map(|section| &section.columns) {
            if !header.contains(&column.name) {
                header.push(column.name);
            }
        }
        let mut text = line(header.iter().map(|name| (*name).to_owned()));
        for section in &self.sections {
            let place = |name: &str| section.columns.iter().position(|column| column.name == name);
            let places: Vec<_> = header[1..].iter().map(|name| place(name)).collect();
            for row in &section.rows {
                let cell =
                    |place: &Option<usize>| place.map_or(Cell::Nothing, |at| row[at].clone());
                let cells = places.iter().map(|place| csv_field(&value(cell(place))));
                text.push_str(&line([section.name.to_owned()].into_iter().chain(cells)));
            }
        }
        text
    }
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::Nothing => Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Number(number) => number.into(),
        Cell::Score(score) => score.into(),
        Cell::Time(time) => time.to_string().into(),
    }
}

/// Fields, quoted where they have to be (RFC 4180).
fn line(fields: impl Iterator<Item = String>) -> String {
    let quoted = fields.map(|field| {
        let is_quoted = field.contains([',', '"', '\n', '\r']);
        if is_quoted { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}
