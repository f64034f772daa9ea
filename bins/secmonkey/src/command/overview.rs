//! `secmonkey` alone: where we stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ipnet::IpNet;
use secmonkey_core::Timestamp;
use secmonkey_core::event::ScanId;
use secmonkey_core::issue::Status;
use secmonkey_core::query::{self, Filter, IssueSearch, Known};
use secmonkey_core::record::{Fact, IssueRecord, Order, Records};
use secmonkey_core::render::visible;
use serde::Serialize;

use super::issue::manual;
use crate::console::count;
use crate::context::{self, Context, Opened};
use crate::error::{Error, Exit};
use crate::output::{self, BOLD, Cell, DIM, GREEN, RED, YELLOW};
use crate::silence;
use crate::table::{fitted, width};
use crate::time;

/// This many of the worst are told.
const WORST: usize = 5;
/// This many things to vouch for are told.
const VOUCHED: usize = 4;

/// Where we stand.
#[derive(Serialize)]
struct Overview {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
    worst: Vec<Worst>,
    vouch: Vec<Vouch>,
    last_scan: Option<LastScan>,
    /// What was not looked at, read or judged, in one line; empty where everything was.
    gaps: String,
}

/// One of the worst.
#[derive(Serialize)]
struct Worst {
    id: String,
    check: String,
    score: u8,
    items: String,
    detail: String,
    issues: usize,
    fix: String,
}

/// Something that is unknown, and what would make it known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vouch {
    /// An account or a network.
    pub what: String,
    /// How many issues rest on it being unknown.
    pub issues: usize,
    /// What says that it is known.
    pub command: String,
}

/// The last scan that came to its end.
#[derive(Serialize)]
struct LastScan {
    scan: ScanId,
    started_at: Timestamp,
    opened: usize,
    resolved: usize,
}

pub async fn run(context: &Context) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(None).await?;
    let overview = overview(&known)?;
    if context.output.is_table() {
        output::print(&text(&overview))?;
    } else {
        context.output.object(&overview)?;
    }
    Ok(Exit::Done)
}

/// What a first scan found, for whoever started it.
pub async fn first(opened: &Opened) -> Result<String, Error> {
    let overview = overview(&opened.known(None).await?)?;
    Ok(found(&overview))
}

fn overview(known: &Known) -> Result<Overview, Error> {
    let registry = context::registry();
    let records = Records::new(known, registry)?;
    let all = |status| -> Result<Vec<IssueRecord>, Error> {
        let search = IssueSearch { status: vec![status], ..IssueSearch::default() };
        let found = query::issues(known, registry, search)?;
        found.map(|issue| Ok(records.issue_state(&issue?))).collect()
    };
    let open = all(Status::Open)?;
    let last = query::last_scan(&known.views)?;
    let since =
        |at: Option<Timestamp>| last.as_ref().is_some_and(|last| at >= Some(last.started_at));
    let resolved = all(Status::Resolved)?.iter().filter(|one| since(one.resolved_at)).count();
    let opened = open.iter().filter(|one| since(one.opened_at)).count();
    let of = |severity: &str| open.iter().filter(|one| one.severity == severity).count();
    let selection = Filter::default().select(&known.views, registry)?;
    let gaps = query::coverage(known, registry, &selection)?.gaps();
    let mut overview = Overview {
        critical: of("critical"),
        high: of("high"),
        medium: of("medium"),
        low: of("low"),
        info: of("info"),
        worst: Vec::new(),
        vouch: vouch(&open),
        last_scan: last.map(|last| LastScan {
            scan: last.id,
            started_at: last.started_at,
            opened,
            resolved,
        }),
        gaps: silence::told(gaps),
    };
    let facts = records.facts(open, Order::Worst);
    overview.worst = facts.iter().filter(|one| one.lead.score > 0).take(WORST).map(worst).collect();
    Ok(overview)
}

fn worst(fact: &Fact) -> Worst {
    let page = context::registry().check(&fact.lead.check).map(|check| manual(&check.page).1);
    Worst {
        id: fact.lead.id.to_string(),
        check: fact.lead.check.clone(),
        score: fact.lead.score,
        items: fact.items(),
        detail: fact.detail.clone(),
        issues: fact.count(),
        fix: page.map(|fix| sentence(&fix)).unwrap_or_default(),
    }
}

