//! Checks judge configurations.
//!
//! A check is a pure function of an item, the [`World`] around it and the time it is
//! asked for, so that it can run against any past instant. It answers with
//! [`Findings`], or that it cannot know.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ipnet::IpNet;
use jiff::Timestamp;

use crate::account::{Account, AccountId, Accounts};
use crate::config::pattern;
use crate::item::{Item, Key};
use crate::network::Block;
use crate::technology::Kind;

pub mod page;

/// Judges items.
///
/// Most auditors are a [`Catalogue`] of checks; an own implementation is needed only
/// for rules that are not written as functions.
pub trait Auditor: Send + Sync {
    /// The checks it runs, for lists, overrides and the audit's book-keeping.
    fn checks(&self) -> &[&'static Check];

    /// Adds what its checks find in one item, and which of them cannot know.
    fn audit(&self, item: &Item, world: &World<'_>, found: &mut Findings);
}

/// A rule with an id.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Names it for ever: `security_group.internet_accessible_ingress`.
    pub id: &'static str,
    /// The technology whose items it judges.
    pub technology: &'static str,
    /// Raised when the rule itself changes: everything stored is audited again, once.
    pub version: u32,
    /// The base score, 0 to 10.
    pub score: u8,
    /// Pointers of the members it reads (`*` for every member). It sees no other.
    pub reads: &'static [&'static str],
    /// What it looks up in the world: technologies, `accounts`, and `known` for whose a
    /// name or an address is.
    pub world: &'static [&'static str],
    /// Whether its answer depends on the time.
    pub timed: bool,
    /// The check that says the same in a wider sense; people see the whole once.
    pub part_of: Option<&'static str>,
    /// Its manual page: Markdown, with examples that are its tests.
    pub page: &'static str,
    /// The rule.
    pub run: fn(&Item, &World<'_>, &mut Findings) -> Result<(), Undecided>,
}

impl Check {
    /// The title: the first heading of the page.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(self.id).trim()
    }
}

/// The severity people read in a score.
#[must_use]
pub fn severity(score: u8) -> &'static str {
    match score {
        0 => "info",
        1..=3 => "low",
        4..=6 => "medium",
        7..=9 => "high",
        _ => "critical",
    }
}

/// Why a check cannot know. It then opens and resolves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// A part it reads was never read.
    #[error("{0} was never read")]
    Unread(String),
    /// What it looks up was never listed to the end.
    #[error("{0} was never listed to the end")]
    Unlisted(String),
    /// What it judges is not in the language it is meant to be in: says where, and why.
    #[error("{0}")]
    Malformed(String),
    /// It looked up something that it does not declare: a mistake in the check.
    #[error("the check looks up {0} without declaring it")]
    Undeclared(String),
    /// It failed: a mistake in the check.
    #[error("the check failed: {0}")]
    Failed(String),
}

/// What one audit says about one item.
#[derive(Debug, Default)]
pub struct Findings {
    check: Option<&'static Check>,
    all: Vec<Finding>,
    undecided: BTreeMap<&'static str, Undecided>,
}

/// What one check says about one subject inside an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check's id.
    pub check: &'static str,
    /// What inside the item it is about; empty for the whole item. Never an index, a
    /// hash, a display name or a number of days: it names the issue for ever.
    pub subject: String,
    /// The base score, 0 to 10.
    pub score: u8,
    /// Facts and dates in one line; never ages.
    pub detail: String,
    /// Pointers into the configuration.
    pub evidence: Vec<String>,
    /// What it rests on; more grounds are a wider finding.
    pub grounds: BTreeSet<String>,
}

impl Finding {
    /// Points at the member of the configuration that shows it.
    pub fn at(&mut self, pointer: impl Into<String>) -> &mut Self {
        self.evidence.push(pointer.into());
        self
    }

    /// Adds one thing the finding rests on.
    pub fn ground(&mut self, ground: impl Into<String>) -> &mut Self {
        self.grounds.insert(ground.into());
        self
    }

    /// Scores it other than the check's base score.
    pub fn score(&mut self, score: u8) -> &mut Self {
        self.score = score.min(10);
        self
    }
}

