//! Scans as the log tells of them.

use jiff::Timestamp;
use serde::Serialize;

use crate::event::{Actor, Interruption, IssueCounts, ItemCounts, Planned, ScanId};
use crate::view::{Ended, ScanRow};

/// A scan, as the log tells of it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastScanRecord {
    /// Names it.
    pub scan: ScanId,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; `null` where it runs, or its process died.
    pub ended_at: Option<Timestamp>,
    /// Who started it.
    pub actor: Actor,
    /// What it meant to look at.
    pub planned: Vec<Planned>,
    /// Why it ended before it was done; `null` where it did not.
    pub interrupted: Option<Interruption>,
    /// Scopes that were looked at to the end; `null` where it did not come to its end, as are
    /// the other numbers.
    pub sweeps: Option<u64>,
    /// Looks that failed.
    pub failures: Option<u64>,
    /// Items, in numbers.
    pub items: Option<ItemCounts>,
    /// Issues, in numbers.
    pub issues: Option<IssueCounts>,
}

impl From<ScanRow> for PastScanRecord {
    fn from(row: ScanRow) -> Self {
        let (counts, interrupted) = match row.ended {
            Some(Ended::Finished(counts)) => (Some(counts), None),
            Some(Ended::Interrupted(how)) => (None, Some(how)),
            None => (None, None),
        };
        Self {
            scan: row.id,
            started_at: row.started_at,
            ended_at: row.ended_at,
            actor: row.actor,
            planned: row.planned,
            interrupted,
            sweeps: counts.as_ref().map(|counts| counts.sweeps),
            failures: counts.as_ref().map(|counts| counts.failures),
            items: counts.as_ref().map(|counts| counts.items),
            issues: counts.map(|counts| counts.issues),
        }
    }
}
