//! What the output holds, field by field: the contract with those who read it by
//! machine. Fields may be added, and are never renamed.

pub mod policy;

use std::collections::BTreeMap;

use ipnet::IpNet;
use json_patch::Patch;
use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, AccountId, Accounts};
use secmonkey_core::audit;
use secmonkey_core::check::{Check, Finding, severity};
use secmonkey_core::event::{Envelope, Failure, IssueId, Position, Resolution, ScopeId};
use secmonkey_core::item::Key;
use secmonkey_core::network::Network;
use secmonkey_core::view::{Issue, ItemRow, Justification, Status, Views};
use serde::Serialize;
use serde_json::Value;

use crate::context::Known;
use crate::error::Error;
use crate::output::{self, Cell, DIM, Row};
use crate::time;

/// What turns rows of views into records.
pub struct Records<'a> {
    views: &'a Views,
    now: Timestamp,
    accounts: Accounts,
    checks: BTreeMap<&'static str, &'static Check>,
}

impl<'a> Records<'a> {
    /// Records of what was known at some time.
    pub fn new(known: &'a Known) -> Result<Self, Error> {
        Ok(Self {
            views: &known.views,
            now: known.now,
            accounts: known.views.accounts()?,
            checks: crate::context::checks(),
        })
    }

    /// The name of an account; `None` where it is not registered.
    pub fn account_name(&self, id: &AccountId) -> Option<String> {
        self.accounts.get(id.as_str()).map(|account| account.name.clone())
    }

