//! Standard error: all that is said beside the data goes through here, so that nothing
//! tears the progress bar, and nothing from outside steers the terminal.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use anstyle::Style;
use indicatif::ProgressBar;
use secmonkey_core::Timestamp;
use secmonkey_core::outside::redacted;
use secmonkey_core::render::visible;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::output::{DIM, RED, YELLOW};

/// The bar that stands on the terminal.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Says a line of our own making, which may hold styles and nothing else that steers a
/// terminal. Whatever it quotes, it quotes no secret.
pub fn say(line: &str) {
    let line = redacted(line);
    // Where standard error is closed there is nobody to tell.
    let write = || {
        let _ = writeln!(anstream::stderr(), "{line}");
    };
    // A bar that is there or not is whole, whoever panicked meanwhile.
    match &*BAR.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Keeps a bar whole from now on; `None` when it is gone.
pub fn keep_whole(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// What the libraries tell.
///
/// Only our own: what the SDK says of its connections would drown it, and may repeat what
/// other programs print.
struct Told {
    verbose: u8,
}

/// Sends what our libraries tell to standard error.
///
/// # Errors
/// Where somebody else does that already.
pub fn listen(verbose: u8, quiet: bool) -> Result<(), TryInitError> {
    let level = match (verbose, quiet) {
        (_, true) => Level::ERROR,
        (0, _) => Level::WARN,
        (1, _) => Level::INFO,
        _ => Level::DEBUG,
    };
    // All our crates begin so.
    let ours = Targets::new().with_target("secmonkey", level);
    tracing_subscriber::registry().with(Told { verbose }.with_filter(ours)).try_init()
}

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        let now = (self.verbose > 0).then(Timestamp::now);
        let target = (self.verbose > 1).then(|| library(metadata.target()));
        let mut words = Words::default();
        event.record(&mut words);
        say(&line(now, *metadata.level(), target, &words));
    }
}

/// The library of a target: `aws` of `secmonkey_aws::session`.
fn library(target: &str) -> &str {
    let name = target.split("::").next().unwrap_or(target);
    name.strip_prefix("secmonkey_").unwrap_or(name)
}

/// One line: when, how bad, who says it and what.
fn line(now: Option<Timestamp>, level: Level, target: Option<&str>, words: &Words) -> String {
    let mut line = String::new();
    if let Some(now) = now {
        let _ = write!(line, "{DIM}{}{DIM:#} ", now.strftime("%H:%M:%SZ"));
    }
    let (style, name) = match level {
        Level::ERROR => (RED, "error: "),
        Level::WARN => (YELLOW, "warning: "),
        _ => (Style::new(), ""),
    };
    let _ = write!(line, "{style}{name}{style:#}");
    if let Some(target) = target {
        let _ = write!(line, "{DIM}{target}{DIM:#} ");
    }
    let said = format!("{}{}", words.message, words.fields);
    // What a field holds may be many lines.
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    line.push_str(&visible(&said));
    line
}

/// What an event says: its message, and ` name=value` for each field.
#[derive(Debug, Default)]
struct Words {
    message: String,
    fields: String,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A `String` takes all that is written to it.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(level: Level, target: Option<&str>, message: &str, fields: &str) -> String {
        let now = "2026-01-31T14:00:05.123Z".parse().unwrap();
        let words = Words { message: message.to_owned(), fields: fields.to_owned() };
        let now = target.map(|_| now);
        anstream::adapter::strip_str(&line(now, level, target, &words)).to_string()
    }

    #[test]
    fn a_line_says_when_who_and_what() {
        assert_eq!(
            plain(Level::INFO, Some(library("secmonkey_core::pipeline")), "read", " items=3"),
            "14:00:05Z core read items=3"
        );
        assert_eq!(
            plain(Level::WARN, None, "the views are damaged", ""),
            "warning: the views are damaged"
        );
    }

    #[test]
    fn nothing_in_a_line_steers_or_hides() {
        let fields = " name=a\u{1b}[2J\u{200b}\n  b";
        assert_eq!(plain(Level::ERROR, None, "no", fields), r"error: no name=a\u{1b}[2J\u{200b} b");
    }

    #[test]
    fn fields_stand_behind_the_message_in_their_order() {
        struct Kept(std::sync::Arc<Mutex<Vec<String>>>);
        impl<S: Subscriber> Layer<S> for Kept {
            fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
                let mut words = Words::default();
                event.record(&mut words);
                self.0.lock().unwrap().push(line(None, *event.metadata().level(), None, &words));
            }
        }
        let kept = std::sync::Arc::default();
        let subscriber = tracing_subscriber::registry().with(Kept(std::sync::Arc::clone(&kept)));
        tracing::subscriber::with_default(subscriber, || {
            let (scope, items) = ("prod/s3_bucket/global", 3);
            tracing::info!(scope, items, why = %"a: b", "read in part");
            tracing::debug!(name = ?Some("x"), "{} and {}", 1, 2);
        });
        assert_eq!(
            *kept.lock().unwrap(),
            [
                "read in part scope=prod/s3_bucket/global items=3 why=a: b",
                "1 and 2 name=Some(\"x\")",
            ]
            .map(|line| format!(
                "{}{}{line}",
                Style::new(),
                format_args!("{:#}", Style::new())
            ))
        );
    }
}
