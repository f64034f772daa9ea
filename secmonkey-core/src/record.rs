//! The JSON of the contract: what every front prints, field by field. Fields may be added,
//! and are never renamed.
//!
//! Nothing here knows of terminals or pages: headings, cells and colours are the front's.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::account::{Account, AccountId, Accounts};
use crate::governance::Governance;
use crate::network::Network;
use crate::provider::Provider;
use crate::query::{Error, Known};
use crate::registry::Registry;
use crate::technology::Kind;
use crate::technology::{Reach, Technology};
use crate::view::Views;

mod access;
mod account;
mod asff;
mod attribution;
mod check;
mod configuration;
mod detail;
mod exposure;
mod fact;
mod finding;
mod gap;
mod governance;
mod history;
mod issue;
mod item;
mod ocsf;
mod overview;
mod past_scan;
mod proof;
mod sarif;
mod scan;
mod status;

pub use access::{TokenRecord, UserRecord};
pub use account::{AccountScheduleRecord, AccountStateRecord};
pub use asff::AsffFinding;
pub use attribution::{AttributionRecord, AuthorRecord};
pub use check::{CheckPageRecord, CheckRecord, ControlRecord, FrameworkRecord};
pub use configuration::{ConfigurationRecord, UnreadPointer, configuration_path};
pub use detail::{IssueDetailRecord, NeighbourRecord, Neighbours, PlaceRecord};
pub use exposure::{ExposureRecord, ExposuresRecord};
pub use fact::{Fact, Order};
pub(crate) use fact::{HYGIENE, fold, rank};
pub use finding::{Explained, Explanations, Requirement};
pub use gap::{Gap, GapKind};
pub use governance::{
    CommentRecord, IgnoreRecord, OverrideRecord, ScheduleRecord, SilenceRecord, SubscriptionRecord,
};
pub use history::{BlameRecord, DiffRecord, PointRecord, RevisionRecord};
pub use issue::IssueRecord;
pub use item::{ItemRecord, MatchRecord, ShownRecord, UndecidedRecord, UnreadRecord};
pub use ocsf::OcsfFinding;
pub use overview::{LastScanRecord, OverviewRecord, UnknownRecord, WorstRecord};
pub use past_scan::PastScanRecord;
pub use proof::{CheckpointRecord, ProvenRecord, SigningKeyRecord};
pub use sarif::SarifLog;
pub use scan::{
    AuditRecord, BaselineRecord, FailureRecord, ScanRecord, UndecidedCheckRecord, UndeliveredRecord,
};
pub use status::{
    CoverageRecord, FailedRecord, StatusRecord, UndecidedItems, UnfinishedRecord, UnreadPart,
};

/// Makes records of what is known at an instant.
pub struct Records<'a> {
    views: &'a Views,
    now: jiff::Timestamp,
    accounts: Accounts,
    governance: &'a Governance,
    registry: &'a Registry,
}

impl<'a> Records<'a> {
    /// Records of what is known, by a program that reads and judges this.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn new(known: &'a Known, registry: &'a Registry) -> Result<Self, Error> {
        let (accounts, governance) = (known.views.accounts()?, known.governance()?);
        Ok(Self { views: &known.views, now: known.now, accounts, governance, registry })
    }

    /// The name of an account; `None` where it is not registered.
    #[must_use]
    pub fn account_name(&self, id: &AccountId) -> Option<String> {
        self.accounts.get(id.as_str()).map(|account| account.name.clone())
    }

    /// A network.
    #[must_use]
    pub fn network(&self, network: Network) -> NetworkRecord {
        let account_name = network.account.as_ref().and_then(|id| self.account_name(id));
        let Network { name, cidr, account, notes } = network;
        NetworkRecord { name, cidr, account, account_name, notes }
    }
}

/// An account.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// Who runs it.
    pub provider: Provider,
    /// What people call it.
    pub name: String,
    /// The regions that are read; empty for all.
    pub regions: Vec<String>,
    /// The regions that are not.
    pub skip_regions: Vec<String>,
    /// Whether it is somebody else's.
    pub third_party: bool,
    /// Whether it is read.
    pub active: bool,
    /// What else names it in configurations.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, String>))]
    pub names: BTreeMap<Kind, String>,
    /// What only its provider reads.
    pub settings: serde_json::Map<String, Value>,
    /// Free text.
    pub notes: String,
}

impl From<&Account> for AccountRecord {
    fn from(account: &Account) -> Self {
        let account = account.clone();
        Self {
            id: account.id,
            provider: account.provider,
            name: account.name,
            regions: account.regions,
            skip_regions: account.skip_regions,
            third_party: account.third_party,
            active: account.active,
            names: account.names,
            settings: account.settings,
            notes: account.notes,
        }
    }
}

/// A known network.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NetworkRecord {
    /// What people call it.
    pub name: String,
    /// Its addresses.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub cidr: ipnet::IpNet,
    /// `null` where it is of no account in particular.
    pub account: Option<AccountId>,
    /// The account's name, where it is registered.
    pub account_name: Option<String>,
    /// Free text.
    pub notes: String,
}

/// A technology.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TechnologyRecord {
    /// Its id.
    pub id: String,
    /// Whose resources they are.
    pub provider: Provider,
    /// What people call it.
    pub title: String,
    /// Whether one listing covers all regions.
    pub global: bool,
    /// The checks that judge it.
    pub checks: Vec<String>,
    /// The provider's actions that reading it takes: each a call.
    pub permissions: Vec<String>,
    /// Whether it is read.
    pub enabled: bool,
}

impl TechnologyRecord {
    /// The record of a technology, in a program that judges it by these checks.
    #[must_use]
    pub fn new(technology: &Technology, registry: &Registry) -> Self {
        let checks = registry.checks().filter(|check| check.technology == technology.id);
        Self {
            id: technology.id.clone().into_owned(),
            provider: technology.provider.clone(),
            title: technology.title.clone().into_owned(),
            global: technology.reach == Reach::Global,
            checks: checks.map(|check| check.id.clone().into_owned()).collect(),
            permissions: technology.permissions.iter().map(str::to_owned).collect(),
            enabled: true,
        }
    }
}

#[cfg(test)]
mod tests;