    /// The wider check that a check is part of.
    pub fn part_of(&self, check: &str) -> Option<&'static str> {
        self.checks.get(check)?.part_of
    }

    /// The issues of an item that are open at the time.
    pub fn open_issues(&self, key: &Key) -> Result<Vec<Issue>, Error> {
        let mut issues = self.views.issues_of(key)?;
        issues.retain(|issue| issue.status(self.now) == Status::Open);
        Ok(issues)
    }

    /// The score of an item with these open issues.
    pub fn score(&self, open: &[Issue]) -> u32 {
        audit::score(open.iter().map(|issue| &issue.finding), |check| self.part_of(check))
    }

    /// An item.
    pub fn item(&self, row: &ItemRow) -> Result<Item, Error> {
        let open = self.open_issues(&row.key)?;
        let scope = self.views.scope(&row.scope())?;
        Ok(Item {
            account_name: self.account_name(&row.key.account),
            account: row.key.account.clone(),
            technology: row.key.technology.clone(),
            region: row.key.region.clone(),
            id: row.key.id.clone(),
            key: row.key.clone(),
            name: row.name.clone(),
            arn: row.arn.clone(),
            revision: row.revision,
            first_seen: row.first_seen,
            last_seen: self.views.last_seen(row)?,
            last_changed: row.last_changed,
            deleted: row.deleted,
            unwatched_since: scope.and_then(|scope| scope.unwatched_since),
            score: self.score(&open),
            issues: open.len(),
        })
    }

    /// An issue of an item.
    pub fn issue(&self, issue: &Issue, row: &ItemRow) -> IssueRecord {
        let finding = &issue.finding;
        IssueRecord {
            id: finding.issue.clone(),
            check: finding.check.clone(),
            account: issue.key.account.clone(),
            account_name: self.account_name(&issue.key.account),
            technology: issue.key.technology.clone(),
            region: issue.key.region.clone(),
            resource_id: issue.key.id.clone(),
            key: issue.key.clone(),
            name: row.name.clone(),
            arn: row.arn.clone(),
            subject: finding.subject.clone(),
            score: finding.score,
            severity: severity(finding.score),
            status: issue.status(self.now),
            detail: finding.detail.clone(),
            evidence: finding.evidence.clone(),
            opened_at: Some(issue.opened_at),
            resolved_at: issue.resolved_at,
            resolved_reason: issue.resolved_reason,
            justification: issue.justification.clone(),
            is_part: false,
        }
    }

    /// What a check says about an item that nobody recorded as an issue.
    pub fn finding(&self, finding: &Finding, item: &secmonkey_core::item::Item) -> IssueRecord {
        IssueRecord {
            id: IssueId::of(&item.key, finding.check, &finding.subject),
            check: finding.check.to_owned(),
            account: item.key.account.clone(),
            account_name: self.account_name(&item.key.account),
            technology: item.key.technology.clone(),
            region: item.key.region.clone(),
            resource_id: item.key.id.clone(),
            key: item.key.clone(),
            name: item.name.clone(),
            arn: item.arn.clone(),
            subject: finding.subject.clone(),
            score: finding.score,
            severity: severity(finding.score),
            status: Status::Open,
            detail: finding.detail.clone(),
            evidence: finding.evidence.clone(),
            opened_at: None,
            resolved_at: None,
            resolved_reason: None,
            justification: None,
            is_part: false,
        }
    }

    /// The strongest first, and below each what is only part of it.
    pub fn sort(&self, issues: &mut Vec<IssueRecord>) {
        let place = |issue: &IssueRecord| {
            (
                std::cmp::Reverse(issue.score),
                issue.key.clone(),
                issue.check.clone(),
                issue.subject.clone(),
            )
        };
        issues.sort_by_cached_key(place);
        let wholes: BTreeMap<(Key, String), usize> = issues
            .iter()
            .enumerate()
            .rev()
            .map(|(at, issue)| ((issue.key.clone(), issue.check.clone()), at))
            .collect();
        let mut parts: BTreeMap<usize, Vec<IssueRecord>> = BTreeMap::new();
        let mut sorted = Vec::with_capacity(issues.len());
        for (at, mut issue) in issues.drain(..).enumerate() {
            let whole = self
                .part_of(&issue.check)
                .and_then(|whole| wholes.get(&(issue.key.clone(), whole.to_owned())));
            issue.is_part = whole.is_some();
            match whole {
                Some(whole) => parts.entry(*whole).or_default().push(issue),
                None => sorted.push((at, issue)),
            }
        }
        let mut families: Vec<Vec<IssueRecord>> = sorted
            .into_iter()
            .map(|(at, whole)| {
                let parts = parts.remove(&at).unwrap_or_default();
                std::iter::once(whole).chain(parts).collect()
            })
            .collect();
        // A strong part takes its weaker whole up with it.
        let strongest = |family: &Vec<IssueRecord>| family.iter().map(|one| one.score).max();
        families.sort_by_key(|family| std::cmp::Reverse(strongest(family)));
        issues.extend(families.into_iter().flatten());
        // A whole that is itself a part has handed its parts on.
        issues.extend(parts.into_values().flatten());
    }
}

/// An item.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    pub key: Key,
    pub account: AccountId,
    pub account_name: Option<String>,
    pub technology: String,
    pub region: String,
    pub id: String,
    pub name: String,
    pub arn: Option<String>,
    pub revision: u64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub last_changed: Timestamp,
    pub deleted: bool,
    pub unwatched_since: Option<Timestamp>,
    pub score: u32,
    pub issues: usize,
}

impl Item {
    /// The account, as people know it.
    pub fn account_label(&self) -> String {
        self.account_name.clone().unwrap_or_else(|| self.account.to_string())
    }
}

