//! The page of a check: its manual, its web help and its tests in one.
//!
//! A page is Markdown: a title, what the check finds, why it matters, how to mend it,
//! and examples as fenced blocks. The word behind `json` says what an example is:
//!
//! - `json fail: TEXT`: the check finds something whose detail holds `TEXT`;
//! - `json pass`: it finds nothing;
//! - `json undecided: TEXT`: it cannot know, and `TEXT` says why;
//! - `json world`: no example, but what stands around the examples below it, up to the
//!   next one, and all there is: `{"accounts": [...], "items": {"KEY": CONFIG},
//!   "networks": [...], "known": {"bucket": {"NAME": "ACCOUNT"}}}`, where `known` says
//!   whose a name of a [`Kind`] is (or a block: `{"block": {"10.0.0.0/16": "ACCOUNT"}}`).
//!   Without it there is nothing to look up, so that whatever needs looking up is
//!   undecided. `data` is what a rule finds in its data files instead of what they hold;
//! - `json check`: no example, but the facts of a check that no program declares beside
//!   the page ([`Declared`]).
//!
//! `json at=TIME fail: TEXT` asks at that time, others at the start of 2026;
//! `json set:NAME=VALUE pass` with a parameter that is set, which may stand there several times.
//! Where a page serves several technologies, `json for=TECHNOLOGY fail: TEXT` is an example of
//! one of them. They stand in the order for, at, set. Other blocks are part of the text.
//!
//! ```
//! use secmonkey_core::check::page::{Page, Verdict};
//!
//! let page = Page::parse(
//!     "# Queue is not encrypted\n\
//!      Messages rest on disk in the clear.  **Fix:** turn on SSE-SQS.\n\
//!      ```json fail: no encryption\n\
//!      {}\n\
//!      ```\n",
//! )?;
//! assert_eq!(page.title, "Queue is not encrypted");
//! assert_eq!(page.examples[0].verdict, Verdict::Fail("no encryption".to_owned()));
//! # Ok::<_, secmonkey_core::check::page::Invalid>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Auditor, Check, Declared, Facts, Finding, Findings, Settings, Undecided, World};
use crate::account::{Account, AccountId, Accounts};
use crate::config::{canonicalise, pattern::Here, pattern::Rules};
use crate::event::ScopeId;
use crate::item::{GLOBAL, Item, Key};
use crate::network::{Block, Network, block};
use crate::provider::Provider;
use crate::technology::{Kind, Reach, Technology};
use crate::texts::Texts;

/// The account that the items of examples are in.
pub const ACCOUNT: &str = "123456789012";

/// Who runs the accounts of examples: no check asks.
const EXAMPLE: Provider = Provider::named("example");

/// The region that regional items of examples are in.
pub const REGION: &str = "eu-west-1";

/// A page, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The first heading.
    pub title: String,
    /// What follows it, as Markdown, without the examples.
    pub text: String,
    /// The examples, in order.
    pub examples: Vec<Example>,
    /// What it declares of its check, where no program does.
    pub check: Option<Declared>,
}

/// A configuration and what the check says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The line of the page it starts at, from 1.
    pub line: usize,
    /// What the check says.
    pub verdict: Verdict,
    /// When it is asked.
    pub at: Timestamp,
    /// The technology it is about, where the page serves several.
    pub technology: Option<String>,
    /// The parameters that are set, by name, as they are written.
    pub set: BTreeMap<String, String>,
    /// The configuration as a provider would answer it.
    pub config: Value,
    /// What stands around it; `None` where nothing can be looked up.
    pub world: Option<Arc<Surroundings>>,
}

/// What a check says about an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It finds something whose detail holds this text.
    Fail(String),
    /// It finds nothing.
    Pass,
    /// It cannot know, and this text says why.
    Undecided(String),
}

/// What stands around the item of an example: all there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// The registered accounts.
    pub accounts: Accounts,
    /// The other items.
    pub items: BTreeMap<Key, Item>,
    /// Whose a name is.
    pub names: BTreeMap<(Kind, String), AccountId>,
    /// Whose addresses are.
    pub blocks: Vec<Block>,
    /// The registered networks, which are among the blocks.
    pub networks: Vec<Network>,
    /// What a rule finds in its data files; `None` where it is what they hold.
    pub data: Option<Map<String, Value>>,
}

impl Facts for Surroundings {
    fn item(&self, key: &Key) -> Result<Option<Item>, Undecided> {
        Ok(self.items.get(key).cloned())
    }

