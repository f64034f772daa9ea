//! What the log says of scans: what was planned, looked at, failed and judged.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Envelope, Event, Position, ScanId, ScopeId};
use crate::account::AccountId;
use crate::config::Digest;
use crate::query::Query;
use crate::watch::Cause;

/// What one scan means to look at in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Planned {
    /// The account.
    pub account: AccountId,
    /// The technologies.
    pub technologies: Vec<String>,
    /// The regions, `global` among them where global technologies are read.
    pub regions: Vec<String>,
    /// Whether this is all there is to look at in the account: what is missing
    /// here is unwatched from now on.
    pub complete: bool,
}

/// The scans that run at a place of the log.
#[derive(Debug, Default)]
pub(crate) struct Running(BTreeSet<ScanId>);

impl Running {
    /// Goes on behind an event.
    pub(crate) fn event(&mut self, envelope: &Envelope) {
        let Some(scan) = &envelope.scan else { return };
        match &envelope.event {
            Event::ScanStarted { .. } => drop(self.0.insert(scan.clone())),
            Event::ScanFinished(_) | Event::ScanInterrupted { .. } => drop(self.0.remove(scan)),
            _ => {}
        }
    }

    /// Whether none runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Technologies times regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes {
    /// The technologies.
    pub technologies: Vec<String>,
    /// The regions.
    pub regions: Vec<String>,
}

impl Scopes {
    /// Each of the scopes in an account.
    pub fn of<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = ScopeId> + 'a {
        self.technologies.iter().flat_map(move |technology| {
            self.regions.iter().map(move |region| ScopeId {
                account: account.clone(),
                technology: technology.clone(),
                region: region.clone(),
            })
        })
    }

    /// The fewest products that hold just these scopes of one account.
    #[must_use]
    pub fn products<'a>(scopes: impl IntoIterator<Item = &'a ScopeId>) -> Vec<Self> {
        let mut regions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for scope in scopes {
            regions.entry(&scope.technology).or_default().insert(&scope.region);
        }
        let mut products: BTreeMap<BTreeSet<&str>, Vec<String>> = BTreeMap::new();
        for (technology, regions) in regions {
            products.entry(regions).or_default().push(technology.to_owned());
        }
        products
            .into_iter()
            .map(|(regions, technologies)| Self {
                technologies,
                regions: regions.into_iter().map(str::to_owned).collect(),
            })
            .collect()
    }
}

/// Scopes of one account that a scan is done with: all products of technologies and
/// regions came to their end, but those that are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// The account.
    pub account: AccountId,
    /// The scopes it is done with.
    #[serde(flatten)]
    pub scopes: Scopes,
    /// Scopes whose listing failed: nothing was concluded from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<ScopePart>,
    /// Scopes whose service does not exist in the region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<ScopePart>,
    /// The shape that each technology was read with.
    pub shapes: BTreeMap<String, u32>,
}

/// A scope within an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScopePart {
    /// The technology's id.
    pub technology: String,
    /// The region.
    pub region: String,
}

impl ScopePart {
    /// The scope, seen from its account.
    #[must_use]
    pub fn of(scope: &ScopeId) -> Self {
        Self { technology: scope.technology.clone(), region: scope.region.clone() }
    }

    /// Whether a scope of the account is this one.
    #[must_use]
    pub fn is(&self, scope: &ScopeId) -> bool {
        self.technology == scope.technology && self.region == scope.region
    }
}

/// A look that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where. The region is `*` where the regions themselves could not be listed.
    pub scope: ScopeId,
    /// The provider's operation, as its permissions name it: `s3:GetBucketPolicy`.
    pub operation: String,
    /// What kind of failure it is; `None` where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The resource id, where only one item is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The pointer of the part, where only one part of an item is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// What the provider or the network said.
    pub reason: String,
}

/// A check as an audit used it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckUsed {
    /// The check's id.
    pub id: String,
    /// The technology whose items it judges.
    pub technology: String,
    /// Its version.
    pub version: u32,
    /// Its base score and its parameters, each as it is by default.
    pub parameters: BTreeMap<String, Value>,
    /// The overrides of parameters that were in force; those that count first come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideUsed>,
    /// The check that says the same in a wider sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
}

