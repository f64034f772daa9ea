//! What the rules in force say of an item and of its issues.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ignore, Override, RuleId};
use crate::account::{Account, Accounts};
use crate::check::{Check, Settings};
use crate::event::{Actor, Position};
use crate::issue::Issue;
use crate::query::Query;
use crate::query::language::{Facts, Subject};
use crate::replay::ItemRow;
use crate::view::{self, RuleRow, Views};

/// The rules in force at an instant.
#[derive(Debug, Clone, Default)]
pub struct Governance {
    /// By check; those that count first come first.
    overrides: BTreeMap<String, Vec<RuleRow<Override>>>,
    /// The first made comes first.
    ignores: Vec<RuleRow<Ignore>>,
    accounts: Accounts,
    now: Timestamp,
}

/// What the rules say of one issue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ruling {
    /// The score that the check gave, where an override gives another.
    pub base_score: Option<u8>,
    /// The rule that suppresses the issue, where one does.
    pub suppressed: Option<Suppression>,
}

/// What the rules say of whatever a check finds in an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ruled {
    /// The score that counts; `None`: the one that the check gives.
    pub score: Option<u8>,
    /// The rule that suppresses what is found, where one does.
    pub suppressed: Option<Suppression>,
}

impl Ruled {
    /// Makes an issue what the rules make of it.
    fn rule(self, issue: &mut Issue) {
        if let Some(score) = self.score.filter(|score| *score != issue.finding.score) {
            let base = issue.finding.score;
            issue.ruling.base_score.get_or_insert(base);
            issue.finding.score = score;
        }
        issue.ruling.suppressed = self.suppressed;
    }
}

/// What the rules say of whatever is found in one item, of which they were asked once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ItemRuling {
    ignored: Option<Suppression>,
    /// What overrides say, of the checks of which they say something.
    overridden: BTreeMap<String, (Option<u8>, Option<Suppression>)>,
}

impl ItemRuling {
    /// Lets the rules say what they say of an issue of the item.
    pub(crate) fn rule(&self, issue: &mut Issue) {
        let overridden = self.overridden.get(&issue.finding.check).cloned();
        let (score, disabled) = overridden.unwrap_or_default();
        Ruled { score, suppressed: self.ignored.clone().or(disabled) }.rule(issue);
    }
}

/// The rule that suppresses something.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suppression {
    /// The rule.
    pub rule: RuleId,
    /// What it decides.
    pub how: Suppressed,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: Actor,
    /// When it was decided.
    pub at: Timestamp,
    /// When it ends; `null`: when the rule is removed.
    pub until: Option<Timestamp>,
}

/// How something is suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Suppressed {
    /// The item is ignored.
    ItemIgnored,
    /// The check is turned off for the item.
    CheckDisabled,
}

impl Suppressed {
    /// The words for it: `item ignored`, `check turned off`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ItemIgnored => "item ignored",
            Self::CheckDisabled => "check turned off",
        }
    }
}

