//! Changes as they happen: what a provider tells of calls, looked at at once.
//!
//! A [`Live`] takes hints from a queue ([`ChangeEvents`]), lets bursts settle, looks at just the
//! items that they name ([`Pipeline::look`]), says who changed what the look saw, and only then
//! takes the messages off the queue. A hint is never the truth: a deletion that was denied
//! deletes nothing, and what no hint tells is found by the next scan. What is handed out twice,
//! late or in another order comes to the same.

mod open;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::open::{Open, Waiting, Want, Wants};
use crate::account::{Account, AccountId};
use crate::attribution::{Ack, Call, ChangeEvents, Delivery, Hint, Targets, targets};
use crate::event::ScanId;
use crate::pipeline::{Error, Pipeline, Sought, Summary};
use crate::replay::ItemRow;
use crate::view::{self, blocking};
use crate::watch::Wanted;

/// A burst is over when nothing came for so long,
const SETTLE: Duration = Duration::from_secs(1);
/// or after so long.
const AT_MOST: Duration = Duration::from_secs(5);
/// A provider may go on answering for a while as if a call had not been made: where a look saw
/// nothing of a call that is younger than this,
const YOUNG: SignedDuration = SignedDuration::from_mins(1);
/// there is another after so long.
const ONCE_MORE: Duration = Duration::from_secs(15);
/// So many deliveries are open at most.
const BATCH: usize = 1_000;
/// So many accounts are looked at at the same time.
const ACCOUNTS_AT_ONCE: usize = 8;
/// A queue that cannot be read is asked again after so long, and twice as long each time,
const AGAIN: Duration = Duration::from_secs(1);
/// up to this.
const AGAIN_AT_MOST: Duration = Duration::from_mins(1);

/// Looks at what a queue of hints names. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    pipeline: Pipeline,
    events: Arc<dyn ChangeEvents>,
    enter: Arc<dyn Fn(&mut Account) + Send + Sync>,
    settle: Duration,
    at_most: Duration,
    once_more: Duration,
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

/// Deliveries about one account that come close together. What happens in one does not hold up
/// what is told of another.
struct Burst {
    /// It is over by then, whatever comes.
    end: Instant,
    /// It is over by then, where nothing comes.
    quiet: Instant,
    deliveries: Vec<Delivery>,
}

impl Burst {
    /// Whose it is: of several accounts in one delivery, the first stands for all.
    fn account(delivery: &Delivery) -> Option<AccountId> {
        Some(delivery.content.as_ref().ok()?.first()?.account.clone())
    }
}

impl Live {
    /// Looks through a pipeline at what a queue names.
    #[must_use]
    pub fn new(pipeline: Pipeline, events: Arc<dyn ChangeEvents>) -> Self {
        let (settle, at_most, once_more) = (SETTLE, AT_MOST, ONCE_MORE);
        let (enter, counts) = (Arc::new(|_: &mut Account| {}), Arc::default());
        Self { pipeline, events, enter, settle, at_most, once_more, counts }
    }

    /// What is set of an account before it is looked at, where its registration leaves that
    /// open: how it is entered.
    #[must_use]
    pub fn entering(mut self, enter: impl Fn(&mut Account) + Send + Sync + 'static) -> Self {
        self.enter = Arc::new(enter);
        self
    }

    /// How long nothing may come of an account until a burst is over, and how long a burst is
    /// waited for at most: a second and five, if nobody says.
    #[must_use]
    pub fn settle(mut self, settle: Duration, at_most: Duration) -> Self {
        (self.settle, self.at_most) = (settle, at_most);
        self
    }

