//! The log of the process, on standard error: a line each, as text or as JSON.

use std::io::Write as _;

use secmonkey_app::config::LogFormat;
use secmonkey_app::trace::{Members, Words, library};
use secmonkey_core::Timestamp;
use secmonkey_core::outside::redacted;
use serde_json::json;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

/// Writes what happens.
struct Lines {
    format: LogFormat,
    /// Whether the journal reads it, which has a time of its own and reads how bad a line is.
    journal: bool,
}

/// Writes what happens from now on.
///
/// # Errors
/// Where somebody else does that already.
pub fn listen(format: LogFormat, verbose: u8) -> Result<(), TryInitError> {
    let level = match verbose {
        0 => Level::INFO,
        1 => Level::DEBUG,
        _ => Level::TRACE,
    };
    // What a scan reads is told one by one: for those who want to know.
    let scans = if verbose == 0 { Level::WARN } else { level };
    let ours = Targets::new()
        .with_target("secmonkey", level)
        .with_target("secmonkey_core::pipeline", scans);
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let lines = Lines { format, journal }.with_filter(ours);
    tracing_subscriber::registry().with(lines).try_init()
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let now = Timestamp::now();
        let line = match self.format {
            LogFormat::Text => text(event, now, self.journal),
            LogFormat::Json => structured(event, now),
        };
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(std::io::stderr().lock(), "{}", redacted(&line));
    }
}

fn text(event: &Event<'_>, now: Timestamp, journal: bool) -> String {
    let level = *event.metadata().level();
    let from = library(event.metadata().target());
    let said = Words::of(event).line();
    if journal {
        return format!("<{}>{from}: {said}", priority(level));
    }
    let time = now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
    format!("{time} {:5} {from}: {said}", level.as_str())
}

fn structured(event: &Event<'_>, now: Timestamp) -> String {
    let mut members = Members::of(event);
    let metadata = event.metadata();
    members.insert("time".to_owned(), json!(now.to_string()));
    members.insert("level".to_owned(), json!(metadata.level().as_str().to_lowercase()));
    members.insert("target".to_owned(), json!(metadata.target()));
    serde_json::Value::from(members).to_string()
}

/// How bad it is, as syslog counts.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    }
}
