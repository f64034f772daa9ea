//! `secmonkey report`

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::SignedDuration;
use secmonkey_app::error::{Error, Exit};
use secmonkey_aws::compliance::{self, Framework};
use secmonkey_aws::report as aws;
use secmonkey_core::Timestamp;
use secmonkey_core::event::Position;
use secmonkey_core::nearest;
use secmonkey_core::query::{Error as QueryError, Reporting, position_then};
use secmonkey_core::report::{Cell as Value, Column, Report, Section, sentence};

use crate::args::{Page, Report as Args};
use crate::context::{self, Context};
use crate::output::{self, BOLD, Cell, DIM, Format, GREEN, RED, YELLOW};
use crate::table::{fitted, width, wrap};
use crate::time;

pub async fn run(context: &Context, mut args: Args) -> Result<Exit, Error> {
    let about = args.about()?;
    // What cannot be asked is said before a store is opened.
    let framework = match &args {
        Args::Compliance(args) => Some(find(&args.framework)?),
        _ => None,
    };
    let registry = context::registry();
    let reads = context.reads();
    let opened = context.open().await?;
    let log = opened.log.as_ref();
    let known = opened.known(about.at).await?;
    let position: Position = match about.at {
        Some(at) => position_then(log, at, Timestamp::now()).await?,
        None => log.head().await?.position,
    };
    let reporting = Reporting::new(&known, registry, &reads, about.query, position)?;
    let report = match (args, framework) {
        (Args::Compliance(_), None) => return Err(Error::usage("name a framework")),
        (Args::Compliance(_), Some(framework)) => aws::compliance(&reporting, framework)?,
        (Args::Daily(args), _) => {
            let day = SignedDuration::from_hours(24);
            let since =
                args.since.unwrap_or_else(|| known.now.saturating_sub(day).unwrap_or(known.now));
            if since > known.now {
                let (since, end) = (time::short(since), time::short(known.now));
                let text = format!("--since {since} is after the end of the report, {end}");
                return Err(Error::usage(text));
            }
            reporting.daily(log, &opened.views, since).await?
        }
        (Args::AccessKeys(_), _) => {
            let technologies = BTreeSet::from(aws::ACCESS_KEYS);
            aws::access_keys(&reporting.of_technologies(&reads, &technologies)?)?
        }
        (Args::Unused(_), _) => {
            let reporting = reporting.of_checks(&reads, aws::unused(registry))?;
            reporting.found("unused", "What nobody uses", "nothing unused was found")?
        }
        (Args::Public(_), _) => {
            let reporting = reporting.of_checks(&reads, aws::public(registry))?;
            reporting.found("public", "What anybody gets at", "nothing public was found")?
        }
        (Args::Exposure(args), _) => {
            let checks = match args.checks.as_slice() {
                [] => aws::public(registry),
                named => {
                    for check in named {
                        registry.find_check(check).map_err(QueryError::from)?;
                    }
                    named.iter().cloned().collect()
                }
            };
            let reporting = reporting.of_checks(&reads, checks)?;
            reporting.exposure(log, &context::auditors(), args.since).await?
        }
        (Args::Coverage(_), _) => reporting.coverage()?,
    };
    write(context, &report)?;
    Ok(Exit::Done)
}

/// The framework of this name.
fn find(name: &str) -> Result<&'static Framework, Error> {
    let all = compliance::frameworks();
    if let Some(found) = all.iter().find(|one| one.id.eq_ignore_ascii_case(name)) {
        return Ok(found);
    }
    let ids: Vec<_> = all.iter().map(|one| one.id.as_str()).collect();
    let unknown = nearest::unknown("framework", name, ids.iter().copied());
    Err(Error::usage(format!("{unknown}; there are {}", ids.join(", "))))
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
        (None, Format::Csv) => {
            let (header, rows) = report.rows();
            output::csv(&header, &rows)
        }
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
