//! The known world: whose names and addresses are, by what configurations say, and the
//! networks that somebody registered.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::table::{NAMES, NETWORKS};
use super::{Error, Fold, Views, prefix, row_key};
use crate::account::AccountId;
use crate::config::pattern::{Here, Rules};
use crate::event::{Envelope, Event, Position, ScopeId};
use crate::network::{self, Block, Network};
use crate::provider::Provider;
use crate::technology::{Kind, Name, Technology};

/// What is known of the known world as a whole.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Extent {
    /// Where its last change stands in the log.
    changed: Position,
    /// The lengths of the prefixes that known blocks have, or once had: a look-up asks
    /// for the block of each length.
    v4: BTreeSet<u8>,
    v6: BTreeSet<u8>,
}

impl Extent {
    const KEY: &'static [u8] = b"known";

    fn lengths(&mut self, block: IpNet) -> &mut BTreeSet<u8> {
        match block {
            IpNet::V4(_) => &mut self.v4,
            IpNet::V6(_) => &mut self.v6,
        }
    }
}

/// What configurations of each technology name, by its id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Namers(BTreeMap<String, Naming>);

/// What configurations of a technology name, and in whose accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Naming {
    provider: Provider,
    names: Vec<Name>,
}

impl Namers {
    pub(super) fn learn<'a>(&mut self, technologies: impl IntoIterator<Item = &'a Technology>) {
        for technology in technologies {
            let naming =
                Naming { provider: technology.provider.clone(), names: technology.names.to_vec() };
            self.0.insert(technology.id.clone().into_owned(), naming);
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn get(&self, technology: &str) -> Option<&[Name]> {
        let naming = self.0.get(technology)?;
        (!naming.names.is_empty()).then_some(&naming.names)
    }

    /// The technologies whose configurations name things of a kind, with whose they are.
    fn naming(&self, kind: &Kind) -> impl Iterator<Item = (&str, &Provider)> {
        self.0
            .iter()
            .filter(move |(_, naming)| naming.names.iter().any(|name| name.kind == *kind))
            .map(|(technology, naming)| (technology.as_str(), &naming.provider))
    }
}

/// What a configuration names.
type Named = BTreeSet<(Kind, String)>;

/// What a configuration names: texts in canonical form.
fn named(names: &[Name], config: &Value) -> Named {
    let (mut rules, root) = Rules::new(names.iter().map(|name| (name.at.as_ref(), &name.kind)));
    let mut found = Named::new();
    collect(config, &mut rules, &root, &mut found);
    found
}

fn collect(value: &Value, rules: &mut Rules<'_, &Kind>, here: &Here, found: &mut Named) {
    match value {
        // A NUL ends the name in the keys of rows.
        Value::String(text) if !text.is_empty() && !text.contains('\0') => {
            found.extend(rules.actions(here).filter_map(|kind| {
                let name = if *kind == Kind::BLOCK {
                    network::block(text)?.to_string()
                } else {
                    text.clone()
                };
                Some((kind.clone(), name))
            }));
        }
        Value::Object(members) => {
            for (name, member) in members {
                let child = rules.enter_member(here, name);
                if rules.lead_to(&child, |_| true) {
                    collect(member, rules, &child, found);
                }
                rules.leave(&child);
            }
        }
        Value::Array(elements) => {
            let child = rules.enter_element(here);
            if rules.lead_to(&child, |_| true) {
                for element in elements {
                    collect(element, rules, &child, found);
                }
            }
            rules.leave(&child);
        }
        _ => {}
    }
}

impl Fold<'_> {
    /// What a configuration names; `None` where those of its technology name nothing.
    pub(super) fn named(&self, technology: &str, config: &Value) -> Option<Named> {
        Some(named(self.namers.get(technology)?, config))
    }

    /// Whether configurations of a technology name anything.
    pub(super) fn names_anything(&self, technology: &str) -> bool {
        self.namers.get(technology).is_some()
    }

    /// Takes over what an item of an account names now, and named before.
    pub(super) fn renamed(
        &mut self,
        account: &AccountId,
        before: Option<Named>,
        after: Option<Named>,
    ) -> Result<(), Error> {
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        for (said, names) in [(false, before.difference(&after)), (true, after.difference(&before))]
        {
            for (kind, name) in names {
                let place = row_key(NAMES, &[kind.as_str(), name, account.as_str()]);
                let block = (*kind == Kind::BLOCK).then(|| network::block(name)).flatten();
                self.counted(&place, block, said)?;
            }
        }
        Ok(())
    }

    /// One more says a name, or one less.
    fn counted(&mut self, place: &[u8], block: Option<IpNet>, more: bool) -> Result<(), Error> {
        let before: u64 = self.get(place)?.unwrap_or_default();
        let after = if more { before + 1 } else { before.saturating_sub(1) };
        if after == 0 {
            self.delete(place);
        } else {
            self.put(place, &after)?;
        }
        if (before == 0) == (after == 0) {
            return Ok(());
        }
        self.known_changed(block)
    }

    /// Takes note that the answer to some look-up is another from here on.
    fn known_changed(&mut self, block: Option<IpNet>) -> Result<(), Error> {
        let mut extent: Extent = self.get(Extent::KEY)?.unwrap_or_default();
        extent.changed = extent.changed.max(self.position);
        if let Some(block) = block {
            extent.lengths(block).insert(block.prefix_len());
        }
        self.put(Extent::KEY, &extent)
    }

    /// The known world last changed at a position.
    pub(super) fn known_changed_at(&mut self, position: Position) -> Result<(), Error> {
        let mut extent: Extent = self.get(Extent::KEY)?.unwrap_or_default();
        extent.changed = extent.changed.max(position);
        self.put(Extent::KEY, &extent)
    }

    /// A scope is waited for no longer, or again: what it may name decides over look-ups
    /// that find nothing.
    pub(super) fn awaited(&mut self, scope: &ScopeId) -> Result<(), Error> {
        match self.namers.get(&scope.technology) {
            Some(_) => self.known_changed(None),
            None => Ok(()),
        }
    }

    pub(super) fn known_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        let (name, known) = match &envelope.event {
            Event::NetworkKnown(network) => (&network.name, Some(network)),
            Event::NetworkForgotten { name } => {
                self.said(format!("network {name}"), true)?;
                (name, None)
            }
            _ => return Ok(()),
        };
        let row = row_key(NETWORKS, &[name]);
        if let Some(before) = self.get::<Network>(&row)? {
            self.counted(&place(&before), Some(before.cidr), false)?;
            self.delete(&row);
        }
        if let Some(network) = known {
            self.counted(&place(network), Some(network.cidr), true)?;
            self.said(format!("network {}", network.name), false)?;
            self.put(&row, network)?;
        }
        Ok(())
    }
}

