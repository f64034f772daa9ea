//! What every command starts from: settings, the store, the catalogue.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use secmonkey_app::config::Config;
use secmonkey_app::error::Error;
use secmonkey_app::{Catalogue, Opened, Place};
use secmonkey_core::check::Auditor;
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::Actor;
use secmonkey_core::registry::Registry;
use secmonkey_core::render::visible;
use secmonkey_core::technology::Technology;
use secmonkey_rules::Rules;

use crate::args::{Form, Global, Page, Standard};
use crate::output::{Format, Output};

/// What every command starts from.
pub struct Context {
    /// Where the output goes.
    pub output: Output,
    /// The configuration file.
    pub config: Config,
    /// Where the store is, and how it is opened.
    pub place: Place,
    /// The format of findings that was asked for, where one was.
    pub standard: Option<Standard>,
    /// The form of a report that was asked for, where it is one that other commands lack.
    pub page: Option<Page>,
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
        let path = config.store(named(global.store))?;
        let output = Output { format, quiet: global.quiet };
        let place = Place { path, wait: global.wait, command: command.to_owned() };
        Ok(Self { output, config, place, standard, page })
    }

    /// Opens the store, which has to be there: through the process that holds it, where one
    /// does and serves it.
    pub async fn open(&self) -> Result<Opened, Error> {
        self.place.open(registry()).await
    }

    /// The same with a new store where there is none.
    pub async fn create(&self) -> Result<Opened, Error> {
        self.place.create(registry()).await
    }

    /// Opens the store, which has to be there, for this process alone.
    pub async fn hold(&self) -> Result<Opened, Error> {
        self.place.hold(registry()).await
    }

    /// The same with a new store where there is none.
    pub async fn hold_or_create(&self) -> Result<Opened, Error> {
        self.place.hold_or_create(registry()).await
    }

    /// Opens the store where there is one.
    pub async fn open_if_there(&self) -> Result<Option<Opened>, Error> {
        if self.place.path.exists() { self.open().await.map(Some) } else { Ok(None) }
    }
}

impl Context {
    /// What is read and judged, without the technologies that are off.
    pub fn reads(&self) -> Registry {
        registry().clone().without(&self.config.technologies.off())
    }
}

/// Who scans, as the log says.
pub fn actor() -> Actor {
    Actor::from("cli")
}

/// Who decides, as the log says: `cli:alice`. Nothing proves the name: it is what
/// `SECMONKEY_AUTHOR` says, or else the session.
pub fn author() -> Actor {
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

static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();

/// Makes the technologies and the rules of a configuration file known, before anybody asks for
/// the [`registry`]: a process has one file.
pub fn declare(config: &Config) -> Result<(), Error> {
    let catalogue = Catalogue::of(config)?;
    CATALOGUE.get_or_init(|| catalogue);
    Ok(())
}

/// What is read and judged, and what judges.
pub fn catalogue() -> &'static Catalogue {
    CATALOGUE.get_or_init(Catalogue::default)
}

/// The rules of one's own.
pub fn rules() -> Option<&'static Arc<Rules>> {
    catalogue().rules()
}

/// Whatever judges items.
pub fn auditors() -> Vec<Arc<dyn Auditor>> {
    catalogue().auditors()
}

/// What is read and judged.
pub fn registry() -> &'static Registry {
    catalogue().registry()
}

/// A technology by its id, as recorded: a release that reads no such thing compares it
/// without knowing its sets.
pub fn technology(id: &str) -> Technology {
    registry().technology(id).cloned().unwrap_or_default()
}

impl Context {
    /// The error with the store it is about.
    pub fn name(&self, error: Error) -> Error {
        self.place.name(error)
    }
}

/// What is decided on the command line.
pub fn decisions(opened: &Opened) -> Decisions {
    opened.decisions(author())
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
