//! What every command starts from: settings, the store, the catalogue.

use std::iter;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use secmonkey_aws::{AWS, settings};
use secmonkey_core::Timestamp;
use secmonkey_core::check::Auditor;
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::Actor;
use secmonkey_core::log::EventLog;
use secmonkey_core::query::Known;
use secmonkey_core::registry::Registry;
use secmonkey_core::render::visible;
use secmonkey_core::secret::DigestKey;
use secmonkey_core::technology::Technology;
use secmonkey_core::view::{self, Views};
use secmonkey_rules::Rules;
#[cfg(unix)]
use secmonkey_store::Serving;
use secmonkey_store::{OpenOptions, Store};

use crate::args::{Form, Global, Page, Standard};
use crate::config::{self, Config};
use crate::error::Error;
use crate::output::{Format, Output};

/// Names the file of the key that secret values are digested with, where it is not the
/// store's own.
const DIGEST_KEY_FILE: &str = "SECMONKEY_DIGEST_KEY_FILE";

/// What every command starts from.
pub struct Context {
    /// Where the output goes.
    pub output: Output,
    /// The configuration file.
    pub config: Config,
    /// Where the store is.
    pub path: PathBuf,
    /// How long to wait for who holds the store.
    pub wait: Duration,
    /// The format of findings that was asked for, where one was.
    pub standard: Option<Standard>,
    /// The form of a report that was asked for, where it is one that other commands lack.
    pub page: Option<Page>,
    command: &'static str,
}

/// The command that knows the formats of findings.
const FINDINGS: &str = "secmonkey issues";
/// The command that makes pages.
const REPORTS: &str = "secmonkey report";

impl Context {
    /// From the command line, the environment and the configuration file, in this order.
    pub fn new(global: Global, command: &'static str) -> Result<Self, Error> {
        let (format, standard, page) = match global.format {
            Form::Own(format) => (format, None, None),
            Form::Findings(standard) if command == FINDINGS => (Format::Json, Some(standard), None),
            Form::Report(page) if command == REPORTS => (Format::Json, None, Some(page)),
            other => {
                let (what, whose) = match other {
                    Form::Report(_) => ("reports", REPORTS),
                    _ => ("findings", FINDINGS),
                };
                let name = other.name();
                return Err(Error::usage(format!(
                    "`--format {name}` is for {what}, of `{whose}` alone; `{command}` has \
                     table, json, jsonl and csv"
                )));
            }
        };
        let named = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        let config = Config::load(named(global.config).as_deref())?;
        declare(&config)?;
        let path = named(global.store)
            .or_else(|| config.store.clone())
            .or_else(|| config::dirs().map(|dirs| dirs.data))
            .ok_or_else(|| Error::usage("no place for the store: name one with --store PATH"))?;
        let output = Output { format, quiet: global.quiet };
        Ok(Self { output, config, path, wait: global.wait, standard, page, command })
    }

    /// Opens the store, which has to be there: through the process that holds it, where one
    /// does and serves it.
    pub async fn open(&self) -> Result<Opened, Error> {
        self.opened(false, true).await
    }

    /// The same with a new store where there is none.
    pub async fn create(&self) -> Result<Opened, Error> {
        self.opened(true, true).await
    }

    /// Opens the store, which has to be there, for this process alone.
    pub async fn hold(&self) -> Result<Opened, Error> {
        self.opened(false, false).await
    }

    /// The same with a new store where there is none.
    pub async fn hold_or_create(&self) -> Result<Opened, Error> {
        self.opened(true, false).await
    }

    /// Opens the store where there is one.
    pub async fn open_if_there(&self) -> Result<Option<Opened>, Error> {
        if self.path.exists() { self.open().await.map(Some) } else { Ok(None) }
    }

