//! What an item uses, and what uses it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::language::{Flag, Names, Term};
use super::{Error, Known, Query, items};
use crate::item::Key;
use crate::registry::Registry;
use crate::replay::ItemRow;

/// Of longer texts none is the id of something.
const LONGEST: usize = 2_048;
/// Shorter ones say nothing: `a`, `tcp`.
const SHORTEST: usize = 4;

/// What an item uses, and what uses it: what names another by its id or its ARN.
#[derive(Debug, Clone, Default)]
pub struct Related {
    /// The items that its configuration names, by key.
    pub uses: Vec<ItemRow>,
    /// The items whose configurations name it, by key.
    pub used_by: Vec<ItemRow>,
    /// Whether there are more of either.
    pub more: bool,
}

/// What an item uses, and what uses it, so many of each at most, of what somebody `sees`.
///
/// # Errors
/// Where the views cannot be read.
pub fn related(
    known: &Known,
    registry: &Registry,
    (row, config): (&ItemRow, &Value),
    most: usize,
    sees: impl Fn(&Key) -> Result<bool, Error>,
) -> Result<Related, Error> {
    let mut related = Related::default();
    let mut named = BTreeSet::new();
    names(config, &mut named);
    for other in known.views.items() {
        let other = other?;
        let is_named = named.contains(other.key.id.as_str())
            || other.arn.as_deref().is_some_and(|arn| named.contains(arn));
        if !is_named || other.deleted || other.key == row.key || !sees(&other.key)? {
            continue;
        }
        if related.uses.len() == most {
            related.more = true;
            break;
        }
        related.uses.push(other);
    }
    for state in items(known, registry, naming(row))? {
        let other = state?.row;
        if other.key == row.key || !sees(&other.key)? {
            continue;
        }
        if related.used_by.len() == most {
            related.more = true;
            break;
        }
        related.used_by.push(other);
    }
    Ok(related)
}

/// What names an item.
fn naming(row: &ItemRow) -> Query {
    let is_word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let id = &row.key.id;
    let id = if is_word(id) { Names::Word(id.clone()) } else { Names::Exactly(id.clone()) };
    let arn = row.arn.clone().map(Names::Exactly);
    let all = std::iter::once(id).chain(arn).map(|names| Query::from(Term::Ref(names)));
    Query::Or(all.collect()).and(Term::Deleted(Flag::False))
}

/// The texts of a configuration that may name something.
fn names<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) if (SHORTEST..=LONGEST).contains(&text.len()) => {
            found.insert(text);
        }
        Value::Array(all) => all.iter().for_each(|one| names(one, found)),
        Value::Object(all) => all.values().for_each(|one| names(one, found)),
        _ => {}
    }
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
    async fn what_names_another_uses_it() {
        let mut scene = Scene::new(&[GROUP]);
        let look = Look::at(&GROUP)
            .item("sg-web", json!({ "Peers": [{ "Id": "sg-db" }, { "Id": "sg-nowhere" }] }))
            .item("sg-db", json!({ "Id": "sg-db" }))
            .item("sg-log", json!({ "From": "arn:x/sg-db:y", "To": "sg-database" }))
            .item("a b", json!({ "Peer": "sg-db" }));
        scene.scan(look).await;
        let known = Known::new(scene.views.clone(), scene.now());
        let registry = Registry::new([GROUP], []);
        let told = |id: &str, most: usize, sees: fn(&Key) -> bool| {
            let key = scene.key(&GROUP, id);
            let row = known.views.item(&key).unwrap().unwrap();
            let config = known.views.config(&key).unwrap().unwrap();
            let found = related(&known, &registry, (&row, &config), most, |key| Ok(sees(key)));
            let found = found.unwrap();
            let ids = |rows: &[ItemRow]| {
                rows.iter().map(|row| row.key.id.clone()).collect::<Vec<_>>().join(" ")
            };
            (ids(&found.uses), ids(&found.used_by), found.more)
        };
        assert_eq!(told("sg-web", 9, |_| true), ("sg-db".into(), String::new(), false));
        assert_eq!(told("sg-db", 9, |_| true), (String::new(), "a b sg-log sg-web".into(), false));
        assert_eq!(told("sg-db", 1, |_| true), (String::new(), "a b".into(), true));
        assert_eq!(
            told("sg-db", 9, |key| key.id == "sg-web"),
            (String::new(), "sg-web".into(), false)
        );
    }
}
