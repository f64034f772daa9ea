//! Where we stand: what needs a decision, what changed and by whom, what is not known.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use jiff::Timestamp;
use secmonkey_core::account::AccountId;
use secmonkey_core::query::language::Severity;
use secmonkey_core::query::{self, Newest};
use secmonkey_core::record::{AttributionRecord, Fact, Order, Records};

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::words::{self, When, found_path, item_path};
use crate::pages::{Asked, Frame, Html};
use crate::reader::{Reader, reading};

/// So many of the worst are told.
const WORST: usize = 8;
/// So many changes are told.
const CHANGES: usize = 12;
/// So many gaps are told.
const GAPS: usize = 8;

/// How many issues are open, by account and severity.
type Open = BTreeMap<AccountId, BTreeMap<Severity, usize>>;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    frame: Frame,
    /// Whether nothing was ever recorded.
    is_new: bool,
    tiles: Vec<Tile>,
    worst: Vec<Worst>,
    /// How many open issues there are to decide about.
    open: usize,
    accounts: Vec<Account>,
    changes: Vec<Changed>,
    last: Option<Last>,
    running: Vec<Running>,
    /// What was not looked at; `None` for who does not see everything.
    gaps: Option<Gaps>,
}

/// How many open issues have a severity.
struct Tile {
    severity: &'static str,
    count: usize,
    path: String,
}

/// One of the worst things to do.
struct Worst {
    severity: &'static str,
    score: u8,
    title: String,
    items: String,
    detail: String,
    fix: String,
    count: usize,
    since: Option<When>,
    path: String,
}

/// How many open issues an account has, by severity.
struct Account {
    name: String,
    id: String,
    path: String,
    counts: Vec<(usize, String)>,
}

/// A change.
struct Changed {
    name: String,
    path: String,
    technology: String,
    account: String,
    what: String,
    who: Option<String>,
    at: When,
}

/// The last scan.
struct Last {
    started: When,
    ended: bool,
    said: String,
}

/// A scan that has not ended.
struct Running {
    id: String,
    started: When,
    actor: String,
}

/// What was not looked at, read or judged.
struct Gaps {
    first: Vec<(String, String)>,
    more: usize,
}

/// Where we stand.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    reading(service, caller, None, async move |reader| {
        let (known, reads) = (&reader.known, &reader.catalogue.reads);
        let overview = query::overview_of(known, reads, |key| reader.sees(key))?;
        let newest = query::newest(&*reader.log, known, CHANGES, |key| reader.sees(key)).await?;
        let records = reader.records()?;
        let now = frame.now;
        let facts = overview.worst.iter().map(|one| records.issue_state(one)).collect();
        let facts = records.facts(facts, Order::Worst);
        let asking = facts.iter().filter(|fact| fact.lead.score > 0);
        let all = reader.sees_all();
        Html::of(&Page {
            is_new: overview.last.is_none(),
            worst: asking.take(WORST).map(|fact| worst(&reader, fact, now)).collect(),
            open: open(&overview.open),
            tiles: tiles(&overview.open),
            accounts: accounts(&records, &overview.open),
            changes: newest.iter().map(|one| changed(&records, one, now)).collect(),
            last: overview.last.as_ref().filter(|_| all).map(|last| Last {
                started: When::new(last.scan.started_at, now),
                ended: last.scan.ended_at.is_some(),
                said: format!(
                    "{} opened, {} reopened, {} resolved",
                    last.opened, last.reopened, last.resolved
                ),
            }),
            running: if all { running(&reader, now)? } else { Vec::new() },
            gaps: all.then(|| gaps(&records, &overview.coverage)),
            frame,
        })
    })
    .await
}

/// How many open issues ask for something: what scores nothing does not.
fn open(open: &Open) -> usize {
    let asking = open.values().flatten().filter(|(severity, _)| **severity > Severity::Info);
    asking.map(|(_, count)| count).sum()
}

fn tiles(open: &Open) -> Vec<Tile> {
    let tile = |severity: Severity| Tile {
        severity: severity.as_str(),
        count: open.values().filter_map(|counts| counts.get(&severity)).sum(),
        path: found_path("/issues", format!("severity:{}", severity.as_str())),
    };
    Severity::ALL.into_iter().rev().map(tile).collect()
}

fn accounts(records: &Records<'_>, open: &Open) -> Vec<Account> {
    let tally = |counts: &BTreeMap<Severity, usize>| {
        let worst = Severity::ALL.into_iter().rev();
        worst.map(|one| (one, counts.get(&one).copied().unwrap_or_default())).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = open.iter().map(|(id, counts)| (id, tally(counts))).collect();
    all.sort_by_cached_key(|(_, tally)| {
        Reverse(tally.iter().map(|(_, count)| *count).collect::<Vec<_>>())
    });
    let account = |(id, tally): (&AccountId, Vec<(Severity, usize)>)| {
        let counts = tally.into_iter().map(|(severity, count)| {
            let query = format!("account:{id} severity:{}", severity.as_str());
            (count, found_path("/issues", query))
        });
        Account {
            name: records.account_name(id).unwrap_or_default(),
            id: id.to_string(),
            path: found_path("/issues", format!("account:{id}")),
            counts: counts.collect(),
        }
    };
    all.into_iter().map(account).collect()
}

fn worst(reader: &Reader, fact: &Fact, now: Timestamp) -> Worst {
    let check = reader.catalogue.registry.check(&fact.lead.check);
    Worst {
        severity: fact.lead.severity,
        score: fact.lead.score,
        title: check.map_or(fact.lead.check.as_str(), |check| check.title()).to_owned(),
        items: fact.items(),
        detail: fact.detail.clone(),
        fix: check.map(|check| check.manual().short_fix()).unwrap_or_default(),
        count: fact.count(),
        since: fact.lead.since().map(|at| When::new(at, now)),
        path: format!("/issues/{}", fact.lead.id),
    }
}

fn changed(records: &Records<'_>, one: &Newest, now: Timestamp) -> Changed {
    let account = &one.row.key.account;
    let members: Vec<_> =
        one.members.iter().map(String::as_str).filter(|m| !m.is_empty()).collect();
    let kind = one.revision.kind.as_str().replace('_', " ");
    Changed {
        name: one.row.name.clone(),
        path: item_path(&one.row.key),
        technology: one.row.key.technology.clone(),
        account: records.account_name(account).unwrap_or_else(|| account.to_string()),
        what: match members.len() {
            0 => kind,
            1..=3 => format!("{kind}: {}", members.join(", ")),
            more => format!("{kind}: {} and {} more", members[..2].join(", "), more - 2),
        },
        who: AttributionRecord::of(&one.revision).map(|by| by.who),
        at: When::new(one.revision.at, now),
    }
}

fn running(reader: &Reader, now: Timestamp) -> Result<Vec<Running>, Problem> {
    let mut all = Vec::new();
    for id in reader.known.views.open_scans()? {
        if let Some(scan) = reader.known.views.scan(&id)? {
            let (started, actor) = (When::new(scan.started_at, now), scan.actor.to_string());
            all.push(Running { id: id.to_string(), started, actor });
        }
    }
    Ok(all)
}

fn gaps(records: &Records<'_>, coverage: &query::Coverage) -> Gaps {
    let status = records.status(coverage);
    let mut all = status.accounts.iter().flat_map(|place| {
        let account = place.account_name.clone().unwrap_or_else(|| place.account.to_string());
        let place_name = format!("{} in {account}", place.technology);
        place.gaps().into_iter().map(move |gap| (place_name.clone(), gap.text))
    });
    let first = all.by_ref().take(GAPS).collect();
    Gaps { first, more: all.count() }
}
