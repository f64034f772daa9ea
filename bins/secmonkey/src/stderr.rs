//! Standard error: all that is said beside the data goes through here, so that nothing
//! tears the progress bar, and nothing from outside steers the terminal.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use anstyle::Style;
use indicatif::ProgressBar;
use secmonkey_app::trace::{Words, library};
use secmonkey_core::Timestamp;
use secmonkey_core::outside::redacted;
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
        say(&line(now, *metadata.level(), target, &Words::of(event).line()));
    }
}

/// One line: when, how bad, who says it and what.
fn line(now: Option<Timestamp>, level: Level, target: Option<&str>, said: &str) -> String {
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
    line.push_str(said);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(level: Level, target: Option<&str>, said: &str) -> String {
        let now = target.map(|_| "2026-01-31T14:00:05.123Z".parse().unwrap());
        anstream::adapter::strip_str(&line(now, level, target, said)).to_string()
    }

    #[test]
    fn a_line_says_when_who_and_what() {
        assert_eq!(plain(Level::INFO, Some("core"), "read items=3"), "14:00:05Z core read items=3");
        assert_eq!(
            plain(Level::WARN, None, "the views are damaged"),
            "warning: the views are damaged"
        );
    }
}
