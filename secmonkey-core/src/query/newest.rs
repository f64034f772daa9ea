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
            let member = |path: &str| {
                let first = path.split('/').nth(1).unwrap_or_default();
                first.replace("~1", "/").replace("~0", "~")
            };
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;
    use crate::technology::Technology;
    use crate::testing::{Look, PROVIDER, Scene};

    const GROUP: Technology =
        Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };

    #[tokio::test]
    async fn the_newest_come_first_and_only_what_is_seen() {
        let mut scene = Scene::new(&[GROUP]);
        let look = |size: u8| {
            Look::at(&GROUP).item(
                "sg-1",
                json!({ "A": { "B": size }, "C/D": size, "E": "as it was ".repeat(20) }),
            )
        };
        scene.scan(look(1).item("sg-2", json!({}))).await;
        scene.scan(look(2).item("sg-2", json!({}))).await;
        scene.scan(look(2)).await;
        let known = Known::new(scene.views.clone(), scene.now());
        let told = async |most, sees: fn(&Key) -> bool| {
            let found =
                newest(scene.log.as_ref(), &known, most, |key| Ok(sees(key))).await.unwrap();
            let line = |one: &Newest| {
                let members: Vec<_> = one.members.iter().map(String::as_str).collect();
                format!("{} {} {}", one.row.name, one.revision.kind.as_str(), members.join(","))
            };
            found.iter().map(|one| line(one).trim().to_owned()).collect::<Vec<_>>()
        };
        let all = ["sg-2 deleted", "sg-1 changed A,C/D", "sg-2 discovered", "sg-1 discovered"];
        assert_eq!(told(10, |_| true).await, all);
        assert_eq!(told(2, |_| true).await, all[..2]);
        assert_eq!(told(10, |key| key.id == "sg-2").await, [all[0], all[2]]);
        assert!(told(10, |_| false).await.is_empty());
    }
}
