//! Messages to whoever looks at this process: a terminal, a journal.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use secmonkey_core::notify::{Error, Message, Notifier, payload, text};
use serde::Deserialize;

/// How messages are printed, and where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Text, or one line of JSON for each message; text if nobody says.
    pub format: Format,
    /// Standard output or standard error; output if nobody says.
    pub stream: Stream,
}

/// How messages are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// As people read them.
    #[default]
    Text,
    /// One line of JSON each.
    Json,
}

/// Where messages are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    #[default]
    Stdout,
    /// Standard error.
    Stderr,
}

/// Prints messages.
pub struct Console {
    name: String,
    format: Format,
    out: Mutex<Box<dyn Write + Send>>,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Console {
    /// A channel of this name.
    #[must_use]
    pub fn new(name: impl Into<String>, settings: Settings) -> Self {
        let out: Box<dyn Write + Send> = match settings.stream {
            Stream::Stdout => Box::new(std::io::stdout()),
            Stream::Stderr => Box::new(std::io::stderr()),
        };
        Self::to(name, settings.format, out)
    }

    /// A channel that prints elsewhere.
    #[must_use]
    pub fn to(name: impl Into<String>, format: Format, out: Box<dyn Write + Send>) -> Self {
        Self { name: name.into(), format, out: Mutex::new(out) }
    }
}

#[async_trait]
impl Notifier for Console {
    fn name(&self) -> &str {
        &self.name
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let said = match self.format {
            Format::Json => {
                format!("{}\n", payload::line(&payload::json(message, payload::LONGEST)))
            }
            Format::Text => {
                let lines = text::body(message);
                let lines: Vec<_> =
                    lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect();
                format!("{}\n\n", lines.join("\n"))
            }
        };
        // In one piece, whoever else prints.
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let written = out.write_all(said.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Error::Unavailable(format!("cannot print: {error}")))
    }
}
