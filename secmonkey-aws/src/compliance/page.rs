//! `docs/compliance.md`.

use std::fmt::Write as _;

use super::{Control, Evidence, Framework, frameworks};

const INTRODUCTION: &str = "\
# Compliance

Which controls of which frameworks secmonkey's checks answer. This page is written from
`secmonkey-aws/compliance/*.toml`; `secmonkey checks show CHECK` names the controls of a check.

Ids and numbers are those of the frameworks, the words are our own: the frameworks' texts belong
to their owners, and none is copied here. Read them where their owners publish them.

What shows whether a control is met:

- *checks*: configurations, as the named checks judge them.
- *event*: what happened. secmonkey records changes; that somebody looked is for a person to say.
- *manual*: what no configuration tells.
- *unwatched*: a configuration that no check looks at yet.

A control has **failed** where one of its checks found something. It has **passed** only where
each of its checks was asked of everything in its scope and decided about all of it. Everything
else is **not assessed**: what is undecided, what could not be read, what is unwatched, and what
has a *gap*, something that the control asks for and the checks do not look at. A check that asks
for more than a control fails it for more; it never passes it for less.
";

/// What `docs/compliance.md` says: Markdown.
#[must_use]
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| framework | controls | checks | event | manual | unwatched |\n");
    page.push_str("|---|---|---|---|---|---|\n");
    for framework in frameworks() {
        let _ = write!(page, "| {} | {} ", heading(framework), framework.controls.len());
        for evidence in [Evidence::Check, Evidence::Event, Evidence::Manual, Evidence::Unwatched] {
            let of_it = framework.controls.iter().filter(|it| it.evidence == evidence);
            let _ = write!(page, "| {} ", of_it.count());
        }
        page.push_str("|\n");
    }
    for framework in frameworks() {
        of(framework, &mut page);
    }
    page
}

/// What a framework is called.
fn heading(framework: &Framework) -> String {
    let retired = if framework.retired.is_some() { " (retired)" } else { "" };
    format!("{} {}{retired}", framework.name, framework.version)
}

fn of(framework: &Framework, page: &mut String) {
    let _ = write!(page, "\n## {}\n\n", heading(framework));
    let _ = writeln!(page, "- Published at <{}>", framework.home);
    let _ = writeln!(page, "- Ids read on {} from {}", framework.read, framework.source);
    let _ = writeln!(page, "- Holds {}", framework.holds);
    if let Some(retired) = framework.retired {
        let _ = writeln!(page, "- Retired since {retired}");
    }
    if let Some(gap) = &framework.gap {
        let _ = writeln!(page, "- Never passed by checks alone. {gap}");
    }
    page.push_str("\n| control | asks that | shown by |\n|---|---|---|\n");
    for control in &framework.controls {
        let shown = shown_by(control, framework.gap.as_deref());
        let _ = writeln!(page, "| {} | {} | {shown} |", control.id, control.title);
    }
}

/// What shows whether a control is met: its checks, with what it asks of them and what they
/// leave open.
fn shown_by(control: &Control, known: Option<&str>) -> String {
    if control.checks.is_empty() {
        return format!("*{}*", control.evidence.as_str());
    }
    let checks: Vec<_> = control.checks.iter().map(|check| format!("`{check}`")).collect();
    let mut text = checks.join(", ");
    if !control.parameters.is_empty() {
        let parameters = control.parameters.iter();
        let parameters: Vec<_> =
            parameters.map(|(name, value)| format!("{name} {value}")).collect();
        let _ = write!(text, " ({})", parameters.join(", "));
    }
    if let Some(gap) = control.gap.as_deref().filter(|gap| Some(*gap) != known) {
        let _ = write!(text, ". Gap: {gap}");
    }
    text
}