impl Governance {
    /// The rules in force at a time, of those that had been made and not removed up to a
    /// position of the log.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn at(views: &Views, position: Position, now: Timestamp) -> Result<Self, view::Error> {
        let mut overrides: BTreeMap<String, Vec<RuleRow<Override>>> = BTreeMap::new();
        for row in views.overrides()? {
            if row.stands_at(position) && row.rule.until.is_none_or(|until| now < until) {
                overrides.entry(row.rule.check.clone()).or_default().push(row);
            }
        }
        for rules in overrides.values_mut() {
            in_order(rules);
        }
        let mut ignores = views.ignores()?;
        ignores.retain(|row| {
            row.stands_at(position) && row.rule.until.is_none_or(|until| now < until)
        });
        let is_empty = overrides.is_empty() && ignores.is_empty();
        let accounts = if is_empty { Accounts::default() } else { views.accounts()? };
        Ok(Self { overrides, ignores, accounts, now })
    }

    /// Whether no rule is in force.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.overrides.is_empty() && self.ignores.is_empty()
    }

    /// When the first of them ends; `None` where none does by itself.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        let overrides = self.overrides().filter_map(|row| row.rule.until);
        overrides.chain(self.ignores.iter().filter_map(|row| row.rule.until)).min()
    }

    /// The overrides in force; of one check, those that count first come first.
    pub fn overrides(&self) -> impl Iterator<Item = &RuleRow<Override>> {
        self.overrides.values().flatten()
    }

    /// The overrides of one check that are in force; those that count first come first.
    pub fn overrides_of(&self, check: &str) -> &[RuleRow<Override>] {
        self.overrides.get(check).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rules in force that ignore items.
    #[must_use]
    pub fn ignores(&self) -> &[RuleRow<Ignore>] {
        &self.ignores
    }

    /// The checks of which an override gives another score.
    #[must_use]
    pub fn rescored(&self) -> BTreeSet<&str> {
        let rescored = self.overrides().filter(|row| row.rule.score.is_some());
        rescored.map(|row| row.rule.check.as_str()).collect()
    }

    /// Whether a rule may have anything to say of an issue of a check.
    #[must_use]
    pub fn concerns(&self, check: &str) -> bool {
        !self.ignores.is_empty() || self.overrides.contains_key(check)
    }

    /// The facts of an item, as rules ask for them.
    pub fn facts<'a, E>(
        &'a self,
        row: &'a ItemRow,
        config: impl Fn() -> Result<Value, E> + 'a,
    ) -> ItemFacts<'a, E> {
        let account = self.accounts.get(row.key.account.as_str());
        ItemFacts { row, account, now: self.now, read: Box::new(config), config: OnceCell::new() }
    }

    /// The rule that ignores an item, where one does.
    ///
    /// # Errors
    /// Where what a rule asks for cannot be read.
    pub fn ignored<F: Facts>(&self, item: &F) -> Result<Option<Suppression>, F::Error> {
        for row in &self.ignores {
            if row.rule.scope.matches(item)? {
                let Ignore { id, reason, until, .. } = &row.rule;
                return Ok(Some(row.suppression(id, Suppressed::ItemIgnored, reason, *until)));
            }
        }
        Ok(None)
    }

    /// The overrides that have something to say of what a check finds in an item, those that
    /// count first before the others.
    fn overriding<'a, F: Facts>(
        &'a self,
        check: &str,
        item: &F,
    ) -> Result<Vec<&'a RuleRow<Override>>, F::Error> {
        let mut all = Vec::new();
        for row in self.overrides_of(check) {
            if row.rule.scope.matches(item)? {
                all.push(row);
            }
        }
        Ok(all)
    }

    /// Lets the rules say what they say of an issue of an item: its score becomes the one that
    /// counts.
    ///
    /// # Errors
    /// Where what a rule asks for cannot be read.
    pub fn rule<F: Facts>(&self, issue: &mut Issue, item: &F) -> Result<(), F::Error> {
        self.ruled(&issue.finding.check, item)?.rule(issue);
        Ok(())
    }

    /// What the rules say of whatever is found in an item by checks that may be asked about it.
    pub(crate) fn of_item<F: Facts>(
        &self,
        item: &F,
        is_asked: impl Fn(&str) -> bool,
    ) -> Result<ItemRuling, F::Error> {
        let mut overridden = BTreeMap::new();
        for check in self.overrides.keys().filter(|check| is_asked(check)) {
            let said = self.verdict(check, item)?;
            if said != (None, None) {
                overridden.insert(check.clone(), said);
            }
        }
        Ok(ItemRuling { ignored: self.ignored(item)?, overridden })
    }

    /// What the rules say of whatever a check finds in an item.
    ///
    /// # Errors
    /// Where what a rule asks for cannot be read.
    pub fn ruled<F: Facts>(&self, check: &str, item: &F) -> Result<Ruled, F::Error> {
        let (score, disabled) = self.verdict(check, item)?;
        Ok(Ruled { score, suppressed: self.ignored(item)?.or(disabled) })
    }

    /// The score that overrides give to what a check finds in an item, and the one that turns
    /// the check off for it.
    ///
    /// # Errors
    /// Where what a rule asks for cannot be read.
    pub fn verdict<F: Facts>(
        &self,
        check: &str,
        item: &F,
    ) -> Result<(Option<u8>, Option<Suppression>), F::Error> {
        for row in self.overriding(check, item)? {
            let Override { id, score, disabled, reason, until, .. } = &row.rule;
            if *disabled {
                let off = row.suppression(id, Suppressed::CheckDisabled, reason, *until);
                return Ok((None, Some(off)));
            }
            if score.is_some() {
                return Ok((*score, None));
            }
        }
        Ok((None, None))
    }
}

