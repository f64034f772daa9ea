//! `secmonkey` alone: where we stand.

use std::fmt::Write as _;

use secmonkey_app::Opened;
use secmonkey_app::error::{Error, Exit};
use secmonkey_core::query::{self, Known};
use secmonkey_core::record::{LastScanRecord, OverviewRecord, Records, UnknownRecord};
use secmonkey_core::render::visible;

use crate::console::count;
use crate::context::{self, Context};
use crate::output::{self, BOLD, Cell, DIM, GREEN, RED, YELLOW};
use crate::silence;
use crate::table::{fitted, paragraph, width};
use crate::time;

pub async fn run(context: &Context) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let overview = overview(context, &opened.known(None).await?)?;
    if context.output.is_table() {
        output::print(&text(&overview, width()))?;
    } else {
        context.output.object(&overview)?;
    }
    Ok(Exit::Done)
}

/// What a first scan found, for whoever started it.
pub async fn first(context: &Context, opened: &Opened) -> Result<String, Error> {
    let overview = overview(context, &opened.known(None).await?)?;
    Ok(found(&overview, width()))
}

fn overview(context: &Context, known: &Known) -> Result<OverviewRecord, Error> {
    let overview = query::overview(known, &context.reads())?;
    Ok(Records::new(known, context::registry())?.overview(&overview))
}

/// The page, in lines of a width.
pub fn text(overview: &OverviewRecord, width: Option<usize>) -> String {
    let Some(last) = &overview.last_scan else {
        return "Nothing was ever looked at: see `secmonkey scan`\n".to_owned();
    };
    let mut text = found(overview, width);
    text.push_str(&changed(last));
    if overview.gaps.is_empty() {
        let _ = writeln!(text, "{GREEN}Everything was looked at, read and judged{GREEN:#}");
    } else {
        let _ = writeln!(text, "{YELLOW}Not everything is known{YELLOW:#}; see `secmonkey status`");
        text.push_str(&paragraph(&silence::told(overview.gaps), 2, width));
    }
    text
}

/// What the last scan changed.
fn changed(last: &LastScanRecord) -> String {
    let at = time::short(last.started_at);
    let end = if last.ended_at.is_none() { ", which has no end yet" } else { "" };
    let mut text = format!("{BOLD}The last scan{BOLD:#}, {at}{end}\n");
    let _ = write!(text, "  issues  {RED}{} opened{RED:#}, ", last.opened);
    if last.reopened > 0 {
        let _ = write!(text, "{RED}{} reopened{RED:#}, ", last.reopened);
    }
    let _ = write!(text, "{GREEN}{} resolved{GREEN:#}", last.resolved);
    let is_new = last.opened + last.reopened > 0;
    text.push_str(if is_new { "; see `secmonkey issues --new`\n" } else { "\n" });
    if let Some(items) = &last.items {
        let _ = writeln!(
            text,
            "  items   {} new, {} changed, {} deleted, {} unchanged",
            items.created, items.changed, items.deleted, items.unchanged,
        );
    }
    text.push('\n');
    text
}

/// What is wrong, in numbers; the worst with a fix, and what to vouch for.
fn found(overview: &OverviewRecord, width: Option<usize>) -> String {
    let mut text = String::new();
    let numbers = [
        (overview.critical, "critical", RED.bold()),
        (overview.high, "high", RED),
        (overview.medium, "medium", YELLOW),
        (overview.low, "low", anstyle::Style::new()),
        (overview.info, "info", DIM),
    ];
    let all: usize = numbers.iter().map(|(number, ..)| number).sum();
    if all == 0 {
        return format!("{GREEN}No issue is open{GREEN:#}\n\n");
    }
    let told = numbers.into_iter().filter(|(number, ..)| *number > 0);
    let told: Vec<_> =
        told.map(|(number, name, style)| format!("{style}{number} {name}{style:#}")).collect();
    let _ =
        writeln!(text, "{BOLD}{} open{BOLD:#}: {}\n", count(all as u64, "issue"), told.join(", "));
    let mut rows = Vec::new();
    for one in &overview.worst {
        let colour = output::severity(one.score);
        rows.push(vec![
            Cell::text(one.id.as_str()),
            Cell::number(one.score).styled(colour),
            Cell::text(&one.items),
            Cell::text(&one.detail),
        ]);
        if !one.fix.is_empty() {
            let fix = Cell::text(format!("fix: {}", one.fix)).styled(DIM);
            rows.push(vec![Cell::text(""), Cell::blank_number(), Cell::text(""), fix]);
        }
    }
    text.push_str(&fitted(&["ID", "SCORE", "ITEM", "THE WORST"], &[], &rows, width));
    text.push('\n');
    if !overview.unknown.is_empty() {
        let issues = overview.unknown.iter().map(|one| one.issues).sum::<usize>() as u64;
        let (what, commands): (Vec<_>, Vec<_>) = overview.unknown.iter().map(vouch).unzip();
        let line = format!(
            "{} vanish if these are yours or trusted: {}",
            count(issues, "issue"),
            what.join(", ")
        );
        text.push_str(&paragraph(&line, 0, width));
        for command in commands {
            let _ = writeln!(text, "  {DIM}{command}{DIM:#}");
        }
        text.push('\n');
    }
    text
}

/// What is unknown, and the command that says that it is known.
fn vouch(unknown: &UnknownRecord) -> (String, String) {
    if let Some(block) = unknown.cidr {
        (block.to_string(), format!("secmonkey network add --name NAME --cidr {block}"))
    } else {
        let id = unknown.account.as_ref().map(ToString::to_string).unwrap_or_default();
        let id = visible(&id);
        let command = format!("secmonkey account add --id {id} --name NAME --third-party");
        (format!("account {id}"), command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_fix_of_one_line() {
        for check in context::registry().checks() {
            let fix = check.manual().short_fix();
            assert!(!fix.is_empty() && fix.len() < 300, "{}: {fix}", check.id);
        }
    }
}
