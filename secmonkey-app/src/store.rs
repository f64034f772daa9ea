//! The store, as a process opens it: for itself, or through the process that holds it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secmonkey_aws::{AWS, settings};
use secmonkey_core::Timestamp;
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::Actor;
use secmonkey_core::log::EventLog;
use secmonkey_core::query::Known;
use secmonkey_core::registry::Registry;
use secmonkey_core::secret::DigestKey;
use secmonkey_core::view::{self, Views};
#[cfg(unix)]
use secmonkey_store::Serving;
use secmonkey_store::{OpenOptions, Store};

use crate::error::Error;

/// Names the file of the key that secret values are digested with, where it is not the
/// store's own.
const DIGEST_KEY_FILE: &str = "SECMONKEY_DIGEST_KEY_FILE";
/// How long is waited for a holder, before a look whether it serves the store.
const GLANCE: Duration = Duration::from_millis(200);

/// Where a store is, and how it is opened.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder.
    pub path: PathBuf,
    /// How long to wait for who holds it.
    pub wait: Duration,
    /// What those are told who find it held: `secmonkey scan`.
    pub command: String,
}

impl Place {
    /// Opens the store, which has to be there: through the process that holds it, where one
    /// does and serves it.
    ///
    /// # Errors
    /// Where it is not there, is damaged, of another release, or held for longer than is waited.
    pub async fn open(&self, registry: &Registry) -> Result<Opened, Error> {
        self.opened(registry, false, true).await
    }

    /// The same with a new store where there is none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn create(&self, registry: &Registry) -> Result<Opened, Error> {
        self.opened(registry, true, true).await
    }

    /// Opens the store, which has to be there, for this process alone.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn hold(&self, registry: &Registry) -> Result<Opened, Error> {
        self.opened(registry, false, false).await
    }

    /// The same with a new store where there is none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn hold_or_create(&self, registry: &Registry) -> Result<Opened, Error> {
        self.opened(registry, true, false).await
    }

    async fn opened(
        &self,
        registry: &Registry,
        create: bool,
        may_attach: bool,
    ) -> Result<Opened, Error> {
        if let Ok(target) = self.path.read_link()
            && !self.path.exists()
        {
            let (path, target) = (self.path.display(), target.display());
            return Err(Error::Store(format!("{path} is a link to {target}, which is not there")));
        }
        let start = Instant::now();
        loop {
            if may_attach && let Some(opened) = self.attached().await? {
                return Ok(opened);
            }
            // Whoever holds it may begin to serve it meanwhile.
            let left = self.wait.saturating_sub(start.elapsed());
            let wait = if may_attach { left.min(GLANCE) } else { left };
            match self.held(registry, create, wait).await {
                Err(Failed::Store(Error::Held(_))) if wait < left => {}
                opened => return Ok(opened?),
            }
        }
    }

    /// The store as this process holds it.
    async fn held(
        &self,
        registry: &Registry,
        create: bool,
        wait: Duration,
    ) -> Result<Opened, Failed> {
        let command = self.command.clone();
        let options = OpenOptions { wait, command, create, ..OpenOptions::default() };
        let (store, views) = match self.store(registry, options.clone()).await {
            // They are marked, and rebuilt.
            Err(Failed::Views(view::Error::Rows(error))) => {
                tracing::warn!("{error}: rebuilding them from the log");
                self.store(registry, options).await
            }
            opened => opened,
        }?;
        let head = store.log.head().await.map_err(|error| Failed::Store(error.into()))?;
        let events = head.position.0;
        tracing::info!(store = %self.path.display(), events, "opened");
        Ok(Opened {
            log: store.log.clone(),
            views,
            store: Some(store),
            #[cfg(unix)]
            serving: None,
        })
    }

    async fn store(
        &self,
        registry: &Registry,
        options: OpenOptions,
    ) -> Result<(Store, Views), Failed> {
        let path = self.path.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(path, options))
            .await
            .map_err(|error| Failed::Store(Error::Store(error.to_string())))?
            .map_err(|error| Failed::Store(error.into()))?;
        let views = Views::new(store.views.clone());
        views.know(registry.technologies());
        views.catch_up(store.log.as_ref()).await.map_err(Failed::Views)?;
        Ok((store, views))
    }

    /// The store through the process that holds it; `None` where none serves it.
    #[cfg(unix)]
    async fn attached(&self) -> Result<Option<Opened>, Error> {
        let path = self.path.clone();
        let attached = tokio::task::spawn_blocking(move || secmonkey_store::attach(&path)).await;
        let Ok(Some(attached)) = attached else { return Ok(None) };
        let views = Views::new(attached.views);
        views.catch_up(attached.log.as_ref()).await?;
        tracing::info!(store = %self.path.display(), "attached to the process that holds it");
        Ok(Some(Opened { log: attached.log, views, store: None, serving: None }))
    }

    #[cfg(not(unix))]
    async fn attached(&self) -> Result<Option<Opened>, Error> {
        Ok(None)
    }

    /// The error with the store it is about.
    #[must_use]
    pub fn name(&self, error: Error) -> Error {
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

/// Why a store does not open.
enum Failed {
    Store(Error),
    Views(view::Error),
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Store(error) => error,
            Failed::Views(error) => error.into(),
        }
    }
}

