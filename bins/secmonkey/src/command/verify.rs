//! `secmonkey verify`

use std::time::{Duration, Instant};

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::log::{Cut, Head};
use secmonkey_core::render::visible;
use secmonkey_store::{Examined, Finding, Problem};
use serde::Serialize;

use super::checkpoint::{checkpoint, verifier};
use super::keys::recorded;
use crate::args::Verify;
use crate::console::count;
use crate::context::Context;
use crate::output::{self, BOLD, GREEN, RED};
use crate::time;

/// What was checked and what was found.
#[derive(Serialize)]
struct Report {
    head: Head,
    /// How many published heads were compared.
    heads: usize,
    /// How many of the store's own checkpoints were compared.
    checkpoints: usize,
    /// The size of the one that was named beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<u64>,
    /// How many published heads are of what was cut.
    #[serde(skip_serializing_if = "is_none")]
    heads_cut: usize,
    /// Where the beginning was cut: of that, what is left was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Cut>,
    /// Whether the views were damaged, and were rebuilt.
    views_rebuilt: bool,
    findings: Vec<Found>,
    /// What holds all the same, where something was found.
    #[serde(flatten)]
    left: Option<Left>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references out")]
fn is_none(number: &usize) -> bool {
    *number == 0
}

/// What is left of a log.
#[derive(Serialize)]
pub struct Left {
    /// What is up to here was cut; 0 where nothing was.
    cut: u64,
    sections: Vec<Section>,
    missing: Vec<Missing>,
}

/// Events that follow each other without a break.
#[derive(Serialize)]
struct Section {
    first: u64,
    last: u64,
    /// The furthest published head that it agrees with.
    agrees_with: Option<u64>,
}

#[derive(Serialize)]
struct Missing {
    first: u64,
    last: u64,
}

pub fn left(examined: &Examined) -> Left {
    let sections = examined.sections.iter().map(|one| Section {
        first: one.first.0,
        last: one.last.0,
        agrees_with: one.agrees.map(|position| position.0),
    });
    let missing = examined.missing().into_iter();
    Left {
        cut: examined.cut.0,
        sections: sections.collect(),
        missing: missing.map(|(first, last)| Missing { first: first.0, last: last.0 }).collect(),
    }
}

#[derive(Serialize)]
struct Found {
    position: u64,
    problem: String,
}

pub async fn run(context: &Context, args: Verify) -> Result<Exit, Error> {
    // What others gave is read first: it may be no checkpoint at all.
    let held = match (&args.checkpoint, &args.key) {
        (Some(path), Some(key)) => {
            Some((path, checkpoint(path, &[verifier(key)?]).map(|(_, checkpoint)| checkpoint)?))
        }
        _ => None,
    };
    let mut opened = match context.hold().await {
        // What cannot be opened can be looked at.
        Err(Error::Damaged(reason)) => return what_is_left(context, reason),
        opened => opened?,
    };
    if let Some((path, checkpoint)) = &held
        && let Some(own) = recorded(&opened)?.first()
        && own.name() != checkpoint.origin
    {
        return Err(Error::usage(format!(
            "{} is a checkpoint of the log {}, this log is {}",
            path.display(),
            checkpoint.origin,
            own.name()
        )));
    }
    let held = held.map(|(_, checkpoint)| checkpoint);
    let size = held.as_ref().map(|checkpoint| checkpoint.size);
    let started = Instant::now();
    let mut verified = opened.store()?.verify(args.head, held).await?;
    context.output.note(speed(verified.head.position.0, started.elapsed()));
    let damaged = opened.store()?.check_views().await?;
    if let Some(reason) = &damaged {
        output::warn(&format!("the views are damaged ({reason}): rebuilding them from the log"));
        // Opened again, once nobody holds them any more.
        drop(opened);
        opened = context.hold().await?;
    }
    if args.renew_heads {
        let heads =
            |found: &Finding| matches!(found.problem, Problem::LostHeads { .. } | Problem::Line(_));
        if verified.findings.iter().all(heads) {
            opened.store()?.renew_heads().await?;
            context.output.note("the present head is written down: those before are not missed");
            verified.findings.clear();
        }
    }
    let whole = verified.findings.is_empty();
    let left =
        if whole { None } else { Some(left(&secmonkey_store::examine(&context.place.path)?)) };
    let report = Report {
        head: verified.head,
        heads: verified.heads,
        checkpoints: verified.checkpoints - usize::from(size.is_some()),
        checkpoint: size,
        heads_cut: verified.heads_cut,
        cut: verified.cut,
        views_rebuilt: damaged.is_some(),
        findings: verified
            .findings
            .iter()
            .map(|found| Found {
                position: found.position.0,
                problem: secmonkey_app::error::one_line(&found.problem.to_string()),
            })
            .collect(),
        left,
    };
    if context.output.is_table() {
        output::print(&text(&report, args.head.is_some()))?;
    } else {
        context.output.object(&report)?;
    }
    if report.findings.is_empty() {
        return Ok(Exit::Done);
    }
    let problems = count(report.findings.len() as u64, "problem");
    let first = report.findings.iter().map(|found| found.position).filter(|at| *at > 0).min();
    let first = first.map_or_else(String::new, |at| format!(", the first at position {at}"));
    Err(Error::Store(format!("the record is not as it was written: {problems} found{first}")))
}

/// How fast the events were read.
fn speed(events: u64, took: Duration) -> String {
    let seconds = took.as_secs_f64().max(1e-6);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a figure for people, which is never negative"
    )]
    let rate = (events as f64 / seconds) as u64;
    format!("read {} in {seconds:.1} s, {rate} a second", count(events, "event"))
}

