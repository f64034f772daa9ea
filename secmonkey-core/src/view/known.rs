//! The known world: whose names and addresses are, by what configurations say, and the
//! networks that somebody registered.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scan::ScopeRow;
use super::{Error, Fold, Views, prefix, row_key};
use crate::account::AccountId;
use crate::config::pattern::{Here, Rules};
use crate::event::{Envelope, Event, Position, ScopeId};
use crate::network::{self, Block, Network};
use crate::technology::{Kind, Name, Technology};

/// Kind, name and account (for a registered network: block, account or nothing, and the
/// network's name): how many items say so.
const NAMES: char = 'w';
const NETWORKS: char = 'g';

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

/// What configurations of each technology name, by its id; those that name nothing are
/// left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Namers(BTreeMap<&'static str, &'static [Name]>);

impl Namers {
    pub(super) fn of<'a>(technologies: impl IntoIterator<Item = &'a Technology>) -> Self {
        let naming = technologies.into_iter().filter(|technology| !technology.names.is_empty());
        Self(naming.map(|technology| (technology.id, technology.names)).collect())
    }

    /// A text that differs where the fold would.
    pub(super) fn mark(&self) -> String {
        let each = self.0.iter().map(|(technology, names)| {
            let names = names.iter().map(|name| format!(" {}={}", name.kind, name.at));
            format!("{technology}{}\n", names.collect::<String>())
        });
        each.collect()
    }

    fn get(&self, technology: &str) -> Option<&'static [Name]> {
        self.0.get(technology).copied()
    }

    /// The technologies whose configurations name things of a kind.
    fn naming(&self, kind: Kind) -> impl Iterator<Item = &'static str> {
        let gives = move |names: &[Name]| names.iter().any(|name| name.kind == kind);
        self.0.iter().filter(move |(_, names)| gives(names)).map(|(technology, _)| *technology)
    }
}

/// What a configuration names.
type Named = BTreeSet<(Kind, String)>;

/// What a configuration names: texts in canonical form.
fn named(names: &'static [Name], config: &Value) -> Named {
    let (mut rules, root) = Rules::new(names.iter().map(|name| (name.at, name.kind)));
    let mut found = Named::new();
    collect(config, &mut rules, &root, &mut found);
    found
}

fn collect(value: &Value, rules: &mut Rules<Kind>, here: &Here, found: &mut Named) {
    match value {
        // A NUL ends the name in the keys of rows.
        Value::String(text) if !text.is_empty() && !text.contains('\0') => {
            found.extend(rules.actions(here).filter_map(|kind| {
                let name = match kind {
                    Kind::Block => network::block(text)?.to_string(),
                    _ => text.clone(),
                };
                Some((kind, name))
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
                let block = (*kind == Kind::Block).then(|| network::block(name)).flatten();
                self.said(&place, block, said)?;
            }
        }
        Ok(())
    }

    /// One more says a name, or one less.
    fn said(&mut self, place: &[u8], block: Option<IpNet>, more: bool) -> Result<(), Error> {
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
        extent.changed = self.position;
        if let Some(block) = block {
            extent.lengths(block).insert(block.prefix_len());
        }
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
            Event::NetworkForgotten { name } => (name, None),
            _ => return Ok(()),
        };
        let row = row_key(NETWORKS, &[name]);
        if let Some(before) = self.get::<Network>(&row)? {
            self.said(&place(&before), Some(before.cidr), false)?;
            self.delete(&row);
        }
        if let Some(network) = known {
            self.said(&place(network), Some(network.cidr), true)?;
            self.put(&row, network)?;
        }
        Ok(())
    }
}

/// Where the block of a registered network stands among the names.
fn place(network: &Network) -> Vec<u8> {
    let account = network.account.as_ref().map_or("", AccountId::as_str);
    let block = network.cidr.trunc().to_string();
    row_key(NAMES, &[Kind::Block.as_str(), &block, account, &network.name])
}

impl Views {
    /// The accounts whose configurations say that what is named so is theirs.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn owners(&self, kind: Kind, name: &str) -> Result<BTreeSet<AccountId>, Error> {
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
            let place = row_key(NAMES, &[Kind::Block.as_str(), &network.to_string(), ""]);
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
    /// there is no such scope.
    ///
    /// `done` are scopes that a running scan has read to their end.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn unlisted(
        &self,
        kind: Kind,
        done: &BTreeMap<ScopeId, bool>,
    ) -> Result<Option<String>, Error> {
        let mut naming = self.namers.naming(kind).peekable();
        if naming.peek().is_none() {
            return Ok(Some(kind.to_string()));
        }
        let technologies: Vec<_> = naming.collect();
        let accounts = self.accounts()?;
        for account in accounts.iter().filter(|account| account.watched()) {
            for technology in &technologies {
                let listed = |scope: &ScopeId| done.contains_key(scope);
                let mut ever = done
                    .keys()
                    .any(|scope| scope.account == account.id && scope.technology == *technology);
                let scopes = prefix(super::scan::SCOPES, &format!("{}/{technology}/", account.id));
                for row in self.under::<ScopeRow>(scopes) {
                    let (_, row) = row?;
                    if row.awaited() && !listed(&row.scope) {
                        return Ok(Some(row.scope.to_string()));
                    }
                    ever |= row.first_completed.is_some();
                }
                if !ever {
                    return Ok(Some(format!("{}/{technology}", account.id)));
                }
            }
        }
        Ok(None)
    }
}

/// The account and the network's name in the key of a row, behind its kind and name.
fn parts(key: &[u8], place: &[u8]) -> (Option<AccountId>, Option<String>) {
    let rest = key.strip_prefix(place).and_then(|rest| std::str::from_utf8(rest).ok());
    let mut parts = rest.unwrap_or_default().splitn(2, '\0');
    let account = parts.next().and_then(|account| account.parse().ok());
    (account, parts.next().map(str::to_owned))
}
