//! The log of the process, on standard error: a line each, as text or as JSON.

use std::io::Write as _;

use secmonkey_app::config::LogFormat;
use secmonkey_app::trace::{Members, Words, library};
use secmonkey_core::Timestamp;
use secmonkey_core::outside::redacted;
use secmonkey_core::render::visible_json;
use serde_json::{Map, Value, json};
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

/// Writes what happens from now on; for who asks for one thing only what is wrong.
///
/// # Errors
/// Where somebody else does that already.
pub fn listen(format: LogFormat, verbose: u8, is_daemon: bool) -> Result<(), TryInitError> {
    let level = match verbose {
        0 if is_daemon => Level::INFO,
        0 => Level::WARN,
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
            LogFormat::Text => redacted(&text(event, now, self.journal)).into_owned(),
            LogFormat::Json => structured(Members::of(event), event, now),
        };
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(std::io::stderr().lock(), "{line}");
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

fn structured(mut members: Map<String, Value>, event: &Event<'_>, now: Timestamp) -> String {
    let metadata = event.metadata();
    members.insert("time".to_owned(), json!(now.to_string()));
    members.insert("level".to_owned(), json!(metadata.level().as_str().to_lowercase()));
    members.insert("target".to_owned(), json!(metadata.target()));
    visible_json(&Value::from(members).to_string()).into_owned()
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use secmonkey_core::outside::keep_out;

    use super::*;

    /// Keeps lines instead of printing them.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
            let line = structured(Members::of(event), event, Timestamp::UNIX_EPOCH);
            self.0.lock().unwrap().push(line);
        }
    }

    #[test]
    fn a_line_of_json_stays_json_whatever_is_masked_in_it() {
        let secret = "horse\"battery\\staple";
        keep_out(secret);
        let kept = Kept::default();
        tracing::subscriber::with_default(
            tracing_subscriber::registry().with(kept.clone()),
            || {
                tracing::warn!(
                    sent = secret,
                    to = "https://me:pass@host/x?token=1",
                    "no: {secret}"
                );
                tracing::warn!(said = "\u{9b}2J\u{202e}", asked = ?secret, "no");
            },
        );
        let lines = kept.0.lock().unwrap();
        let read: Vec<Value> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&read[0]["message"], &read[0]["sent"]), (&json!("no: ***"), &json!("***")));
        assert_eq!(read[0]["to"], "https://***@host/x?***");
        assert_eq!(read[1]["asked"], "\"***\"");
        assert!(lines[1].contains(r"\u009b2J\u202e"), "{}", lines[1]);
    }
}
