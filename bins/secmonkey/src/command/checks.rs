//! `secmonkey checks`

use std::fmt::Write as _;

use secmonkey_core::check::{Check, severity};
use secmonkey_core::record::CheckRecord;
use secmonkey_core::texts::Texts;
use serde::Serialize;

use crate::args::Checks;
use crate::context::{self, Context};
use crate::error::{Error, Exit};
use crate::markdown;
use crate::output::{self, BOLD, DIM};
use crate::table::width;

pub fn run(context: &Context, command: Checks) -> Result<Exit, Error> {
    let registry = context::registry();
    match command {
        Checks::List { technologies } => {
            registry.require_technologies(&technologies)?;
            let wanted = |check: &&Check| {
                technologies.is_empty() || technologies.iter().any(|id| *id == check.technology)
            };
            let checks = registry.checks().filter(wanted);
            context.output.list(checks.map(|check| Ok(CheckRecord::new(check, registry))))?;
        }
        Checks::Show { check } => show(context, registry.find_check(&check)?)?,
        Checks::Test { files } => return test::run(context, &files),
    }
    Ok(Exit::Done)
}

mod test;

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    check: CheckRecord,
    reads: &'a Texts,
    world: &'a Texts,
    timed: bool,
    page: &'a str,
}

fn show(context: &Context, check: &Check) -> Result<(), Error> {
    if context.output.is_table() {
        return output::print(&text(check, width()));
    }
    context.output.object(&Shown {
        check: CheckRecord::new(check, context::registry()),
        reads: &check.reads,
        world: &check.world,
        timed: check.timed,
        page: &check.page,
    })
}

/// The page without its examples, which are for those who write checks.
fn text(check: &Check, width: Option<usize>) -> String {
    let mut text = String::new();
    let colour = output::severity(check.score);
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}", check.title());
    let _ = write!(text, "{DIM}{}{DIM:#}  ", check.id);
    let _ = writeln!(text, "score {colour}{} {}{colour:#}", check.score, severity(check.score));
    if let Some(whole) = &check.part_of {
        let _ = writeln!(text, "{DIM}part of {whole}{DIM:#}");
    }
    let manual = check.manual();
    let (why, fix) = (markdown::shown(&manual.why, width), markdown::shown(&manual.fix, width));
    let _ = write!(text, "\n{why}\n{BOLD}How to fix{BOLD:#}\n{fix}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_says_how_to_mend_it_and_shows_no_examples() {
        for check in context::registry().checks() {
            let text = text(check, None);
            assert!(text.contains("How to fix"), "{}: {text}", check.id);
            assert!(!text.contains("```json fail"), "{}: {text}", check.id);
        }
    }
}
