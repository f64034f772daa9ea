//! What was looked at, read and judged, and what was not.

use jiff::Timestamp;
use serde::Serialize;

use super::Records;
use crate::account::AccountId;
use crate::event::{Failure, Interruption, ScanId};
use crate::provider::Provider;
use crate::query::{Coverage, Place};
use crate::view::{Ended, ScanRow};

/// What was looked at, read and judged, and what was not.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusRecord {
    /// Every technology of every account.
    pub accounts: Vec<CoverageRecord>,
    /// Scans since the last that came to its end.
    pub unfinished_scans: Vec<UnfinishedRecord>,
}

/// One technology in one account.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoverageRecord {
    /// The account.
    pub account: AccountId,
    /// The account's name, where it is registered.
    pub account_name: Option<String>,
    /// Whose technology it is; `null` where no technology of this id is read.
    pub provider: Option<Provider>,
    /// The technology's id.
    pub technology: String,
    /// When all of its regions had last been looked at to the end; `null` where one never
    /// was.
    pub last_complete: Option<Timestamp>,
    /// The last failures that no later look made up for.
    pub failed: Vec<FailedRecord>,
    /// The parts that keep an older value or were never read.
    pub unread: Vec<UnreadPart>,
    /// The checks that cannot decide.
    pub undecided: Vec<UndecidedItems>,
    /// Items that no check has seen as they are.
    pub not_judged: u64,
    /// The regions that nobody ever looked at; `*` for all.
    pub never_looked_at: Vec<String>,
    /// Since when no scan looks at it; `null` where one does.
    pub unwatched_since: Option<Timestamp>,
}

/// A look that failed, in a technology of an account.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailedRecord {
    /// The region; `*` where the regions could not be listed.
    pub region: String,
    /// When.
    pub at: Timestamp,
    /// The provider's operation.
    pub operation: String,
    /// The resource id, where only one item is concerned.
    pub item: Option<String>,
    /// The pointer, where only one part of an item is concerned.
    pub part: Option<String>,
    /// What the provider or the network said.
    pub reason: String,
}

/// A part that is not read.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadPart {
    /// Where it stands in the configuration.
    pub pointer: String,
    /// Of how many items.
    pub items: u64,
    /// Since when, of any of them.
    pub since: Timestamp,
}

/// A check that cannot decide about items.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UndecidedItems {
    /// Its id.
    pub check: String,
    /// What it would have to know.
    pub because: String,
    /// About how many items.
    pub items: u64,
}

/// A scan that did not come to its end.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnfinishedRecord {
    /// Names it.
    pub scan: ScanId,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; `null` where the log does not say.
    pub ended_at: Option<Timestamp>,
    /// How it ended: `stopped`, `failed`, `died`; `null` where it runs, or its process
    /// died and nobody has said so yet.
    pub ended: Option<Interruption>,
}

impl From<&ScanRow> for UnfinishedRecord {
    fn from(row: &ScanRow) -> Self {
        let ended = match row.ended {
            Some(Ended::Interrupted(by)) => Some(by),
            Some(Ended::Finished(_)) | None => None,
        };
        let (scan, started_at, ended_at) = (row.id.clone(), row.started_at, row.ended_at);
        Self { scan, started_at, ended_at, ended }
    }
}

impl From<&(Timestamp, Failure)> for FailedRecord {
    fn from((at, failure): &(Timestamp, Failure)) -> Self {
        let failure = failure.clone();
        Self {
            region: failure.scope.region,
            at: *at,
            operation: failure.operation,
            item: failure.item,
            part: failure.part,
            reason: failure.reason,
        }
    }
}

impl Records<'_> {
    /// What was looked at, read and judged.
    #[must_use]
    pub fn status(&self, coverage: &Coverage) -> StatusRecord {
        StatusRecord {
            accounts: coverage.places.iter().map(|place| self.place(place)).collect(),
            unfinished_scans: coverage.unfinished.iter().map(UnfinishedRecord::from).collect(),
        }
    }

    fn place(&self, place: &Place) -> CoverageRecord {
        let technology = self.registry.technology(&place.technology);
        let unread = place.unread.iter().map(|(pointer, unread)| UnreadPart {
            pointer: pointer.clone(),
            items: unread.items,
            since: unread.since,
        });
        let undecided = place.undecided.iter().map(|(undecided, items)| UndecidedItems {
            check: undecided.check.clone(),
            because: undecided.because.clone(),
            items: *items,
        });
        CoverageRecord {
            account: place.account.clone(),
            account_name: self.account_name(&place.account),
            provider: technology.map(|technology| technology.provider.clone()),
            technology: place.technology.clone(),
            last_complete: place.last_complete,
            failed: place.failed.iter().map(FailedRecord::from).collect(),
            unread: unread.collect(),
            undecided: undecided.collect(),
            not_judged: place.not_judged,
            never_looked_at: place.never_looked_at.clone(),
            unwatched_since: place.unwatched_since,
        }
    }
}
