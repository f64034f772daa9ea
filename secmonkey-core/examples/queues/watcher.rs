//! Reads the queues of the broker.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::{Set, Technology, Texts};
use secmonkey_core::watch::{
    Error, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages,
};
use serde_json::Value;

/// Who runs the accounts.
pub const BROKER: Provider = Provider::named("broker");

/// The facts that let two configurations of a queue be compared.
pub const QUEUE: Technology = Technology {
    provider: BROKER,
    id: Cow::Borrowed("queue"),
    title: Cow::Borrowed("message queue"),
    sets: Cow::Borrowed(&[Set::new("/Readers", &[])]),
    dropped: Texts::new(&["/Waiting"]), // telemetry: it changes with every message
    listed_by: Texts::new(&["queues:List"]),
    permissions: Texts::new(&["queues:List"]),
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
    fn provider(&self) -> Provider {
        BROKER
    }

    fn technologies(&self) -> &[Technology] {
        static ALL: [Technology; 1] = [QUEUE];
        &ALL
    }

    async fn sweep(&self, _: &Scope, out: &Sweep) -> Result<(), Error> {
        let mut listing = pages("queues:List", |_token| {
            let queues = self.0.queues().into_iter().collect();
            std::future::ready(Ok(Listed::<(String, Value)>::page(Some(queues), None)))
        });
        while let Some(page) = listing.next().await? {
            for (name, config) in page {
                out.item(Observed::new(&QUEUE, name, config)).await;
            }
        }
        // The proof that the listing came to its end: without it nothing is ever gone.
        out.complete(&QUEUE, &listing.end()?).await;
        Ok(())
    }

    async fn look(&self, _: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        // A listing may lag behind: ask for each, here with the same call.
        let there = self.0.queues();
        let looked = |one: &Wanted| match there.get(&one.id) {
            Some(config) => Looked::there(Observed::new(&QUEUE, one.id.as_str(), config.clone())),
            None => Looked::gone(&one.id),
        };
        Ok(wanted.iter().map(looked).collect())
    }
}
