//! Lists for spreadsheets.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use secmonkey_core::render::csv_field;
use serde::Serialize;
use serde_json::Value;

use crate::error::Problem;

/// A table in a file.
pub struct Csv {
    name: &'static str,
    text: String,
}

impl Csv {
    /// These members of some rows.
    pub fn of(
        name: &'static str,
        columns: &[&str],
        rows: &[impl Serialize],
    ) -> Result<Self, Problem> {
        let mut text = columns.join(",") + "\r\n";
        for row in rows {
            let row = serde_json::to_value(row).map_err(|error| Problem::unread(&error))?;
            let fields = columns.iter().map(|column| quoted(&row[*column]));
            text.push_str(&fields.collect::<Vec<_>>().join(","));
            text.push_str("\r\n");
        }
        Ok(Self { name, text })
    }
}

fn quoted(value: &Value) -> String {
    let field = csv_field(value);
    if field.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", field.replace('"', "\"\""));
    }
    field
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
        let file = format!("attachment; filename=\"{}\"", self.name);
        ([kind, (header::CONTENT_DISPOSITION, file)], self.text).into_response()
    }
}
