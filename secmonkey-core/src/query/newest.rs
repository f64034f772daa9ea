//! The newest changes, of whatever item.

use std::collections::BTreeSet;

use super::{Error, Known};
use crate::event::Position;
use crate::item::Key;
use crate::log::EventLog;
use crate::replay::{ChangeKind, ItemRow, change_of};
use crate::view::Revision;

/// How many events are read at a time.
const PAGE: usize = 500;
/// Behind so many events nobody looks for changes: they are old.
const FAR: u64 = 5_000;

/// A change of an item.
#[derive(Debug, Clone)]
pub struct Newest {
    /// The item, as it is now.
    pub row: ItemRow,
    /// The revision that the change made, with who made it.
    pub revision: Revision,
    /// The members of the configuration that it touched.
    pub members: BTreeSet<String>,
}

/// The newest changes of what somebody `sees`, the last one first, as far as they are not far
/// behind the end of the log.
///
/// # Errors
/// Where log or views cannot be read.
pub async fn newest(
    log: &dyn EventLog,
    known: &Known,
    most: usize,
    sees: impl Fn(&Key) -> Result<bool, Error>,
) -> Result<Vec<Newest>, Error> {
    let mut all = Vec::new();
    let mut end = known.views.position()?.0;
    let last = end.saturating_sub(FAR);
    while end > last && all.len() < most {
        let start = end.saturating_sub(PAGE as u64).max(last);
        let room = usize::try_from(end - start).unwrap_or(PAGE);
        let page = log.read_all(Position(start), room).await?;
        for envelope in page.iter().rev().filter(|one| one.position.0 <= end) {
            let Some(key) = envelope.stream.as_item() else { continue };
            let is_change = ChangeKind::of(&envelope.event)
                .is_some_and(|kind| !matches!(kind, ChangeKind::Carried | ChangeKind::Rebased));
            if !is_change || !sees(&key)? {
                continue;
            }
            let revisions = known.views.revisions(&key)?;
            let revision = revisions.into_iter().find(|one| one.position == envelope.position);
            let Some((revision, row)) = revision.zip(known.views.item(&key)?) else { continue };
            let change = change_of(&envelope.event).map(|change| &change.patch);
            let touched = change.into_iter().flat_map(|patch| patch.iter());
            let member = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
            let members = touched.map(|one| member(one.path().as_str())).collect();
            all.push(Newest { row, revision, members });
            if all.len() == most {
                break;
            }
        }
        end = start;
    }
    Ok(all)
}
