//! How far a scan is, on a terminal.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use secmonkey_aws::session::{Sessions, Waiting};
use secmonkey_core::pipeline::Progress;

use crate::console::Names;
use crate::context::Context;
use crate::stderr;

/// Shows on a terminal how far a scan is.
pub struct Shown {
    bar: ProgressBar,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Shown {
    /// Shows it from now on.
    pub fn over(
        context: &Context,
        progress: Arc<Progress>,
        sessions: &Sessions,
        names: &Names,
    ) -> Self {
        let (sessions, names) = (sessions.clone(), names.clone());
        Self::with(context, progress, move |progress, elapsed| {
            let mut said = rates(progress, Some(sessions.api_calls()), elapsed);
            said.extend(waits(&sessions.waiting(), &names));
            said
        })
    }

    /// The same of a scan that the daemon runs.
    pub fn of_daemon(context: &Context, progress: Arc<Progress>) -> Self {
        Self::with(context, progress, |progress, elapsed| rates(progress, None, elapsed))
    }

    fn with(
        context: &Context,
        progress: Arc<Progress>,
        say: impl Fn(&Progress, Duration) -> String + Send + 'static,
    ) -> Self {
        if context.output.quiet || !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), task: None };
        }
        let form = "{bar:30.green/dim} {pos}/{len} sweeps  {msg}  {elapsed}";
        let style = ProgressStyle::with_template(form)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸─");
        let bar = ProgressBar::no_length().with_style(style);
        stderr::keep_whole(Some(bar.clone()));
        let shown = bar.clone();
        let start = Instant::now();
        let task = tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_millis(100));
            loop {
                tick.tick().await;
                shown.set_length(progress.planned.load(Ordering::Relaxed));
                shown.set_position(progress.done.load(Ordering::Relaxed));
                shown.set_message(say(&progress, start.elapsed()));
            }
        });
        Self { bar, task: Some(task) }
    }

    /// Takes it off the terminal.
    pub async fn end(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
        self.take_off();
    }

    fn take_off(&self) {
        stderr::keep_whole(None);
        self.bar.finish_and_clear();
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.take_off();
    }
}

fn rates(progress: &Progress, calls: Option<u64>, elapsed: Duration) -> String {
    let tenths = u64::try_from(elapsed.as_millis() / 100).unwrap_or(u64::MAX).max(1);
    let items = progress.items.load(Ordering::Relaxed);
    let failures = progress.failures.load(Ordering::Relaxed);
    let rate = |number: u64| number.saturating_mul(10) / tenths;
    let mut said = format!("{items} items ({}/s)", rate(items));
    // A `String` takes all that is written to it.
    if let Some(calls) = calls {
        let _ = write!(said, ", {calls} calls ({}/s)", rate(calls));
    }
    if failures > 0 {
        let _ = write!(said, ", {failures} failed");
    }
    said
}

/// Waits shorter than this go unnoticed.
const NOTICED: Duration = Duration::from_millis(100);

/// Whose budget a scan waits for: the longest wait, and how many more there are.
fn waits(waiting: &[Waiting], names: &Names) -> Option<String> {
    let mut waiting = waiting.iter().filter(|one| one.wait >= NOTICED);
    let longest = waiting.next()?;
    let place = match &longest.account {
        Some(id) => format!(" in {}", names.get(id).map_or(id.as_str(), String::as_str)),
        None => String::new(),
    };
    let more = match waiting.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(", waits for the budget of {}{place}{more}", longest.service))
}

#[cfg(test)]
mod tests {
    use secmonkey_core::account::AccountId;

    use super::*;

    #[test]
    fn the_budget_that_is_waited_for_longest_is_named() {
        let account: AccountId = "123456789012".parse().unwrap();
        let names = Names::from([(account.clone(), "lighthouse".to_owned())]);
        let waiting = |service, millis| Waiting {
            account: Some(account.clone()),
            region: "us-east-1".to_owned(),
            service,
            wait: Duration::from_millis(millis),
        };
        let said = |waiting: &[Waiting]| waits(waiting, &names).unwrap_or_default();
        assert_eq!(said(&[]), "");
        assert_eq!(said(&[waiting("s3", 20)]), "");
        let s3 = ", waits for the budget of s3 in lighthouse";
        assert_eq!(said(&[waiting("s3", 900)]), s3);
        let three = [waiting("s3", 900), waiting("ec2", 300), waiting("iam", 99)];
        assert_eq!(said(&three), format!("{s3} and 1 more"));
        let entering = Waiting { account: None, ..waiting("sts", 200) };
        assert_eq!(said(&[entering]), ", waits for the budget of sts");
    }

    #[test]
    fn rates_count_by_the_second() {
        let progress = Progress::default();
        progress.items.store(50, Ordering::Relaxed);
        progress.failures.store(2, Ordering::Relaxed);
        let said = rates(&progress, Some(20), Duration::from_secs(5));
        assert_eq!(said, "50 items (10/s), 20 calls (4/s), 2 failed");
    }
}