impl Findings {
    /// Adds a finding of the running check.
    ///
    /// `subject` names what inside the item it is about and is empty for the whole
    /// item; `detail` says in one line what is wrong.
    pub fn add(&mut self, subject: impl Into<String>, detail: impl Into<String>) -> &mut Finding {
        let (check, score) = self.check.map_or(("", 0), |check| (check.id, check.score));
        self.all.push(Finding {
            check,
            subject: subject.into(),
            score,
            detail: detail.into(),
            evidence: Vec::new(),
            grounds: BTreeSet::new(),
        });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// Runs one check: what it adds counts as its findings; where it cannot know or
    /// panics, nothing of it counts.
    pub fn run(&mut self, check: &'static Check, item: &Item, world: &World<'_>) {
        let before = self.all.len();
        self.check = Some(check);
        let world = world.declared(check);
        let answer = catch_unwind(AssertUnwindSafe(|| (check.run)(item, &world, self)))
            .unwrap_or_else(|panic| Err(Undecided::Failed(message(panic.as_ref()))));
        self.check = None;
        if let Err(undecided) = answer {
            self.all.truncate(before);
            self.undecide(check, undecided);
        }
    }

    /// Says that a check cannot know.
    pub fn undecide(&mut self, check: &'static Check, why: Undecided) {
        self.undecided.insert(check.id, why);
    }

    /// The checks that cannot know, and why.
    #[must_use]
    pub fn undecided(&self) -> &BTreeMap<&'static str, Undecided> {
        &self.undecided
    }

    /// The findings, those of equal check and subject merged: the strongest score and
    /// its wording, all evidence and grounds.
    #[must_use]
    pub fn merged(&self) -> BTreeMap<(&'static str, String), Finding> {
        let mut merged: BTreeMap<(&'static str, String), Finding> = BTreeMap::new();
        for finding in &self.all {
            merged
                .entry((finding.check, finding.subject.clone()))
                .and_modify(|one| {
                    if finding.score > one.score {
                        one.score = finding.score;
                        one.detail.clone_from(&finding.detail);
                    }
                    one.evidence.extend(finding.evidence.iter().cloned());
                    one.grounds.extend(finding.grounds.iter().cloned());
                })
                .or_insert_with(|| finding.clone());
        }
        for finding in merged.values_mut() {
            finding.evidence.sort();
            finding.evidence.dedup();
        }
        merged
    }
}

/// What a panic said.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

/// What a check may look up beside its item, all at one position of the log.
#[derive(Clone, Copy)]
pub struct World<'a> {
    now: Timestamp,
    accounts: &'a Accounts,
    facts: &'a dyn Facts,
    check: Option<&'static Check>,
}

/// Items by key, and whose names and addresses are, as of one position of the log.
pub trait Facts: Send + Sync {
    /// An item that exists; `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be known: its scope was never listed to the end, or the store
    /// cannot be read.
    fn item(&self, key: &Key) -> Result<Option<Item>, Undecided>;

    /// The item of a global technology that has this ARN, or this name.
    ///
    /// # Errors
    /// As [`item`](Self::item).
    fn find(
        &self,
        _account: &AccountId,
        technology: &str,
        _called: &str,
    ) -> Result<Option<Item>, Undecided> {
        Err(Undecided::Unlisted(technology.to_owned()))
    }

    /// The accounts whose configurations say that what is named so is theirs; none
    /// where nobody's does.
    ///
    /// # Errors
    /// Where none does and it cannot be known: an account that is watched was never
    /// listed to the end, or the store cannot be read.
    fn owners(&self, kind: Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided>;

    /// The known blocks that hold all of `block`, registered networks among them, the
    /// widest first.
    ///
    /// # Errors
    /// As [`owners`](Self::owners).
    fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Undecided>;
}

/// Nothing but the item itself is known.
impl Facts for () {
    fn item(&self, key: &Key) -> Result<Option<Item>, Undecided> {
        Err(Undecided::Unlisted(key.technology.clone()))
    }

    fn owners(&self, kind: Kind, _name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        Err(Undecided::Unlisted(kind.to_string()))
    }

    fn blocks(&self, _block: IpNet) -> Result<Vec<Block>, Undecided> {
        Err(Undecided::Unlisted(Kind::Block.to_string()))
    }
}

impl<'a> World<'a> {
    /// The world as known at one position, asked at the time `now`.
    #[must_use]
    pub fn new(now: Timestamp, accounts: &'a Accounts, facts: &'a dyn Facts) -> Self {
        Self { now, accounts, facts, check: None }
    }

