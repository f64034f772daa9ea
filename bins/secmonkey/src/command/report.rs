//! `secmonkey report`

use std::fmt::Write as _;

use secmonkey_app::error::{Error, Exit};
use secmonkey_aws::report::AwsReports;
use secmonkey_core::query::{ReportKind, Reports};
use secmonkey_core::report::{Cell as Value, Column, Report, Section, sentence};

use crate::args::{Page, Report as Args};
use crate::context::{self, Context};
use crate::output::{self, BOLD, Cell, DIM, Format, GREEN, RED, YELLOW};
use crate::table::{fitted, width, wrap};
use crate::time;

pub async fn run(context: &Context, mut args: Args) -> Result<Exit, Error> {
    let about = args.about()?;
    let kind = kind(args);
    let registry = context::registry();
    // What cannot be asked is said before a store is opened.
    kind.require(registry, &AwsReports)?;
    let opened = context.open().await?;
    let reports = Reports {
        log: opened.log.as_ref(),
        views: &opened.views,
        known: &opened.known(about.at).await?,
        registry,
        reads: &context.reads(),
        auditors: &context::auditors(),
        provider: &AwsReports,
    };
    let report = reports.report(&kind, about.query, about.at.is_some()).await?;
    write(context, &report)?;
    Ok(Exit::Done)
}

fn kind(args: Args) -> ReportKind {
    match args {
        Args::Daily(args) => ReportKind::Daily { since: args.since },
        Args::Compliance(args) => ReportKind::Compliance { framework: args.framework },
        Args::AccessKeys(_) => ReportKind::AccessKeys,
        Args::Unused(_) => ReportKind::Unused,
        Args::Public(_) => ReportKind::Public,
        Args::Exposure(args) => ReportKind::Exposure { checks: args.checks, since: args.since },
        Args::Coverage(_) => ReportKind::Coverage,
    }
}

/// Writes a report in the form that was asked for.
fn write(context: &Context, report: &Report) -> Result<(), Error> {
    match (context.page, context.output.format) {
        (Some(Page::Html), _) => {
            let page = report.html().map_err(|error| Error::usage(error.to_string()))?;
            output::print_plain(&page)
        }
        (Some(Page::Markdown), _) => output::print_plain(&report.markdown()),
        (None, Format::Table) => output::print(&text(report, width())),
        (None, Format::Csv) => output::print_plain(&report.csv()),
        (None, Format::Json | Format::Jsonl) => context.output.object(report),
    }
}

/// A report for a terminal.
fn text(report: &Report, width: Option<usize>) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}\n", Cell::text(&report.title).text);
    let mut say = |style: anstyle::Style, said: &str| {
        for line in wrap(&Cell::text(said).text, width.unwrap_or(usize::MAX)) {
            let _ = writeln!(text, "{style}{line}{style:#}");
        }
    };
    say(anstyle::Style::new(), &sentence(&report.summary));
    let about: Vec<_> = std::iter::once(("As of".to_owned(), time::short(report.as_of)))
        .chain(report.facts().map(|one| (one.title.to_owned(), shown(&one.value, None))))
        .map(|(name, value)| vec![Cell::text(format!("  {name}")).styled(DIM), Cell::text(value)])
        .collect();
    text.push_str(&fitted(&["", ""], &[], &about, width));
    for section in &report.sections {
        let title = Cell::text(&section.title).text;
        let _ = match section.rows.len() {
            0 => writeln!(
                text,
                "\n{BOLD}{title}{BOLD:#}: {DIM}{}{DIM:#}",
                Cell::text(&section.empty).text
            ),
            number => writeln!(text, "\n{BOLD}{title}{BOLD:#} {DIM}({number}){DIM:#}"),
        };
        text.push_str(&table(section, width));
        if !section.note.is_empty() {
            for line in wrap(&Cell::text(sentence(&section.note)).text, width.unwrap_or(usize::MAX))
            {
                let _ = writeln!(text, "{DIM}{line}{DIM:#}");
            }
        }
    }
    text
}

