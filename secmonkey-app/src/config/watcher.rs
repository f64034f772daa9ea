//! Watchers that the configuration file declares: programs that print items.

use std::sync::Arc;
use std::time::Duration;

use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::watch::Watcher;
use serde::Deserialize;
use toml::Spanned;

use super::technology::{Id, Pointer, Sets, made, twice};
use crate::program::Program;

/// A program that prints what it reads.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The program and its arguments; no shell reads them.
    pub command: Command,
    /// Seconds for one run.
    #[serde(default = "timeout")]
    pub timeout_seconds: u64,
    /// Whether one run covers all regions.
    #[serde(default)]
    pub global: bool,
    /// What it reads.
    pub technology: Vec<Spanned<Printed>>,
}

const fn timeout() -> u64 {
    300
}

impl Declared {
    /// What it reads, as the core has to know it.
    pub fn technologies(&self) -> impl Iterator<Item = Technology> {
        let reach = if self.global { Reach::Global } else { Reach::Regional };
        self.technology.iter().map(move |one| Technology { reach, ..one.get_ref().technology() })
    }

    /// What reads it.
    pub fn watcher(&self) -> Arc<dyn Watcher> {
        Arc::new(Program::new(
            self.command.0.clone(),
            Duration::from_secs(self.timeout_seconds),
            self.technologies().collect(),
        ))
    }
}

/// A program and its arguments: one word at least.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Command(Vec<String>);

impl TryFrom<Vec<String>> for Command {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Self, String> {
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Self(words)),
            _ => Err("a command names a program: `command = [\"./read-queues\"]`".to_owned()),
        }
    }
}

/// A technology that a program prints: as one's own, without what Cloud Control has to know.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printed {
    /// The id, which no other technology has.
    pub id: Id,
    /// What people call it; the id if nobody says.
    pub title: Option<String>,
    /// Lists whose order means nothing.
    #[serde(default)]
    pub sets: Sets,
    /// Lists whose order decides.
    #[serde(default)]
    pub ordered: Vec<Pointer>,
    /// Members left out.
    #[serde(default)]
    pub dropped: Vec<Pointer>,
    /// Times that count by their UTC day only.
    #[serde(default)]
    pub daily: Vec<Pointer>,
    /// Members whose values are secret.
    #[serde(default)]
    pub secret: Vec<Pointer>,
    /// What the resource is attached to.
    #[serde(default)]
    pub relations: Vec<Pointer>,
}

impl Printed {
    fn technology(&self) -> Technology {
        let lists = [&self.daily, &self.dropped, &self.relations, &self.secret];
        made(&self.id, self.title.as_deref(), "", &self.sets, lists)
    }

    /// What is wrong with it.
    pub fn fault(&self) -> Option<String> {
        twice(&self.id, &self.sets, &self.ordered)
    }
}
