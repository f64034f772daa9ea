//! One sweep: what is seen becomes events, what is missing is looked up, what failed
//! is said.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;

use futures::FutureExt as _;

use super::{BATCH_BYTES, BATCH_EVENTS, Error, ItemCounts, Pipeline, Plan, wanted};
use crate::account::Account;
use crate::audit::bury;
use crate::config::Digest;
use crate::event::{Event, Failure, ScanId, ScopeId, StreamId, Version};
use crate::item::Key;
use crate::log::{Append, AppendError, Expected};
use crate::notify::{ChangeKind, ItemChange};
use crate::render::{Changed, changes};
use crate::technology::Technology;
use crate::track::{Tracked, track};
use crate::view::{self, ItemRow};
use crate::watch::{self, Cause, Missing, Observed, Scope, Sighting, Sweep, Watcher};

/// Sightings that wait for the pipeline before a watcher does.
const WAITING: usize = 64;

/// A message lists this many changes and counts the rest: nobody reads more.
const TOLD: usize = 500;

/// What sweeps came to.
#[derive(Debug, Default)]
pub(super) struct Swept {
    pub(super) counts: ItemCounts,
    /// How many scopes came to their end,
    pub(super) completed: u64,
    /// which scopes, one a technology, and whether for the first time ever.
    pub(super) done: BTreeMap<ScopeId, bool>,
    pub(super) failed: Vec<ScopeId>,
    pub(super) skipped: Vec<ScopeId>,
    pub(super) failures: Vec<Failure>,
    /// Items to audit again.
    pub(super) touched: BTreeSet<Key>,
    pub(super) changes: Vec<ItemChange>,
    pub(super) changes_omitted: u64,
    pub(super) baseline: u64,
}

impl Swept {
    pub(super) fn add(&mut self, mut one: Self) {
        self.counts.seen += one.counts.seen;
        self.counts.created += one.counts.created;
        self.counts.changed += one.counts.changed;
        self.counts.deleted += one.counts.deleted;
        self.counts.unchanged += one.counts.unchanged;
        self.completed += one.completed;
        self.done.append(&mut one.done);
        self.failed.append(&mut one.failed);
        self.skipped.append(&mut one.skipped);
        self.failures.append(&mut one.failures);
        self.touched.append(&mut one.touched);
        self.changes_omitted += one.changes_omitted;
        self.baseline += one.baseline;
        for change in one.changes {
            self.tell(change);
        }
    }

    fn tell(&mut self, change: ItemChange) {
        if self.changes.len() < TOLD {
            self.changes.push(change);
        } else {
            self.changes_omitted += 1;
        }
    }

    /// The regions of an account cannot be listed: no regional scope is looked at.
    pub(super) fn regions_unknown<'a>(
        &mut self,
        account: &Account,
        technologies: impl Iterator<Item = &'a Technology>,
        error: &watch::Error,
    ) {
        for technology in technologies {
            let scope = ScopeId {
                account: account.id.clone(),
                technology: technology.id.to_owned(),
                region: "*".to_owned(),
            };
            self.failed.push(scope.clone());
            self.failures.push(failure(scope, None, None, error));
        }
    }
}

fn failure(
    scope: ScopeId,
    item: Option<String>,
    part: Option<&str>,
    error: &watch::Error,
) -> Failure {
    Failure {
        scope,
        operation: error.operation.clone(),
        item,
        part: part.map(str::to_owned),
        reason: error.reason.clone(),
    }
}

impl Pipeline {
    /// Sweeps one scope and appends what comes of it.
    pub(super) async fn sweep(
        &self,
        plan: &Plan,
        watcher: &dyn Watcher,
        scope: Scope,
        scan: &ScanId,
    ) -> Result<Swept, Error> {
        let mut one = OneSweep {
            pipeline: self,
            scan,
            scope: &scope,
            technologies: wanted(plan, watcher).collect(),
            seen: HashSet::new(),
            complete: BTreeSet::new(),
            batch: Batch::default(),
            swept: Swept::default(),
        };
        if !watcher.exists(&scope) {
            one.swept.skipped = one.technologies.iter().map(|one| id_of(&scope, one)).collect();
            return Ok(one.swept);
        }
        let ended = one.watch(watcher).await?;
        // What was listed to its end before a failure stands on its own.
        let inconclusive = one.missing(watcher).await?;
        one.finish(ended, &inconclusive).await
    }
}

