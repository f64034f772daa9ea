//! The search index: which items have which terms.
//!
//! It only says which items may be meant; the query is asked of each of them, so that the
//! index makes an answer faster and never another.
//!
//! The items of views that are made anew are read from their rows, once all is folded. After
//! that, items that are new or changed wait in a tail, which is read whole. A full tail becomes a
//! segment, and eight segments of a level are merged to one of the next. Nothing is looked up in
//! a segment when an item changes: what it says of that item is old from then on, and the newer
//! segment, or the tail, says the rest. Where segments hold more of what is old than of what is
//! not, the oldest is made anew without it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::known::Namers;
use super::table::{CONFIGS, HEADS, SEGMENTS, TAIL};
use super::{Error, Fold, Under, Views, prefix, row_key};
use crate::account::Accounts;
use crate::item::Key;
use crate::query::Query;
use crate::replay::ItemRow;

mod plan;
mod segment;
mod terms;
#[cfg(test)]
mod tests;

use plan::Plan;
use segment::{MOST, Parts, Segment};

const STATE: &[u8] = b"search";

/// So many keys may always be found.
const ENOUGH: usize = 4_096;

/// So often is the index read while folds move what is in it, before all rows are read instead:
/// that takes a thousand times as long.
const AGAIN: usize = 8;

/// How large the parts of the index grow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// So many items may wait in the tail. Every search reads all of them, with their
    /// configurations: some 35 us each.
    pub tail: usize,
    /// So many segments of a level become one.
    pub fan: usize,
    /// The last level.
    pub top: u8,
    /// A segment has at most so many items.
    pub most: usize,
}

impl Default for Sizes {
    /// The segments of the last level have 65,536 items.
    fn default() -> Self {
        Self { tail: 256, fan: 16, top: 2, most: MOST }
    }
}

impl Sizes {
    /// The level of a segment of so many items: after a long time much waits at once.
    fn level(self, items: usize) -> u8 {
        let fits = |level: &u8| self.tail * self.fan.pow(u32::from(*level)) <= items;
        (0..=self.top).rev().find(fits).unwrap_or(0)
    }
}

/// What there is of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// What is behind this key is in no segment, and does not wait in the tail either: it is
    /// read from the rows of items when enough of them are there. `None`: all of it was.
    unread: Option<String>,
    /// Items in the tail.
    tail: usize,
    /// Items that there are.
    items: usize,
    /// The number of the next segment.
    next: u32,
    /// The oldest first.
    segments: Vec<About>,
}

