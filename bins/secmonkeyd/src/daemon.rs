//! The daemon: what it is made of, and how it starts and stops.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secmonkey_app::signal::{Signal, Signals};
use secmonkey_app::{Error, Exit, Opened, Place, environment, scan};
use secmonkey_aws::session::Sessions;
use secmonkey_core::account::Account;
use secmonkey_core::event::Actor;
use secmonkey_core::log::{AppendError, EventLog};
use secmonkey_core::scheduler::{Handle, Scheduler};
use secmonkey_store::socket;
use secmonkey_web::{Metrics, Service};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::control::Controls;
use crate::discovery;
use crate::events::Events;
use crate::library::Recorded;
use crate::scanner::Scanner;
use crate::setup::{Current, Mark, Setup};
use crate::size::Size;
use crate::systemd;
use crate::telling::Telling;

/// How often is looked whether the configuration changed.
const LOOK: Duration = Duration::from_secs(3);
/// How often is looked whether the log takes more.
const PROBE: Duration = Duration::from_secs(10);
/// Whatever else runs has so long to end once the daemon is stopped.
const GRACE: Duration = Duration::from_secs(5);
/// Who registers the account that the credentials belong to, as the log says.
const SELF: &str = "secmonkeyd";

/// Runs until a signal ends it.
pub async fn run(place: Place, file: Option<PathBuf>, setup: Setup) -> Result<Exit, Error> {
    environment::require_readable()?;
    let mut signals = Signals::listen()
        .map_err(|error| Error::usage(format!("cannot listen to signals: {error}")))?;
    // Who is told a wrong address wants to know before the first scan.
    let probes = match setup.config.daemon.listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let opened = tokio::select! {
        opened = place.hold_or_create(setup.catalogue.registry()) => Arc::new(opened?.served()),
        signal = signals.next() => return Err(Error::Stopped(signal)),
    };
    let sessions = Sessions::load(scan::session(&setup.config.scan)).await;
    let settings = setup.config.daemon.schedule();
    let telling = Arc::new(Telling::new(opened.clone(), sessions.clone(), &setup)?);
    let events = Arc::new(Events::new(opened.clone(), sessions.clone()));
    let current = Current::new(setup);
    close_dead_scans(&current, &sessions, &opened).await?;
    register_own(&sessions, &opened).await?;

    let metrics = Metrics::default();
    let scanner = Scanner::new(opened.clone(), current.clone(), sessions.clone(), metrics.clone());
    let scanner = Arc::new(scanner);
    let scheduler = Scheduler::new(opened.log.clone(), opened.views.clone(), scanner.clone());
    let scheduler = scheduler.settings(settings);
    let handle = scheduler.handle();
    let size = Size::of(place.path.clone());
    let (told, followed) = (telling.clone(), events.clone());
    let control =
        Controls { scanner, scheduler: handle.clone(), size, telling: told, events: followed };
    let library = Recorded { opened: opened.clone(), setup: current.clone() };
    let service = Service::new(Arc::new(control), Arc::new(library), metrics);

    let stop = service.stop.clone();
    let mut parts = JoinSet::new();
    serve(&place, probes, service, &stop, &mut parts)?;
    parts.spawn(follow_setup(file, current.clone(), handle.clone(), stop.clone()));
    parts.spawn(systemd::watch(handle, stop.clone()));
    parts.spawn(discovery::run(opened.clone(), sessions, current.clone(), stop.clone()));
    parts.spawn(telling.run(current.clone(), stop.clone()));
    parts.spawn(events.run(current, stop.clone()));
    let mut scheduling = tokio::spawn(scheduler.run(stop.clone()));
    systemd::ready();
    tracing::info!(store = %place.path.display(), "running");

    let ended = tokio::select! {
        signal = signals.next() => Ok(signal),
        ended = &mut scheduling => Err(ended),
        error = unwritable(opened.log.as_ref()) => {
            stop.cancel();
            tracing::error!(%error, "the store takes no more: ending, so that it is opened anew");
            let _ = scheduling.await;
            parts.shutdown().await;
            return Err(error.into());
        }
    };
    systemd::stopping();
    stop.cancel();
    let exit = match ended {
        Ok(signal) => {
            tracing::info!("stopping: what was read is kept");
            // A second one does not wait.
            tokio::select! {
                _ = async { tokio::join!(&mut scheduling, ended_soon(&mut parts)) } => {}
                again = signals.next() => return Err(Error::Stopped(again)),
            }
            Ok(stopped(signal))
        }
        Err(Ok(Ok(()))) => Err(Error::Store("the scheduler ended by itself".to_owned())),
        Err(Ok(Err(error))) => Err(error.into()),
        Err(Err(error)) => Err(Error::Store(format!("the scheduler ended early: {error}"))),
    };
    parts.shutdown().await;
    let _ = std::fs::remove_file(place.path.join(socket::DAEMON));
    exit
}