fn id_of(scope: &Scope, technology: &Technology) -> ScopeId {
    ScopeId {
        account: scope.account.id.clone(),
        technology: technology.id.to_owned(),
        region: scope.region.clone(),
    }
}

/// A sweep while it runs.
struct OneSweep<'a> {
    pipeline: &'a Pipeline,
    scan: &'a ScanId,
    scope: &'a Scope,
    technologies: Vec<&'a Technology>,
    /// What was listed, by technology and id: a listing may name a resource twice.
    seen: HashSet<(&'static str, String)>,
    complete: BTreeSet<&'static str>,
    batch: Batch,
    swept: Swept,
}

impl<'a> OneSweep<'a> {
    /// Lets the watcher look, and takes what it sees.
    async fn watch(&mut self, watcher: &dyn Watcher) -> Result<Result<(), watch::Error>, Error> {
        let (out, mut sightings) = Sweep::channel(WAITING);
        let scope = self.scope;
        let sweeping = AssertUnwindSafe(async move {
            let ended = watcher.sweep(scope, &out).await;
            drop(out);
            ended
        })
        .catch_unwind();
        tokio::pin!(sweeping);
        let mut ended = None;
        loop {
            tokio::select! {
                sighting = sightings.recv() => match sighting {
                    Some(sighting) => self.sighting(sighting).await?,
                    None => break,
                },
                result = &mut sweeping, if ended.is_none() => ended = Some(result),
                () = tokio::time::sleep(self.pipeline.patience) => {
                    return Ok(Err(self.gave_up()));
                }
            }
        }
        let ended = match ended {
            Some(ended) => ended,
            None => sweeping.await,
        };
        Ok(ended.unwrap_or_else(|_| Err(self.broken("the watcher panicked"))))
    }

    fn gave_up(&self) -> watch::Error {
        let seconds = self.pipeline.patience.as_secs();
        let reason = format!("nothing came for {seconds} seconds");
        watch::Error::new(self.operation(), Cause::Unreachable, reason)
    }

    fn broken(&self, reason: &str) -> watch::Error {
        watch::Error::new(self.operation(), Cause::Other, reason)
    }

