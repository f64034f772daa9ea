//! What stands in CSV, for programs and spreadsheets.

use serde_json::Value;

use super::{visible, visible_json};

/// A value as a field of CSV before it is quoted: texts without what steers or hides and
/// without what a spreadsheet would run, what has members as JSON.
#[must_use]
pub fn csv_field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => guarded(&visible(text)),
        // Begins with a bracket, a digit or a minus of our own: nothing runs it. A semicolon
        // stands in texts only, where JSON has an escape for it.
        other => visible_json(&other.to_string()).replace(';', "\\u003b"),
    }
}

/// A text that no spreadsheet takes for a formula: a leading apostrophe, as OWASP advises
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). Some take the wide forms of
/// the same signs, too, and where a comma is the decimal sign, a semicolon begins a field.
fn guarded(text: &str) -> String {
    const RUN: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    let part = |part: &str| {
        let is_run = part.trim_start_matches([' ', '"']).starts_with(RUN);
        if is_run { format!("'{part}") } else { part.to_owned() }
    };
    text.split(';').map(part).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded() {
        for (value, shown) in [
            (json!("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")"),
            (json!("+1"), "'+1"),
            (json!("-1"), "'-1"),
            (json!("@SUM(A1)"), "'@SUM(A1)"),
            (json!("\t=1"), r"\u{9}=1"),
            (json!("\r=1"), r"\u{d}=1"),
            (json!("＝1"), "'＝1"),
            (json!(" =1"), "' =1"),
            (json!("\"=1"), "'\"=1"),
            (json!("a=1"), "a=1"),
            // Where a semicolon begins a field.
            (json!("a;=1; b;c; @x"), "a;'=1; b;c;' @x"),
            (json!(["a;=1"]), r#"["a\u003b=1"]"#),
            // Numbers are ours.
            (json!(-1), "-1"),
            (json!(["=1", "\u{200b}"]), r#"["=1","\u200b"]"#),
            (Value::Null, ""),
        ] {
            assert_eq!(csv_field(&value), shown);
        }
    }

    proptest! {
        #[test]
        fn csv_reads_back_and_runs_nowhere(texts in proptest::collection::vec(any::<String>(), 1..5)) {
            let fields: Vec<_> = texts.iter().map(|text| csv_field(&json!(text))).collect();
            let mut csv = csv::Writer::from_writer(Vec::new());
            csv.write_record(&fields).unwrap();
            let written = String::from_utf8(csv.into_inner().unwrap()).unwrap();
            prop_assert_eq!(written.lines().count(), 1);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
            let read = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(read.len(), texts.len());
            for (read, text) in read.iter().zip(&texts) {
                prop_assert!(read.split(';').all(|part| !part.starts_with(['=', '+', '-', '@', '\t', '\r'])));
                let shown = visible(text);
                let bare = read.split(';').zip(shown.split(';')).map(|(read, text)| {
                    read.strip_prefix('\'').filter(|_| !text.starts_with('\'')).unwrap_or(read)
                });
                prop_assert_eq!(bare.collect::<Vec<_>>().join(";"), shown);
            }
        }
    }
}