impl Default for State {
    fn default() -> Self {
        let (tail, items, next, segments) = Default::default();
        Self { unread: Some(String::new()), tail, items, next, segments }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct About {
    number: u32,
    level: u8,
    items: usize,
}

impl About {
    fn prefix(&self) -> Vec<u8> {
        format!("{SEGMENTS}/{:08x}/", self.number).into_bytes()
    }
}

fn in_tail(key: &str) -> Vec<u8> {
    row_key(TAIL, &[key])
}

impl Fold<'_> {
    /// An item is to be found by what it says now.
    pub(super) fn searchable(&mut self, key: &Key, is_new: bool) -> Result<(), Error> {
        if self.sizes.is_none() {
            return Ok(());
        }
        let mut state = self.search_state()?;
        let key = key.to_string();
        state.items += usize::from(is_new);
        let is_unread = state.unread.as_ref().is_some_and(|read| key > *read);
        let waits = in_tail(&key);
        if !is_unread && self.bytes(&waits)?.is_none() {
            state.tail += 1;
            self.put(&waits, &())?;
        }
        self.search = Some(state);
        Ok(())
    }

    fn search_state(&mut self) -> Result<State, Error> {
        match self.search.take() {
            Some(state) => Ok(state),
            None => Ok(self.get(STATE)?.unwrap_or_default()),
        }
    }

    /// What is known of the index goes with what was folded.
    pub(super) fn put_search_state(&mut self) -> Result<(), Error> {
        match self.search.take() {
            Some(state) => self.put(STATE, &state),
            None => Ok(()),
        }
    }

    /// Makes a segment of what waits, where that is enough; whether it did.
    fn index(&mut self, sizes: Sizes) -> Result<bool, Error> {
        let mut state = self.search_state()?;
        let unread = state.unread.take();
        match unread {
            Some(read) if read.is_empty() && state.items < sizes.tail => return Ok(false),
            Some(read) => self.read_on(&mut state, &read, sizes)?,
            None if state.tail < sizes.tail => return Ok(false),
            None => self.take_tail(&mut state, sizes)?,
        }
        for level in 0..sizes.top {
            let full = state.segments.iter().filter(|one| one.level == level);
            if full.clone().count() >= sizes.fan {
                let mut room = sizes.most;
                let fit = full.take_while(|one| {
                    let fits = one.items <= room;
                    room = room.saturating_sub(one.items);
                    fits
                });
                let numbers = fit.map(|one| one.number).collect();
                self.merge(&mut state, level + 1, &numbers)?;
            }
        }
        // Where there is more of what is old than of what is not, the oldest is made anew.
        let indexed: usize = state.segments.iter().map(|one| one.items).sum();
        if indexed > 2 * state.items + sizes.tail * sizes.fan
            && let Some(oldest) = state.segments.first().cloned()
        {
            self.merge(&mut state, oldest.level, &BTreeSet::from([oldest.number]))?;
        }
        self.put(STATE, &state)?;
        Ok(true)
    }

    /// Makes a segment of the rows of items behind a key, of as many as it takes.
    fn read_on(&mut self, state: &mut State, read: &str, sizes: Sizes) -> Result<(), Error> {
        let rows = Under {
            rows: self.rows,
            prefix: prefix(HEADS, ""),
            page: Vec::new().into_iter(),
            after: Some(row_key(HEADS, &[read])),
            end: false,
        };
        let (mut last, mut count) = (None, 0);
        let items = rows.take(sizes.most).map(|row| {
            let row: ItemRow = serde_json::from_slice(&row?.1)?;
            let key = row.key.to_string();
            (last, count) = (Some(key.clone()), count + 1);
            let config: Value = self.get(&row_key(CONFIGS, &[&key]))?.unwrap_or_default();
            Ok((key, terms::terms(&row, &config)))
        });
        let parts = segment::build(items)?;
        state.unread = last.filter(|_| count == sizes.most);
        if count > 0 {
            self.put_segment(state, sizes.level(count), count, parts);
        }
        Ok(())
    }

    /// Makes a segment of what waits in the tail.
    fn take_tail(&mut self, state: &mut State, sizes: Sizes) -> Result<(), Error> {
        let waiting = self.rows.scan(&prefix(TAIL, ""), None, sizes.most)?;
        let count = waiting.len();
        // Fewer than were asked for are all there are.
        state.tail = if count < sizes.most { 0 } else { state.tail.saturating_sub(count) };
        let items = waiting.iter().map(|(place, _)| {
            let key = String::from_utf8_lossy(&place[2..]).into_owned();
            let row: Option<ItemRow> = self.get(&row_key(HEADS, &[&key]))?;
            let config: Value = self.get(&row_key(CONFIGS, &[&key]))?.unwrap_or_default();
            let terms = row.map(|row| terms::terms(&row, &config)).unwrap_or_default();
            Ok((key, terms))
        });
        let parts = segment::build(items)?;
        self.put_segment(state, sizes.level(count), count, parts);
        for (place, _) in waiting {
            self.delete(&place);
        }
        Ok(())
    }

    fn put_segment(&mut self, state: &mut State, level: u8, items: usize, parts: Parts) {
        let about = About { number: state.next, level, items };
        state.next += 1;
        for (part, row) in parts {
            self.pending.insert([about.prefix(), part].concat(), Some(row));
        }
        state.segments.push(about);
    }

    /// Makes one segment of some, without what newer ones say otherwise.
    fn merge(
        &mut self,
        state: &mut State,
        level: u8,
        numbers: &BTreeSet<u32>,
    ) -> Result<(), Error> {
        // The newest first: what it has is old in all others.
        let mut newer: BTreeSet<String> = BTreeSet::new();
        let mut merged: Vec<(&About, Vec<Option<String>>)> = Vec::new();
        let oldest = state.segments.iter().position(|one| numbers.contains(&one.number));
        for one in state.segments[oldest.unwrap_or_default()..].iter().rev() {
            let keys = self.keys_of(one)?.into_iter();
            let news: Vec<_> = keys.map(|key| newer.insert(key.clone()).then_some(key)).collect();
            if numbers.contains(&one.number) {
                merged.push((one, news));
            }
        }
        let mut keys: Vec<String> =
            merged.iter().flat_map(|(_, news)| news.iter().flatten().cloned()).collect();
        keys.sort_unstable();
        let places: HashMap<&String, u16> = keys.iter().zip(0..=u16::MAX).collect();
        let mut terms: BTreeMap<Vec<u8>, Vec<u16>> = BTreeMap::new();
        let read = |key: &[u8]| self.bytes(key);
        for (one, news) in &merged {
            let places: Vec<Option<u16>> = news
                .iter()
                .map(|key| key.as_ref().and_then(|key| places.get(key).copied()))
                .collect();
            Segment::open(&read, one.prefix(), one.items)?.each(&mut |term, items| {
                let mut items = items.iter().filter_map(|item| *places.get(*item)?).peekable();
                if items.peek().is_none() {
                } else if let Some(list) = terms.get_mut(term) {
                    list.extend(items);
                } else {
                    terms.insert(term.to_vec(), items.collect());
                }
            })?;
        }
        for items in terms.values_mut() {
            items.sort_unstable();
        }
        let parts = segment::rows_of(&keys, &terms.into_iter().collect::<Vec<_>>());
        for (one, _) in merged {
            for (place, _) in self.raw_under(&one.prefix())? {
                self.pending.insert(place, None);
            }
        }
        state.segments.retain(|one| !numbers.contains(&one.number));
        if !keys.is_empty() {
            self.put_segment(state, level, keys.len(), parts);
        }
        Ok(())
    }

    /// The keys of the items of a segment.
    fn keys_of(&self, one: &About) -> Result<Vec<String>, Error> {
        let rows = self.raw_under(&[one.prefix(), b"k".to_vec()].concat())?;
        let rows = rows.iter().map(|(_, row)| String::from_utf8_lossy(row));
        Ok(rows.flat_map(|row| row.split('\0').map(str::to_owned).collect::<Vec<_>>()).collect())
    }
}

impl Views {
    /// Makes segments of what waits. Each is a commit of its own, which changes no answer: what
    /// a rebuild folds is indexed once, as it is in the end.
    pub(super) fn index(&self, namers: &Namers) -> Result<(), Error> {
        let Some(sizes) = self.0.sizes else { return Ok(()) };
        loop {
            let mut fold = Fold::new(self.0.rows.as_ref(), namers);
            if !fold.index(sizes)? {
                return Ok(());
            }
            self.0.rows.commit(fold.pending.into_iter().collect())?;
        }
    }