fn text(report: &Report, head_given: bool) -> String {
    let Report { head, heads, checkpoints, checkpoint, findings, left, .. } = report;
    if let Some(left) = left {
        let text = findings.iter().fold(String::new(), |text, found| {
            text + &format!(
                "{RED}position {}{RED:#}: {}\n",
                found.position,
                visible(&found.problem)
            )
        });
        return text + &left.text();
    }
    let events = count(head.position.0, "event");
    let heads = match heads {
        0 => "no published head to compare with".to_owned(),
        1 => "one published head agrees".to_owned(),
        more => format!("{more} published heads agree"),
    };
    let checkpoints = match checkpoints {
        0 => String::new(),
        1 => "; it goes on from the checkpoint in `checkpoints`".to_owned(),
        more => format!("; it goes on from the {more} checkpoints in `checkpoints`"),
    };
    let cut = report.cut.as_ref().map_or_else(String::new, |cut| gone(cut, report.heads_cut));
    let limit = match checkpoint {
        Some(size) => format!(
            "The checkpoint that you kept elsewhere is signed, and the log goes on from it: its \
             first {} are the ones that were signed.",
            count(*size, "event")
        ),
        None if head_given => {
            "The head that you kept elsewhere agrees: up to it, nothing was edited.".to_owned()
        }
        None => "Without a head or a checkpoint kept elsewhere this finds accidents and careless \
                 edits only."
            .to_owned(),
    };
    format!(
        "{GREEN}The record is as it was written{GREEN:#}: {events}, each at its place in the hash \
         chain and in its stream; {heads}{checkpoints}.\n{cut}{limit}\nThe head to keep: \
         {BOLD}{}:{}{BOLD:#}\n",
        head.position, head.hash,
    )
}

/// What could not be checked, because it was cut.
fn gone(cut: &Cut, heads: usize) -> String {
    let heads = match heads {
        0 => String::new(),
        heads => format!(", and {} published there", count(heads as u64, "head")),
    };
    format!(
        "The events 1 to {} were cut on {} by {}: their leaves and what is left of them are the ones \
         that the log\ntells of; what {} said cannot be checked any more{heads}.\n",
        cut.through,
        time::short(cut.at),
        visible(&cut.by.0),
        count(cut.went.events, "event"),
    )
}

/// Tells what still holds of a log that does not open.
fn what_is_left(context: &Context, reason: String) -> Result<Exit, Error> {
    let left = left(&secmonkey_store::examine(&context.place.path)?);
    if context.output.is_table() {
        output::print(&left.text())?;
    } else {
        context.output.object(&left)?;
    }
    Err(Error::Store(reason))
}

impl Left {
    fn text(&self) -> String {
        let mut lines: Vec<(u64, String)> = Vec::new();
        if self.cut > 0 {
            let text = format!("Events 1 to {} were cut; what is kept of them reads\n", self.cut);
            lines.push((0, text));
        }
        for section in &self.sections {
            let Section { first, last, agrees_with } = section;
            let agrees = agrees_with.map_or_else(String::new, |position| {
                format!(", and agree with the head that was published at {position}")
            });
            let text = format!(
                "{GREEN}Events {first} to {last}{GREEN:#} follow each other without a break{agrees}\n"
            );
            lines.push((*first, text));
        }
        for Missing { first, last } in &self.missing {
            let text = format!("{RED}Events {first} to {last}{RED:#} are damaged or missing\n");
            lines.push((*first, text));
        }
        lines.sort();
        lines.into_iter().map(|(_, text)| text).collect()
    }
}
