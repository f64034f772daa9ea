//! Where we stand.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::Serialize;

use super::language::{Severity, Standing, Term, When};
use super::{
    Coverage, Error, IssueState, Known, Query, coverage, issue_outlines, issues_after, last_scan,
};
use crate::account::AccountId;
use crate::event::Opened;
use crate::issue::{Rank, Status};
use crate::item::Key;
use crate::network;
use crate::record::HYGIENE;
use crate::registry::Registry;
use crate::view::ScanRow;

/// Of so many items all that is open is read: more than are told.
const FIRST: usize = 16;

/// Where we stand: what is open, what the last scan changed, what is not known.
#[derive(Debug, Clone)]
pub struct Overview {
    /// How many issues of what is watched are open, by account and severity.
    pub open: BTreeMap<AccountId, BTreeMap<Severity, usize>>,
    /// All that is open of those items whose issues are the worst: the first facts are whole.
    pub worst: Vec<IssueState>,
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
    let last = last_scan(&known.views)?;
    let start = last.as_ref().map(|scan| scan.started_at);
    let (mut open, mut unknown) = (BTreeMap::new(), Tally::default());
    let (mut opened, mut reopened) = (0, 0);
    let mut ranks = Vec::new();
    for issue in issue_outlines(known, registry, of(Status::Open))? {
        let issue = issue?;
        if !sees(&issue.key)? {
            continue;
        }
        let of_account: &mut BTreeMap<_, _> = open.entry(issue.key.account.clone()).or_default();
        *of_account.entry(Severity::of(issue.finding.score)).or_default() += 1;
        unknown.add(&issue.key.account, &issue.finding);
        if let Some(start) = start {
            opened += usize::from(issue.opened_at >= start);
            reopened += usize::from(issue.reopened_at >= Some(start));
        }
        ranks.push((issue.rank(), issue.key));
    }
    let last = match last {
        None => None,
        Some(scan) => {
            // All that was ever resolved is much, and only counted.
            let resolved = of(Status::Resolved).and(Term::Since(When::At(scan.started_at)));
            let mut resolved = issues_after(known, registry, resolved, None)?;
            let resolved = resolved.try_fold(0, |count, one| {
                Ok::<_, Error>(count + usize::from(sees(&one?.issue.key)?))
            })?;
            Some(Since { scan, opened, reopened, resolved })
        }
    };
    let selection = Query::All.select(&known.views, registry)?;
    let coverage = coverage(known, registry, &selection)?;
    let worst = worst(known, ranks)?;
    Ok(Overview { open, worst, unknown: unknown.most(), last, coverage })
}

/// What is open of the items that stand first. What many items of an account have alike is one
/// fact of all of them: where the first facts are of that kind, all are read.
fn worst(known: &Known, mut ranks: Vec<(Rank, Key)>) -> Result<Vec<IssueState>, Error> {
    ranks.sort_unstable();
    let mut keys = BTreeSet::new();
    for (_, key) in ranks.iter().take_while(|(rank, _)| rank.score() > HYGIENE) {
        if keys.len() < FIRST {
            keys.insert(key);
        }
    }
    if keys.len() < FIRST {
        keys.extend(ranks.iter().map(|(_, key)| key));
    }
    let mut worst = Vec::new();
    for key in keys {
        let Some(row) = known.views.item(key)? else { continue };
        for issue in known.issues_of(&row)? {
            if issue.status(known.now) == Status::Open {
                worst.push(known.issue_state(issue)?);
            }
        }
    }
    Ok(worst)
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
