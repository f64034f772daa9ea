//! Any report, by its name: what is asked for, and what it is made from.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Reporting;
use crate::check::Auditor;
use crate::log::{EventLog, position_at};
use crate::nearest::Unknown;
use crate::query::{Error, Known, Query};
use crate::record::FrameworkRecord;
use crate::registry::Registry;
use crate::report::Report;
use crate::view::Views;

/// Without a beginning, the daily report is of so long before its end.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A report, with what is asked of it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportKind {
    /// What happened since a time, a day before its end where none is said, and what waits.
    Daily {
        /// From when on.
        since: Option<Timestamp>,
    },
    /// How the controls of a framework are met.
    Compliance {
        /// The framework, by id.
        framework: String,
    },
    /// Every access key.
    AccessKeys,
    /// What nobody uses.
    Unused,
    /// What anybody on the internet gets at.
    Public,
    /// Since when findings stood open, and until when.
    Exposure {
        /// The checks that find them; where none is named, those of [`Public`](Self::Public).
        checks: Vec<String>,
        /// What ended before is left out.
        since: Option<Timestamp>,
    },
    /// What was looked at: each technology of each account.
    Coverage,
}

/// What is to be known of a provider for reports about its accounts.
pub trait ProviderReports: Send + Sync {
    /// The checks that find what nobody uses.
    fn unused(&self, registry: &Registry) -> BTreeSet<String>;

    /// The checks that find what anybody on the internet gets at, or sees.
    fn public(&self, registry: &Registry) -> BTreeSet<String>;

    /// The technologies whose items have access keys.
    fn key_holders(&self) -> BTreeSet<&'static str>;

    /// Every access key, of what a reporting about the [holders](Self::key_holders) is of.
    ///
    /// # Errors
    /// Where the views cannot be read.
    fn access_keys(&self, reporting: &Reporting<'_>) -> Result<Report, Error>;

    /// The frameworks of which there are reports.
    fn frameworks(&self) -> Vec<FrameworkRecord>;

    /// Whether there is a framework of this id.
    ///
    /// # Errors
    /// Where there is none: which are alike.
    fn require_framework(&self, id: &str) -> Result<(), Unknown>;

    /// How the controls of a framework are met.
    ///
    /// # Errors
    /// Where there is no such framework, or the views cannot be read.
    fn compliance(&self, reporting: &Reporting<'_>, framework: &str) -> Result<Report, Error>;
}

/// What reports are made from.
#[derive(Clone, Copy)]
pub struct Reports<'a> {
    /// The log.
    pub log: &'a dyn EventLog,
    /// The views of the whole log.
    pub views: &'a Views,
    /// What is known, now or at an instant.
    pub known: &'a Known,
    /// What was ever read and judged.
    pub registry: &'a Registry,
    /// What is read now.
    pub reads: &'a Registry,
    /// What judges items.
    pub auditors: &'a [Arc<dyn Auditor>],
    /// What knows the provider.
    pub provider: &'a dyn ProviderReports,
}

impl ReportKind {
    /// Whether all that it names is there.
    ///
    /// # Errors
    /// Where a framework or a check is not.
    pub fn require(
        &self,
        registry: &Registry,
        provider: &dyn ProviderReports,
    ) -> Result<(), Unknown> {
        match self {
            Self::Compliance { framework } => provider.require_framework(framework),
            Self::Exposure { checks, .. } => {
                checks.iter().try_for_each(|check| registry.find_check(check).map(drop))
            }
            _ => Ok(()),
        }
    }
}

impl Reports<'_> {
    /// Makes a report about what a query selects; of what was known at an instant, where
    /// `is_past`.
    ///
    /// # Errors
    /// Where it would begin after its end, or names what is not there; where the log or the
    /// views cannot be read.
    pub async fn report(
        &self,
        kind: &ReportKind,
        query: Query,
        is_past: bool,
    ) -> Result<Report, Error> {
        let Self { log, views, known, registry, reads, auditors, provider } = *self;
        kind.require(registry, provider)?;
        let position =
            if is_past { position_at(log, known.now).await? } else { log.head().await?.position };
        let reporting = Reporting::new(known, registry, reads, query, position)?;
        match kind {
            ReportKind::Daily { since } => {
                let day_before = known.now.saturating_sub(DAY).unwrap_or(known.now);
                let since = since.unwrap_or(day_before);
                if since > known.now {
                    return Err(Error::AfterTheEnd { since, end: known.now });
                }
                reporting.daily(log, views, since).await
            }
            ReportKind::Compliance { framework } => provider.compliance(&reporting, framework),
            ReportKind::AccessKeys => {
                provider.access_keys(&reporting.of_technologies(reads, &provider.key_holders())?)
            }
            ReportKind::Unused => {
                let reporting = reporting.of_checks(reads, provider.unused(registry))?;
                reporting.found("unused", "What nobody uses", "nothing unused was found")
            }
            ReportKind::Public => {
                let reporting = reporting.of_checks(reads, provider.public(registry))?;
                reporting.found("public", "What anybody gets at", "nothing public was found")
            }
            ReportKind::Exposure { checks, since } => {
                let checks = match checks.as_slice() {
                    [] => provider.public(registry),
                    named => named.iter().cloned().collect(),
                };
                let reporting = reporting.of_checks(reads, checks)?;
                reporting.exposure(log, auditors, *since).await
            }
            ReportKind::Coverage => reporting.coverage(),
        }
    }
}
