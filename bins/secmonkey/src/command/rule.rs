//! What is said of rules about many items.

use std::fmt::Write as _;

use secmonkey_core::governance::{Suppressed, Suppression};
use secmonkey_core::query::{Effect, Impact, Query};
use secmonkey_core::render::visible;

use crate::console::count;
use crate::context::Context;
use crate::output::{BOLD, DIM};
use crate::time;

/// A rule in a few lines: what it does, to how much, and to what for example.
pub fn said(what: &str, name: &str, scope: &Query, impact: &Impact) -> String {
    let scope = match scope {
        Query::All => "all items".to_owned(),
        scope => visible(&scope.to_string()).into_owned(),
    };
    let mut text = format!("{what}: {BOLD}{name}{BOLD:#} for {scope}\n");
    let (items, issues) = (count(impact.items, "item"), count(impact.issues, "standing issue"));
    let _ = writeln!(text, "  {items} with {issues}");
    for (key, name) in &impact.examples {
        let place = format!("{} in {}, {}", key.technology, key.region, key.account);
        let (name, place) = (visible(name), visible(&place));
        let _ = writeln!(text, "  {DIM}{name}  {place}{DIM:#}");
    }
    let more = impact.items.saturating_sub(impact.examples.len() as u64);
    if more > 0 && !impact.examples.is_empty() {
        let _ = writeln!(text, "  {DIM}and {more} more{DIM:#}");
    }
    text
}

/// What parameters change of what is found, in a line.
pub fn judged(effect: &Effect) -> String {
    format!("  judged by it now, {} would open and {} end\n", effect.opens, effect.ends)
}

/// What suppresses something, in a line.
pub fn suppressed(by: &Suppression) -> String {
    let until = by.until.map(|until| format!(" until {}", time::short(until)));
    let (who, until) = (visible(&by.by.0), until.unwrap_or_default());
    let what = match by.how {
        Suppressed::ItemIgnored => "ignored",
        Suppressed::CheckDisabled => "suppressed, the check is turned off",
    };
    format!("{what} by {who}{until}: {} (rule {})", visible(&by.reason), by.rule)
}

/// What there is to add.
pub fn note(context: &Context, impact: &Impact, is_dry: bool) {
    if impact.is_empty() {
        context.output.note("nothing that is recorded is so: it waits for what is to come");
    }
    if is_dry {
        context.output.note("nothing was decided");
    }
}

/// Says which rules are about nothing.
pub fn note_idle(context: &Context, names: &[String]) {
    if !names.is_empty() {
        let many = count(names.len() as u64, "rule");
        context.output.note(format!("{many} about nothing that is recorded: {}", names.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use secmonkey_core::item::Key;

    use super::*;

    #[test]
    fn nothing_in_an_example_steers_a_terminal() {
        let key = Key {
            account: "111122223333".parse().unwrap(),
            technology: "queue\u{9b}2J".to_owned(),
            region: "eu\u{1b}[2J".to_owned(),
            id: "q".to_owned(),
        };
        let examples = vec![(key, "a\u{202e}b".to_owned())];
        let impact = Impact { items: 1, issues: 0, examples };
        let text = said("ignored", "rule", &Query::All, &impact);
        for shown in [r"queue\u{9b}2J in eu\u{1b}[2J, 111122223333", r"a\u{202e}b"] {
            assert!(text.contains(shown), "{text:?}");
        }
    }
}