    /// The same, open only to what `check` declares.
    #[must_use]
    fn declared(&self, check: &'static Check) -> Self {
        Self { check: Some(check), ..*self }
    }

    /// The time the check is asked for.
    ///
    /// # Errors
    /// Where the check is not declared `timed`.
    pub fn now(&self) -> Result<Timestamp, Undecided> {
        match self.check {
            Some(check) if !check.timed => Err(Undecided::Undeclared("the time".to_owned())),
            _ => Ok(self.now),
        }
    }

    /// The registered accounts.
    ///
    /// # Errors
    /// Where the check does not declare `accounts`.
    pub fn accounts(&self) -> Result<&'a Accounts, Undecided> {
        self.allow("accounts")?;
        Ok(self.accounts)
    }

    /// A registered account.
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn account(&self, id: &str) -> Result<Option<&'a Account>, Undecided> {
        Ok(self.accounts()?.get(id))
    }

    /// Another item; `None` where there is none.
    ///
    /// # Errors
    /// Where the check does not declare its technology, or it cannot be known.
    pub fn item(&self, key: &Key) -> Result<Option<Item>, Undecided> {
        self.allow(&key.technology)?;
        self.facts.item(key)
    }

    /// The item of a global technology that has this ARN, or this name where names are
    /// unique: what configurations call each other by. `None` where there is none.
    ///
    /// # Errors
    /// As [`item`](Self::item).
    pub fn find(
        &self,
        account: &AccountId,
        technology: &str,
        called: &str,
    ) -> Result<Option<Item>, Undecided> {
        self.allow(technology)?;
        self.facts.find(account, technology, called)
    }

    /// The accounts that own what is named so: those registered with it (a canonical id,
    /// an organization), else those whose configurations say so. They need not be
    /// registered themselves. None where it is nobody's that we know; an address is asked
    /// for with [`blocks`](Self::blocks).
    ///
    /// # Errors
    /// Where the check does not declare `known`, or it cannot be known yet: nobody's
    /// configuration names it, and one of our accounts was never listed to the end.
    pub fn owners(&self, kind: Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        self.allow("known")?;
        let typed = |account: &Account| match kind {
            Kind::CanonicalUser => account.canonical_id.as_deref() == Some(name),
            Kind::Organization => account.organization.as_deref() == Some(name),
            _ => false,
        };
        let registered: BTreeSet<_> =
            self.accounts.iter().filter(|one| typed(one)).map(|one| one.id.clone()).collect();
        if !registered.is_empty() || kind == Kind::Organization {
            return Ok(registered);
        }
        self.facts.owners(kind, name)
    }

    /// The registered account that S3 access control lists name by this id.
    ///
    /// # Errors
    /// As [`owners`](Self::owners).
    pub fn canonical(&self, id: &str) -> Result<Option<&'a Account>, Undecided> {
        let owners = self.owners(Kind::CanonicalUser, id)?;
        Ok(owners.iter().find_map(|owner| self.accounts.get(owner.as_str())))
    }

    /// The known blocks that hold all of `block`, the widest first: registered networks,
    /// and what the configurations of accounts name. None where it is nobody's that we
    /// know.
    ///
    /// # Errors
    /// As [`owners`](Self::owners).
    pub fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Undecided> {
        self.allow("known")?;
        self.facts.blocks(block.trunc())
    }

    fn allow(&self, what: &str) -> Result<(), Undecided> {
        match self.check {
            Some(check) if !check.world.contains(&what) => {
                Err(Undecided::Undeclared(what.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// An auditor made of checks.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    checks: Vec<&'static Check>,
}

impl Catalogue {
    /// The auditor that runs these checks.
    #[must_use]
    pub fn new(checks: Vec<&'static Check>) -> Self {
        Self { checks }
    }
}

impl Auditor for Catalogue {
    fn checks(&self) -> &[&'static Check] {
        &self.checks
    }

    fn audit(&self, item: &Item, world: &World<'_>, found: &mut Findings) {
        for check in self.checks.iter().filter(|check| check.technology == item.key.technology) {
            found.run(check, item, world);
        }
    }
}

/// Whether a check reads the member at `pointer`, or something within or around it.
#[must_use]
pub fn reads(check: &Check, pointer: &str) -> bool {
    check.reads.iter().any(|read| pattern::meets(read, pointer))
}