impl Row for Item {
    const FIELDS: &'static [&'static str] = &[
        "key",
        "account",
        "account_name",
        "technology",
        "region",
        "id",
        "name",
        "arn",
        "revision",
        "first_seen",
        "last_seen",
        "last_changed",
        "deleted",
        "unwatched_since",
        "score",
        "issues",
    ];
    const HEADINGS: &'static [&'static str] =
        &["SCORE", "TECHNOLOGY", "NAME", "REGION", "ACCOUNT", "REVISION", "LAST CHANGED", "ID"];

    fn cells(&self) -> Vec<Cell> {
        let style = if self.deleted || self.unwatched_since.is_some() {
            DIM
        } else {
            anstyle::Style::new()
        };
        let name = match (self.deleted, self.unwatched_since) {
            (true, _) => format!("{} (deleted)", self.name),
            (false, Some(since)) => format!("{} (unwatched since {since:.0})", self.name),
            (false, None) => self.name.clone(),
        };
        vec![
            Cell::number(self.score)
                .styled(output::severity(u8::try_from(self.score).unwrap_or(u8::MAX))),
            Cell::text(&self.technology),
            Cell::text(name).styled(style),
            Cell::text(&self.region),
            Cell::text(self.account_label()),
            Cell::number(self.revision),
            Cell::text(time::short(self.last_changed)),
            // The name says it already.
            Cell::text(if self.id == self.name { "" } else { &self.id }),
        ]
    }
}

/// An item with its configuration.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    #[serde(flatten)]
    pub item: Item,
    /// `null` where it was gone.
    pub config: Option<Value>,
    pub unread: Vec<Unread>,
}

/// A part that keeps an older value, or was never read.
#[derive(Debug, Clone, Serialize)]
pub struct Unread {
    pub pointer: String,
    pub since: Timestamp,
}

/// An issue.
#[derive(Debug, Clone, Serialize)]
pub struct IssueRecord {
    pub id: IssueId,
    pub check: String,
    pub key: Key,
    pub account: AccountId,
    pub account_name: Option<String>,
    pub technology: String,
    pub region: String,
    pub resource_id: String,
    pub name: String,
    pub arn: Option<String>,
    pub subject: String,
    pub score: u8,
    pub severity: &'static str,
    pub status: Status,
    pub detail: String,
    pub evidence: Vec<String>,
    /// `null` for what nobody recorded.
    pub opened_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub resolved_reason: Option<Resolution>,
    pub justification: Option<Justification>,
    /// Whether it stands below a wider issue.
    #[serde(skip)]
    pub is_part: bool,
}

impl Row for IssueRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "check",
        "key",
        "account",
        "account_name",
        "technology",
        "region",
        "resource_id",
        "name",
        "arn",
        "subject",
        "score",
        "severity",
        "status",
        "detail",
        "evidence",
        "opened_at",
        "resolved_at",
        "resolved_reason",
        "justification",
    ];
    const HEADINGS: &'static [&'static str] = &[
        "ID", "SCORE", "SEVERITY", "STATUS", "CHECK", "ITEM", "REGION", "ACCOUNT", "SINCE",
        "DETAIL",
    ];

    fn cells(&self) -> Vec<Cell> {
        let colour = output::severity(self.score);
        let status = match self.status {
            Status::Open => Cell::text("open"),
            Status::Justified => Cell::text("justified").styled(DIM),
            Status::Resolved => Cell::text("resolved").styled(output::GREEN),
        };
        let check = if self.is_part { format!("└ {}", self.check) } else { self.check.clone() };
        let since = self.resolved_at.or(self.opened_at);
        vec![
            Cell::text(self.id.as_str()),
            Cell::number(self.score).styled(colour),
            Cell::text(self.severity).styled(colour),
            status,
            Cell::text(check),
            Cell::text(&self.name),
            Cell::text(&self.region),
            Cell::text(self.account_name.as_deref().unwrap_or(self.account.as_str())),
            Cell::text(since.map(time::short).unwrap_or_default()),
            Cell::text(&self.detail),
        ]
    }
}

/// An account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountRecord {
    pub id: AccountId,
    pub name: String,
    pub role: Option<String>,
    pub external_id: Option<String>,
    pub regions: Vec<String>,
    pub skip_regions: Vec<String>,
    pub partition: String,
    pub third_party: bool,
    pub active: bool,
    pub canonical_id: Option<String>,
    pub organization: Option<String>,
    pub notes: String,
}

