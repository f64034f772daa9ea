//! `secmonkey doctor`

use std::fmt::Write as _;

use secmonkey_app::doctor::{Diagnosis, Doctor, State};
use secmonkey_app::error::{Error, Exit};
use secmonkey_app::scan;
use secmonkey_aws::session::Sessions;

use crate::args;
use crate::context::{self, Context};
use crate::daemon::Daemon;
use crate::output::{self, Cell, GREEN, RED, Row, YELLOW};
use crate::table::{width, wrap};

/// So many denied operations are shown; JSON has all of them.
const SHOWN: usize = 8;
/// Where texts begin: behind the word of the state.
const INDENT: &str = "         ";

pub async fn run(context: &Context, args: args::Doctor) -> Result<Exit, Error> {
    let opened = context.open_if_there().await?;
    let sessions = Sessions::load(scan::session(&context.config.scan)).await;
    let doctor = Doctor {
        config: &context.config,
        catalogue: context::catalogue(),
        place: &context.place,
        opened: opened.as_ref(),
        sessions: &sessions,
    };
    let mut all = doctor.examine(&args.accounts).await?;
    all.push(daemon(context).await);
    let is_ill = all.iter().any(|one| one.state == State::Error);
    if context.output.is_table() {
        output::print(&text(&all, width().unwrap_or(usize::MAX)))?;
    } else {
        context.output.list(all.into_iter().map(Ok))?;
    }
    Ok(if is_ill { Exit::Reached } else { Exit::Done })
}

async fn daemon(context: &Context) -> Diagnosis {
    let subject = "secmonkeyd";
    let Some(daemon) = Daemon::of(&context.place.path) else {
        // Who scans by hand or by cron needs none.
        let said = "does not run with this store: what `secmonkey scan` is run for is watched";
        return Diagnosis::ok(subject, said);
    };
    match daemon.health().await {
        Ok(health) if health.broken.is_empty() && health.waiting.is_empty() => {
            Diagnosis::ok(subject, "runs")
        }
        Ok(health) if health.broken.is_empty() => {
            Diagnosis::warning(subject, health.waiting.join("; "), "see its log")
        }
        Ok(health) => {
            Diagnosis::error(subject, health.broken.join("; "), "see its log; a new start may help")
        }
        Err(error) => Diagnosis::error(subject, error.to_string(), "see its log"),
    }
}

fn text(all: &[Diagnosis], width: usize) -> String {
    let mut text = String::new();
    let room = width.saturating_sub(INDENT.len()).max(20);
    for one in all {
        let (word, style) = match one.state {
            State::Ok => ("ok", GREEN),
            State::Warning => ("warning", YELLOW),
            State::Error => ("error", RED),
        };
        let said = Cell::text(format!("{}: {}", one.subject, one.said)).text;
        for (number, line) in wrap(&said, room).into_iter().enumerate() {
            let _ = match number {
                0 => writeln!(text, "{style}{word:7}{style:#}  {line}"),
                _ => writeln!(text, "{INDENT}{line}"),
            };
        }
        let mut denied: Vec<_> = one.denied.iter().take(SHOWN).cloned().collect();
        if one.denied.len() > SHOWN {
            denied.push(format!("and {} more (--format json)", one.denied.len() - SHOWN));
        }
        let remedy = one.remedy.as_ref().map(|remedy| format!("-> {remedy}"));
        for more in (!denied.is_empty()).then(|| denied.join(", ")).into_iter().chain(remedy) {
            for line in wrap(&Cell::text(more).text, room) {
                let _ = writeln!(text, "{INDENT}{line}");
            }
        }
    }
    text
}

impl Row for Diagnosis {
    const FIELDS: &'static [&'static str] = &["subject", "state", "said", "remedy", "denied"];
    const HEADINGS: &'static [&'static str] = &["STATE", "SUBJECT", "SAID"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(format!("{:?}", self.state).to_lowercase()),
            Cell::text(&self.subject),
            Cell::text(&self.said),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_stands_with_how_it_is_mended() {
        let denied = (0..10).map(|one| format!("s3:GetBucketThing{one}"));
        let all = [
            Diagnosis::ok("clock", "agrees with that of AWS"),
            Diagnosis {
                denied: denied.collect(),
                ..Diagnosis::warning(
                    "account production (123456789012)",
                    "entered by arn:aws:iam::123456789012:role/SecurityMonkey with 17 regions; \
                     10 of 310 operations are denied",
                    "attach what `secmonkey permissions` prints",
                )
            },
            Diagnosis::error("notifier mail", "refused: \u{1b}[2J", "mend [notify.mail]"),
        ];
        let text = text(&all, 80);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text), @r"
        ok       clock: agrees with that of AWS
        warning  account production (123456789012): entered by
                 arn:aws:iam::123456789012:role/SecurityMonkey with 17 regions; 10 of
                 310 operations are denied
                 s3:GetBucketThing0, s3:GetBucketThing1, s3:GetBucketThing2,
                 s3:GetBucketThing3, s3:GetBucketThing4, s3:GetBucketThing5,
                 s3:GetBucketThing6, s3:GetBucketThing7, and 2 more (--format json)
                 -> attach what `secmonkey permissions` prints
        error    notifier mail: refused: \u{1b}[2J
                 -> mend [notify.mail]
        ");
    }
}
