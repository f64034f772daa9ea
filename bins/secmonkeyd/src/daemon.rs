//! The daemon: what it is made of, and how it starts and stops.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secmonkey_app::config::{Daemon, Tls};
use secmonkey_app::signal::{Signal, Signals};
use secmonkey_app::{Error, Exit, Opened, Place, environment, scan};
use secmonkey_aws::session::Sessions;
use secmonkey_core::account::Account;
use secmonkey_core::event::Actor;
use secmonkey_core::log::{AppendError, EventLog};
use secmonkey_core::scheduler::{Handle, Scheduler};
use secmonkey_store::socket;
use secmonkey_web::port::{self, Certificate};
use secmonkey_web::{Metrics, Service};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::control::Controls;
use crate::discovery;
use crate::events::Events;
use crate::library::{self, Recorded};
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
    let port = Port::open(&setup.config.daemon).await?;
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
    let access = library::access(&place, &current.get().config.daemon)?;
    let mut service = Service::new(Arc::new(control), Arc::new(library), access, metrics);
    service.open_id = library::open_id(&current.get().config.daemon)?;

    let stop = service.stop.clone();
    let mut parts = JoinSet::new();
    serve(&place, port, service, &stop, &mut parts)?;
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

/// Where people and programs come to over a network.
struct Port {
    listener: TcpListener,
    certificate: Option<Certificate>,
    /// Whether passwords and tokens can be sent to it without others reading them.
    keeps_secrets: bool,
}

impl Port {
    /// The port that the configuration names, where it names one.
    async fn open(daemon: &Daemon) -> Result<Option<Self>, Error> {
        let Some(address) = daemon.listen else { return Ok(None) };
        let listener = TcpListener::bind(address)
            .map_err(|error| Error::usage(format!("cannot listen on {address}: {error}")))?;
        let certificate = match &daemon.tls {
            Some(Tls { certificate, key }) => {
                let read = Certificate::read(certificate, key).await;
                Some(read.map_err(|error| {
                    let (certificate, key) = (certificate.display(), key.display());
                    Error::usage(format!("no certificate from {certificate} and {key}: {error}"))
                })?)
            }
            None => None,
        };
        Ok(Some(Self { listener, certificate, keeps_secrets: daemon.keeps_secrets() }))
    }
}

/// Answers on the socket of the store and, where it was told to, on a port.
fn serve(
    place: &Place,
    port: Option<Port>,
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
    let router = secmonkey_web::owners(service.clone());
    let ended = stop.clone().cancelled_owned();
    parts.spawn(async move {
        let served = axum::serve(own, router).with_graceful_shutdown(ended).await;
        let _ = served.inspect_err(|error| tracing::error!(%error, "the socket is not served"));
    });
    if let Some(Port { listener, certificate, keeps_secrets }) = port {
        let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
        let encrypted = certificate.is_some();
        let router = if keeps_secrets {
            tracing::info!(%address, encrypted, "the API, health and metrics");
            secmonkey_web::public(service)
        } else {
            tracing::info!(
                %address,
                "health and metrics; the API is not here, where passwords and tokens could be \
                 read on their way: set `tls`, or a `public_url` of https"
            );
            secmonkey_web::probes(service)
        };
        let ended = stop.clone();
        parts.spawn(async move {
            let served = port::serve(listener, certificate, router, ended).await;
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
