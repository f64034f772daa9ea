//! Where we stand.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::Serialize;

use super::language::{Standing, Term, When};
use super::{Coverage, Error, IssueState, Known, Query, coverage, issues_after, last_scan};
use crate::account::AccountId;
use crate::event::Opened;
use crate::issue::Status;
use crate::item::Key;
use crate::network;
use crate::registry::Registry;
use crate::view::ScanRow;

/// Where we stand: what is open, what the last scan changed, what is not known.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The open issues of what is watched.
    pub open: Vec<IssueState>,
    /// What is unknown and makes issues of itself; what most issues rest on comes first.
    pub unknown: Vec<Unvouched>,
    /// The last scan and what came of it; `None` before the first.
    pub last: Option<Since>,
    /// What was looked at, read and judged.
    pub coverage: Coverage,
}

/// What changed with the last scan, and after it.
#[derive(Debug, Clone)]
pub struct Since {
    /// The scan.
    pub scan: ScanRow,
    /// How many of the open issues were found for the first time.
    pub opened: usize,
    /// How many of them were found again.
    pub reopened: usize,
    /// How many issues were resolved.
    pub resolved: usize,
}

/// Something that nobody vouches for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unvouched {
    /// What it is.
    pub what: Stranger,
    /// How many open issues rest on it being unknown.
    pub issues: usize,
}

/// Who or what is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stranger {
    /// Addresses; neighbouring blocks are put together.
    Network(IpNet),
    /// An account.
    Account(AccountId),
}

/// Where we stand.
///
/// # Errors
/// Where the views cannot be read.
pub fn overview(known: &Known, registry: &Registry) -> Result<Overview, Error> {
    overview_of(known, registry, |_| Ok(true))
}

/// Where we stand with the items that somebody `sees`. What was looked at is told of all: it is
/// for who sees everything.
///
/// # Errors
/// As [`overview`].
pub fn overview_of(
    known: &Known,
    registry: &Registry,
    sees: impl Fn(&Key) -> Result<bool, Error>,
) -> Result<Overview, Error> {
    let of = |status| Query::from(Term::Status(Standing::Is(status)));
    let mut open = Vec::new();
    for found in issues_after(known, registry, of(Status::Open), None)? {
        let found = found?;
        if sees(&found.issue.key)? {
            open.push(found.state(known)?);
        }
    }
    let last = match last_scan(&known.views)? {
        None => None,
        Some(scan) => {
            let start = scan.started_at;
            // All that was ever resolved is much, and only counted.
            let resolved = of(Status::Resolved).and(Term::Since(When::At(start)));
            let mut resolved = issues_after(known, registry, resolved, None)?;
            Some(Since {
                opened: open.iter().filter(|one| one.issue.opened_at >= start).count(),
                reopened: open.iter().filter(|one| one.issue.reopened_at >= Some(start)).count(),
                resolved: resolved.try_fold(0, |count, one| {
                    Ok::<_, Error>(count + usize::from(sees(&one?.issue.key)?))
                })?,
                scan,
            })
        }
    };
    let selection = Query::All.select(&known.views, registry)?;
    let coverage = coverage(known, registry, &selection)?;
    Ok(Overview { unknown: unknown(&open), open, last, coverage })
}

fn unknown(open: &[IssueState]) -> Vec<Unvouched> {
    let mut tally = Tally::default();
    for state in open {
        tally.add(&state.issue.key.account, &state.issue.finding);
    }
    tally.most()
}

/// Counts how many issues rest on each network or account being unknown: the subjects of
/// such issues end in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    accounts: BTreeMap<AccountId, usize>,
    networks: BTreeMap<IpNet, usize>,
}

impl Tally {
    /// Counts an open issue in an account.
    pub(crate) fn add(&mut self, account: &AccountId, finding: &Opened) {
        if !finding.check.contains("unknown") {
            return;
        }
        let named = finding.subject.split(' ').next_back().unwrap_or_default();
        if let Some(block) = network::block(named) {
            *self.networks.entry(block).or_default() += 1;
        } else if is_alike(named, account.as_str())
            && let Ok(stranger) = named.parse()
        {
            *self.accounts.entry(stranger).or_default() += 1;
        }
    }

    /// What is unknown, that which most issues rest on first; neighbouring networks are put
    /// together.
    pub(crate) fn most(self) -> Vec<Unvouched> {
        let Self { accounts, networks } = self;
        let blocks: Vec<IpNet> = networks.keys().copied().collect();
        let blocks: BTreeSet<IpNet> = IpNet::aggregate(&blocks).into_iter().collect();
        let within = |block: IpNet| {
            let inside = networks.iter().filter(move |(one, _)| block.contains(*one));
            inside.map(|(_, issues)| issues).sum()
        };
        let mut all: Vec<Unvouched> = blocks
            .into_iter()
            .map(|block| Unvouched { what: Stranger::Network(block), issues: within(block) })
            .collect();
        let account = |(id, issues)| Unvouched { what: Stranger::Account(id), issues };
        all.extend(accounts.into_iter().map(account));
        all.sort_by(|a, b| b.issues.cmp(&a.issues).then_with(|| a.what.cmp(&b.what)));
        all
    }
}

/// Whether a text is made like an account's id: whoever provides the account, its neighbours
/// are numbered as it is.
fn is_alike(text: &str, id: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() == id.len() && is_number(text) == is_number(id)
}
