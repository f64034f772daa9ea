//! Reports as one page that needs nothing beside it, on the screen and on paper.

use askama::Template;

use super::{Cell, Column, Report, sentence};
use crate::check::severity;
use crate::render::visible;

impl Report {
    /// As one HTML page: no scripts, nothing is loaded, light and dark, and it prints.
    ///
    /// # Errors
    /// Where the template fails, which would be a mistake in it.
    pub fn html(&self) -> Result<String, askama::Error> {
        let sections = self.sections.iter().map(|section| {
            let shown: Vec<_> = section.shown().collect();
            Table {
                title: visible(&section.title).into_owned(),
                empty: said(&section.empty),
                note: if section.note.is_empty() { String::new() } else { said(&section.note) },
                is_gap: section.name == "not_looked_at" && !section.rows.is_empty(),
                count: section.rows.len(),
                headings: shown
                    .iter()
                    .map(|(at, column)| {
                        let is_number = section.rows.iter().any(|row| row[*at].is_number());
                        (column.title, if is_number { "number" } else { "" })
                    })
                    .collect(),
                rows: section
                    .rows
                    .iter()
                    .map(|row| {
                        shown
                            .iter()
                            .map(|(at, column)| (class(&row[*at]), shown_as(&row[*at], column)))
                            .collect()
                    })
                    .collect(),
            }
        });
        let about = self.facts().map(|one| (one.title, visible(&one.value.plain()).into_owned()));
        Page {
            title: visible(&self.title).into_owned(),
            summary: said(&self.summary),
            about: std::iter::once(("As of", format!("{:.0}", self.as_of))).chain(about).collect(),
            sections: sections.collect(),
        }
        .render()
    }
}

fn said(text: &str) -> String {
    visible(&sentence(text)).into_owned()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    title: String,
    summary: String,
    about: Vec<(&'static str, String)>,
    sections: Vec<Table>,
}

struct Table {
    title: String,
    empty: String,
    note: String,
    is_gap: bool,
    count: usize,
    headings: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<(&'static str, String)>>,
}

/// A time to the minute, in UTC as the head of the page says: a day, and when in it.
fn shown_as(cell: &Cell, column: &Column) -> String {
    match cell {
        Cell::Time(time) => time.strftime("%F %H:%M").to_string(),
        _ => visible(&cell.shown(column)).into_owned(),
    }
}

fn class(cell: &Cell) -> &'static str {
    match cell {
        Cell::Score(score) => match severity(*score) {
            "critical" => "number critical",
            "high" => "number high",
            "medium" => "number medium",
            _ => "number",
        },
        Cell::Number(_) => "number",
        Cell::Time(_) => "time",
        Cell::Text(text) => match text.as_str() {
            "failed" | "never" => "high",
            "passed" | "complete" => "well",
            "not assessed" | "in part" => "medium",
            _ => "",
        },
        Cell::Nothing => "",
    }
}