    /// The operation to name where none is known: the first the technology needs.
    fn operation(&self) -> &'static str {
        self.technologies
            .first()
            .and_then(|technology| technology.permissions.first().copied())
            .unwrap_or("sweep")
    }

    async fn sighting(&mut self, sighting: Sighting) -> Result<(), Error> {
        match sighting {
            Sighting::Item(observed) => self.item(*observed).await,
            Sighting::Unread { technology, id, error } => {
                if let Some(wanted) = self.wanted(technology) {
                    let scope = id_of(self.scope, wanted);
                    self.seen.insert((wanted.id, id.clone()));
                    self.fail(failure(scope, Some(id), None, &error));
                }
                Ok(())
            }
            Sighting::Complete { technology } => {
                self.complete.extend(self.wanted(technology).map(|technology| technology.id));
                Ok(())
            }
        }
    }

    fn wanted(&self, technology: &str) -> Option<&'a Technology> {
        self.technologies.iter().find(|wanted| wanted.id == technology).copied()
    }

    fn fail(&mut self, failure: Failure) {
        self.pipeline.progress.failures.fetch_add(1, Ordering::Relaxed);
        self.swept.failures.push(failure);
    }

    async fn item(&mut self, observed: Observed) -> Result<(), Error> {
        let Some(technology) = self.wanted(observed.technology) else { return Ok(()) };
        if !self.seen.insert((technology.id, observed.id.clone())) {
            return Ok(());
        }
        self.pipeline.progress.items.fetch_add(1, Ordering::Relaxed);
        self.swept.counts.seen += 1;
        let scope = id_of(self.scope, technology);
        let key = Key {
            account: scope.account.clone(),
            technology: scope.technology.clone(),
            region: scope.region.clone(),
            id: observed.id.clone(),
        };
        let views = &self.pipeline.views;
        let row = views.item(&key)?;
        let name = observed.name.clone();
        let arn = observed.arn.clone().or_else(|| row.as_ref()?.arn.clone());
        let Tracked { events, failures } =
            track(row.as_ref(), || last_config(views, &key), observed, technology)?;
        for (part, error) in failures {
            self.fail(failure(scope.clone(), Some(key.id.clone()), Some(part), &error));
        }
        // A part that is read again may resolve what its older value could not.
        if !events.is_empty() || row.as_ref().is_some_and(|row| !row.stale.is_empty()) {
            self.swept.touched.insert(key.clone());
        }
        self.count(&events);
        let told = self.told(&key, &name, arn.as_deref(), row.as_ref(), &events)?;
        if let Some(change) = told {
            if self.is_baseline(&scope)? {
                self.swept.baseline += 1;
            } else {
                self.swept.tell(change);
            }
        }
        self.push(Pending { key, before: row.as_ref().map(Before::of), events }).await
    }

    fn count(&mut self, events: &[Event]) {
        let counts = &mut self.swept.counts;
        let any = |wanted: fn(&Event) -> bool| events.iter().any(wanted);
        if any(|event| matches!(event, Event::ItemDiscovered(_) | Event::ItemReturned(_))) {
            counts.created += 1;
        } else if any(|event| matches!(event, Event::ItemChanged(_))) {
            counts.changed += 1;
        } else {
            counts.unchanged += 1;
        }
    }

    /// Whether no sweep of the scope ever came to its end.
    fn is_baseline(&self, scope: &ScopeId) -> Result<bool, Error> {
        let row = self.pipeline.views.scope(scope)?;
        Ok(row.is_none_or(|row| row.first_completed.is_none()))
    }

    /// What people are told of these events.
    fn told(
        &self,
        key: &Key,
        name: &str,
        arn: Option<&str>,
        row: Option<&ItemRow>,
        events: &[Event],
    ) -> Result<Option<ItemChange>, Error> {
        let mut revision = row.map_or(0, |row| row.revision);
        let mut config = match row {
            Some(_) if !events.is_empty() => last_config(&self.pipeline.views, key)?,
            _ => serde_json::Value::Null,
        };
        let mut told = None;
        for event in events {
            let (kind, change) = match event {
                Event::ItemDiscovered(first) => {
                    let all =
                        Changed::Added { pointer: String::new(), value: first.config.clone() };
                    told = Some((ChangeKind::Discovered, 1, vec![all]));
                    continue;
                }
                Event::ItemObserved(change) => (None, change),
                Event::ItemChanged(change) => (Some(ChangeKind::Changed), change),
                Event::ItemRebased(rebased) => (None, &rebased.change),
                Event::ItemReturned(back) => (Some(ChangeKind::Returned), &back.change),
                _ => continue,
            };
            let misfit = |error: crate::diff::PatchError| view::Error::Event {
                position: crate::event::Position(0),
                stream: StreamId::item(key),
                reason: error.to_string(),
            };
            if !matches!(event, Event::ItemObserved(_)) {
                revision += 1;
            }
            if let Some(kind) = kind {
                let diff = changes(&config, &change.patch).map_err(misfit)?;
                told = Some((kind, revision, diff));
            }
            crate::diff::apply(&mut config, &change.patch).map_err(misfit)?;
        }
        Ok(told.map(|(kind, revision, diff)| self.change(key, name, arn, kind, revision, diff)))
    }

    fn change(
        &self,
        key: &Key,
        name: &str,
        arn: Option<&str>,
        kind: ChangeKind,
        revision: u64,
        diff: Vec<Changed>,
    ) -> ItemChange {
        ItemChange {
            key: key.clone(),
            name: name.to_owned(),
            arn: arn.map(str::to_owned),
            kind,
            revision,
            at: (self.pipeline.clock)(),
            actor: self.pipeline.actor.clone(),
            diff,
        }
    }

    /// Looks up what complete listings did not name, and records what is gone. Returns
    /// the technologies whose look-up failed.
    async fn missing(
        &mut self,
        watcher: &dyn Watcher,
    ) -> Result<BTreeMap<&'static str, watch::Error>, Error> {
        // The items of this sweep must be in the views before they are compared.
        self.flush().await?;
        let mut inconclusive = BTreeMap::new();
        let complete: Vec<_> = self
            .technologies
            .iter()
            .copied()
            .filter(|technology| self.complete.contains(technology.id))
            .collect();
        for technology in complete {
            let scope = id_of(self.scope, technology);
            let mut missing = Vec::new();
            for row in self.pipeline.views.items_in(&scope) {
                let row = row?;
                if !row.deleted && !self.seen.contains(&(technology.id, row.key.id.clone())) {
                    missing.push(Missing { id: row.key.id, name: row.name, arn: row.arn });
                }
            }
            if missing.is_empty() {
                continue;
            }
            let looking = AssertUnwindSafe(watcher.gone(self.scope, technology, &missing));
            let looked = tokio::time::timeout(self.pipeline.patience, looking.catch_unwind());
            let gone = match looked.await {
                Ok(Ok(gone)) => gone,
                Ok(Err(_)) => Err(self.broken("the watcher panicked")),
                Err(_) => Err(self.gave_up()),
            };
            match gone {
                Ok(gone) => {
                    for one in missing.into_iter().filter(|one| gone.contains(&one.id)) {
                        self.gone(&scope, one).await?;
                    }
                }
                Err(error) => {
                    inconclusive.insert(technology.id, error);
                }
            }
        }
        Ok(inconclusive)
    }

    async fn gone(&mut self, scope: &ScopeId, missing: Missing) -> Result<(), Error> {
        let key = Key {
            account: scope.account.clone(),
            technology: scope.technology.clone(),
            region: scope.region.clone(),
            id: missing.id,
        };
        let Some(row) = self.pipeline.views.item(&key)? else { return Ok(()) };
        self.swept.counts.deleted += 1;
        self.swept.touched.insert(key.clone());
        let arn = missing.arn.as_deref();
        let revision = row.revision + 1;
        let change =
            self.change(&key, &missing.name, arn, ChangeKind::Deleted, revision, Vec::new());
        self.swept.tell(change);
        let events = vec![Event::ItemDeleted];
        self.push(Pending { key, before: Some(Before::of(&row)), events }).await
    }

    async fn push(&mut self, pending: Pending) -> Result<(), Error> {
        if pending.events.is_empty() {
            return Ok(());
        }
        self.batch.events += pending.events.len();
        self.batch.bytes += pending.events.iter().map(size).sum::<usize>();
        self.batch.pending.push(pending);
        if self.batch.events >= BATCH_EVENTS || self.batch.bytes >= BATCH_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Appends the batch. Where somebody wrote to an item meanwhile, what was tracked
    /// still holds as long as its configuration is the one it was tracked against;
    /// otherwise the next scan looks again.
    async fn flush(&mut self) -> Result<(), Error> {
        let pipeline = self.pipeline;
        let Batch { mut pending, .. } = std::mem::take(&mut self.batch);
        while !pending.is_empty() {
            let batch = pending
                .iter()
                .map(|pending| pending.append(pipeline, self.scan))
                .collect::<Result<Vec<_>, _>>()?;
            match pipeline.log.append(batch).await {
                Ok(_) => pending.clear(),
                Err(AppendError::Conflict { stream, .. }) => {
                    tracing::info!("{stream} was written to by somebody else: comparing again");
                    pipeline.views.catch_up(pipeline.log.as_ref()).await?;
                    let mut kept = Vec::new();
                    for mut one in pending {
                        let now = pipeline.views.item(&one.key)?.as_ref().map(Before::of);
                        let same = |now: &Before, then: &Before| {
                            now.digest == then.digest && now.deleted == then.deleted
                        };
                        match (&now, &one.before) {
                            (None, None) => kept.push(one),
                            (Some(a), Some(b)) if same(a, b) => {
                                one.before = now;
                                kept.push(one);
                            }
                            _ => {}
                        }
                    }
                    pending = kept;
                }
                Err(error) => return Err(error.into()),
            }
        }
        pipeline.views.catch_up(pipeline.log.as_ref()).await?;
        Ok(())
    }

    /// Appends what is left, says what failed, and adds up.
    async fn finish(
        mut self,
        ended: Result<(), watch::Error>,
        inconclusive: &BTreeMap<&'static str, watch::Error>,
    ) -> Result<Swept, Error> {
        self.flush().await?;
        for technology in self.technologies.clone() {
            let scope = id_of(self.scope, technology);
            let error = if let Some(error) = inconclusive.get(technology.id) {
                error.clone()
            } else if self.complete.contains(technology.id) {
                let first = self.is_baseline(&scope)?;
                self.swept.done.insert(scope, first);
                continue;
            } else {
                ended.clone().err().unwrap_or_else(|| {
                    self.broken("the watcher did not read the listing to its end")
                })
            };
            self.swept.failed.push(scope.clone());
            self.fail(failure(scope, None, None, &error));
        }
        if let (Err(error), true, Some(first)) =
            (&ended, self.swept.failed.is_empty(), self.technologies.first())
        {
            // The watcher failed at something beside its listings.
            self.fail(failure(id_of(self.scope, first), None, None, error));
        }
        self.swept.completed += u64::from(self.swept.failed.is_empty());
        for failures in self.swept.failures.chunks(BATCH_EVENTS) {
            let events = failures.iter().cloned().map(Event::SweepFailed).collect();
            self.pipeline.append_scan(self.scan, events).await?;
        }
        self.pipeline.views.catch_up(self.pipeline.log.as_ref()).await?;
        Ok(self.swept)
    }
}

