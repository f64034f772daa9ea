//! One sweep: what is seen becomes events, what is missing is looked at, what failed is
//! said.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::future::Future;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

mod direct;

use super::pending::{Pending, still_true};
use super::{BATCH_BYTES, BATCH_EVENTS, CONFLICTS, Error, Parts, Progress};
use crate::config::Digest;
use crate::event::{Event, Failure, ItemCounts, ScanId, ScopeId, StreamId, TooLarge};
use crate::item::Key;
use crate::log::AppendError;
use crate::render::short;
use crate::replay::{ChangeKind, ItemRow};
use crate::technology::Technology;
use crate::track::{Tracked, track, track_too_large};
use crate::view::{self, Views, blocking};
use crate::watch::{self, Cause, Observed, Part, Scope, Sighting, Sweep, Wanted, Watcher};

/// Sightings that wait for the pipeline before a watcher does.
const WAITING: usize = 64;
/// A listing that names so many resources again, and no other, has no end.
const REPEATED: usize = 100_000;
/// An id that cannot be recorded is told up to here.
const SHOWN: usize = 256;
/// So many changed items of an account are remembered, to ask who changed them.
pub(super) const CHANGED: usize = 10_000;
/// What a provider's log of calls lacks it may have so much later.
const LATE: SignedDuration = SignedDuration::from_mins(20);

/// How a sweep of a scope ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Completed,
    Failed,
    Skipped,
}

/// What sweeps came to.
#[derive(Debug, Default)]
pub(super) struct Swept {
    pub(super) counts: ItemCounts,
    /// How many scopes came to their end.
    pub(super) completed: u64,
    pub(super) failures: Vec<Failure>,
    /// Every scope, one a technology, with the shape it was read with.
    pub(super) ended: BTreeMap<ScopeId, (Outcome, u32)>,
    /// What changed, where somebody may be asked who did it; with the time up to which
    /// whoever was asked knew of all calls.
    pub(super) changed: BTreeMap<Key, Timestamp>,
}

/// A sweep while it runs.
pub(super) struct OneSweep {
    parts: Arc<Parts>,
    scan: ScanId,
    scope: Scope,
    technologies: Vec<Technology>,
    progress: Arc<Progress>,
    stop: CancellationToken,
    /// What was listed, by technology and id: a listing may name a resource twice.
    seen: BTreeMap<String, HashSet<String>>,
    /// How many of the last sightings were of something listed before.
    repeated: usize,
    complete: BTreeSet<String>,
    /// What keeps a technology from being complete, although its listing ended.
    inconclusive: BTreeMap<String, watch::Error>,
    pending: Vec<Pending>,
    /// When it began.
    began: Timestamp,
    /// What another scan recorded since: what was listed of it may be older.
    overtaken: BTreeMap<String, Vec<Wanted>>,
    swept: Swept,
}

/// Work in a task of its own, which ends with whoever waits for it: whatever it does, it harms
/// nobody else.
pub(super) struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T: Send + 'static> Task<T> {
    pub(super) fn spawn(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }

    /// What came of it.
    pub(super) async fn ended(mut self) -> Result<T, JoinError> {
        (&mut self.0).await
    }
}

