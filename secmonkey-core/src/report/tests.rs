use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::render::csv_field;

fn report() -> Report {
    let mut report = Report::new("keys", "Keys <of> all", Timestamp::UNIX_EPOCH);
    report.summary = "1 key".to_owned();
    report.about("position", "Log position", 7_u64);
    let columns = vec![
        Column::new("score", "Score"),
        Column::new("id", "Key"),
        Column::new("last_used", "Last used").or("never"),
        Column::new("key", ""),
    ];
    let mut keys = Section::new("keys", "Keys", "no keys", columns);
    keys.note = "Only keys".to_owned();
    let row = |id: &str, used: Option<Timestamp>| {
        vec![Cell::Score(9), Cell::text(id), used.into(), Cell::text("k")]
    };
    keys.rows.push(row("<script>|*", None));
    keys.rows.push(row("=1+1", Some(Timestamp::UNIX_EPOCH)));
    let gaps = Section::new(
        "not_looked_at",
        "Not looked at",
        "everything was looked at",
        vec![Column::new("id", "Where")],
    );
    report.sections = vec![keys, gaps];
    report
}

#[test]
fn one_shape_in_every_form() {
    let report = report();
    let html = report.html().unwrap();
    let body = html.split_once("<body>").unwrap().1;
    insta::assert_snapshot!(format!(
        "{}\n\n{}\n{}",
        serde_json::to_string_pretty(&report).unwrap(),
        report.markdown(),
        body,
    ));
    assert_eq!(
        report.csv(),
        "section,score,id,last_used,key\n\
         keys,9,<script>|*,,k\n\
         keys,9,'=1+1,1970-01-01T00:00:00Z,k\n"
    );
}

#[test]
fn a_page_needs_nothing_and_runs_nothing() {
    let html = report().html().unwrap();
    for never in ["<script", "http:", "https:", "src=\"", "href", "url("] {
        assert!(!html.contains(never), "{never}");
    }
    assert!(html.contains("default-src 'none'"));
}

proptest! {
    #[test]
    fn what_comes_from_outside_marks_nothing_up(text in any::<String>()) {
        let mut report = report();
        let plain = report.html().unwrap();
        let tables = report.markdown().lines().count();
        report.sections[0].rows[0][1] = Cell::text(&text);
        let html = report.html().unwrap();
        // As many tags as before, whatever the text says.
        prop_assert_eq!(html.matches('<').count(), plain.matches('<').count());
        prop_assert_eq!(report.markdown().lines().count(), tables);
        let row = report.markdown().lines().find(|line| line.contains("never")).unwrap().to_owned();
        let bars = row.replace(r"\\", "").replace(r"\|", "").matches('|').count();
        prop_assert_eq!(bars, 4);
        let csv = report.csv();
        let mut read = ::csv::Reader::from_reader(csv.as_bytes());
        let fields = read.records().next().unwrap().unwrap();
        let field = csv_field(&json!(text));
        prop_assert_eq!(fields.get(2), Some(field.as_str()));
        let read: serde_json::Value = serde_json::to_value(&report).unwrap();
        prop_assert_eq!(&read["sections"]["keys"][0]["id"], &json!(text));
    }
}