/// The (last) configuration of an item that is known.
fn last_config(views: &view::Views, key: &Key) -> Result<serde_json::Value, view::Error> {
    views.config(key)?.ok_or_else(|| view::Error::Event {
        position: crate::event::Position(0),
        stream: StreamId::item(key),
        reason: "the item has no configuration".to_owned(),
    })
}

/// Events that wait for their append.
#[derive(Default)]
struct Batch {
    pending: Vec<Pending>,
    events: usize,
    bytes: usize,
}

/// The events of one item, with the state they follow from.
struct Pending {
    key: Key,
    before: Option<Before>,
    events: Vec<Event>,
}

/// The state that events follow from.
#[derive(Clone, Copy)]
struct Before {
    version: Version,
    digest: Digest,
    deleted: bool,
}

impl Before {
    fn of(row: &ItemRow) -> Self {
        Self { version: row.version, digest: row.digest, deleted: row.deleted }
    }
}

impl Pending {
    fn append(&self, pipeline: &Pipeline, scan: &ScanId) -> Result<Append, Error> {
        let mut events = self.events.clone();
        if matches!(events.last(), Some(Event::ItemDeleted)) {
            events.extend(bury(&pipeline.views.issues_of(&self.key)?));
        }
        Ok(Append {
            stream: StreamId::item(&self.key),
            expected: Expected::Exact(self.before.map_or(Version(0), |before| before.version)),
            events: events.into_iter().map(|event| pipeline.new_event(event, Some(scan))).collect(),
        })
    }
}

/// What an event weighs in a batch.
fn size(event: &Event) -> usize {
    serde_json::to_vec(event).map_or(0, |bytes| bytes.len())
}