    /// When it looks once more where a look saw nothing of a call that was made in the minute
    /// before: after 15 seconds, if nobody says.
    #[must_use]
    pub fn once_more(mut self, after: Duration) -> Self {
        self.once_more = after;
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
        tokio::join!(receive, self.work(take, stop));
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

    /// Works on what was read, until there is no more. What comes for an account that is being
    /// looked at waits for that, and for nothing else: one that hangs holds up no other.
    async fn work(&self, mut take: mpsc::Receiver<Delivery>, stop: &CancellationToken) {
        let mut open = Open::default();
        // Each is a task: a look that nobody polls while something else is done here would keep
        // its place before the views, for which that waits.
        let mut flights = JoinSet::new();
        let mut bursts: BTreeMap<Option<AccountId>, Burst> = BTreeMap::new();
        let mut is_over = false;
        loop {
            while flights.len() < ACCOUNTS_AT_ONCE
                && let Some((account, wants)) = open.next()
            {
                let (live, stop) = (self.clone(), stop.clone());
                flights.spawn(async move { live.look(account, wants, &stop).await });
            }
            self.acknowledge(open.done()).await;
            let due = open.due();
            let held: usize = bursts.values().map(|burst| burst.deliveries.len()).sum();
            let is_full = held + open.deliveries.len() >= BATCH;
            let next_over = bursts.values().map(|burst| burst.quiet).min();
            let until_over = sleep_until(next_over.unwrap_or_else(Instant::now));
            tokio::select! {
                next = take.recv(), if !is_over && !is_full => match next {
                    Some(delivery) => {
                        let (now, of) = (Instant::now(), Burst::account(&delivery));
                        let end = now + self.at_most;
                        let fresh = || Burst { end, quiet: now, deliveries: Vec::new() };
                        let burst = bursts.entry(of).or_insert_with(fresh);
                        burst.quiet = (now + self.settle).min(burst.end);
                        burst.deliveries.push(delivery);
                    }
                    None => is_over = true,
                },
                () = until_over, if next_over.is_some() => {
                    let now = Instant::now();
                    let ended = bursts.extract_if(.., |_, burst| burst.quiet <= now);
                    let ended = ended.flat_map(|(_, burst)| burst.deliveries).collect();
                    self.take(ended, &mut open).await;
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() && !is_over => {
                    open.wake(Instant::now());
                }
                Some(looked) = flights.join_next() => {
                    let looked = match looked.map_err(JoinError::try_into_panic) {
                        Ok(looked) => looked,
                        Err(Ok(panic)) => resume_unwind(panic),
                        // The runtime ends.
                        Err(Err(_)) => return,
                    };
                    open.landed(&looked.account.id, &looked.named, &looked.failed);
                    open.want_later(
                        Instant::now() + self.once_more,
                        looked.account,
                        looked.unseen,
                    );
                }
                else => return,
            }
        }
    }

    /// Takes over what a burst names.
    async fn take(&self, burst: Vec<Delivery>, open: &mut Open) {
        let mut hints: Vec<(u64, Hint)> = Vec::new();
        let mut acks: BTreeMap<u64, Ack> = BTreeMap::new();
        for delivery in burst {
            let number = open.number();
            match delivery.content {
                Ok(all) => {
                    acks.insert(number, delivery.ack);
                    hints.extend(all.into_iter().map(|hint| (number, hint)));
                }
                Err(poison) => {
                    LiveCounts::add(&self.counts.poisoned, 1);
                    tracing::warn!(queue = self.events.name(), "{poison}");
                    if !poison.is_kept {
                        open.deliveries.insert(number, Waiting::new(delivery.ack));
                    }
                }
            }
        }
        let wants = match self.wants(hints).await {
            Ok(wants) => wants,
            Err(error) => {
                // All of it comes again.
                tracing::error!("nothing is known of what the queue names: {error}");
                return;
            }
        };
        for (number, ack) in acks {
            open.deliveries.insert(number, Waiting::new(ack));
        }
        let mut named = BTreeSet::new();
        for (_, (account, wants)) in wants {
            named.extend(wants.values().flat_map(|want| want.deliveries.iter().copied()));
            open.want(account, wants);
        }
        let ignored = open
            .deliveries
            .iter()
            .filter(|(number, waiting)| !named.contains(number) && waiting.accounts.is_empty());
        LiveCounts::add(&self.counts.ignored, ignored.count());
    }

    /// Takes off the queue what is done.
    async fn acknowledge(&self, done: Vec<Ack>) {
        let count = done.len();
        if count == 0 {
            return;
        }
        match self.events.ack(done).await {
            Ok(()) => LiveCounts::add(&self.counts.acknowledged, count),
            // They come again, and change nothing.
            Err(error) => tracing::warn!("{error}"),
        }
    }

    /// What hints name, by account.
    async fn wants(
        &self,
        hints: Vec<(u64, Hint)>,
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
                Want { wanted, calls: Vec::new(), deliveries: BTreeSet::new(), again: false }
            });
            want.calls.push(Call { writes: target.writes, ..hint.call.clone() });
            want.deliveries.insert(*delivery);
        }
        Ok(all)
    }

    /// Looks at items of an account.
    async fn look(&self, mut account: Account, wants: Wants, stop: &CancellationToken) -> Looked {
        LiveCounts::add(&self.counts.looked, wants.len());
        (self.enter)(&mut account);
        let named: BTreeSet<u64> =
            wants.values().flat_map(|want| want.deliveries.iter().copied()).collect();
        let sought = wants.iter().map(|(key, want)| Sought {
            region: key.region.clone(),
            wanted: want.wanted.clone(),
            calls: want.calls.clone(),
        });
        let mut scan = self.pipeline.look(&account, sought.collect());
        let scan_stops = scan.stop();
        let done = tokio::select! {
            done = &mut scan => done,
            () = stop.cancelled() => {
                scan_stops.cancel();
                scan.await
            }
        };
        let mut unseen = Wants::new();
        let failed = match done {
            Ok(summary) if summary.interrupted => named.clone(),
            Ok(summary) => {
                let counts = summary.items;
                let changed = counts.created + counts.changed + counts.deleted;
                self.counts.changed.fetch_add(changed, Ordering::Relaxed);
                let failed = failed(&wants, &summary);
                unseen = self.unseen(wants, &failed, summary.scan).await;
                failed
            }
            // It never can be looked at; scans say why.
            Err(Error::Wiring(error)) => {
                tracing::warn!(account = %account.id, "{error}");
                BTreeSet::new()
            }
            Err(error) => {
                tracing::error!(account = %account.id, "{error}");
                named.clone()
            }
        };
        Looked { account, named, failed, unseen }
    }

    /// Of what was looked at, what showed nothing of a call that was just made, and is looked at
    /// once more.
    async fn unseen(&self, wants: Wants, failed: &BTreeSet<u64>, scan: Option<ScanId>) -> Wants {
        let now = self.pipeline.now();
        let is_young = |call: &Call| now.duration_since(call.event_time) < YOUNG;
        let mut young = wants;
        young.retain(|_, want| {
            !want.again && want.deliveries.is_disjoint(failed) && want.calls.iter().any(is_young)
        });
        let views = self.pipeline.views().clone();
        let unseen = blocking(move || {
            let mut unseen = Wants::new();
            for (key, want) in young {
                let in_scan = |row: ItemRow| scan.is_some() && row.changed_in == scan;
                let is_seen = views.item(&key)?.is_some_and(in_scan);
                if !is_seen {
                    unseen.insert(key, Want { again: true, deliveries: BTreeSet::new(), ..want });
                }
            }
            Ok::<_, view::Error>(unseen)
        });
        unseen.await.unwrap_or_else(|error| {
            tracing::warn!("nothing is looked at once more: {error}");
            Wants::new()
        })
    }
}

/// What came of a look at items of an account.
struct Looked {
    account: Account,
    /// The deliveries that name the items.
    named: BTreeSet<u64>,
    /// Those of which a look failed.
    failed: BTreeSet<u64>,
    /// What showed nothing of a call that was just made.
    unseen: Wants,
}

/// The deliveries that name items which could not be looked at.
fn failed(wants: &Wants, summary: &Summary) -> BTreeSet<u64> {
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
