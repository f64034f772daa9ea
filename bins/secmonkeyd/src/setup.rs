//! What the configuration file says, and what is there to read and judge; anew whenever the
//! file or a rule changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use secmonkey_app::catalogue::{self, AwsAccount};
use secmonkey_app::{Catalogue, Config, Error};
use secmonkey_aws::report::AwsReports;
use serde_json::{Map, Value};
use tokio::sync::watch;

/// What the configuration file says, and what follows from it.
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// What is read and judged.
    pub catalogue: Catalogue,
    /// The same, as HTTP asks for it.
    pub web: Arc<secmonkey_web::Catalogue>,
}

impl Setup {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with the file, or with a rule.
    pub fn load(named: Option<&Path>) -> Result<Self, Error> {
        let config = Config::load(named)?;
        let catalogue = Catalogue::of(&config)?;
        let registry = catalogue.registry().clone();
        let web = secmonkey_web::Catalogue {
            reads: registry.clone().without(&config.technologies.off()),
            registry,
            auditors: catalogue.auditors(),
            reports: Arc::new(AwsReports),
            zone: config.zone(),
            controls: catalogue::controls,
            account: |account| match serde_json::to_value(AwsAccount::from(account)) {
                Ok(Value::Object(members)) => members,
                _ => Map::new(),
            },
        };
        Ok(Self { config, catalogue, web: Arc::new(web) })
    }
}

/// The setup that counts. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Current(Arc<watch::Sender<Arc<Setup>>>);

impl Current {
    /// This one counts.
    pub fn new(setup: Setup) -> Self {
        Self(Arc::new(watch::Sender::new(Arc::new(setup))))
    }

    /// The one that counts now.
    pub fn get(&self) -> Arc<Setup> {
        Arc::clone(&self.0.borrow())
    }

    /// From now on this one counts.
    pub fn set(&self, setup: Setup) {
        self.0.send_replace(Arc::new(setup));
    }

    /// Waits until another one counts than this.
    pub async fn changed(&self, than: &Arc<Setup>) {
        let mut receiver = self.0.subscribe();
        // The sender is held here, too.
        let _ = receiver.wait_for(|setup| !Arc::ptr_eq(setup, than)).await;
    }
}

/// When the files of a setup were last written, and how long they are.
#[derive(Debug, PartialEq, Eq)]
pub struct Mark(Vec<(PathBuf, Option<(SystemTime, u64)>)>);

impl Mark {
    /// How the files are now: the one of the configuration and those of its rules.
    pub fn of(named: Option<&Path>, config: &Config) -> Self {
        let mut paths: Vec<_> = Config::path(named).into_iter().collect();
        if let Some(folder) = &config.rules {
            let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
            paths.extend(files.map(|file| file.path()));
        }
        paths.sort();
        let written = |path: &Path| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        Self(paths.into_iter().map(|path| (path.clone(), written(&path))).collect())
    }
}
