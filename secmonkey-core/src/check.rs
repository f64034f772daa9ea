//! Checks judge configurations.
//!
//! A check is a pure function of an item, the [`World`] around it and the time it is
//! asked for, so that it can run against any past instant. It answers with
//! [`Findings`], or that it cannot know.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ipnet::IpNet;
use jiff::Timestamp;
use serde_json::Value;

use crate::account::{Account, AccountId, Accounts};
use crate::config::pattern;
use crate::event::ScopeId;
use crate::item::{Item, Key};
use crate::network::{Block, Network};
use crate::technology::Kind;
use crate::texts::Texts;

mod catalogue;
mod declared;
mod manual;
pub mod page;
pub mod parameter;

pub use catalogue::{Catalogue, Rule, Run};
pub use declared::Declared;
pub use manual::Manual;
pub use parameter::{Parameter, Settings};

/// Judges items.
///
/// Most auditors are a [`Catalogue`] of functions. An own implementation is needed for
/// rules that are no functions, or that share what they make of an item; it runs each
/// check by [`Findings::run`], in the world as [`World::for_check`] opens it.
pub trait Auditor: Send + Sync {
    /// The checks it runs, for lists, overrides and the audit's book-keeping.
    fn checks(&self) -> &[Check];

    /// Adds what its checks find in one item, and which of them cannot know.
    fn audit(&self, item: &Item, world: &World<'_>, found: &mut Findings);
}

/// What is known of a check beforehand: plain data, written as a constant beside the
/// function that runs it or made at run time.
///
/// ```
/// use std::borrow::Cow;
///
/// use secmonkey_core::check::Check;
/// use secmonkey_core::texts::Texts;
///
/// const UNENCRYPTED: Check = Check {
///     id: Cow::Borrowed("sqs_queue.unencrypted"),
///     technology: Cow::Borrowed("sqs_queue"),
///     score: 5,
///     reads: Texts::new(&["/Attributes"]),
///     page: Cow::Borrowed("# Queue is not encrypted\n\n**Fix:** turn on SSE-SQS.\n"),
///     ..Check::DEFAULT
/// };
/// assert_eq!(UNENCRYPTED.title(), "Queue is not encrypted");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Names it for ever: `security_group.internet_accessible_ingress`.
    pub id: Cow<'static, str>,
    /// The technology whose items it judges.
    pub technology: Cow<'static, str>,
    /// Raised when the rule itself changes: everything stored is audited again, once.
    pub version: u32,
    /// The base score, 0 to 10.
    pub score: u8,
    /// Pointers of the members it reads (`*` for every member). It sees no other.
    pub reads: Texts,
    /// What it looks up in the world: technologies, `accounts`, `networks`, and `known` for
    /// whose a name or an address is.
    pub world: Texts,
    /// Of what it reads and looks up, what could only take a finding away. Where such a
    /// thing is not known, the finding is told all the same, with its doubt.
    pub doubts: Texts,
    /// Whether its answer depends on the time.
    pub timed: bool,
    /// The check that says the same in a wider sense; people see the whole once.
    pub part_of: Option<Cow<'static, str>>,
    /// What overrides may set for it. It can ask for no other.
    pub parameters: Cow<'static, [Parameter]>,
    /// Its manual page: Markdown, with examples that are its tests.
    pub page: Cow<'static, str>,
}

impl Check {
    /// A first version that reads nothing: the base for `..Check::DEFAULT`.
    pub const DEFAULT: Self = Self {
        id: Cow::Borrowed(""),
        technology: Cow::Borrowed(""),
        version: 1,
        score: 0,
        reads: Texts::NONE,
        world: Texts::NONE,
        doubts: Texts::NONE,
        timed: false,
        part_of: None,
        parameters: Cow::Borrowed(&[]),
        page: Cow::Borrowed(""),
    };

    /// The title: the first heading of the page.
    #[must_use]
    pub fn title(&self) -> &str {
        self.page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(&self.id).trim()
    }
}

/// The severity people read in a score.
#[must_use]
pub const fn severity(score: u8) -> &'static str {
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
    /// A part it reads was never read; the empty pointer is all of the configuration.
    #[error("{} was never read", if .0.is_empty() { "its configuration" } else { .0 })]
    Unread(String),
    /// What it looks up was never listed to the end.
    #[error("{0} was never listed to the end")]
    Unlisted(String),
    /// What it judges is not in the language it is meant to be in: says where, and why.
    #[error("{0}")]
    Malformed(String),
    // Recorded as these words: `UndecidedCheck::is_at_fault` knows the last two by them.
    /// It looked up something that it does not declare: a mistake in the check.
    #[error("the check looks up {0} without declaring it")]
    Undeclared(String),
    /// It failed: a mistake in the check.
    #[error("the check failed: {0}")]
    Failed(String),
}

