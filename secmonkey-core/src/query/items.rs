//! Searching items.

use ipnet::IpNet;

use super::facts::{Lazy, Remembered};
use super::{Error, ItemState, Known, Query, Selection};
use crate::item::Key;
use crate::registry::Registry;
use crate::replay::ItemRow;

/// Where a configuration holds addresses that were looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The pointer.
    pub pointer: String,
    /// What stands there.
    pub block: IpNet,
}

impl Match {
    /// Whether it names every address there is, and so anything that is looked for.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.block.prefix_len() == 0
    }
}

/// The items that a query finds, in key order. One configuration at a time is in memory.
///
/// Without a term that says so (`deleted:`, `watched:`, `ignored:`), what is gone, what no scan
/// looks at any more and what is ignored is left out.
///
/// # Errors
/// Where something that is named does not exist; then where the views cannot be read.
pub fn items<'a>(
    known: &'a Known,
    registry: &'a Registry,
    query: Query,
) -> Result<impl Iterator<Item = Result<ItemState, Error>> + use<'a>, Error> {
    items_after(known, registry, query, None)
}

/// The same behind a key: for who reads them page by page.
///
/// # Errors
/// As [`items`].
pub fn items_after<'a>(
    known: &'a Known,
    registry: &'a Registry,
    query: Query,
    after: Option<&Key>,
) -> Result<impl Iterator<Item = Result<ItemState, Error>> + use<'a>, Error> {
    let selection = query.of_items().select(&known.views, registry)?;
    let remembered = Remembered::default();
    let rows = selection.rows(&known.views, after);
    Ok(rows.filter_map(move |row| {
        let found = || {
            let row = row?;
            if !selection.may_have(&row) {
                return Ok(None);
            }
            let account = selection.account(&row.key.account);
            let item = Lazy::new((known, registry), &remembered, account, row, None);
            if !selection.has(&item)? {
                return Ok(None);
            }
            let matched = selection.query().addresses(&item)?;
            let state = known.state(item.row, registry)?;
            Ok(Some(ItemState { matched, ..state }))
        };
        found().transpose()
    }))
}

impl Known {
    /// Whether an item is among those that a query selects. Other than in a list, what is gone,
    /// ignored or watched no more is there like the rest.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn selects(
        &self,
        registry: &Registry,
        selection: &Selection,
        row: &ItemRow,
    ) -> Result<bool, Error> {
        if !selection.may_have(row) {
            return Ok(false);
        }
        let remembered = Remembered::default();
        let account = selection.account(&row.key.account);
        selection.has(&Lazy::new((self, registry), &remembered, account, row.clone(), None))
    }
}
