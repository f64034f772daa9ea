//! Why there is nothing where nothing was found.

use secmonkey_app::error::Error;
use secmonkey_core::governance::Governance;
use secmonkey_core::query::{self, Coverage, Gaps, Known, Query};

use crate::console::count;
use crate::context::{self, Context};

/// Says what was not looked at, read or judged of what was asked for, after a list that
/// holds nothing.
pub fn explain(context: &Context, known: &Known, query: Query) -> Result<(), Error> {
    if context.output.quiet {
        return Ok(());
    }
    let selection = query.select(&known.views, context::registry())?;
    let coverage = query::coverage(known, &context.reads(), &selection)?;
    if let Some(why) = why(&coverage) {
        context.output.note(why);
    }
    if let Some(rules) = suppressing(known.governance()?) {
        context.output.note(rules);
    }
    Ok(())
}

/// Says how many findings rules in force keep out of a list.
pub fn suppressed(context: &Context, findings: usize) {
    if findings > 0 {
        context.output.note(format!(
            "{} suppressed by rules: `secmonkey checks overrides`, `secmonkey ignore list`",
            count(findings as u64, "finding")
        ));
    }
}

/// Which rules keep something out of lists; `None` where none is in force.
fn suppressing(governance: &Governance) -> Option<String> {
    let ignoring = governance.ignores().len() as u64;
    let off = governance.overrides().filter(|row| row.rule.disabled).count() as u64;
    let all = [
        (
            ignoring,
            "rule",
            "ignores items (`secmonkey ignore list`)",
            "ignore items (`secmonkey ignore list`)",
        ),
        (
            off,
            "override",
            "turns a check off (`secmonkey checks overrides`)",
            "turn checks off (`secmonkey checks overrides`)",
        ),
    ];
    let said =
        all.into_iter().filter(|(number, ..)| *number > 0).map(|(number, noun, one, many)| {
            format!("{} {}", count(number, noun), if number == 1 { one } else { many })
        });
    let said = said.collect::<Vec<_>>().join("; ");
    (!said.is_empty()).then_some(said)
}

/// What was not looked at, read or judged, in one line; `None` where everything was.
fn why(coverage: &Coverage) -> Option<String> {
    if coverage.places.is_empty() {
        return Some("nothing was ever looked at: see `secmonkey scan`".to_owned());
    }
    let gaps = coverage.gaps();
    (!gaps.is_empty())
        .then(|| format!("not everything is known: {}; see `secmonkey status`", told(gaps)))
}

/// What is missing, in numbers.
pub fn told(gaps: Gaps) -> String {
    let all = [
        (gaps.failed, "look", "failed"),
        (gaps.unread, "item", "not read in full"),
        (gaps.undecided, "item", "undecided"),
        (gaps.not_judged, "item", "not judged"),
        (gaps.never_looked_at, "region of a technology", "never looked at"),
        (gaps.unfinished, "scan", "not finished"),
    ];
    let said = all.into_iter().filter(|(number, ..)| *number > 0).map(|(number, noun, what)| {
        let noun = match (number, noun) {
            (1, "region of a technology") => "1 region of a technology".to_owned(),
            (_, "region of a technology") => format!("{number} regions of technologies"),
            _ => count(number, noun),
        };
        format!("{noun} {what}")
    });
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_looked_it_is_said() {
        let said = why(&Coverage::default()).unwrap();
        assert_eq!(said, "nothing was ever looked at: see `secmonkey scan`");
    }

    #[test]
    fn what_is_missing_is_told_in_numbers() {
        let gaps = Gaps { failed: 1, not_judged: 3, never_looked_at: 2, ..Gaps::default() };
        assert_eq!(
            told(gaps),
            "1 look failed, 3 items not judged, 2 regions of technologies never looked at",
        );
    }
}