/// An open store.
pub struct Opened {
    /// The store; `None` where another process holds it.
    store: Option<Store>,
    #[cfg(unix)]
    serving: Option<Serving>,
    /// Its log.
    pub log: Arc<dyn EventLog>,
    /// Its views, which reflect all of the log.
    pub views: Views,
}

impl Opened {
    /// The store, where this process holds it.
    ///
    /// # Errors
    /// Where another process does.
    pub fn store(&self) -> Result<&Store, Error> {
        self.store.as_ref().ok_or_else(|| {
            Error::Held("another process holds the store: try again once it ended".to_owned())
        })
    }

    /// Whether another process holds the store, and this one works through it.
    #[must_use]
    pub const fn is_attached(&self) -> bool {
        self.store.is_none()
    }

    /// The store alone, where this process holds it.
    ///
    /// # Errors
    /// Where another process does.
    pub fn into_store(self) -> Result<Store, Error> {
        self.store()?;
        // Whoever still held them would keep it open.
        drop((self.log, self.views));
        self.store.ok_or_else(|| Error::Held("another process holds the store".to_owned()))
    }

    /// Lets other processes ask and decide while this one holds the store.
    #[must_use]
    pub fn served(mut self) -> Self {
        #[cfg(unix)]
        if let Some(store) = &self.store {
            let serving = store.serve(&self.views);
            // Where it cannot be served, they wait.
            self.serving = serving.inspect_err(|error| tracing::warn!("{error}")).ok();
        }
        self
    }

    /// What is known now, or was known at a time.
    ///
    /// # Errors
    /// Where the log or the views cannot be read, or the time lies before the first event.
    pub async fn known(&self, at: Option<Timestamp>) -> Result<Known, Error> {
        match at {
            None => Ok(Known::new(self.views.clone(), Timestamp::now())),
            Some(time) => Ok({
                let now = Timestamp::now();
                Known::at(self.log.as_ref(), &self.views, time, now).await?
            }),
        }
    }

    /// What somebody decides.
    #[must_use]
    pub fn decisions(&self, author: Actor) -> Decisions {
        Decisions::new(self.log.clone(), self.views.clone(), author)
            .provider(AWS, settings::validate)
    }

    /// The key that secret values are digested with.
    ///
    /// # Errors
    /// Where it cannot be read, is another one than the log was written with, or another
    /// process holds the store.
    pub fn digest_key(&self) -> Result<DigestKey, Error> {
        let named = std::env::var_os(DIGEST_KEY_FILE).filter(|path| !path.is_empty());
        let used = self.views.digest_keys()?;
        Ok(self.store()?.digest_key(named.map(PathBuf::from).as_deref(), &used)?)
    }
}
