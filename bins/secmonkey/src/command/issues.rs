//! `secmonkey issues`

use std::collections::BTreeSet;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::issue::Status;
use secmonkey_core::query;
use secmonkey_core::record::{Fact, IssueRecord, Order, Records};

use crate::args::{Issues, Standard};
use crate::console::count;
use crate::context::{self, Context};
use crate::output::{self, Cell, DIM};
use crate::rows::doubted;
use crate::silence;
use crate::table::{self, fitted};
use crate::time;

mod findings;

pub async fn run(context: &Context, args: Issues) -> Result<Exit, Error> {
    let shown = Shown { flat: args.flat, limit: args.limit, order: args.sort.into() };
    let is_new = args.new;
    let (mut query, at) = args.into_query()?;
    let opened = context.open().await?;
    let known = opened.known(at).await?;
    if is_new {
        query = query.and(query::since_last_scan(&known.views)?);
    }
    let registry = context::registry();
    let records = Records::new(&known, registry)?;
    let found = query::issues(&known, registry, query.clone())?;
    let found = found.map(|issue| Ok(records.issue_state(&issue?)));
    let found: Vec<_> = found.collect::<Result<_, Error>>()?;
    let count = match context.standard {
        None => shown.list(context, &records, found)?,
        Some(standard) => {
            let first = shown.first(context, &records, found);
            let selection = query.clone().select(&known.views, registry)?;
            let coverage = query::coverage(&known, &context.reads(), &selection)?;
            let coverage = records.status(&coverage);
            findings::list(context, &records, standard, &first, &coverage)?
        }
    };
    // What Security Hub takes has no place for it.
    if count == 0 || context.standard == Some(Standard::Asff) {
        silence::explain(context, &known, query)?;
    }
    Ok(Exit::Done)
}

/// How a list is shown.
#[derive(Debug, Default)]
pub struct Shown {
    flat: bool,
    limit: Option<usize>,
    order: Order,
}

impl Shown {
    /// The issues in order, as many as are wanted.
    fn first(
        &self,
        context: &Context,
        records: &Records<'_>,
        issues: Vec<IssueRecord>,
    ) -> Vec<IssueRecord> {
        self.left_out(context, issues.len());
        let facts = records.facts(issues, self.order);
        let all = facts.iter().flat_map(Fact::issues).cloned();
        all.take(self.limit.unwrap_or(usize::MAX)).collect()
    }

    /// Writes issues, and says how many there are.
    pub fn list(
        &self,
        context: &Context,
        records: &Records<'_>,
        issues: Vec<IssueRecord>,
    ) -> Result<u64, Error> {
        let facts = records.facts(issues, self.order);
        let all: Vec<_> = facts.iter().flat_map(Fact::issues).collect();
        let most = self.limit.unwrap_or(usize::MAX);
        let is_folded = context.output.is_table() && !self.flat && !all.is_empty();
        if !is_folded {
            let told = all.iter().take(most).map(|one| Ok((*one).clone()));
            context.output.list(told)?;
            self.left_out(context, all.len());
            return Ok(all.len() as u64);
        }
        output::print(&folded(&facts[..facts.len().min(most)]))?;
        context.output.note(totals(&all, facts.len()));
        self.left_out(context, facts.len());
        Ok(all.len() as u64)
    }

    fn left_out(&self, context: &Context, all: usize) {
        if let Some(more) = self.limit.and_then(|most| all.checked_sub(most)).filter(|n| *n > 0) {
            context.output.note(format!("{} left out by --limit", count(more as u64, "line")));
        }
    }
}

const HEADINGS: [&str; 10] =
    ["ID", "SCORE", "STATUS", "ISSUES", "CHECK", "ITEM", "REGION", "ACCOUNT", "SINCE", "WHAT"];

/// The page of these issues, in lines of a width.
#[cfg(test)]
pub fn page(issues: Vec<IssueRecord>, width: usize) -> String {
    let known = secmonkey_core::query::Known::new(
        secmonkey_core::view::Views::in_memory(),
        secmonkey_core::Timestamp::UNIX_EPOCH,
    );
    let records = Records::new(&known, context::registry()).unwrap();
    let facts = records.facts(issues, Order::Worst);
    lines(&facts.iter().map(cells).collect::<Vec<_>>(), Some(width))
}

/// A line a fact.
pub fn folded(facts: &[Fact]) -> String {
    let rows: Vec<_> = facts.iter().map(cells).collect();
    lines(&rows, table::width())
}

/// Where there is little room, what other commands tell is left to them.
fn lines(rows: &[Vec<Cell>], width: Option<usize>) -> String {
    const ROOMY: usize = 140;
    const NARROW: usize = 100;
    let mut headings = HEADINGS.to_vec();
    let mut rows = rows.to_vec();
    let mut leave_out = |heading: &str| {
        if let Some(at) = headings.iter().position(|one| *one == heading) {
            headings.remove(at);
            for row in &mut rows {
                row.remove(at);
            }
        }
    };
    if width.is_some_and(|width| width < ROOMY) {
        leave_out("CHECK");
    }
    if width.is_some_and(|width| width < NARROW) {
        leave_out("SINCE");
        leave_out("REGION");
    }
    let spare = ["REGION", "ACCOUNT", "ISSUES", "STATUS"];
    fitted(&headings, &spare, &rows, width)
}

fn cells(fact: &Fact) -> Vec<Cell> {
    let lead = &fact.lead;
    let colour = output::severity(lead.score);
    let since = lead.since();
    let number = fact.count();
    let is_one_account = lead.account_name.as_deref().unwrap_or(lead.account.as_str());
    let doubt: BTreeSet<_> = fact.issues().flat_map(|one| &one.doubt).collect();
    let regions: BTreeSet<_> = fact.issues().map(|one| one.region.as_str()).collect();
    vec![
        Cell::text(lead.id.as_str()),
        Cell::number(lead.score).styled(colour),
        crate::rows::status(lead),
        if number > 1 { Cell::number(number as u64).styled(DIM) } else { Cell::blank_number() },
        Cell::text(&lead.check),
        Cell::text(fact.items()),
        match regions.len() {
            1 => Cell::text(&lead.region),
            many => Cell::text(format!("{many} regions")),
        },
        Cell::text(is_one_account),
        Cell::text(since.map(time::short).unwrap_or_default()),
        Cell::text(doubted(&fact.detail, doubt)),
    ]
}

/// `3 critical, 2 high: 7 issues in 5 lines`.
fn totals(all: &[&IssueRecord], lines: usize) -> String {
    let of = |severity: &str| all.iter().filter(|one| one.severity == severity).count();
    let severities = ["critical", "high", "medium", "low", "info"];
    let counted: Vec<_> = severities
        .into_iter()
        .filter(|severity| of(severity) > 0)
        .map(|severity| format!("{} {severity}", of(severity)))
        .collect();
    // What no store holds has no page of its own.
    let is_open = all.iter().any(|one| one.status == Status::Open && one.opened_at.is_some());
    let issues = count(all.len() as u64, "issue");
    let folded = match lines {
        lines if lines == all.len() => String::new(),
        lines => format!(" in {}; --flat shows each", count(lines as u64, "line")),
    };
    let next = if is_open { "; `secmonkey issue ID` says how to fix one" } else { "" };
    format!("{issues} ({}){folded}{next}", counted.join(", "))
}
