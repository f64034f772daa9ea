//! What was recorded, and what reads and judges it, as the routes see it.

use std::sync::Arc;

use jiff::tz::TimeZone;
use secmonkey_core::account::Account;
use secmonkey_core::check::{Auditor, Check};
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::Actor;
use secmonkey_core::log::EventLog;
use secmonkey_core::query::ProviderReports;
use secmonkey_core::record::ControlRecord;
use secmonkey_core::registry::Registry;
use secmonkey_core::tlog::Ledger;
use secmonkey_core::view::Views;
use serde_json::{Map, Value};

/// What was recorded, and what reads and judges it.
pub trait Library: Send + Sync + 'static {
    /// The log.
    fn log(&self) -> Arc<dyn EventLog>;

    /// Its views.
    fn views(&self) -> Views;

    /// What reads and judges it now: a configuration may change that.
    fn catalogue(&self) -> Arc<Catalogue>;

    /// What is kept beside the log for who checks it; `None` where another process keeps it.
    fn ledger(&self) -> Option<&dyn Ledger>;

    /// Takes decisions for somebody.
    fn decisions(&self, actor: Actor) -> Decisions;
}

/// What reads and judges, and how its people write times.
pub struct Catalogue {
    /// Every technology and check.
    pub registry: Registry,
    /// The same without the technologies that are off.
    pub reads: Registry,
    /// What judges items.
    pub auditors: Vec<Arc<dyn Auditor>>,
    /// What knows the provider, for reports.
    pub reports: Arc<dyn ProviderReports>,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// The controls of frameworks that a check answers.
    pub controls: fn(&Check) -> Vec<ControlRecord>,
    /// What else there is to say of an account than every provider has.
    pub account: fn(&Account) -> Map<String, Value>,
}

impl Catalogue {
    /// What reads and judges, with times in UTC, checks that answer no controls, and accounts as
    /// every provider has them.
    #[must_use]
    pub fn new(
        registry: Registry,
        auditors: Vec<Arc<dyn Auditor>>,
        reports: Arc<dyn ProviderReports>,
    ) -> Self {
        Self {
            reads: registry.clone(),
            registry,
            auditors,
            reports,
            zone: TimeZone::UTC,
            controls: |_| Vec::new(),
            account: |_| Map::new(),
        }
    }
}