/// What one audit says about one item.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The base score of the check that is running.
    score: u8,
    all: Vec<Finding>,
    undecided: BTreeMap<Cow<'static, str>, Undecided>,
    filter: Filter,
}

/// The findings of an item by check and subject.
pub type Merged = BTreeMap<(Cow<'static, str>, String), Finding>;

/// Which checks are run: all, unless there is a predicate.
#[derive(Clone, Default)]
struct Filter(Option<Arc<Predicate>>);

type Predicate = dyn Fn(&Check) -> bool + Send + Sync;

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "some checks" } else { "all checks" })
    }
}

/// What one check says about one subject inside an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check's id.
    pub check: Cow<'static, str>,
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
    /// What is not known that could take it away.
    pub doubt: BTreeSet<String>,
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

    /// Says what is not known that could take the finding away.
    pub fn doubt(&mut self, what: impl Into<String>) -> &mut Self {
        self.doubt.insert(what.into());
        self
    }

    /// Scores it other than the check's base score.
    pub fn score(&mut self, score: u8) -> &mut Self {
        self.score = score.min(10);
        self
    }
}

impl Findings {
    /// Findings of some checks alone. A check that is left out is not run, and is not
    /// undecided either: nobody asked it.
    ///
    /// ```
    /// use secmonkey_core::check::{Check, Findings};
    ///
    /// let at_home = Findings::only(|check| check.world.is_empty());
    /// assert!(at_home.runs(&Check::DEFAULT));
    /// ```
    #[must_use]
    pub fn only(wanted: impl Fn(&Check) -> bool + Send + Sync + 'static) -> Self {
        Self { filter: Filter(Some(Arc::new(wanted))), ..Self::default() }
    }

    /// Whether a check is not left out.
    #[must_use]
    pub fn runs(&self, check: &Check) -> bool {
        self.filter.0.as_ref().is_none_or(|wanted| wanted(check))
    }

    /// Adds a finding of the running check.
    ///
    /// `subject` names what inside the item it is about and is empty for the whole
    /// item; `detail` says in one line what is wrong.
    pub fn add(&mut self, subject: impl Into<String>, detail: impl Into<String>) -> &mut Finding {
        self.all.push(Finding {
            // Whose it is says `run`, once for all that a check adds.
            check: Cow::Borrowed(""),
            subject: subject.into(),
            score: self.score,
            detail: detail.into(),
            evidence: Vec::new(),
            grounds: BTreeSet::new(),
            doubt: BTreeSet::new(),
        });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// Runs one check, unless it is left out: what `run` adds counts as its findings;
    /// where it cannot know or panics, nothing of it counts.
    pub fn run(&mut self, check: &Check, run: impl FnOnce(&mut Self) -> Result<(), Undecided>) {
        if !self.runs(check) {
            return;
        }
        let before = self.all.len();
        self.score = check.score;
        let answer = catch_unwind(AssertUnwindSafe(|| run(self)))
            .unwrap_or_else(|panic| Err(Undecided::Failed(message(panic.as_ref()))));
        self.score = 0;
        match answer {
            Ok(()) => {
                for finding in &mut self.all[before..] {
                    finding.check.clone_from(&check.id);
                }
            }
            Err(undecided) => {
                self.all.truncate(before);
                self.undecide(check, undecided);
            }
        }
    }

    /// Lowers what the running check has found so far to a score at most, and says why.
    ///
    /// ```
    /// use secmonkey_core::check::{Check, Findings};
    ///
    /// let check = Check { score: 7, ..Check::DEFAULT };
    /// let mut found = Findings::default();
    /// found.run(&check, |found| {
    ///     found.add("", "the door is open");
    ///     found.at_most(3, "nobody is in");
    ///     Ok(())
    /// });
    /// let finding = found.merged().into_values().next().expect("one");
    /// assert_eq!((finding.score, &*finding.detail), (3, "the door is open; nobody is in"));
    /// ```
    pub fn at_most(&mut self, score: u8, why: &str) {
        for finding in self.running() {
            finding.score = finding.score.min(score);
            finding.detail = format!("{}; {why}", finding.detail);
        }
    }

    /// What the running check has found so far.
    pub fn running(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.all.iter_mut().filter(|finding| finding.check.is_empty())
    }

    /// Says that a check cannot know.
    pub fn undecide(&mut self, check: &Check, why: Undecided) {
        self.undecided.insert(check.id.clone(), why);
    }

    /// The checks that cannot know, and why.
    #[must_use]
    pub fn undecided(&self) -> &BTreeMap<Cow<'static, str>, Undecided> {
        &self.undecided
    }