    /// The keys of the items that a query may mean, in order; `None` where any may be meant.
    ///
    /// What the index cannot tell is looked for everywhere, also where it does not read.
    pub(crate) fn candidates(
        &self,
        query: &Query,
        accounts: &Accounts,
    ) -> Option<impl ExactSizeIterator<Item = String> + use<>> {
        self.by_plan(&Plan::of_item(query, accounts))
    }

    /// The keys of the items whose issues a query may mean; `None` where any may be meant, or
    /// where that is quicker asked of all issues.
    pub(crate) fn issue_candidates(
        &self,
        query: &Query,
        accounts: &Accounts,
    ) -> Option<impl ExactSizeIterator<Item = String> + use<>> {
        const FEW: usize = 10_000;
        self.by_plan(&Plan::of_issue(query, accounts)).filter(|keys| keys.len() <= FEW)
    }

    fn by_plan(&self, plan: &Plan) -> Option<std::vec::IntoIter<String>> {
        if plan.is_all() || self.0.sizes.is_none() {
            return None;
        }
        let found = self.planned(plan).unwrap_or_else(|error| {
            tracing::warn!("everything is looked through: {error}");
            None
        });
        Some(found?.into_iter())
    }

    fn planned(&self, plan: &Plan) -> Result<Option<Vec<String>>, Error> {
        let mut before: Option<State> = self.row(STATE)?;
        for _ in 0..AGAIN {
            let Some(state) = before.take_if(|state| state.unread.is_none()) else {
                return Ok(None);
            };
            let found = self.planned_by(plan, &state);
            // What a fold moved meanwhile was perhaps in neither, or is gone. What it only added
            // to the tail is there, or came later than the answer.
            let after: Option<State> = self.row(STATE)?;
            if after.as_ref().is_some_and(|after| after.segments == state.segments) {
                return found;
            }
            before = after;
        }
        Ok(None)
    }

    fn planned_by(&self, plan: &Plan, state: &State) -> Result<Option<Vec<String>>, Error> {
        let mut keys = Vec::new();
        let read = |key: &[u8]| Ok(self.0.rows.get(key)?);
        for about in &state.segments {
            let segment = Segment::open(&read, about.prefix(), about.items)?;
            let Some(found) = plan.of_segment(&segment)? else { return Ok(None) };
            // All rows in order are read quicker than many of them one by one.
            if keys.len() + found.count() > ENOUGH.max(state.items / 4) {
                return Ok(None);
            }
            keys.extend(segment.keys(&found)?);
        }
        for waits in self.under::<()>(prefix(TAIL, "")) {
            let (place, ()) = waits?;
            keys.push(String::from_utf8_lossy(&place[2..]).into_owned());
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(Some(keys))
    }
}
