//! Changes as they happen: what a provider tells of calls, looked at at once.
//!
//! A [`Live`] takes hints from a queue ([`ChangeEvents`]), lets bursts settle, looks at just the
//! items that they name ([`Pipeline::look`]), says who changed what the look saw, and only then
//! takes the messages off the queue. A hint is never the truth: a deletion that was denied
//! deletes nothing, and what no hint tells is found by the next scan. What is handed out twice,
//! late or in another order comes to the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::account::{Account, AccountId};
use crate::attribution::{Ack, Call, ChangeEvents, Delivery, Hint, Targets, targets};
use crate::item::Key;
use crate::pipeline::{Error, Pipeline, Sought, Summary};
use crate::view::{self, blocking};
use crate::watch::Wanted;

/// A burst is over when nothing came for so long,
const SETTLE: Duration = Duration::from_secs(1);
/// or after so long.
const AT_MOST: Duration = Duration::from_secs(5);
/// So many deliveries are looked into together at most.
const BATCH: usize = 1_000;
/// So many accounts are looked at at the same time.
const ACCOUNTS_AT_ONCE: usize = 8;
/// A queue that cannot be read is asked again after so long, and twice as long each time,
const AGAIN: Duration = Duration::from_secs(1);
/// up to this.
const AGAIN_AT_MOST: Duration = Duration::from_mins(1);

/// Looks at what a queue of hints names.
pub struct Live {
    pipeline: Pipeline,
    events: Arc<dyn ChangeEvents>,
    settle: Duration,
    at_most: Duration,
    counts: Arc<LiveCounts>,
}

/// What came of a queue so far.
#[derive(Debug, Default)]
pub struct LiveCounts {
    /// Messages that were handed out.
    pub received: AtomicU64,
    /// Those that are none of ours.
    pub poisoned: AtomicU64,
    /// Those that named nothing that is watched, only read, or failed.
    pub ignored: AtomicU64,
    /// Messages that were taken off the queue.
    pub acknowledged: AtomicU64,
    /// Items that were looked at.
    pub looked: AtomicU64,
    /// Items that were created, changed or gone.
    pub changed: AtomicU64,
    /// Times that the queue could not be read.
    pub failures: AtomicU64,
}

impl LiveCounts {
    fn add(counter: &AtomicU64, more: usize) {
        counter.fetch_add(more as u64, Ordering::Relaxed);
    }
}

/// Items of an account to look at, each with the calls that name it and the deliveries they are
/// from.
type Wants = BTreeMap<Key, Want>;

struct Want {
    wanted: Wanted,
    calls: Vec<Call>,
    deliveries: BTreeSet<usize>,
}

impl Live {
    /// Looks through a pipeline at what a queue names.
    #[must_use]
    pub fn new(pipeline: Pipeline, events: Arc<dyn ChangeEvents>) -> Self {
        Self { pipeline, events, settle: SETTLE, at_most: AT_MOST, counts: Arc::default() }
    }

    /// How long nothing may come until a burst is over, and how long a burst is waited for at
    /// most: a second and five, if nobody says.
    #[must_use]
    pub fn settle(mut self, settle: Duration, at_most: Duration) -> Self {
        (self.settle, self.at_most) = (settle, at_most);
        self
    }

    /// What came of it so far.
    #[must_use]
    pub fn counts(&self) -> Arc<LiveCounts> {
        Arc::clone(&self.counts)
    }

    /// Takes hints until it is stopped. A queue that fails is asked again; what a look failed
    /// at stays on the queue.
    pub async fn run(&self, stop: &CancellationToken) {
        let (give, take) = mpsc::channel(BATCH);
        let receive = async {
            tokio::select! {
                () = self.receive(give) => {}
                () = stop.cancelled() => {}
            }
        };
        tokio::join!(receive, self.work(take));
    }

