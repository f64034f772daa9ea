//! Direct looks: at what a listing lacks, at what was recorded while it ran, and at what somebody
//! names.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{OneSweep, Swept, Task};
use crate::event::Event;
use crate::pipeline::Error;
use crate::pipeline::pending::Pending;
use crate::technology::Technology;
use crate::view::blocking;
use crate::watch::{self, Found, Looked, Wanted, Watcher};

/// How many resources are looked at directly in one call of a watcher.
const LOOKS: usize = 100;

impl OneSweep {
    /// Looks directly at what complete listings did not name, and records what is gone.
    pub(super) async fn missing(mut self, watcher: &Arc<dyn Watcher>) -> Result<Self, Error> {
        // The items of this sweep must be in the views before they are compared.
        self.flush().await?;
        for technology in self.technologies.clone() {
            let id = technology.id.as_ref();
            self = self.overtaken(watcher, &technology).await?;
            if !self.complete.contains(id) || self.inconclusive.contains_key(id) {
                continue;
            }
            let (this, missing) = self.not_listed(technology.clone()).await?;
            self = this;
            for wanted in missing.chunks(LOOKS) {
                if self.stop.is_cancelled() {
                    return Ok(self);
                }
                match self.look(watcher, wanted.to_vec()).await {
                    Ok(looked) => {
                        let (technology, wanted) = (technology.clone(), wanted.to_vec());
                        self = blocking(move || {
                            self.looked(&technology, &wanted, looked)?;
                            Ok::<_, Error>(self)
                        })
                        .await?;
                        self.flush().await?;
                    }
                    Err(error) => {
                        self.inconclusive.insert(id.to_owned(), error);
                        break;
                    }
                }
            }
        }
        Ok(self)
    }

    /// Looks directly at what another scan recorded while this one listed: what was listed may
    /// be older than what is recorded, and must not undo it.
    async fn overtaken(
        mut self,
        watcher: &Arc<dyn Watcher>,
        technology: &Technology,
    ) -> Result<Self, Error> {
        let wanted = self.overtaken.remove(technology.id.as_ref()).unwrap_or_default();
        for some in wanted.chunks(LOOKS) {
            // Where nothing comes of it, what is recorded is newer, and stands.
            let Ok(looked) = self.look(watcher, some.to_vec()).await else { continue };
            let (technology, some) = (technology.clone(), some.to_vec());
            self = blocking(move || {
                self.looked(&technology, &some, looked)?;
                Ok::<_, Error>(self)
            })
            .await?;
            self.flush().await?;
        }
        Ok(self)
    }

    /// What is known to exist in the scope and was not listed. On the way it remembers what
    /// changed so shortly before the last look that nobody could say by whom.
    async fn not_listed(mut self, technology: Technology) -> Result<(Self, Vec<Wanted>), Error> {
        blocking(move || {
            let scope = self.id_of(&technology);
            let answered = self.answered(&scope)?;
            let (mut missing, mut late) = (Vec::new(), Vec::new());
            let listed = self.seen.get(technology.id.as_ref());
            for row in self.parts.views.items_in(&scope) {
                let row = row?;
                if row.last_changed > answered {
                    late.push(row.key.clone());
                }
                let is_listed = listed.is_some_and(|listed| listed.contains(&row.key.id));
                if !row.deleted && !is_listed {
                    missing.push(Wanted::new(&technology, row.key.id).called(row.name, row.arn));
                }
            }
            for key in late {
                if self.asks() {
                    self.swept.changed.insert(key, answered);
                }
            }
            Ok((self, missing))
        })
        .await
    }

    /// One direct look, with a patience of its own.
    async fn look(
        &self,
        watcher: &Arc<dyn Watcher>,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<Looked>, watch::Error> {
        let (watcher, scope) = (Arc::clone(watcher), self.scope.clone());
        let mut task = Task::spawn(async move { watcher.look(&scope, &wanted).await });
        match tokio::time::timeout(self.parts.patience, &mut task.0).await {
            Ok(Ok(looked)) => looked,
            Ok(Err(_)) => Err(self.broken("the watcher panicked")),
            Err(_) => Err(self.gave_up()),
        }
    }

    /// Takes over what a direct look found.
    fn looked(
        &mut self,
        technology: &Technology,
        wanted: &[Wanted],
        looked: Vec<Looked>,
    ) -> Result<(), Error> {
        let mut found: BTreeMap<String, Found> =
            looked.into_iter().map(|one| (one.id, one.found)).collect();
        for one in wanted {
            let error = match found.remove(&one.id) {
                Some(Found::Gone) => {
                    self.gone(technology, one)?;
                    continue;
                }
                Some(Found::There(observed)) => {
                    self.compare(technology, *observed)?;
                    continue;
                }
                Some(Found::Exists) => continue,
                Some(Found::Failed(error)) => error,
                None => self.broken("the watcher did not say whether it is there"),
            };
            self.fail(technology, Some(one.id.clone()), None, &error);
            self.inconclusive.insert(technology.id.clone().into_owned(), error);
        }
        Ok(())
    }

    fn gone(&mut self, technology: &Technology, wanted: &Wanted) -> Result<(), Error> {
        let key = self.key_of(technology, &wanted.id);
        let Some(row) = self.parts.views.item(&key)?.filter(|row| !row.deleted) else {
            return Ok(());
        };
        self.swept.counts.deleted += 1;
        let events = vec![Event::ItemDeleted];
        self.recorded(&key, &events)?;
        self.pending.push(Pending::new(key, Some(&row), self.parts.now(), events));
        Ok(())
    }

    /// Looks at some resources directly, and appends what comes of it. Says whether there are
    /// any that only a sweep reads whole.
    pub(in crate::pipeline) async fn look_at(
        mut self,
        watcher: &Arc<dyn Watcher>,
        technology: &Technology,
        wanted: Vec<Wanted>,
    ) -> Result<(Swept, bool), Error> {
        let mut exists = false;
        for some in wanted.chunks(LOOKS) {
            let stop = self.stop.clone();
            let looked = tokio::select! {
                looked = self.look(watcher, some.to_vec()) => looked,
                () = stop.cancelled() => break,
            };
            match looked {
                Ok(looked) => {
                    exists |= looked.iter().any(|one| matches!(one.found, Found::Exists));
                    let (technology, some) = (technology.clone(), some.to_vec());
                    self = blocking(move || {
                        self.looked(&technology, &some, looked)?;
                        Ok::<_, Error>(self)
                    })
                    .await?;
                }
                Err(error) => {
                    for one in some {
                        self.fail(technology, Some(one.id.clone()), None, &error);
                    }
                }
            }
            self.flush().await?;
        }
        self.append_failures().await?;
        self.parts.views.catch_up(self.parts.log.as_ref()).await?;
        Ok((self.swept, exists))
    }
}