    async fn opened(&self, create: bool, may_attach: bool) -> Result<Opened, Error> {
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
            match self.held(create, wait).await {
                Err(Failed::Store(Error::Held(_))) if wait < left => {}
                opened => return Ok(opened?),
            }
        }
    }

    /// The store as this process holds it.
    async fn held(&self, create: bool, wait: Duration) -> Result<Opened, Failed> {
        let command = self.command.to_owned();
        let options = OpenOptions { wait, command, create, ..OpenOptions::default() };
        let (store, views) = match self.store(options.clone()).await {
            // They are marked, and rebuilt.
            Err(Failed::Views(view::Error::Rows(error))) => {
                crate::output::warn(&format!("{error}: rebuilding them from the log"));
                self.store(options).await
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
}

/// How long is waited for a holder, before a look whether it serves the store.
const GLANCE: Duration = Duration::from_millis(200);

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

impl Context {
    async fn store(&self, options: OpenOptions) -> Result<(Store, Views), Failed> {
        let path = self.path.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(path, options))
            .await
            .map_err(|error| Failed::Store(Error::Store(error.to_string())))?
            .map_err(|error| Failed::Store(error.into()))?;
        let views = Views::new(store.views.clone());
        views.know(registry().technologies());
        views.catch_up(store.log.as_ref()).await.map_err(Failed::Views)?;
        Ok((store, views))
    }
}

impl Context {
    /// What is read and judged, without the technologies that are off.
    pub fn reads(&self) -> Registry {
        registry().clone().without(&self.config.technologies.off())
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
    pub fn store(&self) -> Result<&Store, Error> {
        self.store.as_ref().ok_or_else(|| {
            Error::Held("another process holds the store: try again once it ended".to_owned())
        })
    }

    /// The store alone, where this process holds it.
    pub fn into_store(self) -> Result<Store, Error> {
        self.store()?;
        // Whoever still held them would keep it open.
        drop((self.log, self.views));
        self.store.ok_or_else(|| Error::Held("another process holds the store".to_owned()))
    }

    /// Lets other processes ask and decide while this one holds the store.
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
    pub async fn known(&self, at: Option<Timestamp>) -> Result<Known, Error> {
        match at {
            None => Ok(Known::new(self.views.clone(), Timestamp::now())),
            Some(time) => Ok({
                let now = Timestamp::now();
                Known::at(self.log.as_ref(), &self.views, time, now).await?
            }),
        }
    }

    /// What is decided from here.
    pub fn decisions(&self) -> Decisions {
        Decisions::new(self.log.clone(), self.views.clone(), author())
            .provider(AWS, settings::validate)
    }

    /// The key that secret values are digested with.
    pub fn digest_key(&self) -> Result<DigestKey, Error> {
        let named = std::env::var_os(DIGEST_KEY_FILE).filter(|path| !path.is_empty());
        let used = self.views.digest_keys()?;
        Ok(self.store()?.digest_key(named.map(PathBuf::from).as_deref(), &used)?)
    }
}

/// Who scans, as the log says.
pub fn actor() -> Actor {
    Actor::from("cli")
}

/// Who decides, as the log says: `cli:alice`. Nothing proves the name: it is what
/// `SECMONKEY_AUTHOR` says, or else the session.
fn author() -> Actor {
    let set = |name: &str| std::env::var(name).ok();
    author_of(["SECMONKEY_AUTHOR", "SUDO_USER", "USER", "LOGNAME"].into_iter().filter_map(set))
}

/// The first of these names that is one.
fn author_of(names: impl IntoIterator<Item = String>) -> Actor {
    const LONGEST: usize = 64;
    let first = names.into_iter().find(|name| !name.trim().is_empty());
    first.map_or_else(actor, |name| {
        let name: String = visible(name.trim()).chars().take(LONGEST).collect();
        Actor(format!("{}:{name}", actor()))
    })
}

/// What the configuration file declares.
#[derive(Default)]
struct Declared {
    technologies: Vec<Technology>,
    rules: Option<Arc<Rules>>,
}

static DECLARED: OnceLock<Declared> = OnceLock::new();

/// Makes the technologies and the rules of a configuration file known, before anybody asks for
/// the [`registry`]: a process has one file.
pub fn declare(config: &Config) -> Result<(), Error> {
    let mut declared = Declared { technologies: config.technologies().collect(), rules: None };
    if let Some(folder) = &config.rules {
        let known = registry_of(&declared);
        declared.rules = Some(Arc::new(Rules::read(folder, &known)?));
    }
    DECLARED.get_or_init(|| declared);
    Ok(())
}

/// The rules of one's own.
pub fn rules() -> Option<&'static Arc<Rules>> {
    DECLARED.get()?.rules.as_ref()
}

/// Whatever judges items.
pub fn auditors() -> Vec<Arc<dyn Auditor>> {
    let built_in: Arc<dyn Auditor> = Arc::new(secmonkey_aws::check::catalogue());
    let own = rules().map(|rules| Arc::clone(rules) as Arc<dyn Auditor>);
    iter::once(built_in).chain(own).collect()
}

/// What is read and judged.
pub fn registry() -> &'static Registry {
    static REGISTRY: LazyLock<Registry> =
        LazyLock::new(|| registry_of(DECLARED.get().unwrap_or(&Declared::default())));
    &REGISTRY
}

fn registry_of(declared: &Declared) -> Registry {
    let technologies = secmonkey_aws::watch::technologies();
    let built_in = secmonkey_aws::check::catalogue();
    let rules = declared.rules.iter().flat_map(|rules| rules.checks());
    Registry::new(
        technologies.into_iter().chain(declared.technologies.iter().cloned()),
        built_in.checks().iter().chain(rules).cloned(),
    )
}

/// A technology by its id, as recorded: a release that reads no such thing compares it
/// without knowing its sets.
pub fn technology(id: &str) -> Technology {
    registry().technology(id).cloned().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn author(names: &[&str]) -> String {
        author_of(names.iter().map(|name| (*name).to_owned())).to_string()
    }

    #[test]
    fn who_decides_is_named_where_a_name_is_known() {
        assert_eq!(author(&[]), "cli");
        assert_eq!(author(&["", " alice "]), "cli:alice");
        assert_eq!(author(&["a\u{1b}[2J"]), format!("cli:{}", visible("a\u{1b}[2J")));
        assert_eq!(author(&[&"x".repeat(100)]).len(), "cli:".len() + 64);
    }
}