    /// Reads the queue, as fast as it is worked on.
    async fn receive(&self, give: mpsc::Sender<Delivery>) {
        let mut again = AGAIN;
        loop {
            match self.events.next().await {
                Ok(deliveries) => {
                    again = AGAIN;
                    LiveCounts::add(&self.counts.received, deliveries.len());
                    for delivery in deliveries {
                        if give.send(delivery).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) => {
                    LiveCounts::add(&self.counts.failures, 1);
                    tracing::warn!("{error}: asking again in {} s", again.as_secs());
                    tokio::time::sleep(again).await;
                    again = (again * 2).min(AGAIN_AT_MOST);
                }
            }
        }
    }

    /// Works on what was read, burst by burst, until there is no more.
    async fn work(&self, mut take: mpsc::Receiver<Delivery>) {
        while let Some(first) = take.recv().await {
            let mut burst = vec![first];
            let end = tokio::time::Instant::now() + self.at_most;
            while burst.len() < BATCH {
                let quiet = tokio::time::Instant::now() + self.settle;
                match tokio::time::timeout_at(quiet.min(end), take.recv()).await {
                    Ok(Some(next)) => burst.push(next),
                    Ok(None) | Err(_) => break,
                }
            }
            self.look_into(burst).await;
        }
    }

    /// Looks at what a burst names, and takes it off the queue where that is recorded.
    async fn look_into(&self, burst: Vec<Delivery>) {
        let mut done: BTreeMap<usize, Ack> = BTreeMap::new();
        let mut hints: Vec<(usize, Hint)> = Vec::new();
        for (index, delivery) in burst.into_iter().enumerate() {
            match delivery.content {
                Ok(all) => {
                    done.insert(index, delivery.ack);
                    hints.extend(all.into_iter().map(|hint| (index, hint)));
                }
                Err(poison) => {
                    LiveCounts::add(&self.counts.poisoned, 1);
                    tracing::warn!(queue = self.events.name(), "{poison}");
                    if !poison.is_kept {
                        done.insert(index, delivery.ack);
                    }
                }
            }
        }
        match self.wants(hints).await {
            Ok(wants) => {
                let named: BTreeSet<usize> = wants
                    .values()
                    .flat_map(|(_, wants)| wants.values())
                    .flat_map(|want| want.deliveries.iter().copied())
                    .collect();
                LiveCounts::add(
                    &self.counts.ignored,
                    done.keys().filter(|index| !named.contains(index)).count(),
                );
                let looks = wants.into_values().map(|(account, wants)| self.look(account, wants));
                let mut looks = stream::iter(looks).buffer_unordered(ACCOUNTS_AT_ONCE);
                while let Some(failed) = looks.next().await {
                    done.retain(|index, _| !failed.contains(index));
                }
            }
            Err(error) => {
                tracing::error!("nothing is known of what the queue names: {error}");
                return;
            }
        }
        let acks: Vec<_> = done.into_values().collect();
        let count = acks.len();
        if count == 0 {
            return;
        }
        match self.events.ack(acks).await {
            Ok(()) => LiveCounts::add(&self.counts.acknowledged, count),
            // They come again, and change nothing.
            Err(error) => tracing::warn!("{error}"),
        }
    }

    /// What hints name, by account.
    async fn wants(
        &self,
        hints: Vec<(usize, Hint)>,
    ) -> Result<BTreeMap<AccountId, (Account, Wants)>, view::Error> {
        let (deliveries, hints): (Vec<_>, Vec<_>) = hints.into_iter().unzip();
        let views = self.pipeline.views().clone();
        let registry = self.pipeline.registry();
        views.catch_up(self.pipeline.log()).await?;
        let (hints, found, accounts) = blocking(move || {
            let found: Targets = targets(&views, &registry, &hints)?;
            Ok::<_, view::Error>((hints, found, views.accounts()?))
        })
        .await?;
        let mut all: BTreeMap<AccountId, (Account, Wants)> = BTreeMap::new();
        for (index, target) in found {
            let (Some(hint), Some(delivery)) = (hints.get(index), deliveries.get(index)) else {
                continue;
            };
            let Some(account) = accounts.get(hint.account.as_str()).filter(|one| one.watched())
            else {
                continue;
            };
            let (_, wants) =
                all.entry(account.id.clone()).or_insert_with(|| (account.clone(), Wants::new()));
            let want = wants.entry(target.key.clone()).or_insert_with(|| {
                let technology = target.key.technology.clone();
                let mut wanted = Wanted::named(technology, target.key.id.clone());
                match (&target.row, &target.name) {
                    (Some(row), _) => wanted = wanted.called(row.name.clone(), row.arn.clone()),
                    (None, Some(name)) => wanted = wanted.called(name.clone(), None),
                    (None, None) => {}
                }
                Want { wanted, calls: Vec::new(), deliveries: BTreeSet::new() }
            });
            want.calls.push(Call { writes: target.writes, ..hint.call.clone() });
            want.deliveries.insert(*delivery);
        }
        Ok(all)
    }

    /// Looks at items of an account. Returns the deliveries of which it failed.
    async fn look(&self, account: Account, wants: Wants) -> BTreeSet<usize> {
        LiveCounts::add(&self.counts.looked, wants.len());
        let sought = wants.iter().map(|(key, want)| Sought {
            region: key.region.clone(),
            wanted: want.wanted.clone(),
            calls: want.calls.clone(),
        });
        match self.pipeline.look(&account, sought.collect()).await {
            Ok(summary) => {
                let counts = summary.items;
                let changed = counts.created + counts.changed + counts.deleted;
                self.counts.changed.fetch_add(changed, Ordering::Relaxed);
                failed(&wants, &summary)
            }
            // It never can be looked at; scans say why.
            Err(Error::Wiring(error)) => {
                tracing::warn!(account = %account.id, "{error}");
                BTreeSet::new()
            }
            Err(error) => {
                tracing::error!(account = %account.id, "{error}");
                wants.into_values().flat_map(|want| want.deliveries).collect()
            }
        }
    }
}

/// The deliveries that name items which could not be looked at.
fn failed(wants: &Wants, summary: &Summary) -> BTreeSet<usize> {
    let mut all = BTreeSet::new();
    for failure in summary.failures.iter().filter(|failure| failure.part.is_none()) {
        for (key, want) in wants {
            let is_it = failure.scope == crate::event::ScopeId::of(key)
                && failure.item.as_ref().is_none_or(|item| *item == key.id);
            if is_it {
                all.extend(&want.deliveries);
            }
        }
    }
    all
}