fn table(section: &Section, width: Option<usize>) -> String {
    if section.rows.is_empty() {
        return String::new();
    }
    let columns: Vec<_> = section.shown().collect();
    let headings: Vec<_> = columns.iter().map(|(_, column)| column.title.to_uppercase()).collect();
    let headings: Vec<_> = headings.iter().map(String::as_str).collect();
    let spare: Vec<_> = columns
        .iter()
        .zip(&headings)
        .filter(|((_, column), _)| column.is_spare)
        .map(|(_, heading)| *heading)
        .collect();
    // What says least goes first.
    let spare: Vec<_> = spare.into_iter().rev().collect();
    let rows: Vec<Vec<Cell>> = section
        .rows
        .iter()
        .map(|row| columns.iter().map(|(at, column)| cell(&row[*at], column)).collect())
        .collect();
    fitted(&headings, &spare, &rows, width)
}

fn cell(value: &Value, column: &Column) -> Cell {
    let text = shown(value, Some(column));
    let style = match (value, text.as_str()) {
        (Value::Score(score), _) => output::severity(*score),
        (Value::Text(_), "failed") => RED,
        (Value::Text(_), "passed" | "complete") => GREEN,
        (Value::Text(_), "not assessed" | "not read") => YELLOW,
        _ => anstyle::Style::new(),
    };
    Cell { right: value.is_number(), ..Cell::text(text).styled(style) }
}

fn shown(value: &Value, column: Option<&Column>) -> String {
    match (value, column) {
        // To the minute: a column of seconds leaves no room for what happened.
        (Value::Time(at), Some(_)) => {
            let time = time::short(*at).replacen('T', " ", 1);
            time.chars().take("2026-01-31 14:00".len()).collect()
        }
        (Value::Time(at), None) => time::short(*at),
        (value, Some(column)) => value.shown(column),
        (value, None) => value.shown(&Column::new("", "")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use secmonkey_aws::compliance;

    use super::*;

    const PAGE: &str = include_str!("../../../../docs/reports.md");

    #[test]
    fn the_manual_names_every_report_and_framework() {
        let command = crate::args::Args::command();
        let report = command.find_subcommand("report").unwrap();
        for one in report.get_subcommands() {
            let name = one.get_name();
            assert!(PAGE.contains(&format!("| `report {name}` |")), "{name}");
        }
        for framework in compliance::frameworks() {
            assert!(PAGE.contains(&format!("`{}`", framework.id)), "{}", framework.id);
        }
    }

    #[test]
    fn a_report_fits_a_terminal_and_steers_none() {
        let at = "2026-01-31T14:00:05Z".parse().unwrap();
        let mut report = Report::new("keys", "Keys", at);
        report.summary = "1 key that has a very long summary; 412 of 412 scopes were looked at, \
                          and that is all"
            .to_owned();
        report.about("position", "Log position", 7_u64);
        report.about("since", "Since", Value::Nothing);
        let columns = vec![
            Column::new("score", "Score"),
            Column::new("item", "Item"),
            Column::new("region", "Region").spare(),
            Column::new("at", "At"),
            Column::new("key", ""),
            Column::new("what", "What"),
        ];
        let mut keys = Section::new("keys", "Keys", "no keys", columns);
        for score in [10_u8, 3] {
            keys.rows.push(vec![
                Value::Score(score),
                "lighthouse-web-assets\u{1b}[2J".into(),
                "eu-west-1".into(),
                at.into(),
                "only for machines".into(),
                "by the policy, everybody may call s3:GetObject on every object".into(),
            ]);
        }
        "Keys alone".clone_into(&mut keys.note);
        let gaps = Section::new("not_looked_at", "Not looked at", "all was looked at", Vec::new());
        report.sections = vec![keys, gaps];
        let text = anstream::adapter::strip_str(&text(&report, Some(80))).to_string();
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }
}
