//! Where we stand.

use ipnet::IpNet;
use jiff::Timestamp;
use serde::Serialize;

use super::{Fact, Order, Records};
use crate::account::AccountId;
use crate::event::{IssueId, ItemCounts, ScanId};
use crate::query::language::Severity;
use crate::query::{Gaps, Overview, Stranger, Unvouched};
use crate::view::Ended;

/// This many of the worst are told.
const WORST: usize = 5;
/// This many unknown networks and accounts are told.
const UNKNOWN: usize = 4;

/// Where we stand.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OverviewRecord {
    /// How many open issues are critical.
    pub critical: usize,
    /// How many are high.
    pub high: usize,
    /// How many are medium.
    pub medium: usize,
    /// How many are low.
    pub low: usize,
    /// How many are only worth knowing.
    pub info: usize,
    /// The worst things to do, one fact each.
    pub worst: Vec<WorstRecord>,
    /// What most issues rest on being unknown.
    pub unknown: Vec<UnknownRecord>,
    /// The last scan and what it changed; `null` before the first.
    pub last_scan: Option<LastScanRecord>,
    /// What was not looked at, read or judged, in numbers.
    pub gaps: Gaps,
}

/// One of the worst.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorstRecord {
    /// The issue; of several that are one fact the strongest.
    pub id: IssueId,
    /// The check that found it.
    pub check: String,
    /// Its score.
    pub score: u8,
    /// The items, in few words.
    pub items: String,
    /// Dates and facts, in one line.
    pub detail: String,
    /// How many issues the fact is.
    pub issues: usize,
    /// How to mend it, in one line.
    pub fix: String,
}

/// A network or an account that nobody vouches for.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnknownRecord {
    /// The network; `null` where it is an account.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub cidr: Option<IpNet>,
    /// The account; `null` where it is a network.
    pub account: Option<AccountId>,
    /// How many open issues rest on it being unknown.
    pub issues: usize,
}

/// The last scan and what it changed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastScanRecord {
    /// Names it.
    pub scan: ScanId,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; `null` where it has not.
    pub ended_at: Option<Timestamp>,
    /// Items, in numbers; `null` where it did not come to its end.
    pub items: Option<ItemCounts>,
    /// Open issues that it found for the first time.
    pub opened: usize,
    /// Open issues that it found again.
    pub reopened: usize,
    /// Issues that were resolved.
    pub resolved: usize,
}

impl From<&Unvouched> for UnknownRecord {
    fn from(unknown: &Unvouched) -> Self {
        let (cidr, account) = match &unknown.what {
            Stranger::Network(block) => (Some(*block), None),
            Stranger::Account(id) => (None, Some(id.clone())),
        };
        Self { cidr, account, issues: unknown.issues }
    }
}

impl Records<'_> {
    /// Where we stand.
    #[must_use]
    pub fn overview(&self, overview: &Overview) -> OverviewRecord {
        let of = |severity| overview.open.values().filter_map(|of| of.get(&severity)).sum();
        let last_scan = overview.last.as_ref().map(|last| LastScanRecord {
            scan: last.scan.id.clone(),
            started_at: last.scan.started_at,
            ended_at: last.scan.ended_at,
            items: match &last.scan.ended {
                Some(Ended::Finished(counts)) => Some(counts.items),
                _ => None,
            },
            opened: last.opened,
            reopened: last.reopened,
            resolved: last.resolved,
        });
        let worst = overview.worst.iter().map(|one| self.issue_state(one)).collect();
        let facts = self.facts(worst, Order::Worst);
        // What scores nothing asks for nothing.
        let worst = facts.iter().filter(|one| one.lead.score > 0).take(WORST);
        OverviewRecord {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            info: of(Severity::Info),
            worst: worst.map(|fact| self.worst(fact)).collect(),
            unknown: overview.unknown.iter().take(UNKNOWN).map(UnknownRecord::from).collect(),
            last_scan,
            gaps: overview.coverage.gaps(),
        }
    }

    fn worst(&self, fact: &Fact) -> WorstRecord {
        let check = self.registry.check(&fact.lead.check);
        WorstRecord {
            id: fact.lead.id.clone(),
            check: fact.lead.check.clone(),
            score: fact.lead.score,
            items: fact.items(),
            detail: fact.detail.clone(),
            issues: fact.count(),
            fix: check.map(|check| check.manual().short_fix()).unwrap_or_default(),
        }
    }
}
