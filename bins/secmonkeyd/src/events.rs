//! Changes as they happen, from the queue that the setup names.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secmonkey_app::{Error, Opened, scan};
use secmonkey_aws::session::Sessions;
use secmonkey_aws::trail::Queue;
use secmonkey_core::account::Account;
use secmonkey_core::event::Actor;
use secmonkey_core::live::{Live, LiveCounts};
use tokio_util::sync::CancellationToken;

use crate::setup::{Current, Setup};

/// Who looks, as the log says.
const EVENTS: &str = "events";
/// What could not begin begins again after this long.
const AGAIN: Duration = Duration::from_secs(10);

/// Looks at what a queue names, where the setup names a queue.
pub struct Events {
    opened: Arc<Opened>,
    sessions: Sessions,
    counts: Mutex<Option<Arc<LiveCounts>>>,
}

impl Events {
    pub fn new(opened: Arc<Opened>, sessions: Sessions) -> Self {
        Self { opened, sessions, counts: Mutex::default() }
    }

    /// What came of the queue so far; `None` where there is none.
    pub fn counts(&self) -> Option<Arc<LiveCounts>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What follows the queue that a setup names; `None` where it names none.
    async fn live(&self, setup: &Setup) -> Result<Option<Live>, Error> {
        let (config, catalogue) = (&setup.config, &setup.catalogue);
        let Some(queue) = config.daemon.queue() else { return Ok(None) };
        let caller = self.sessions.caller().await;
        let caller = caller.map_err(|error| Error::usage(error.to_string()))?;
        let actor = Actor::from(EVENTS);
        let pipeline = scan::pipeline(config, catalogue, &self.sessions, &self.opened, actor)?;
        let queue = Arc::new(Queue::new(self.sessions.clone(), queue));
        // As scans do.
        let settings = config.scan.clone();
        let enter = move |account: &mut Account| scan::enter(&settings, &caller, account);
        Ok(Some(Live::new(pipeline, queue).entering(enter)))
    }

    /// Follows the queue until it is stopped; another one once the setup names another.
    pub async fn run(self: Arc<Self>, current: Current, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let setup = current.get();
            let stale = stop.child_token();
            let live = tokio::select! {
                live = self.live(&setup) => live,
                () = stop.cancelled() => return,
            };
            let counts = live.as_ref().ok().and_then(|live| live.as_ref().map(Live::counts));
            *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = counts;
            let (again, live) = match live {
                Ok(live) => (None, live),
                Err(error) => {
                    tracing::error!(%error, "changes are not followed at the moment: trying again");
                    (Some(AGAIN), None)
                }
            };
            let changed = async {
                tokio::select! {
                    () = current.changed(&setup) => {}
                    () = stop.cancelled() => {}
                    () = after(again) => {}
                }
                stale.cancel();
            };
            match live {
                Some(live) => drop(tokio::join!(live.run(&stale), changed)),
                None => changed.await,
            }
        }
    }
}

/// Waits so long; for ever where nothing is said.
async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}
