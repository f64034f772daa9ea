//! When findings stood.

use std::cmp::Reverse;
use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;

use super::UndecidedItems;
use crate::account::AccountId;
use crate::check;
use crate::event::IssueId;
use crate::governance::Suppression;
use crate::item::Key;
use crate::query::{Exposure, Exposures, Interval};
use crate::registry::Registry;

/// When findings stood, and what is not said of that.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExposuresRecord {
    /// How many items were looked at.
    pub items: u64,
    /// What stood: a record for each time of it.
    pub exposures: Vec<ExposureRecord>,
    /// What stood as well, and rules in force suppress.
    pub suppressed: Vec<ExposureRecord>,
    /// Checks that could not decide about some of the past.
    pub undecided: Vec<UndecidedItems>,
}

impl From<&Exposures> for ExposuresRecord {
    fn from(found: &Exposures) -> Self {
        let records = |all: &[Exposure]| all.iter().flat_map(ExposureRecord::of).collect();
        let undecided = found.undecided.iter().map(|((check, because), items)| UndecidedItems {
            check: check.clone(),
            because: because.clone(),
            items: *items,
        });
        Self {
            items: found.items,
            exposures: records(&found.all),
            suppressed: records(&found.suppressed),
            undecided: undecided.collect(),
        }
    }
}

/// A time for which a finding stood.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExposureRecord {
    /// The issue that it is, or would have been.
    pub id: IssueId,
    /// The check that finds it.
    pub check: String,
    /// The item.
    pub key: Key,
    /// Its account.
    pub account: AccountId,
    /// Its technology.
    pub technology: String,
    /// Its region.
    pub region: String,
    /// Its id.
    pub resource_id: String,
    /// What people call it.
    pub name: String,
    /// What inside the item it is about; empty for the whole item.
    pub subject: String,
    /// The strongest score it had meanwhile, or the one that an override gives it.
    pub score: u8,
    /// The strongest score that the check gave it meanwhile.
    pub base_score: u8,
    /// The severity of that score.
    pub severity: &'static str,
    /// What was found last.
    pub detail: String,
    /// When it began: when what brought it was recorded.
    pub from: Timestamp,
    /// The revision that the item was at.
    pub from_revision: u64,
    /// When it ended; `null` where it still stands.
    pub until: Option<Timestamp>,
    /// The revision that the item was at.
    pub until_revision: Option<u64>,
    /// Whether some of it is found only now, by asking a check of today about then.
    pub judged_now: bool,
    /// The rule that suppresses it, where one does.
    pub suppressed: Option<Suppression>,
}

impl ExposureRecord {
    /// A record for each interval.
    pub fn of(exposure: &Exposure) -> impl Iterator<Item = Self> {
        let Exposure { key, name, issue, check, subject, intervals, ruled } = exposure;
        let score = |interval: &Interval| ruled.score.unwrap_or(interval.score);
        intervals.iter().map(move |interval| Self {
            id: issue.clone(),
            check: check.clone(),
            account: key.account.clone(),
            technology: key.technology.clone(),
            region: key.region.clone(),
            resource_id: key.id.clone(),
            key: key.clone(),
            name: name.clone(),
            subject: subject.clone(),
            score: score(interval),
            base_score: interval.score,
            severity: check::severity(score(interval)),
            detail: interval.detail.clone(),
            from: interval.from.at,
            from_revision: interval.from.revision,
            until: interval.until.map(|until| until.at),
            until_revision: interval.until.map(|until| until.revision),
            judged_now: interval.is_judged_now,
            suppressed: ruled.suppressed.clone(),
        })
    }

    /// Puts them in the order of a list, and says what is only part of a wider finding of that
    /// time once. What still stands comes first, then what ended last; of these the strongest.
    pub fn fold(all: &mut Vec<Self>, registry: &Registry) {
        let key =
            |one: &Self, check: &str| (one.key.clone(), check.to_owned(), one.from, one.until);
        let found: HashSet<_> = all.iter().map(|one| key(one, &one.check)).collect();
        all.retain(|one| {
            registry.part_of(&one.check).is_none_or(|whole| !found.contains(&key(one, whole)))
        });
        all.sort_by_key(|one| {
            let ended = one.until.map(Reverse);
            (one.until.is_some(), ended, Reverse(one.score), one.from)
        });
    }
}