    fn find(
        &self,
        account: &AccountId,
        technology: &str,
        called: &str,
    ) -> Result<Option<Item>, Undecided> {
        let is_called = |item: &&Item| item.name == called || item.config["Arn"] == called;
        let mut all = self
            .items
            .values()
            .filter(|item| item.key.account == *account && item.key.technology == technology);
        Ok(all.find(is_called).cloned())
    }

    fn naming(&self, scope: &ScopeId, at: &Texts, name: &str) -> Result<BTreeSet<Key>, Undecided> {
        let beside = self.items.values().filter(|item| ScopeId::of(&item.key) == *scope);
        let naming = beside.filter(|item| texts_at(&item.config, at).contains(name));
        Ok(naming.map(|item| item.key.clone()).collect())
    }

    fn all(&self, account: &AccountId, technology: &str) -> Result<Arc<[Item]>, Undecided> {
        let is_one = |key: &Key| key.account == *account && key.technology == technology;
        let all = self.items.values().filter(|item| is_one(&item.key));
        Ok(all.cloned().collect())
    }

    fn owners(&self, kind: &Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        Ok(self.names.get(&(kind.clone(), name.to_owned())).cloned().into_iter().collect())
    }

    fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Undecided> {
        let mut found: Vec<_> =
            self.blocks.iter().filter(|known| known.network.contains(&block)).cloned().collect();
        found.sort_by(|a, b| a.network.prefix_len().cmp(&b.network.prefix_len()).then(a.cmp(b)));
        Ok(found)
    }

    fn networks(&self) -> Result<Arc<[Network]>, Undecided> {
        Ok(self.networks.clone().into())
    }
}

/// A page that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Invalid {
    /// The line of the page, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// An example that the check answers otherwise than its page says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{check}, line {line}: {reason}")]
pub struct Mismatch {
    /// The check's id.
    pub check: String,
    /// The line of the page the example starts at, from 1.
    pub line: usize,
    /// What is different.
    pub reason: String,
}

impl Page {
    /// Takes a page apart.
    ///
    /// # Errors
    /// Where it has no title, a block has no end, or an example cannot be read.
    pub fn parse(page: &str) -> Result<Self, Invalid> {
        let mut lines = page.lines().zip(1..);
        let (title, _) = lines
            .find(|(line, _)| !line.trim().is_empty())
            .and_then(|(line, at)| Some((line.strip_prefix("# ")?.trim(), at)))
            .ok_or_else(|| invalid(1, "a page starts with a title"))?;

        let mut text = String::new();
        let mut examples = Vec::new();
        let mut world = None;
        let mut check = None;
        while let Some((line, at)) = lines.next() {
            let Some(info) = line.strip_prefix("```") else {
                text.push_str(line);
                text.push('\n');
                continue;
            };
            let mut block = String::new();
            loop {
                match lines.next() {
                    Some((line, _)) if line.trim_end() == "```" => break,
                    Some((line, _)) => {
                        block.push_str(line);
                        block.push('\n');
                    }
                    None => return Err(invalid(at, "the block has no end")),
                }
            }
            match Info::parse(info).map_err(|reason| invalid(at, reason))? {
                Info::Text => text.extend([line, "\n", &block, "```\n"]),
                Info::World => {
                    let around = read::<Around>(&block, at)?;
                    let around = around.try_into().map_err(|reason: String| invalid(at, reason))?;
                    world = Some(Arc::new(around));
                }
                Info::Check if check.is_some() => {
                    return Err(invalid(at, "a page declares one check"));
                }
                Info::Check => {
                    check = Some(read(&block, at)?);
                }
                Info::Example { verdict, at: time, technology, set } => examples.push(Example {
                    line: at,
                    verdict,
                    at: time,
                    technology,
                    set,
                    config: read(&block, at)?,
                    world: world.clone(),
                }),
            }
        }
        Ok(Self { title: title.to_owned(), text: text.trim().to_owned(), examples, check })
    }
}

/// The JSON of a block that begins at a line of the page.
fn read<T: DeserializeOwned>(block: &str, at: usize) -> Result<T, Invalid> {
    serde_json::from_str(block).map_err(|error| {
        let said = error.to_string();
        // serde counts from the beginning of the block.
        let within = format!(" at line {} column {}", error.line(), error.column());
        invalid(at + error.line(), said.strip_suffix(&within).unwrap_or(&said))
    })
}

fn invalid(line: usize, reason: impl Into<String>) -> Invalid {
    Invalid { line, reason: reason.into() }
}