/// The first sentence of a text.
fn sentence(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    match text.find(". ") {
        Some(end) => text[..end].to_owned(),
        None => text.trim_end_matches('.').to_owned(),
    }
}

/// What would be known if somebody said so: accounts and networks, those that most issues
/// rest on first.
pub fn vouch(issues: &[IssueRecord]) -> Vec<Vouch> {
    let unknown = issues.iter().filter(|one| one.check.contains("unknown"));
    let mut accounts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut networks: BTreeMap<IpNet, usize> = BTreeMap::new();
    for issue in unknown {
        let named = issue.subject.split(' ').next_back().unwrap_or_default();
        if named.len() == 12 && named.bytes().all(|byte| byte.is_ascii_digit()) {
            *accounts.entry(named).or_default() += 1;
        } else if let Ok(network) = named.parse::<IpNet>() {
            *networks.entry(network).or_default() += 1;
        }
    }
    let blocks: Vec<IpNet> = networks.keys().copied().collect();
    let blocks: BTreeSet<IpNet> = IpNet::aggregate(&blocks).into_iter().collect();
    let mut all: Vec<Vouch> = blocks
        .into_iter()
        .map(|block| Vouch {
            what: block.to_string(),
            issues: networks.iter().filter(|(one, _)| block.contains(*one)).map(|(_, n)| n).sum(),
            command: format!("secmonkey network add --name NAME --cidr {block}"),
        })
        .collect();
    all.extend(accounts.into_iter().map(|(id, issues)| Vouch {
        what: format!("account {id}"),
        issues,
        command: format!("secmonkey account add --id {id} --name NAME --third-party"),
    }));
    all.sort_by(|a, b| b.issues.cmp(&a.issues).then_with(|| a.what.cmp(&b.what)));
    all.truncate(VOUCHED);
    all
}

fn text(overview: &Overview) -> String {
    let Some(last) = &overview.last_scan else {
        return "Nothing was ever looked at: see `secmonkey scan`\n".to_owned();
    };
    let mut text = found(overview);
    let at = time::short(last.started_at);
    let _ = writeln!(
        text,
        "{BOLD}The last scan{BOLD:#}, {at}: {RED}{} opened{RED:#}, {GREEN}{} resolved{GREEN:#}; \
         see `secmonkey issues --new`",
        last.opened, last.resolved,
    );
    if overview.gaps.is_empty() {
        let _ = writeln!(text, "{GREEN}Everything was looked at, read and judged{GREEN:#}");
    } else {
        let gaps = &overview.gaps;
        let _ = writeln!(text, "{YELLOW}Not known:{YELLOW:#} {gaps}; see `secmonkey status`");
    }
    text
}

/// What is wrong, in numbers; the worst with a fix, and what to vouch for.
fn found(overview: &Overview) -> String {
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
        return format!("{GREEN}No issue is open{GREEN:#}\n");
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
            Cell::text(&one.id),
            Cell::number(one.score).styled(colour),
            Cell::text(&one.items),
            Cell::text(&one.detail),
        ]);
        let fix = Cell::text(format!("fix: {}", one.fix)).styled(DIM);
        rows.push(vec![Cell::text(""), Cell::blank_number(), Cell::text(""), fix]);
    }
    text.push_str(&fitted(&["ID", "SCORE", "ITEM", "THE WORST"], &[], &rows, width()));
    text.push('\n');
    if !overview.vouch.is_empty() {
        let issues = overview.vouch.iter().map(|one| one.issues).sum::<usize>() as u64;
        let what: Vec<_> = overview.vouch.iter().map(|one| visible(&one.what)).collect();
        let line = format!(
            "{} vanish if these are yours or trusted: {}",
            count(issues, "issue"),
            what.join(", ")
        );
        text.push_str(&crate::table::paragraph(&line, 0));
        for one in &overview.vouch {
            let _ = writeln!(text, "  {DIM}{}{DIM:#}", visible(&one.command));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_is_told_by_its_first_sentence() {
        assert_eq!(sentence("Name the\nranges. If it is public, put\n"), "Name the ranges");
        assert_eq!(sentence("Turn it on."), "Turn it on");
    }

    #[test]
    fn every_check_has_a_fix_of_one_line() {
        for check in context::registry().checks() {
            let fix = sentence(&manual(&check.page).1);
            assert!(!fix.is_empty() && fix.len() < 300, "{}: {fix}", check.id);
        }
    }
}