/// Parameters: what overrides set for checks.
impl Governance {
    /// Whether any override sets a parameter of a check.
    #[must_use]
    pub fn sets(&self, check: &str) -> bool {
        self.overrides_of(check).iter().any(|row| !row.rule.parameters.is_empty())
    }

    /// The same with one rule more, as if it had been made last.
    #[must_use]
    pub fn with(mut self, rule: Override, accounts: Accounts) -> Self {
        let row = RuleRow {
            by: Actor::from(""),
            at: self.now,
            made: Position(u64::MAX),
            ended: None,
            rule,
        };
        let rules = self.overrides.entry(row.rule.check.clone()).or_default();
        rules.retain(|known| known.rule.id != row.rule.id);
        rules.push(row);
        in_order(rules);
        self.accounts = accounts;
        self
    }

    /// What overrides set of the parameters of these checks for an item. Of each parameter the
    /// first override that sets it counts.
    ///
    /// # Errors
    /// Where what a rule asks for cannot be read.
    pub fn settings<'c, F: Facts>(
        &self,
        checks: impl IntoIterator<Item = &'c Check>,
        item: &F,
    ) -> Result<Settings, F::Error> {
        let mut settings = Settings::default();
        if self.overrides.is_empty() {
            return Ok(settings);
        }
        let technology = item.row().key.technology.as_str();
        for check in checks {
            if check.technology != technology || !self.sets(&check.id) {
                continue;
            }
            let rules = self.overriding(&check.id, item)?;
            for parameter in check.parameters.iter() {
                let set = rules.iter().filter_map(|row| row.rule.parameters.get(&*parameter.name));
                // Another release may have declared otherwise: what does not fit does not count.
                set.map(|value| settings.set(check, parameter, value)).find(Result::is_ok);
            }
        }
        Ok(settings)
    }
}

/// Puts those that count first before the others: what is said of some counts before what is said
/// of all; of several, the last.
fn in_order(rules: &mut [RuleRow<Override>]) {
    rules.sort_by_key(|row| (row.rule.scope == Query::All, std::cmp::Reverse(row.made)));
}

impl<R> RuleRow<R> {
    fn suppression(
        &self,
        rule: &RuleId,
        how: Suppressed,
        reason: &str,
        until: Option<Timestamp>,
    ) -> Suppression {
        let (rule, reason) = (rule.clone(), reason.to_owned());
        Suppression { rule, how, reason, by: self.by.clone(), at: self.at, until }
    }
}

/// An item, as rules see it: without its issues.
pub struct ItemFacts<'a, E> {
    row: &'a ItemRow,
    account: Option<&'a Account>,
    now: Timestamp,
    read: Box<dyn Fn() -> Result<Value, E> + 'a>,
    config: OnceCell<Value>,
}

impl<E> Facts for ItemFacts<'_, E> {
    type Error = E;

    fn subject(&self) -> Subject<'_> {
        Subject::Item
    }

    fn row(&self) -> &ItemRow {
        self.row
    }

    fn account(&self) -> Option<&Account> {
        self.account
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn config(&self) -> Result<&Value, E> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = (self.read)()?;
        Ok(self.config.get_or_init(|| config))
    }

    fn issues(&self) -> Result<&[Issue], E> {
        Ok(&[])
    }

    fn score(&self) -> Result<u32, E> {
        Ok(0)
    }

    fn is_watched(&self) -> Result<bool, E> {
        Ok(true)
    }

    fn is_ignored(&self) -> Result<bool, E> {
        Ok(false)
    }
}