/// What stands behind the fence of a block.
enum Info {
    Text,
    World,
    Check,
    Example {
        verdict: Verdict,
        at: Timestamp,
        technology: Option<String>,
        set: BTreeMap<String, String>,
    },
}

impl Info {
    fn parse(info: &str) -> Result<Self, String> {
        let Some(rest) = info.trim().strip_prefix("json ") else {
            return Ok(Self::Text);
        };
        let (technology, rest) = option("for=", rest);
        let (at, rest) = option("at=", rest);
        let at = at.unwrap_or("2026-01-01T00:00:00Z");
        let at = at.parse().map_err(|error| format!("`{at}` is no time: {error}"))?;
        let (mut set, mut rest) = (BTreeMap::new(), rest);
        while let (Some(one), after) = option("set:", rest) {
            let (name, value) =
                one.split_once('=').ok_or_else(|| format!("`set:{one}` is not set:NAME=VALUE"))?;
            set.insert(name.to_owned(), value.to_owned());
            rest = after;
        }
        let why = |text: &str| match text.trim() {
            "" => Err("say a part of what the check says".to_owned()),
            text => Ok(text.to_owned()),
        };
        let verdict = match rest.split_once(':') {
            None if rest == "world" => return Ok(Self::World),
            None if rest == "check" => return Ok(Self::Check),
            None if rest == "pass" => Verdict::Pass,
            Some(("fail", detail)) => Verdict::Fail(why(detail)?),
            Some(("undecided", reason)) => Verdict::Undecided(why(reason)?),
            _ => {
                return Err(format!(
                    "`{rest}` is none of `fail: TEXT`, `pass`, `undecided: TEXT`, `world`, `check`"
                ));
            }
        };
        Ok(Self::Example { verdict, at, technology: technology.map(str::to_owned), set })
    }
}

/// The value of an option that stands first, and what follows.
fn option<'a>(name: &str, text: &'a str) -> (Option<&'a str>, &'a str) {
    match text.strip_prefix(name) {
        Some(rest) => {
            let (value, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            (Some(value), rest)
        }
        None => (None, text),
    }
}

/// A `world` block.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Around {
    #[serde(default)]
    accounts: Vec<Known>,
    #[serde(default)]
    items: BTreeMap<Key, Value>,
    #[serde(default)]
    networks: Vec<Network>,
    #[serde(default)]
    known: BTreeMap<Kind, BTreeMap<String, AccountId>>,
    data: Option<Map<String, Value>>,
}

/// A registered account of a `world` block.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    id: AccountId,
    name: String,
    #[serde(default)]
    third_party: bool,
    #[serde(default)]
    names: BTreeMap<Kind, String>,
}

impl TryFrom<Around> for Surroundings {
    type Error = String;

    fn try_from(mut around: Around) -> Result<Self, String> {
        let accounts = around.accounts.into_iter().map(|known| {
            let mut account = Account::new(EXAMPLE, known.id, known.name);
            account.third_party = known.third_party;
            account.names = known.names;
            account
        });
        let items = around.items.into_iter().map(|(key, config)| {
            let item = Item { name: key.id.clone(), arn: None, config, key: key.clone() };
            (key, item)
        });
        let mut blocks: Vec<_> = around.networks.iter().cloned().map(Block::from).collect();
        for (text, account) in around.known.remove(&Kind::BLOCK).unwrap_or_default() {
            let network = block(&text).ok_or_else(|| format!("`{text}` is no block"))?;
            blocks.push(Block { network, account: Some(account), name: None });
        }
        let names = around.known.into_iter().flat_map(|(kind, names)| {
            names.into_iter().map(move |(name, account)| ((kind.clone(), name), account))
        });
        Ok(Self {
            accounts: accounts.collect(),
            items: items.collect(),
            names: names.collect(),
            blocks,
            networks: around.networks,
            data: around.data,
        })
    }
}

fn account() -> AccountId {
    #[expect(clippy::expect_used, reason = "a constant")]
    ACCOUNT.parse().expect("twelve digits are an account id")
}

impl Example {
    /// The item of the example, its configuration in canonical form.
    #[must_use]
    pub fn item(&self, technology: &Technology) -> Item {
        let region = match technology.reach {
            Reach::Global => GLOBAL,
            Reach::Regional => REGION,
        };
        let mut config = self.config.clone();
        canonicalise(&mut config, technology);
        Item {
            key: Key {
                account: account(),
                technology: technology.id.clone().into_owned(),
                region: region.to_owned(),
                id: "example".to_owned(),
            },
            name: "example".to_owned(),
            arn: None,
            config,
        }
    }

