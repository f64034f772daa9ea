//! What systemd is told, where it started the daemon.

use std::time::Duration;

use sd_notify::NotifyState;
use secmonkey_core::scheduler::Handle;
use tokio_util::sync::CancellationToken;

/// It works.
pub fn ready() {
    notify(&[NotifyState::Ready]);
}

/// It is about to end.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

fn notify(states: &[NotifyState<'_>]) {
    // Where nobody listens there is nobody to tell.
    let _ = sd_notify::notify(states);
}

/// Tells the watchdog that it works, as long as the scheduler answers.
pub async fn watch(scheduler: Handle, stop: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let half: Duration = limit / 2;
    loop {
        tokio::select! {
            () = tokio::time::sleep(half) => {}
            () = stop.cancelled() => return,
        }
        if tokio::time::timeout(half, scheduler.state()).await.is_ok_and(|state| state.is_ok()) {
            notify(&[NotifyState::Watchdog]);
        }
    }
}
