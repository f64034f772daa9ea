//! Reads the queues of the broker.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use secmonkey_core::technology::{Set, Technology};
use secmonkey_core::watch::{Error, Listed, Missing, Observed, Scope, Sweep, Watcher, pages};
use serde_json::Value;

/// The facts that let two configurations of a queue be compared.
pub const QUEUE: Technology = Technology {
    id: "queue",
    title: "message queue",
    sets: &[Set { at: "/Readers", key: &[] }],
    dropped: &["/Waiting"], // telemetry: it changes with every message
    permissions: &["queues:List"],
    ..Technology::DEFAULT
};

/// The provider: queues by name.
#[derive(Default)]
pub struct Broker(Mutex<BTreeMap<String, Value>>);

impl Broker {
    /// Holds these queues from now on.
    pub fn set(&self, queues: BTreeMap<String, Value>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = queues;
    }

    fn queues(&self) -> BTreeMap<String, Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The watcher.
pub struct Queues(pub Arc<Broker>);

#[async_trait]
impl Watcher for Queues {
    fn technologies(&self) -> &[Technology] {
        &[QUEUE]
    }

    async fn sweep(&self, _: &Scope, out: &Sweep) -> Result<(), Error> {
        let mut listing = pages("queues:List", |_token| {
            let items: Vec<_> = self.0.queues().into_iter().collect();
            std::future::ready(Ok(Listed { items, next: None, truncated: None }))
        });
        while let Some(page) = listing.next().await? {
            for (name, config) in page {
                let technology = QUEUE.id;
                let (id, arn, parts) = (name.clone(), None, Vec::new());
                out.item(Observed { technology, id, name, arn, config, parts }).await;
            }
        }
        // The proof that the listing came to its end: without it nothing is ever gone.
        out.complete(&QUEUE, &listing.end()?).await;
        Ok(())
    }

    async fn gone(
        &self,
        _: &Scope,
        _: &Technology,
        missing: &[Missing],
    ) -> Result<Vec<String>, Error> {
        // A listing may lag behind: ask for each, here with the same call.
        let there = self.0.queues();
        let ids = missing.iter().map(|one| one.id.clone());
        Ok(ids.filter(|id| !there.contains_key(id)).collect())
    }
}