    /// What is set for a check.
    fn settings(&self, check: &Check) -> Result<Settings, String> {
        let mut settings = Settings::default();
        for (name, text) in &self.set {
            let parameter = check.parameter(name).map_err(|unknown| unknown.to_string())?;
            let value = parameter.parse(text).map_err(|invalid| invalid.to_string())?;
            settings.set(check, parameter, &value).map_err(|invalid| invalid.to_string())?;
        }
        Ok(settings)
    }

    /// What one check of an auditor says about an item in the place of the example's. What
    /// the page sets and the check does not declare is left out.
    #[must_use]
    pub fn ask(&self, auditor: &dyn Auditor, check: &Check, item: &Item) -> Findings {
        let nobody = Accounts::default();
        let settings = self.settings(check).unwrap_or_default();
        let world = match &self.world {
            Some(around) => World::new(self.at, &around.accounts, &**around),
            None => World::new(self.at, &nobody, &()),
        };
        let world = world.with(&settings);
        let id = check.id.clone();
        let mut found = Findings::only(move |check| check.id == id);
        auditor.audit(item, &world, &mut found);
        found
    }

    /// Runs one check of an auditor on the example and answers what it finds.
    ///
    /// The check must say what the page says, must not use what it does not declare,
    /// and must say the same about an item that has only the members it declares to
    /// read.
    ///
    /// # Errors
    /// What is different.
    pub fn test(
        &self,
        auditor: &dyn Auditor,
        check: &Check,
        technology: &Technology,
    ) -> Result<Vec<Finding>, Mismatch> {
        let mismatch =
            |reason: String| Mismatch { check: check.id.to_string(), line: self.line, reason };
        self.settings(check).map_err(&mismatch)?;
        let item = self.item(technology);
        let found = self.ask(auditor, check, &item);
        let undecided = found.undecided().get(&check.id).map(ToString::to_string);
        let findings: Vec<Finding> = found.merged().into_values().collect();

        let masked = Item { config: mask(&item.config, &check.reads), ..item };
        let again = self.ask(auditor, check, &masked);
        if again.undecided() != found.undecided()
            || !again.merged().into_values().eq(findings.iter().cloned())
        {
            return Err(mismatch("the check reads members that it does not declare".to_owned()));
        }

        let details: Vec<&str> = findings.iter().map(|found| found.detail.as_str()).collect();
        let as_said = match (&self.verdict, &undecided) {
            (Verdict::Fail(text), None) => details.iter().any(|detail| detail.contains(text)),
            (Verdict::Pass, None) => details.is_empty(),
            (Verdict::Undecided(text), Some(why)) => why.contains(text),
            _ => false,
        };
        if as_said {
            return Ok(findings);
        }
        let said = match undecided {
            Some(why) => format!("cannot know: {why}"),
            None if details.is_empty() => "finds nothing".to_owned(),
            None => format!("finds: {}", details.join("; ")),
        };
        Err(mismatch(format!("the page says {:?}, the check {said}", self.verdict)))
    }
}

/// The texts that a configuration holds at some pointers.
pub(crate) fn texts_at(config: &Value, at: &Texts) -> BTreeSet<String> {
    fn collect(value: Value, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => drop(found.insert(text)),
            Value::Array(all) => all.into_iter().for_each(|one| collect(one, found)),
            Value::Object(all) => all.into_iter().for_each(|(_, one)| collect(one, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(mask(config, at), &mut found);
    found
}

/// A configuration with nothing left but the members that `reads` names. Elements of
/// arrays keep their places.
#[must_use]
pub fn mask(config: &Value, reads: &Texts) -> Value {
    let (mut rules, root) = Rules::new(reads.iter().map(|read| (read, ())));
    masked(config, &mut rules, &root)
}

fn masked(value: &Value, rules: &mut Rules<()>, here: &Here) -> Value {
    if rules.actions(here).next().is_some() {
        return value.clone();
    }
    match value {
        Value::Object(members) => {
            let mut left = Map::new();
            for (name, member) in members {
                let child = rules.enter_member(here, name);
                if rules.lead_to(&child, |()| true) {
                    left.insert(name.clone(), masked(member, rules, &child));
                }
                rules.leave(&child);
            }
            Value::Object(left)
        }
        Value::Array(elements) => {
            let child = rules.enter_element(here);
            let left = elements.iter().map(|element| masked(element, rules, &child)).collect();
            rules.leave(&child);
            Value::Array(left)
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests;