impl OneSweep {
    pub(super) fn new(
        parts: &Arc<Parts>,
        scan: ScanId,
        scope: Scope,
        technologies: Vec<Technology>,
        progress: Arc<Progress>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            parts: Arc::clone(parts),
            scan,
            scope,
            technologies,
            progress,
            stop,
            seen: BTreeMap::new(),
            repeated: 0,
            complete: BTreeSet::new(),
            inconclusive: BTreeMap::new(),
            pending: Vec::new(),
            began: parts.now(),
            overtaken: BTreeMap::new(),
            swept: Swept::default(),
        }
    }

    /// Sweeps the scope and appends what comes of it.
    pub(super) async fn run(mut self, watcher: Arc<dyn Watcher>) -> Result<Swept, Error> {
        if !watcher.exists(&self.scope) {
            for technology in &self.technologies {
                let ended = (Outcome::Skipped, technology.shape);
                self.swept.ended.insert(self.id_of(technology), ended);
            }
            return Ok(self.swept);
        }
        let (this, ended) = self.watch(&watcher).await?;
        self = this;
        if self.stop.is_cancelled() {
            self.flush().await?;
            // Nothing is concluded from a look that was stopped; what failed is said.
            self.append_failures().await?;
            return Ok(self.swept);
        }
        // What was listed to its end before a failure stands on its own.
        self = self.missing(&watcher).await?;
        self.finish(ended).await
    }

    fn id_of(&self, technology: &Technology) -> ScopeId {
        ScopeId {
            account: self.scope.account.id.clone(),
            technology: technology.id.clone().into_owned(),
            region: self.scope.region.clone(),
        }
    }

    fn key_of(&self, technology: &Technology, id: &str) -> Key {
        Key {
            account: self.scope.account.id.clone(),
            technology: technology.id.clone().into_owned(),
            region: self.scope.region.clone(),
            id: id.to_owned(),
        }
    }

    /// Lets the watcher look, and takes what it sees.
    async fn watch(
        mut self,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<(Self, Result<(), watch::Error>), Error> {
        let (out, mut sightings) = Sweep::channel(WAITING);
        let out = out.at_most(self.parts.limits.items).only(&self.technologies);
        let (watcher, scope) = (Arc::clone(watcher), self.scope.clone());
        let mut task = Task::spawn(async move { watcher.sweep(&scope, &out).await });
        let patience = self.parts.patience;
        let late = tokio::time::sleep(self.parts.limits.time);
        tokio::pin!(late);
        loop {
            let mut some = Vec::with_capacity(WAITING);
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    return Ok((self, Ok(())));
                }
                count = sightings.recv_many(&mut some, WAITING) => if count == 0 { break },
                () = &mut late => {
                    let minutes = self.parts.limits.time.as_secs_f64() / 60.0;
                    let late = self.endless(&format!("it did not end within {minutes} minutes"));
                    return Ok((self, Err(late)));
                }
                () = tokio::time::sleep(patience) => {
                    let late = self.gave_up();
                    return Ok((self, Err(late)));
                }
            }
            self = blocking(move || {
                some.into_iter().try_for_each(|sighting| self.sighting(sighting))?;
                Ok::<_, Error>(self)
            })
            .await?;
            if self.is_full() {
                self.flush().await?;
            }
            if let Some(error) = self.listed_too_much() {
                return Ok((self, Err(error)));
            }
        }
        // Whoever let go of the channel has nothing more to hand out, but may not be done.
        let ended = match tokio::time::timeout(patience, &mut task.0).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(_)) => Err(self.broken("the watcher panicked")),
            Err(_) => Err(self.gave_up()),
        };
        Ok((self, ended))
    }

    fn gave_up(&self) -> watch::Error {
        let seconds = self.parts.patience.as_secs_f64();
        let reason = format!("nothing came for {seconds} seconds");
        watch::Error::new(self.operation(), Cause::Unreachable, reason)
    }

    /// Why the listing cannot be one that ends, as far as what was listed tells.
    fn listed_too_much(&self) -> Option<watch::Error> {
        let most = self.parts.limits.items;
        let over = self.seen.iter().find(|(_, ids)| ids.len() > most);
        if let Some((technology, _)) = over {
            return Some(self.endless(&format!("there are more than {most} of {technology}")));
        }
        let reason = "it names again and again what it has named before";
        (self.repeated >= REPEATED).then(|| self.endless(reason))
    }

    fn endless(&self, reason: &str) -> watch::Error {
        let reason = format!("the listing seems to have no end: {reason}");
        watch::Error::new(self.operation(), Cause::Garbled, reason)
    }

    /// Takes note that a resource was listed; says whether that is new.
    fn list(&mut self, technology: &Technology, id: &str) -> bool {
        let listed = self.seen.entry(technology.id.clone().into_owned()).or_default();
        let is_new = listed.insert(id.to_owned());
        self.repeated = if is_new { 0 } else { self.repeated + 1 };
        is_new
    }

    fn broken(&self, reason: &str) -> watch::Error {
        watch::Error::new(self.operation(), Cause::Other, reason)
    }

    /// The operation to name where none is known: the first the technology needs.
    fn operation(&self) -> String {
        let first = self.technologies.first();
        first.and_then(|technology| technology.permissions.first()).unwrap_or("sweep").to_owned()
    }

    fn sighting(&mut self, sighting: Sighting) -> Result<(), Error> {
        match sighting {
            Sighting::Item(observed) => self.item(*observed),
            Sighting::Unread { technology, id, error } => {
                if let Some(wanted) = self.wanted(&technology) {
                    self.list(&wanted, &id);
                    self.fail(&wanted, Some(id), None, &error);
                }
                Ok(())
            }
            Sighting::Complete { technology, operation } => {
                if let Some(wanted) = self.wanted(&technology) {
                    if wanted.listed_by.is_empty() || wanted.listed_by.contains(&operation) {
                        self.complete.insert(technology.into_owned());
                    } else {
                        let reason = format!("{operation} does not list every {}", wanted.title);
                        let error = watch::Error::new(operation, Cause::Other, reason);
                        self.inconclusive.insert(technology.into_owned(), error);
                    }
                }
                Ok(())
            }
        }
    }

    /// The facts of a technology that is read; `None` where nobody asked for it.
    fn wanted(&self, technology: &str) -> Option<Technology> {
        self.technologies.iter().find(|wanted| wanted.id == technology).cloned()
    }

    fn fail(
        &mut self,
        technology: &Technology,
        item: Option<String>,
        part: Option<String>,
        error: &watch::Error,
    ) {
        Progress::count(&self.progress.failures, 1);
        self.swept.failures.push(Failure {
            scope: self.id_of(technology),
            operation: error.operation.clone().into_owned(),
            cause: Some(error.cause),
            item,
            part,
            reason: error.reason.clone(),
        });
    }

    /// Why a resource cannot be recorded, if it cannot.
    fn unfit(key: &Key, observed: &Observed) -> Option<String> {
        if let Err(unfit) = key.check() {
            return Some(unfit.to_string());
        }
        if !observed.config.is_object() {
            return Some(format!("the configuration of {} is no JSON object", key.id));
        }
        None
    }

    /// Takes a resource of a listing.
    fn item(&mut self, observed: Observed) -> Result<(), Error> {
        let Some(technology) = self.wanted(&observed.technology) else { return Ok(()) };
        if !self.list(&technology, &observed.id) {
            return Ok(());
        }
        let key = self.key_of(&technology, &observed.id);
        let overtakes = |row: &ItemRow| {
            row.last_changed > self.began && row.changed_in.as_ref() != Some(&self.scan)
        };
        if self.parts.views.item(&key)?.is_some_and(|row| overtakes(&row)) {
            let wanted = Wanted::new(&technology, key.id).called(observed.name, observed.arn);
            self.overtaken.entry(key.technology).or_default().push(wanted);
            return Ok(());
        }
        self.compare(&technology, observed)
    }

    /// Compares a resource with what is known of it.
    fn compare(&mut self, technology: &Technology, mut observed: Observed) -> Result<(), Error> {
        Progress::count(&self.progress.items, 1);
        self.swept.counts.seen += 1;
        let key = self.key_of(technology, &observed.id);
        if let Some(reason) = Self::unfit(&key, &observed) {
            let error = watch::Error::new(self.operation(), Cause::Garbled, reason);
            let id = short(&key.id, SHOWN).into_owned();
            self.fail(technology, Some(id), None, &error);
            self.inconclusive.insert(technology.id.clone().into_owned(), error);
            return Ok(());
        }
        if let Some(digest_key) = &self.parts.digest_key {
            digest_key.conceal(&key, technology, &mut observed);
        }
        let views = self.parts.views.clone();
        let row = views.item(&key)?;
        let last = || last_config(&views, &key);
        let weight = observed.weight();
        let Tracked { events, failures } = if weight > self.parts.limits.item_bytes {
            let (now, error) = self.too_large(&observed, weight);
            track_too_large(row.as_ref(), last, observed, now, error, technology)?
        } else {
            track(row.as_ref(), last, observed, technology)?
        };
        for (part, error) in failures {
            let item = Some(key.id.clone());
            self.fail(technology, item, Some(part.into_owned()), &error);
        }
        self.count(&events);
        if !events.is_empty() {
            self.recorded(&key, &events)?;
            self.pending.push(Pending::new(key, row.as_ref(), self.parts.now(), events));
        }
        Ok(())
    }

    /// What is recorded of a configuration that is too large to keep, and why it is not kept.
    fn too_large(&self, observed: &Observed, weight: usize) -> (TooLarge, watch::Error) {
        let digests = |(pointer, part): &(_, Part)| match part {
            Part::Known(value) => serde_json::json!([pointer, Digest::of_unordered(value)]),
            Part::Absent | Part::Failed(_) => serde_json::json!([pointer]),
        };
        let parts: Vec<_> = observed.parts.iter().map(digests).collect();
        let config = Digest::of_unordered(&observed.config);
        let digest = Digest::of_unordered(&serde_json::json!([[config], parts]));
        let kept = self.parts.limits.item_bytes;
        let reason = format!(
            "its configuration of {weight} bytes is too large to keep (the limit is {kept}): \
             only its digest {digest} is recorded"
        );
        let error = watch::Error::new(self.operation(), Cause::Other, reason);
        (TooLarge { bytes: weight as u64, digest }, error)
    }

    fn count(&mut self, events: &[Event]) {
        let counts = &mut self.swept.counts;
        let any = |wanted: fn(&Event) -> bool| events.iter().any(wanted);
        if any(|event| matches!(event, Event::ItemDiscovered(_) | Event::ItemReturned(_))) {
            counts.created += 1;
        } else if any(|event| matches!(event, Event::ItemChanged(_) | Event::ItemTooLarge(_))) {
            counts.changed += 1;
        } else {
            counts.unchanged += 1;
        }
    }

    /// Remembers what changed, where somebody may be asked who did it.
    fn recorded(&mut self, key: &Key, events: &[Event]) -> Result<(), Error> {
        let made =
            |event: &Event| ChangeKind::of(event).is_some_and(|kind| kind != ChangeKind::Rebased);
        if self.asks() && events.iter().any(made) {
            let answered = self.answered(&ScopeId::of(key))?;
            self.swept.changed.insert(key.clone(), answered);
        }
        Ok(())
    }

    /// Whether anybody can be asked who changed what, and about more.
    fn asks(&self) -> bool {
        !self.parts.change_logs.is_empty() && self.swept.changed.len() < CHANGED
    }

    /// Up to when whoever was asked last who changed what knew of all calls.
    fn answered(&self, scope: &ScopeId) -> Result<Timestamp, Error> {
        let asked = self.parts.views.scope(scope)?.and_then(|row| row.last_completed);
        let answered = asked.map(|asked| asked.saturating_sub(LATE).unwrap_or(asked));
        Ok(answered.unwrap_or(self.began))
    }

    /// Whether what waits is worth an append.
    fn is_full(&self) -> bool {
        self.pending.iter().map(|one| one.events.len()).sum::<usize>() >= BATCH_EVENTS
            || self.pending.iter().map(|one| one.bytes).sum::<usize>() >= BATCH_BYTES
    }

    /// Appends what waits, in batches of whole items.
    async fn flush(&mut self) -> Result<(), Error> {
        let mut pending = std::mem::take(&mut self.pending).into_iter().peekable();
        while pending.peek().is_some() {
            let (mut batch, mut events, mut bytes) = (Vec::new(), 0, 0);
            while let Some(one) = pending.next_if(|one| {
                batch.is_empty()
                    || events + one.events.len() <= BATCH_EVENTS && bytes + one.bytes <= BATCH_BYTES
            }) {
                events += one.events.len();
                bytes += one.bytes;
                batch.push(one);
            }
            self.append(batch).await?;
        }
        Ok(())
    }

    /// Appends a batch. Where somebody wrote to an item meanwhile, what was tracked
    /// still holds as long as its configuration is the one it was tracked against;
    /// otherwise the next scan looks again.
    async fn append(&self, mut pending: Vec<Pending>) -> Result<(), Error> {
        let Parts { log, views, .. } = self.parts.as_ref();
        for _ in 0..CONFLICTS {
            if pending.is_empty() {
                return Ok(());
            }
            let batch = pending
                .iter()
                .map(|pending| pending.append(&self.parts, &self.scan))
                .collect::<Result<Vec<_>, _>>()?;
            match log.append(batch).await {
                Ok(_) => {
                    views.catch_up(log.as_ref()).await?;
                    return Ok(());
                }
                Err(AppendError::Conflict { stream, .. }) => {
                    tracing::info!("{stream} was written to by somebody else: comparing again");
                    views.catch_up(log.as_ref()).await?;
                    pending = still_true(views, pending)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        tracing::warn!("items are written to without end: they are compared with the next scan");
        Ok(())
    }

    /// Appends what is left, says what failed, and adds up.
    async fn finish(mut self, ended: Result<(), watch::Error>) -> Result<Swept, Error> {
        self.flush().await?;
        let mut all_completed = true;
        for technology in self.technologies.clone() {
            let id = technology.id.as_ref();
            let error = match self.inconclusive.get(id) {
                Some(error) => Some(error.clone()),
                None if self.complete.contains(id) => None,
                None => Some(ended.clone().err().unwrap_or_else(|| {
                    self.broken("the watcher did not read the listing to its end")
                })),
            };
            let outcome = if error.is_none() { Outcome::Completed } else { Outcome::Failed };
            self.swept.ended.insert(self.id_of(&technology), (outcome, technology.shape));
            if let Some(error) = error {
                all_completed = false;
                self.fail(&technology, None, None, &error);
            }
        }
        if let (Err(error), true, Some(first)) =
            (&ended, all_completed, self.technologies.first().cloned())
        {
            // The watcher failed at something beside its listings.
            self.fail(&first, None, None, error);
        }
        self.swept.completed += u64::from(all_completed);
        self.append_failures().await?;
        self.parts.views.catch_up(self.parts.log.as_ref()).await?;
        Ok(self.swept)
    }

    async fn append_failures(&self) -> Result<(), Error> {
        for failures in self.swept.failures.chunks(BATCH_EVENTS) {
            let events = failures.iter().cloned().map(Event::SweepFailed).collect();
            self.parts.append_scan(&self.scan, events).await?;
        }
        Ok(())
    }
}

/// The (last) configuration of an item that is known.
fn last_config(views: &Views, key: &Key) -> Result<serde_json::Value, view::Error> {
    views.config(key)?.ok_or_else(|| view::Error::Event {
        position: crate::event::Position(0),
        stream: StreamId::item(key),
        reason: "the item has no configuration".to_owned(),
    })
}