    /// The findings, those of equal check and subject merged: the strongest score and
    /// its wording, all evidence and grounds.
    #[must_use]
    pub fn merged(&self) -> Merged {
        self.clone().into_parts().0
    }

    /// The [`merged`](Self::merged) findings, and the [`undecided`](Self::undecided)
    /// checks.
    #[must_use]
    pub fn into_parts(self) -> (Merged, BTreeMap<Cow<'static, str>, Undecided>) {
        let mut merged = Merged::new();
        for mut finding in self.all {
            match merged.entry((finding.check.clone(), finding.subject.clone())) {
                Entry::Vacant(free) => {
                    free.insert(finding);
                }
                Entry::Occupied(mut taken) => {
                    let one = taken.get_mut();
                    if finding.score > one.score {
                        one.score = finding.score;
                        one.detail = finding.detail;
                    }
                    one.evidence.append(&mut finding.evidence);
                    one.grounds.append(&mut finding.grounds);
                    one.doubt.append(&mut finding.doubt);
                }
            }
        }
        for finding in merged.values_mut() {
            finding.evidence.sort();
            finding.evidence.dedup();
        }
        (merged, self.undecided)
    }
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn std::any::Any + Send)) -> String {
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
    settings: &'a Settings,
    check: Option<&'a Check>,
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

    /// The items of a scope whose configurations name something at one of these pointers.
    ///
    /// # Errors
    /// As [`item`](Self::item).
    fn naming(
        &self,
        scope: &ScopeId,
        _at: &Texts,
        _name: &str,
    ) -> Result<BTreeSet<Key>, Undecided> {
        Err(Undecided::Unlisted(scope.to_string()))
    }

    /// All items of a technology that an account has, in every region.
    ///
    /// # Errors
    /// As [`item`](Self::item), for any region.
    fn all(&self, account: &AccountId, technology: &str) -> Result<Arc<[Item]>, Undecided> {
        Err(Undecided::Unlisted(format!("{account}/{technology}")))
    }

    /// The accounts whose configurations say that what is named so is theirs; none
    /// where nobody's does.
    ///
    /// # Errors
    /// Where none does and it cannot be known: an account that is watched was never
    /// listed to the end, or the store cannot be read.
    fn owners(&self, kind: &Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided>;

    /// The known blocks that hold all of `block`, registered networks among them, the
    /// widest first.
    ///
    /// # Errors
    /// As [`owners`](Self::owners).
    fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Undecided>;

    /// The registered networks, by name.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn networks(&self) -> Result<Arc<[Network]>, Undecided> {
        Err(Undecided::Unlisted("networks".to_owned()))
    }
}

/// Nothing but the item itself is known.
impl Facts for () {
    fn item(&self, key: &Key) -> Result<Option<Item>, Undecided> {
        Err(Undecided::Unlisted(key.technology.clone()))
    }

    fn owners(&self, kind: &Kind, _name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        Err(Undecided::Unlisted(kind.to_string()))
    }

    fn blocks(&self, _block: IpNet) -> Result<Vec<Block>, Undecided> {
        Err(Undecided::Unlisted(Kind::BLOCK.to_string()))
    }
}

impl<'a> World<'a> {
    /// The world as known at one position, asked at the time `now`.
    #[must_use]
    pub fn new(now: Timestamp, accounts: &'a Accounts, facts: &'a dyn Facts) -> Self {
        Self { now, accounts, facts, settings: Settings::NONE, check: None }
    }

    /// The same with what is set for the checks of the item that is judged.
    #[must_use]
    pub fn with(&self, settings: &'a Settings) -> Self {
        Self { settings, ..*self }
    }