impl From<&Account> for AccountRecord {
    fn from(account: &Account) -> Self {
        let account = account.clone();
        Self {
            id: account.id,
            name: account.name,
            role: account.role,
            external_id: account.external_id,
            regions: account.regions,
            skip_regions: account.skip_regions,
            partition: account.partition,
            third_party: account.third_party,
            active: account.active,
            canonical_id: account.canonical_id,
            organization: account.organization,
            notes: account.notes,
        }
    }
}

impl AccountRecord {
    /// How it is treated.
    pub fn state(&self) -> &'static str {
        match (self.third_party, self.active) {
            (true, _) => "third party",
            (false, true) => "active",
            (false, false) => "inactive",
        }
    }

    /// Where it is read.
    pub fn where_read(&self) -> String {
        let regions = if self.regions.is_empty() {
            "all enabled".to_owned()
        } else {
            self.regions.join(", ")
        };
        if self.skip_regions.is_empty() {
            regions
        } else {
            format!("{regions} without {}", self.skip_regions.join(", "))
        }
    }
}

impl Row for AccountRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "name",
        "role",
        "external_id",
        "regions",
        "skip_regions",
        "partition",
        "third_party",
        "active",
        "canonical_id",
        "organization",
        "notes",
    ];
    const HEADINGS: &'static [&'static str] = &["ID", "NAME", "STATE", "ROLE", "REGIONS", "NOTES"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(self.id.as_str()),
            Cell::text(&self.name),
            Cell::text(self.state()),
            Cell::text(self.role.as_deref().unwrap_or_default()),
            Cell::text(if self.third_party { String::new() } else { self.where_read() }),
            Cell::text(&self.notes),
        ]
    }
}

/// A known network.
#[derive(Debug, Clone, Serialize)]
pub struct NetworkRecord {
    pub name: String,
    pub cidr: IpNet,
    /// `null` where it is of no account in particular.
    pub account: Option<AccountId>,
    pub account_name: Option<String>,
    pub notes: String,
}

impl NetworkRecord {
    /// The record of a network, with the name of its account.
    pub fn new(network: Network, accounts: &Accounts) -> Self {
        let account = network.account.as_ref();
        let account_name = account.and_then(|id| Some(accounts.get(id.as_str())?.name.clone()));
        let Network { name, cidr, account, notes } = network;
        Self { name, cidr, account, account_name, notes }
    }
}

impl Row for NetworkRecord {
    const FIELDS: &'static [&'static str] = &["name", "cidr", "account", "account_name", "notes"];
    const HEADINGS: &'static [&'static str] = &["NAME", "CIDR", "ACCOUNT", "NOTES"];

    fn cells(&self) -> Vec<Cell> {
        let account = self.account.as_ref().map_or("", AccountId::as_str);
        vec![
            Cell::text(&self.name),
            Cell::text(self.cidr.to_string()),
            Cell::text(self.account_name.as_deref().unwrap_or(account)),
            Cell::text(&self.notes),
        ]
    }
}

/// A revision of an item.
#[derive(Debug, Clone, Serialize)]
pub struct RevisionRecord {
    pub revision: u64,
    pub position: Position,
    pub at: Timestamp,
    pub kind: &'static str,
    /// From the configuration before; `null` for the first sight and for a deletion.
    pub patch: Option<Patch>,
    pub actor: String,
    /// Who changed the resource; not known yet in this release.
    pub attribution: Option<Value>,
    #[serde(skip)]
    pub summary: String,
}

impl Row for RevisionRecord {
    const FIELDS: &'static [&'static str] =
        &["revision", "position", "at", "kind", "patch", "actor", "attribution"];
    const HEADINGS: &'static [&'static str] = &["REVISION", "AT", "WHAT", "BY", "SUMMARY"];

    fn cells(&self) -> Vec<Cell> {
        let style = match self.kind {
            "discovered" | "returned" => output::GREEN,
            "deleted" => output::RED,
            "changed" => output::YELLOW,
            _ => DIM,
        };
        vec![
            Cell::number(self.revision),
            Cell::text(time::exact(self.at)),
            Cell::text(self.kind).styled(style),
            Cell::text(&self.actor),
            Cell::text(&self.summary),
        ]
    }
}

