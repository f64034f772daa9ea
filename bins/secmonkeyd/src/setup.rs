//! What the configuration file says, and what is there to read and judge; anew whenever the
//! file or a rule changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use secmonkey_app::{Catalogue, Config, Error};

/// What the configuration file says, and what follows from it.
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// What is read and judged.
    pub catalogue: Catalogue,
}

impl Setup {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with the file, or with a rule.
    pub fn load(named: Option<&Path>) -> Result<Self, Error> {
        let config = Config::load(named)?;
        let catalogue = Catalogue::of(&config)?;
        Ok(Self { config, catalogue })
    }
}

/// The setup that counts.
#[derive(Clone)]
pub struct Current(Arc<RwLock<Arc<Setup>>>);

impl Current {
    /// This one counts.
    pub fn new(setup: Setup) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(setup))))
    }

    /// The one that counts now.
    pub fn get(&self) -> Arc<Setup> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on this one counts.
    pub fn set(&self, setup: Setup) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(setup);
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
