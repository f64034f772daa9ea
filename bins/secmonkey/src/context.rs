//! What every command starts from: settings, the store, the catalogue.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secmonkey_core::Timestamp;
use secmonkey_core::check::Check;
use secmonkey_core::event::Position;
use secmonkey_core::log;
use secmonkey_core::technology::Technology;
use secmonkey_core::view::Views;
use secmonkey_store::{OpenOptions, SledLog, Store};

use crate::args::Global;
use crate::config::{self, Config};
use crate::error::Error;
use crate::nearest;
use crate::output::Output;

/// What every command starts from.
pub struct Context {
    /// Where the output goes.
    pub output: Output,
    /// The configuration file.
    pub config: Config,
    /// Where the store is.
    pub path: PathBuf,
    /// Whether to tell what is being done.
    pub verbose: bool,
    wait: Duration,
    command: &'static str,
}

impl Context {
    /// From the command line, the environment and the configuration file, in this order.
    pub fn new(global: Global, command: &'static str) -> Result<Self, Error> {
        let named = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        let config = Config::load(named(global.config).as_deref())?;
        let path = named(global.store)
            .or_else(|| config.store.clone())
            .or_else(|| config::dirs().map(|dirs| dirs.data))
            .ok_or_else(|| Error::usage("no place for the store: name one with --store PATH"))?;
        let output = Output { format: global.format, quiet: global.quiet };
        let verbose = global.verbose > 0;
        Ok(Self { output, config, path, verbose, wait: global.wait, command })
    }

    /// Opens the store, which has to be there.
    pub async fn open(&self) -> Result<Opened, Error> {
        self.opened(false).await
    }

    /// Opens the store, a new one where there is none.
    pub async fn create(&self) -> Result<Opened, Error> {
        self.opened(true).await
    }

    /// Opens the store where there is one.
    pub async fn open_if_there(&self) -> Result<Option<Opened>, Error> {
        if self.path.exists() { self.open().await.map(Some) } else { Ok(None) }
    }

    async fn opened(&self, create: bool) -> Result<Opened, Error> {
        let options = OpenOptions {
            wait: self.wait,
            command: self.command.to_owned(),
            create,
            ..OpenOptions::default()
        };
        let path = self.path.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(path, options))
            .await
            .map_err(|error| Error::Store(error.to_string()))??;
        let views = Arc::new(Views::new(store.views.clone()).knowing(&technologies()));
        views.catch_up(store.log.as_ref()).await?;
        Ok(Opened { log: Arc::clone(&store.log), views, store })
    }
}

/// An open store.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Its log.
    pub log: Arc<SledLog>,
    /// Its views, which reflect all of the log.
    pub views: Arc<Views>,
}

/// What was known at some time.
pub struct Known {
    /// The views of that time.
    pub views: Arc<Views>,
    /// The time.
    pub now: Timestamp,
}

impl Opened {
    /// What is known now, or was known at a time.
    pub async fn known(&self, at: Option<Timestamp>) -> Result<Known, Error> {
        let views = match at {
            None => Arc::clone(&self.views),
            Some(time) => {
                Arc::new(self.views.as_of(self.log.as_ref(), self.position_at(time).await?).await?)
            }
        };
        Ok(Known { views, now: at.unwrap_or_else(Timestamp::now) })
    }

    /// The last position recorded at or before a time.
    pub async fn position_at(&self, time: Timestamp) -> Result<Position, Error> {
        Ok(log::position_at(self.log.as_ref(), time).await?)
    }
}

/// Every technology that is read.
pub fn technologies() -> Vec<Technology> {
    secmonkey_aws::watch::technologies()
}

/// A technology by its id, as recorded: a release that reads no such thing compares it
/// without knowing its sets.
pub fn technology(id: &str) -> Technology {
    technologies().into_iter().find(|known| known.id == id).unwrap_or(Technology::DEFAULT)
}

/// Says no to technologies that nobody reads.
pub fn known_technologies(wanted: &[String]) -> Result<(), Error> {
    let all = technologies();
    for id in wanted {
        if !all.iter().any(|known| known.id == id) {
            let known = all.iter().map(|known| known.id);
            return Err(Error::usage(nearest::unknown("technology", id, known)));
        }
    }
    Ok(())
}

/// Every check, by id.
pub fn checks() -> BTreeMap<&'static str, &'static Check> {
    secmonkey_aws::check::checks().map(|check| (check.id, check)).collect()
}

impl Context {
    /// The error with the store it is about.
    pub fn place(&self, error: Error) -> Error {
        let path = self.path.display().to_string();
        match error {
            Error::Store(text) if !text.contains(&path) => {
                Error::Store(format!("the store {path}: {text}"))
            }
            Error::Held(text) if !text.contains(&path) => Error::Held(format!("{path}: {text}")),
            error => error,
        }
    }
}
