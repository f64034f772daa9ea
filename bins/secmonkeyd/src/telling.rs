//! Telling people beside the scans: a dispatcher with the notifiers of the setup that counts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secmonkey_app::{Error, Opened};
use secmonkey_aws::session::Sessions;
use secmonkey_core::dispatch::Dispatcher;
use secmonkey_web::Notifier;
use tokio_util::sync::CancellationToken;

use crate::setup::{Current, Setup};

/// A dispatcher that failed begins again after this long.
const AGAIN: Duration = Duration::from_secs(10);

/// Tells people, with the notifiers of the setup that counts.
pub struct Telling {
    opened: Arc<Opened>,
    sessions: Sessions,
    running: Mutex<Dispatcher>,
}

impl Telling {
    /// With the notifiers of a setup.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn new(opened: Arc<Opened>, sessions: Sessions, setup: &Setup) -> Result<Self, Error> {
        let running = Mutex::new(dispatcher(&opened, &sessions, setup)?);
        Ok(Self { opened, sessions, running })
    }

    /// How each notifier is doing.
    pub fn states(&self) -> Vec<Notifier> {
        let states = self.dispatcher().states();
        let states = states.into_iter().map(|(name, state)| Notifier {
            name,
            waiting: state.waiting as u64,
            failing: state.failing.map(|failing| failing.error.to_string()),
        });
        states.collect()
    }

    fn dispatcher(&self) -> Dispatcher {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells until it is stopped; with other notifiers once the setup has others.
    pub async fn run(self: Arc<Self>, current: Current, stop: CancellationToken) {
        let mut setup = current.get();
        while !stop.is_cancelled() {
            let stale = stop.child_token();
            let (running, ending) = (self.dispatcher(), stale.clone());
            let mut telling = tokio::spawn(async move { running.run(ending).await });
            let ended = tokio::select! {
                ended = &mut telling => Some(ended),
                () = current.changed(&setup) => None,
                () = stop.cancelled() => None,
            };
            match ended {
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => self.failed(&error, &stop).await,
                Some(Err(error)) => self.failed(&error, &stop).await,
                None => {
                    // What is being delivered is delivered.
                    stale.cancel();
                    let _ = telling.await;
                }
            }
            setup = current.get();
            match dispatcher(&self.opened, &self.sessions, &setup) {
                Ok(next) => {
                    *self.running.lock().unwrap_or_else(PoisonError::into_inner) = next;
                }
                Err(error) => tracing::error!(%error, "the notifiers are wrong: the last count"),
            }
        }
    }

    async fn failed(&self, error: &(dyn std::fmt::Display + Sync), stop: &CancellationToken) {
        tracing::error!(%error, "nobody is told at the moment: trying again");
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = stop.cancelled() => {}
        }
    }
}

fn dispatcher(opened: &Opened, sessions: &Sessions, setup: &Setup) -> Result<Dispatcher, Error> {
    let registry = setup.catalogue.registry().clone();
    let reads = registry.clone().without(&setup.config.technologies.off());
    let (log, views) = (opened.log.clone(), opened.views.clone());
    let mut dispatcher = Dispatcher::new(log, views, Arc::new(registry), Arc::new(reads));
    for notifier in setup.config.notifiers(sessions)? {
        dispatcher = dispatcher.notifier(notifier);
    }
    if let Some(url) = &setup.config.daemon.public_url {
        dispatcher = dispatcher.public_url(url);
    }
    Ok(dispatcher)
}
