//! What somebody else read is what a watcher sees.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Cause, Error, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages};
use crate::provider::Provider;
use crate::technology::{Technology, Texts};

/// The operation that failures of such a watcher name.
const IMPORT: &str = "import";

/// A watcher of one account that sees what it is given: an inventory from elsewhere.
///
/// ```
/// use std::borrow::Cow;
/// use secmonkey_core::provider::Provider;
/// use secmonkey_core::technology::Technology;
/// use secmonkey_core::watch::{Given, Observed};
/// use serde_json::json;
///
/// let queue = Technology { id: Cow::Borrowed("queue"), ..Technology::DEFAULT };
/// let watcher = Given::new(Provider::named("aws"), [queue.clone()], "queues.json")
///     .with("eu-west-1", [Observed::new(&queue, "q-1", json!({ "Size": 1 }))]);
/// assert_eq!(watcher.regions().collect::<Vec<_>>(), ["eu-west-1"]);
/// ```
pub struct Given {
    provider: Provider,
    technologies: Vec<Technology>,
    source: String,
    items: BTreeMap<String, Vec<Observed>>,
    is_complete: bool,
}

impl Given {
    /// A watcher of technologies of one provider, all of the same reach, that is given
    /// nothing yet; `source` is what people call the inventory.
    #[must_use]
    pub fn new(
        provider: Provider,
        technologies: impl IntoIterator<Item = Technology>,
        source: impl Into<String>,
    ) -> Self {
        // Who gave it did not use the provider's listings.
        let technologies =
            technologies.into_iter().map(|one| Technology { listed_by: Texts::NONE, ..one });
        Self {
            provider,
            technologies: technologies.collect(),
            source: source.into(),
            items: BTreeMap::new(),
            is_complete: false,
        }
    }

    /// The same with these items in a region; with none, it is a region without any.
    #[must_use]
    pub fn with(
        mut self,
        region: impl Into<String>,
        items: impl IntoIterator<Item = Observed>,
    ) -> Self {
        self.items.entry(region.into()).or_default().extend(items);
        self
    }

    /// The same, said to be all there is in its regions: what it does not have is gone. Without
    /// that nothing is concluded, and the scopes count as not looked at to the end.
    #[must_use]
    pub fn complete(self) -> Self {
        Self { is_complete: true, ..self }
    }

    /// The regions that it has something to say of.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.items.keys().map(String::as_str)
    }

    fn items(&self, scope: &Scope) -> &[Observed] {
        self.items.get(&scope.region).map_or(&[], Vec::as_slice)
    }

    fn says_not(&self, what: &str) -> Error {
        Error::new(IMPORT, Cause::Other, format!("{} does not say {what}", self.source))
    }
}

#[async_trait]
impl Watcher for Given {
    fn provider(&self) -> Provider {
        self.provider.clone()
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let mut listing = pages(IMPORT, |_| {
            let page = self.items(scope).iter().collect::<Vec<_>>();
            std::future::ready(Ok(Listed::page(page, None)))
        })
        .at_most(out.most().saturating_mul(self.technologies.len()));
        while let Some(items) = listing.next().await? {
            for item in items {
                out.item(item.clone()).await;
            }
        }
        let ended = listing.end()?;
        if !self.is_complete || !self.items.contains_key(&scope.region) {
            return Err(self.says_not("that it names all there are"));
        }
        for technology in self.technologies.iter().filter(|one| out.wants(&one.id)) {
            out.complete(technology, &ended).await;
        }
        Ok(())
    }

    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let look = |one: &Wanted| {
            let is_it = |item: &&Observed| item.technology == one.technology && item.id == one.id;
            match self.items(scope).iter().find(is_it) {
                Some(item) => Looked::there(item.clone()),
                None if self.is_complete && self.items.contains_key(&scope.region) => {
                    Looked::gone(one.id.as_str())
                }
                None => Looked::failed(one.id.as_str(), self.says_not("whether it is there")),
            }
        };
        Ok(wanted.iter().map(look).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::testing::{Look, PROVIDER, REGION, Scene};
    use crate::watch::Part;

    const GROUP: Technology = Technology {
        provider: PROVIDER,
        id: std::borrow::Cow::Borrowed("group"),
        ..Technology::DEFAULT
    };

    fn group(id: &str, size: u32) -> Observed {
        Observed::new(&GROUP, id, json!({ "Size": size }))
    }

    /// The events that come of an inventory, behind a scan that saw three groups.
    async fn events(given: impl FnOnce(Given) -> Given) -> Vec<String> {
        let mut scene = Scene::new(&[GROUP]);
        let three = ["a", "b", "c"].into_iter().fold(Look::at(&GROUP), |look, id| {
            look.item(id, json!({ "Size": 1 })).part("/Tags", Part::Known(json!({ "t": 1 })))
        });
        scene.scan(three).await;
        scene.events().await;
        let technology = Technology { listed_by: ["test:List"].into_iter().collect(), ..GROUP };
        let given = given(Given::new(PROVIDER, [technology], "groups.json"));
        let pipeline = crate::pipeline::Pipeline::new(scene.log.clone(), scene.views.clone())
            .watcher(Arc::new(given));
        let mut plan = scene.plan().only(["group"]);
        plan.all_regions = false;
        pipeline.scan(&plan).await.unwrap();
        scene.events().await
    }

    #[tokio::test]
    async fn what_an_inventory_does_not_name_stays_unless_it_is_complete() {
        let tags = || json!({ "t": 1 });
        let some = |given: Given| {
            given.with(
                REGION,
                [
                    group("a", 2).with("/Tags", Part::Known(tags())),
                    group("d", 4),
                    // What it does not say stays as it was.
                    group("b", 1)
                        .with("/Tags", Part::Failed(Error::new("import", Cause::Other, "?"))),
                ],
            )
        };
        let open = events(some).await;
        assert!(open.iter().any(|event| event.starts_with("a: item_changed")), "{open:#?}");
        assert!(open.iter().any(|event| event.starts_with("d: item_discovered")), "{open:#?}");
        assert!(!open.iter().any(|event| event.starts_with("b: ")), "{open:#?}");
        assert!(!open.iter().any(|event| event.contains("item_deleted")), "{open:#?}");
        let whole = events(|given| some(given).complete()).await;
        let gone: Vec<_> = whole.iter().filter(|event| event.contains("item_deleted")).collect();
        assert_eq!(gone, ["c: item_deleted"]);
        // Of a region that it does not have, it says nothing.
        let elsewhere = events(|given| given.with("eu-north-1", [group("x", 1)]).complete()).await;
        assert!(!elsewhere.iter().any(|event| event.contains("item_deleted")), "{elsewhere:#?}");
        let nothing = events(|given| given.with(REGION, []).complete()).await;
        assert_eq!(nothing.iter().filter(|event| event.contains("item_deleted")).count(), 3);
    }
}