/// Waits until all parts have ended, or have had their time.
async fn ended_soon(parts: &mut JoinSet<()>) {
    let ended = async { while parts.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, ended).await;
}

/// Waits until the log takes no more: once a write failed, it has to be opened anew before
/// there may be another.
async fn unwritable(log: &dyn EventLog) -> AppendError {
    loop {
        tokio::time::sleep(PROBE).await;
        // Nothing is refused as no batch, by a log that takes some.
        if let Err(error @ AppendError::Log(_)) = log.append(Vec::new()).await {
            return error;
        }
    }
}

/// Whoever is told to end has done what was asked of it.
const fn stopped(_signal: Signal) -> Exit {
    Exit::Done
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Error::usage(format!("cannot listen on {address}: {error}")))
}

/// Answers on the socket of the store and, where it was told to, on a port.
fn serve(
    place: &Place,
    probes: Option<TcpListener>,
    service: Service,
    stop: &CancellationToken,
    parts: &mut JoinSet<()>,
) -> Result<(), Error> {
    let path = place.path.join(socket::DAEMON);
    let refused = |error: std::io::Error| {
        Error::Store(format!("cannot listen on {}: {error}", path.display()))
    };
    let own = socket::listen(&place.path, socket::DAEMON).map_err(refused)?;
    let own = secmonkey_web::socket::Owners::new(own, socket::owner()).map_err(refused)?;
    let router = secmonkey_web::router(service.clone());
    let ended = stop.clone().cancelled_owned();
    parts.spawn(async move {
        let served = axum::serve(own, router).with_graceful_shutdown(ended).await;
        let _ = served.inspect_err(|error| tracing::error!(%error, "the socket is not served"));
    });
    if let Some(listener) = probes {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "health and metrics");
        }
        let router = secmonkey_web::probes(service);
        let ended = stop.clone().cancelled_owned();
        parts.spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(ended).await;
            let _ = served.inspect_err(|error| tracing::error!(%error, "the port is not served"));
        });
    }
    Ok(())
}

/// Takes a changed configuration over, where it is one.
async fn follow_setup(
    file: Option<PathBuf>,
    current: Current,
    scheduler: Handle,
    stop: CancellationToken,
) {
    let mark = |current: &Current| Mark::of(file.as_deref(), &current.get().config);
    let mut last = mark(&current);
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
        let now = mark(&current);
        if now == last {
            continue;
        }
        match Setup::load(file.as_deref()) {
            Ok(setup) => {
                let settings = setup.config.daemon.schedule();
                current.set(setup);
                let _ = scheduler.configure(settings).await;
                tracing::info!("the configuration changed: it counts from the next scan on");
            }
            Err(error) => {
                tracing::error!(%error, "the configuration changed and is wrong: the last one counts");
            }
        }
        last = mark(&current);
    }
}

/// Says of every scan that has no end that it died.
async fn close_dead_scans(
    current: &Current,
    sessions: &Sessions,
    opened: &Opened,
) -> Result<(), Error> {
    let setup = current.get();
    let actor = Actor::from(SELF);
    let pipeline = scan::pipeline(&setup.config, &setup.catalogue, sessions, opened, actor)?;
    for scan in pipeline.close_dead_scans().await? {
        tracing::warn!(%scan, "the scan had died: what it recorded stays");
    }
    Ok(())
}

/// Where no account of ours is registered, the one is that the credentials belong to: as
/// `secmonkey scan` does.
async fn register_own(sessions: &Sessions, opened: &Opened) -> Result<(), Error> {
    if opened.views.accounts()?.iter().any(secmonkey_core::account::Account::watched) {
        return Ok(());
    }
    match sessions.caller().await {
        Ok(caller) => {
            let account = Account::from(caller);
            tracing::info!(
                account = %account.id,
                "no account of ours is registered: registering the one of the credentials"
            );
            opened.decisions(Actor::from(SELF)).register(account).await?;
        }
        Err(error) => tracing::warn!(
            %error,
            "no account is registered, and there are no credentials that name one: see \
             `secmonkey account add`"
        ),
    }
    Ok(())
}