/// The difference between two points.
#[derive(Debug, Clone, Serialize)]
pub struct DiffRecord {
    pub from: PointRecord,
    pub to: PointRecord,
    pub patch: Patch,
    pub summary: Vec<String>,
}

/// A point in the life of an item; without a revision before it was first seen.
#[derive(Debug, Clone, Serialize)]
pub struct PointRecord {
    pub key: Key,
    pub revision: Option<u64>,
    pub at: Option<Timestamp>,
}

/// A check.
#[derive(Debug, Clone, Serialize)]
pub struct CheckRecord {
    pub id: &'static str,
    pub provider: &'static str,
    pub technology: &'static str,
    pub title: &'static str,
    pub score: u8,
    pub severity: &'static str,
    pub enabled: bool,
    pub overrides: Vec<Value>,
    pub part_of: Option<&'static str>,
}

impl From<&'static Check> for CheckRecord {
    fn from(check: &'static Check) -> Self {
        Self {
            id: check.id,
            provider: "aws",
            technology: check.technology,
            title: check.title(),
            score: check.score,
            severity: severity(check.score),
            enabled: true,
            overrides: Vec::new(),
            part_of: check.part_of,
        }
    }
}

impl Row for CheckRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "provider",
        "technology",
        "title",
        "score",
        "severity",
        "enabled",
        "overrides",
        "part_of",
    ];
    const HEADINGS: &'static [&'static str] = &["CHECK", "SCORE", "SEVERITY", "TITLE"];

    fn cells(&self) -> Vec<Cell> {
        let colour = output::severity(self.score);
        vec![
            Cell::text(self.id),
            Cell::number(self.score).styled(colour),
            Cell::text(self.severity).styled(colour),
            Cell::text(self.title),
        ]
    }
}

/// A look that failed.
#[derive(Debug, Clone, Serialize)]
pub struct FailureRecord {
    pub scope: ScopeId,
    pub operation: String,
    pub item: Option<String>,
    pub part: Option<String>,
    pub reason: String,
}

impl From<&Failure> for FailureRecord {
    fn from(failure: &Failure) -> Self {
        let failure = failure.clone();
        Self {
            scope: failure.scope,
            operation: failure.operation,
            item: failure.item,
            part: failure.part,
            reason: failure.reason,
        }
    }
}

/// An event of the log.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct EventRecord(pub Envelope);

impl EventRecord {
    /// The word for what happened.
    pub fn kind(&self) -> Result<String, Error> {
        let event = serde_json::to_value(&self.0.event)?;
        Ok(event["type"].as_str().unwrap_or_default().to_owned())
    }
}

