//! What was measured, as `OpenMetrics`.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use secmonkey_core::Timestamp;

use crate::control::Measured;

/// Scans take from half a second to some hours.
const SHORTEST: f64 = 0.5;
/// Each bucket is so much wider than the one before,
const WIDER: f64 = 2.0;
/// and there are so many.
const BUCKETS: u16 = 15;

/// What was measured since the process started. Cheap to clone: all clones are one.
#[derive(Debug, Clone)]
pub struct Metrics {
    scans: Family<ScanLabels, Histogram, fn() -> Histogram>,
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All was read.
    Complete,
    /// Something could not be read.
    Partial,
    /// It did not run, or ended early.
    Failed,
}

impl EncodeLabelValue for Outcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let name = match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        };
        name.encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ScanLabels {
    outcome: Outcome,
}

type Labels = Vec<(&'static str, String)>;
type Gauges = Family<Labels, Gauge<f64, AtomicU64>>;

impl Default for Metrics {
    fn default() -> Self {
        let histogram = || Histogram::new(exponential_buckets(SHORTEST, WIDER, BUCKETS));
        Self { scans: Family::new_with_constructor(histogram) }
    }
}

impl Metrics {
    /// Counts a scan of an account that is over.
    pub fn scanned(&self, outcome: Outcome, took: Duration) {
        self.scans.get_or_create(&ScanLabels { outcome }).observe(took.as_secs_f64());
    }

    /// All of it, with how it stands now.
    ///
    /// # Errors
    /// None that can happen: a text takes all that is written to it.
    pub fn encode(&self, measured: &Measured) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("secmonkey");
        registry.register_with_unit(
            "scan_duration",
            "How long scans of an account took, by how they ended",
            Unit::Seconds,
            self.scans.clone(),
        );
        let mut gauge = |name: &str, help: &str, value: u64| {
            let gauge = Gauge::<f64, AtomicU64>::default();
            gauge.set(number(value));
            registry.register(name, help, gauge);
        };
        gauge("events", "Events in the log", measured.events);
        gauge("store_bytes", "What the store takes on disk", measured.store_bytes);
        gauge("undecided_items", "Items that some check cannot decide about", measured.undecided);
        gauge("tasks_running", "Scans of an account that run", measured.running);
        gauge("tasks_overdue", "Scans of an account that are due and wait", measured.overdue);
        let calls = Family::<Labels, Counter>::default();
        for (operation, count) in &measured.api_calls {
            calls.get_or_create(&vec![("operation", operation.clone())]).inc_by(*count);
        }
        registry.register("api_calls", "Calls to providers", calls);
        let throttled = Counter::<u64>::default();
        throttled.inc_by(measured.throttled);
        registry.register("api_calls_throttled", "Calls that providers throttled", throttled);
        let changes = Family::<Labels, Counter>::default();
        if let Some(events) = &measured.changes {
            for (became, count) in [
                ("received", events.received),
                ("poisoned", events.poisoned),
                ("ignored", events.ignored),
                ("acknowledged", events.acknowledged),
                ("failed", events.failures),
            ] {
                changes.get_or_create(&vec![("became", became.to_owned())]).inc_by(count);
            }
        }
        registry.register("change_events", "What became of messages on the queue", changes);
        let (waiting, failing) = (Gauges::default(), Gauges::default());
        for notifier in &measured.notifiers {
            let labels = vec![("notifier", notifier.name.clone())];
            waiting.get_or_create(&labels).set(number(notifier.waiting));
            failing.get_or_create(&labels).set(number(notifier.failing.is_some().into()));
        }
        registry.register("notifier_waiting_messages", "Messages not delivered yet", waiting);
        registry.register("notifier_failing", "Whether the last delivery failed", failing);
        let (complete, failed, next) = (Gauges::default(), Gauges::default(), Gauges::default());
        let failing = Gauges::default();
        for account in &measured.accounts {
            let labels = vec![("account", account.account.to_string())];
            failing.get_or_create(&labels).set(number(account.failing));
            for (gauges, time) in [
                (&complete, account.last_complete),
                (&failed, account.last_failure.as_ref().map(|failure| failure.at)),
                (&next, account.schedule.as_ref().and_then(|schedule| schedule.next_run)),
            ] {
                if let Some(time) = time {
                    gauges.get_or_create(&labels).set(seconds(time));
                }
            }
        }
        registry.register("failing_scopes", "Regions of technologies that cannot be read", failing);
        for (name, help, gauges) in [
            ("last_complete_look_timestamp", "When all of an account was last read", complete),
            ("last_failure_timestamp", "When a scan of an account last failed", failed),
            ("next_scan_timestamp", "When an account is scanned next", next),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, gauges);
        }
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

/// Exact up to 2^53, which no count of ours reaches.
#[expect(clippy::cast_precision_loss, reason = "gauges are floating-point numbers")]
fn number(value: u64) -> f64 {
    value as f64
}

fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use secmonkey_core::account::{Account, AccountId};
    use secmonkey_core::provider::Provider;
    use secmonkey_core::query::AccountHealth;
    use secmonkey_core::record::{AccountScheduleRecord, AccountStateRecord};
    use secmonkey_core::schedule::Priority;

    use super::*;
    use crate::control::{Changes, Notifier};

    #[test]
    fn what_was_measured_is_told_as_openmetrics() {
        let metrics = Metrics::default();
        metrics.scanned(Outcome::Complete, Duration::from_secs(3));
        metrics.scanned(Outcome::Failed, Duration::from_mins(1));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let id: AccountId = "111122223333".parse().unwrap();
        let health = AccountHealth {
            account: Account::new(Provider::named("aws"), id, "production"),
            last_success: None,
            last_complete: Some(at("2026-01-31T14:00:00Z")),
            last_failure: None,
            failing: 2,
            denied: BTreeSet::new(),
            locked_out: None,
        };
        let mut account = AccountStateRecord::new(&health, None);
        account.schedule = Some(AccountScheduleRecord {
            next_run: Some(at("2026-01-31T15:00:00.5Z")),
            running: Vec::new(),
            requested_at: None,
            priority: Priority::default(),
            paused: Vec::new(),
            last_task: None,
        });
        let measured = Measured {
            events: 12,
            store_bytes: 4096,
            running: 1,
            api_calls: vec![("s3:ListBuckets".to_owned(), 7)],
            accounts: vec![account],
            notifiers: vec![Notifier { name: "mail \"a\"".to_owned(), waiting: 3, failing: None }],
            changes: Some(Changes { received: 2, ..Changes::default() }),
            ..Measured::default()
        };
        // Within a family the order is none.
        let text = metrics.encode(&measured).unwrap();
        let mut lines: Vec<_> = text.lines().collect();
        lines.sort_unstable();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