    /// What is set for the checks of the item that is judged.
    #[must_use]
    pub fn settings(&self) -> &'a Settings {
        self.settings
    }

    /// The same, open only to what `check` declares.
    #[must_use]
    pub fn for_check(&self, check: &'a Check) -> Self {
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

    /// The value of a parameter that counts for the item: what is set, else the default.
    ///
    /// # Errors
    /// Where the check does not declare it.
    pub fn parameter(&self, name: &str) -> Result<Value, Undecided> {
        let check = self.check.and_then(|check| Some((check, check.parameter(name).ok()?)));
        let Some((check, parameter)) = check else {
            return Err(Undecided::Undeclared(format!("the parameter {name}")));
        };
        let set = self.settings.of(&check.id).get(name);
        Ok(set.cloned().unwrap_or_else(|| parameter.default()))
    }

    /// The value of a parameter that is a whole number.
    ///
    /// # Errors
    /// Where the check does not declare it, as such a one.
    pub fn number(&self, name: &str) -> Result<i64, Undecided> {
        let number = self.parameter(name)?.as_i64();
        number.ok_or_else(|| Undecided::Undeclared(format!("the number {name}")))
    }

    /// The value of a parameter that is a list of whole numbers, in order.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn numbers(&self, name: &str) -> Result<Vec<i64>, Undecided> {
        let value = self.parameter(name)?;
        let numbers = value.as_array().and_then(|all| all.iter().map(Value::as_i64).collect());
        numbers.ok_or_else(|| Undecided::Undeclared(format!("the numbers {name}")))
    }

    /// The value of a parameter that is a list of texts, in order.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Undecided> {
        let value = self.parameter(name)?;
        let text = |one: &Value| one.as_str().map(str::to_owned);
        let texts = value.as_array().and_then(|all| all.iter().map(text).collect());
        texts.ok_or_else(|| Undecided::Undeclared(format!("the texts {name}")))
    }

    /// The registered accounts.
    ///
    /// # Errors
    /// Where the check does not declare `accounts`.
    pub fn accounts(&self) -> Result<&'a Accounts, Undecided> {
        self.require("accounts")?;
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
        self.require(&key.technology)?;
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
        self.require(technology)?;
        self.facts.find(account, technology, called)
    }

    /// The items of a technology, of one account and region, whose configurations hold a text
    /// at one of these pointers: which groups name a group in their rules, which route table
    /// a subnet has. It costs one look at all of them an audit, however many ask.
    ///
    /// # Errors
    /// As [`item`](Self::item).
    pub fn naming(
        &self,
        scope: &ScopeId,
        at: &Texts,
        text: &str,
    ) -> Result<BTreeSet<Key>, Undecided> {
        self.require(&scope.technology)?;
        self.facts.naming(scope, at, text)
    }

    /// All items of a technology that an account has, in every region. For technologies of
    /// which an account has few: all are kept in memory for the length of an audit.
    ///
    /// # Errors
    /// As [`item`](Self::item), for any region.
    pub fn all(&self, account: &AccountId, technology: &str) -> Result<Arc<[Item]>, Undecided> {
        self.require(technology)?;
        self.facts.all(account, technology)
    }

    /// The accounts that own what is named so: those registered with it, else those whose
    /// configurations say so. They need not be registered themselves. None where it is
    /// nobody's that we know; an address is asked for with [`blocks`](Self::blocks).
    ///
    /// # Errors
    /// Where the check does not declare `known`, or it cannot be known yet: nobody's
    /// configuration names it, and one of our accounts was never listed to the end.
    pub fn owners(&self, kind: &Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        let registered = self.registered(kind, name)?;
        if registered.is_empty() { self.facts.owners(kind, name) } else { Ok(registered) }
    }

    /// The accounts that are registered with a name of a kind that no configuration tells,
    /// such as the organization they belong to.
    ///
    /// # Errors
    /// Where the check does not declare `known`.
    pub fn registered(&self, kind: &Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        self.require("known")?;
        Ok(self.accounts.named(kind, name).map(|account| account.id.clone()).collect())
    }

    /// The registered account that owns what is named so.
    ///
    /// # Errors
    /// As [`owners`](Self::owners).
    pub fn owner(&self, kind: &Kind, name: &str) -> Result<Option<&'a Account>, Undecided> {
        let owners = self.owners(kind, name)?;
        Ok(owners.iter().find_map(|owner| self.accounts.get(owner.as_str())))
    }

    /// The known blocks that hold all of `block`, the widest first: registered networks,
    /// and what the configurations of accounts name. None where it is nobody's that we
    /// know.
    ///
    /// # Errors
    /// As [`owners`](Self::owners).
    pub fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Undecided> {
        self.require("known")?;
        self.facts.blocks(block.trunc())
    }

    /// The networks that somebody registered, by name.
    ///
    /// # Errors
    /// Where the check does not declare `networks`, or the store cannot be read.
    pub fn networks(&self) -> Result<Arc<[Network]>, Undecided> {
        self.require("networks")?;
        self.facts.networks()
    }

    /// Makes sure that the check may look up a technology, `accounts`, `networks` or `known`.
    /// For what is looked up once and then answered to several checks: each has to declare it.
    ///
    /// # Errors
    /// Where the check does not declare it.
    pub fn require(&self, what: &str) -> Result<(), Undecided> {
        match self.check {
            Some(check) if !check.world.contains(what) => {
                Err(Undecided::Undeclared(what.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a check reads the member at `pointer`, or something within or around it.
#[must_use]
pub fn reads(check: &Check, pointer: &str) -> bool {
    check.reads.iter().any(|read| pattern::meets(read, pointer))
}

/// Whether a member that a check reads could only take its findings away.
#[must_use]
pub fn doubts(check: &Check, pointer: &str) -> bool {
    let mut asked = check.reads.iter().filter(|read| pattern::meets(read, pointer)).peekable();
    asked.peek().is_some() && asked.all(|read| check.doubts.contains(read))
}