/// Where the block of a registered network stands among the names.
fn place(network: &Network) -> Vec<u8> {
    let account = network.account.as_ref().map_or("", AccountId::as_str);
    let block = network.cidr.trunc().to_string();
    row_key(NAMES, &[Kind::BLOCK.as_str(), &block, account, &network.name])
}

impl Views {
    /// The accounts whose configurations say that what is named so is theirs.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn owners(&self, kind: &Kind, name: &str) -> Result<BTreeSet<AccountId>, Error> {
        let place = row_key(NAMES, &[kind.as_str(), name, ""]);
        let mut owners = BTreeSet::new();
        for row in self.under::<u64>(place.clone()) {
            owners.extend(parts(&row?.0, &place).0);
        }
        Ok(owners)
    }

    /// The known blocks that hold all of `block`, registered networks among them, the
    /// widest first.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Error> {
        let mut extent: Extent = self.row(Extent::KEY)?.unwrap_or_default();
        let mut found = Vec::new();
        for length in extent.lengths(block).range(..=block.prefix_len()) {
            let Ok(network) = IpNet::new(block.addr(), *length) else { continue };
            let network = network.trunc();
            let place = row_key(NAMES, &[Kind::BLOCK.as_str(), &network.to_string(), ""]);
            for row in self.under::<u64>(place.clone()) {
                let (account, name) = parts(&row?.0, &place);
                found.push(Block { network, account, name });
            }
        }
        Ok(found)
    }

    /// The registered networks, by name.
    pub fn networks(&self) -> impl Iterator<Item = Result<Network, Error>> + '_ {
        self.under(prefix(NETWORKS, "")).map(|row| Ok(row?.1))
    }

    /// Where the last change of the known world stands in the log: of a name, of a
    /// network, or of what was listed to the end.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn known_changed(&self) -> Result<Position, Error> {
        Ok(self.row::<Extent>(Extent::KEY)?.unwrap_or_default().changed)
    }

    /// What keeps a name of this kind, said by nobody yet, from being nobody's: a scope of
    /// a watched account that would name it and was never listed to the end. `None` where
    /// there is no such scope. Accounts of other providers have no say.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn unlisted(&self, kind: &Kind) -> Result<Option<String>, Error> {
        let namers = self.namers();
        let mut naming = namers.naming(kind).peekable();
        if naming.peek().is_none() {
            return Ok(Some(kind.to_string()));
        }
        let naming: Vec<_> = naming.collect();
        let accounts = self.accounts()?;
        for account in accounts.iter().filter(|account| account.watched()) {
            for (technology, provider) in &naming {
                if **provider != account.provider {
                    continue;
                }
                let unlisted = self.unlisted_in(&account.id, technology)?;
                if unlisted.is_some() {
                    return Ok(unlisted);
                }
            }
        }
        Ok(None)
    }

    /// A scope of a technology of an account that has yet to be listed to its end; the whole
    /// technology, where no scope of it ever was. `None` where all were.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn unlisted_in(
        &self,
        account: &AccountId,
        technology: &str,
    ) -> Result<Option<String>, Error> {
        let mut ever = false;
        for row in self.scopes_in(account, technology) {
            let row = row?;
            if row.awaited() {
                return Ok(Some(row.scope.to_string()));
            }
            ever |= row.first_completed.is_some() || row.skipped;
        }
        Ok((!ever).then(|| format!("{account}/{technology}")))
    }

    /// Whether configurations are recorded that were read without what is now known to be
    /// named in them.
    pub(super) fn was_read_otherwise(&self, then: &Namers, now: &Namers) -> Result<bool, Error> {
        for (technology, naming) in &now.0 {
            let before = then.0.get(technology);
            if before == Some(naming) || before.is_none() && naming.names.is_empty() {
                continue;
            }
            for row in self.items() {
                if row?.key.technology == *technology {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The account and the network's name in the key of a row, behind its kind and name.
fn parts(key: &[u8], place: &[u8]) -> (Option<AccountId>, Option<String>) {
    let rest = key.strip_prefix(place).and_then(|rest| std::str::from_utf8(rest).ok());
    let mut parts = rest.unwrap_or_default().splitn(2, '\0');
    let account = parts.next().and_then(|account| account.parse().ok());
    (account, parts.next().map(str::to_owned))
}
