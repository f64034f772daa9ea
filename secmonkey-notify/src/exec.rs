//! Messages to a program of one's own.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use secmonkey_core::notify::{Error, Message, Notifier, payload};
use secmonkey_core::outside::line;
use serde::Deserialize;

use crate::program::{self, Program};
use crate::secret::{self, Text};

/// How long it may take where nobody says.
const PATIENCE: u64 = 30;
/// What of our environment it sees: the rest may hold secrets.
const INHERITED: [&str; 8] = ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"];
/// What a program ends with where the same may work later, by convention (`sysexits.h`).
const LATER: i32 = 75;

/// Which program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The program and its arguments. No shell reads them, and they hold no secrets: every
    /// user of the machine sees them.
    pub command: Vec<String>,
    /// Seconds until it is killed, with all that it started; 30 if nobody says.
    #[serde(default = "patience")]
    pub timeout_seconds: u64,
    /// Its environment, beside `HOME`, `LANG`, `LC_ALL`, `LOGNAME`, `PATH`, `TMPDIR`, `TZ` and
    /// `USER`. Values may be secrets.
    #[serde(default)]
    pub environment: BTreeMap<String, Text>,
}

const fn patience() -> u64 {
    PATIENCE
}

/// Runs a program for each message, which it reads as JSON from its standard input.
///
/// Where it ends with 0 the message is delivered. 64 to 78 but for 75, and 126 and 127, mean
/// that somebody has to mend something first (`sysexits.h`, and what shells say of programs
/// that do not run); all else, that it may work later. What it prints on standard error is
/// the reason.
#[derive(Debug)]
pub struct Exec {
    name: String,
    settings: Settings,
}

impl Exec {
    /// A channel of this name.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(name: impl Into<String>, settings: Settings) -> Result<Self, String> {
        if settings.command.first().is_none_or(String::is_empty) {
            return Err("command is empty: name a program".to_owned());
        }
        if settings.timeout_seconds == 0 {
            return Err("timeout_seconds is 0: nothing could be told".to_owned());
        }
        if let Some(name) =
            settings.environment.keys().find(|name| name.is_empty() || name.contains(['=', '\0']))
        {
            return Err(format!("environment: `{name}` is no name of a variable"));
        }
        Ok(Self { name: name.into(), settings })
    }
}

#[async_trait]
impl Notifier for Exec {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Error> {
        secret::read_all(&self.settings.environment).await?;
        let program = self.settings.command.first().map_or(Path::new(""), Path::new);
        let path = std::env::var_os("PATH").unwrap_or_default();
        // A name without a folder is looked for where the shell would.
        let mut places = match program.components().count() {
            1 => std::env::split_paths(&path).map(|folder| folder.join(program)).collect(),
            _ => vec![program.to_owned()],
        };
        places.retain(|place| place.is_file());
        match places.first() {
            Some(_) => Ok(()),
            None => Err(Error::Refused(format!("there is no program {}", program.display()))),
        }
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let inherited = INHERITED.iter().filter_map(|name| {
            let value = std::env::var(name).ok()?;
            Some(((*name).to_owned(), value))
        });
        let given = secret::read_all(&self.settings.environment).await?;
        let input = format!("{}\n", payload::line(&payload::json(message, payload::LONGEST)));
        let program = Program {
            command: &self.settings.command,
            input: input.as_bytes(),
            environment: Some(inherited.chain(given).collect()),
            patience: Duration::from_secs(self.settings.timeout_seconds),
        };
        let ended = program.run().await.map_err(|error| match error {
            program::Error::NotStarted(_) => Error::Refused(error.to_string()),
            program::Error::Late(_) => Error::Unavailable(error.to_string()),
        })?;
        if ended.status.success() {
            return Ok(());
        }
        let said = line(&String::from_utf8_lossy(&ended.err));
        let said = format!("it ended with {}: {said}", ended.status);
        let said = said.trim_end_matches([':', ' ']).to_owned();
        Err(match ended.status.code() {
            Some(code) if code != LATER && matches!(code, 64..=78 | 126 | 127) => {
                Error::Refused(said)
            }
            _ => Error::Unavailable(said),
        })
    }
}
