//! `secmonkey verify`

use secmonkey_core::log::Head;
use secmonkey_core::render::visible;
use serde::Serialize;

use crate::args::Verify;
use crate::console::count;
use crate::context::Context;
use crate::error::{Error, Exit};
use crate::output::{self, BOLD, GREEN, RED};

/// What was checked and what was found.
#[derive(Serialize)]
struct Report {
    head: Head,
    /// How many published heads were compared.
    heads: usize,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    position: u64,
    problem: String,
}

pub async fn run(context: &Context, args: Verify) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let verified = opened.store.verify(args.head).await?;
    let report = Report {
        head: verified.head,
        heads: verified.heads,
        findings: verified
            .findings
            .iter()
            .map(|found| Found {
                position: found.position.0,
                problem: crate::error::one_line(&found.problem.to_string()),
            })
            .collect(),
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
    Err(Error::Store(format!("the record is not as it was written: {problems} found")))
}

fn text(report: &Report, head_given: bool) -> String {
    let Report { head, heads, findings } = report;
    if !findings.is_empty() {
        return findings.iter().fold(String::new(), |text, found| {
            text + &format!(
                "{RED}position {}{RED:#}: {}\n",
                found.position,
                visible(&found.problem),
            )
        });
    }
    let events = count(head.position.0, "event");
    let heads = match heads {
        0 => "no published head to compare with".to_owned(),
        1 => "one published head agrees".to_owned(),
        more => format!("{more} published heads agree"),
    };
    let limit = if head_given {
        "The head that you kept elsewhere agrees: up to it, nothing was edited.".to_owned()
    } else {
        "Without a head kept elsewhere this finds accidents and careless edits only.".to_owned()
    };
    format!(
        "{GREEN}The record is as it was written{GREEN:#}: {events}, each at its place in the hash \
         chain and in its stream; {heads}.\n{limit}\nThe head to keep: \
         {BOLD}{}:{}{BOLD:#}\n",
        head.position, head.hash,
    )
}