impl Row for EventRecord {
    const FIELDS: &'static [&'static str] = &[
        "position",
        "stream",
        "version",
        "recorded_at",
        "observed_at",
        "actor",
        "scan",
        "event",
        "hash",
    ];
    const HEADINGS: &'static [&'static str] = &[];

    fn cells(&self) -> Vec<Cell> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use secmonkey_core::event::{Actor, Event, Hash, NewEvent, Stored, StreamId, Version};
    use secmonkey_core::notify::ChangeKind;
    use serde_json::json;

    use super::*;

    /// What CSV and tables show is what JSON holds, in its order.
    fn agrees<T: Row>(row: &T) {
        let text = serde_json::to_string(row).unwrap();
        let members: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
        let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
        names.sort_by_key(|name| text.find(&format!("\"{name}\":")).unwrap());
        assert_eq!(names, T::FIELDS);
        assert_eq!(row.cells().len(), T::HEADINGS.len());
    }

    #[test]
    fn every_list_has_the_same_fields_in_every_form() {
        let key: Key = "123456789012/security_group/eu-west-1/sg-1".parse().unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let account = Account::new(key.account.clone(), "lighthouse");
        agrees(&AccountRecord::from(&account));
        let network = Network {
            name: "office".to_owned(),
            cidr: "203.0.113.0/24".parse().unwrap(),
            account: Some(account.id.clone()),
            notes: String::new(),
        };
        let record = NetworkRecord::new(network, &std::iter::once(account.clone()).collect());
        assert_eq!(record.account_name.as_deref(), Some("lighthouse"));
        agrees(&record);
        agrees(&Item {
            key: key.clone(),
            account: key.account.clone(),
            account_name: None,
            technology: key.technology.clone(),
            region: key.region.clone(),
            id: key.id.clone(),
            name: "web".to_owned(),
            arn: None,
            revision: 1,
            first_seen: at,
            last_seen: at,
            last_changed: at,
            deleted: false,
            unwatched_since: None,
            score: 0,
            issues: 0,
        });
        agrees(&IssueRecord {
            id: IssueId::of(&key, "c", ""),
            check: "c".to_owned(),
            account: key.account.clone(),
            account_name: None,
            technology: key.technology.clone(),
            region: key.region.clone(),
            resource_id: key.id.clone(),
            key,
            name: "web".to_owned(),
            arn: None,
            subject: String::new(),
            score: 5,
            severity: severity(5),
            status: Status::Open,
            detail: String::new(),
            evidence: Vec::new(),
            opened_at: None,
            resolved_at: None,
            resolved_reason: None,
            justification: None,
            is_part: false,
        });
        agrees(&RevisionRecord {
            revision: 1,
            position: Position(1),
            at,
            kind: ChangeKind::Changed.as_str(),
            patch: None,
            actor: "cli".to_owned(),
            attribution: None,
            summary: String::new(),
        });
        for check in crate::context::checks().into_values() {
            agrees(&CheckRecord::from(check));
        }
        let new = NewEvent {
            event: Event::AccountRegistered(account),
            observed_at: at,
            actor: Actor("cli".to_owned()),
            scan: Some(secmonkey_core::event::ScanId::at(at)),
        };
        let stream = StreamId::from("account/123456789012".to_owned());
        let stored = Stored::encode(Position(1), &stream, Version(1), at, &new).unwrap();
        agrees(&EventRecord(stored.decode(&Hash::START).unwrap()));
    }

    #[test]
    fn what_is_only_a_part_stands_below_the_whole() {
        let views = Views::new(std::sync::Arc::new(secmonkey_core::view::Memory::default()));
        let known = Known { views: std::sync::Arc::new(views), now: Timestamp::UNIX_EPOCH };
        let records = Records::new(&known).unwrap();
        let item = |id: &str| secmonkey_core::item::Item {
            key: format!("123456789012/security_group/eu-west-1/{id}").parse().unwrap(),
            name: id.to_owned(),
            arn: None,
            config: json!({}),
        };
        let found = |id: &str, check: &'static str, score| {
            let finding = Finding {
                check,
                subject: String::new(),
                score,
                detail: String::new(),
                evidence: Vec::new(),
                grounds: std::collections::BTreeSet::new(),
            };
            records.finding(&finding, &item(id))
        };
        let (whole, part) =
            ("security_group.ingress_from_internet", "security_group.admin_port_open_to_internet");
        let mut issues = vec![
            found("a", part, 10),
            found("b", part, 10),
            found("a", whole, 5),
            found("c", "security_group.egress_to_internet", 7),
        ];
        records.sort(&mut issues);
        let order: Vec<_> = issues
            .iter()
            .map(|issue| (issue.name.as_str(), issue.check.as_str(), issue.is_part))
            .collect();
        // A part without its whole stands for itself.
        assert_eq!(
            order,
            [
                ("b", part, false),
                ("a", whole, false),
                ("a", part, true),
                ("c", "security_group.egress_to_internet", false),
            ],
        );
    }
}