/// An override of a check's parameters as an audit used it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideUsed {
    /// The items for which it sets them.
    pub query: Query,
    /// The parameters that it sets.
    pub parameters: BTreeMap<String, Value>,
}

/// The audit of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audited {
    /// Which account.
    pub account: AccountId,
    /// Digest over the checks and what is registered. Another digest audits everything
    /// stored again, once.
    pub catalogue: Digest,
    /// What of the log it saw, at least.
    pub position: Position,
    /// The scopes about which every check was asked.
    pub judged: Vec<Scopes>,
    /// Whether the checks that look at all accounts were left for later in the same scan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_part: bool,
    /// The checks that could not decide, and about how many items of the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<UndecidedCheck>,
}

/// A check that could not decide about items of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndecidedCheck {
    /// The check's id.
    pub check: String,
    /// What it would have to know.
    pub because: String,
    /// About how many items.
    pub items: u64,
}

impl UndecidedCheck {
    /// Whether it is the check's own fault: it failed, or looked up what it does not declare.
    #[must_use]
    pub fn is_at_fault(&self) -> bool {
        self.because.starts_with("the check ")
    }
}

/// The numbers of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Scopes that were looked at to the end.
    pub sweeps: u64,
    /// Looks that failed.
    pub failures: u64,
    /// Items, in numbers.
    pub items: ItemCounts,
    /// Issues, in numbers.
    pub issues: IssueCounts,
}

/// Items, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemCounts {
    /// Read.
    pub seen: u64,
    /// Seen for the first time, or again after they were gone.
    pub created: u64,
    /// With a new revision.
    pub changed: u64,
    /// Confirmed gone.
    pub deleted: u64,
    /// Read, and as they were.
    pub unchanged: u64,
}

impl std::ops::AddAssign for ItemCounts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.created += other.created;
        self.changed += other.changed;
        self.deleted += other.deleted;
        self.unchanged += other.unchanged;
    }
}

/// Issues, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssueCounts {
    /// Found for the first time.
    pub opened: u64,
    /// Found again.
    pub reopened: u64,
    /// No longer standing.
    pub resolved: u64,
}

impl std::ops::AddAssign for IssueCounts {
    fn add_assign(&mut self, other: Self) {
        self.opened += other.opened;
        self.reopened += other.reopened;
        self.resolved += other.resolved;
    }
}

/// How a scan ended before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Interruption {
    /// Somebody stopped it.
    Stopped,
    /// The log or the views failed.
    Failed,
    /// Its process ended without a word; who came next says so.
    Died,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_at_fault_where_it_failed() {
        use crate::check::Undecided;
        let is_at_fault = |why: Undecided| {
            let (check, because) = ("box.open".to_owned(), why.to_string());
            UndecidedCheck { check, because, items: 1 }.is_at_fault()
        };
        assert!(is_at_fault(Undecided::Failed("it is too slow".to_owned())));
        assert!(is_at_fault(Undecided::Undeclared("accounts".to_owned())));
        assert!(!is_at_fault(Undecided::Unread("/Lid".to_owned())));
        assert!(!is_at_fault(Undecided::Unlisted("1/shelf/global".to_owned())));
        assert!(!is_at_fault(Undecided::Malformed("/Policy is no policy".to_owned())));
    }

    #[test]
    fn scopes_are_the_fewest_products_that_hold_just_them() {
        let account: AccountId = "1".parse().unwrap();
        let scope = |technology: &str, region: &str| ScopeId {
            account: account.clone(),
            technology: technology.to_owned(),
            region: region.to_owned(),
        };
        let all: BTreeSet<_> = [
            scope("user", "global"),
            scope("role", "global"),
            scope("vpc", "a"),
            scope("vpc", "b"),
            scope("group", "a"),
            scope("group", "b"),
            scope("queue", "a"),
        ]
        .into();
        let products = Scopes::products(&all);
        assert_eq!(products.len(), 3, "{products:?}");
        let again: BTreeSet<_> = products.iter().flat_map(|one| one.of(&account)).collect();
        assert_eq!(again, all);
    }
}
