//! Accounts that are taken over from AWS Organizations, at the start and then every so often.

use std::sync::Arc;
use std::time::Duration;

use secmonkey_app::config::Discover;
use secmonkey_app::{Opened, discovery};
use secmonkey_aws::session::Sessions;
use secmonkey_core::decide::Changed;
use secmonkey_core::event::Actor;
use tokio_util::sync::CancellationToken;

use crate::setup::{Current, Setup};

/// Who registers accounts, as the log says.
const DISCOVERY: &str = "discovery";
/// What failed is tried again after this long, or at the next time where that is sooner.
const AGAIN: Duration = Duration::from_mins(5);

/// Takes accounts over until it is stopped, as the setup says that counts.
pub async fn run(
    opened: Arc<Opened>,
    sessions: Sessions,
    current: Current,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let setup = current.get();
        let done = async {
            let Some(how) = &setup.config.daemon.discover else {
                return std::future::pending().await;
            };
            let interval = Duration::from_secs(how.interval.seconds().unsigned_abs());
            loop {
                let is_done = discover(&setup, &opened, &sessions, how).await;
                tokio::time::sleep(if is_done { interval } else { interval.min(AGAIN) }).await;
            }
        };
        tokio::select! {
            () = done => {}
            () = other(&current, &setup) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Waits until a setup counts that discovers otherwise.
async fn other(current: &Current, setup: &Arc<Setup>) {
    let mut last = Arc::clone(setup);
    while current.get().config.daemon.discover == setup.config.daemon.discover {
        current.changed(&last).await;
        last = current.get();
    }
}

/// Takes over what the organization says; whether it could be asked.
async fn discover(setup: &Setup, opened: &Opened, sessions: &Sessions, how: &Discover) -> bool {
    let author = Actor::from(DISCOVERY);
    let found = discovery::discover(&setup.config, opened, sessions, how, author, false).await;
    let changes = match found {
        Ok(changes) => changes,
        Err(error) => {
            tracing::warn!(%error, "accounts cannot be discovered: trying again");
            return false;
        }
    };
    for change in changes.iter().filter(|one| one.change != Changed::Unchanged) {
        tracing::info!(account = change.name, "{}", said(change.change));
    }
    true
}

const fn said(change: Changed) -> &'static str {
    match change {
        Changed::Added => "discovered",
        Changed::Missing => "not in the organization any more",
        _ => "the organization says otherwise of it",
    }
}
