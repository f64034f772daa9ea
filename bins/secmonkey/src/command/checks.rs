//! `secmonkey checks`

use std::collections::BTreeMap;
use std::fmt::Write as _;

use secmonkey_app::error::{Error, Exit};
use secmonkey_aws::compliance;
use secmonkey_core::Timestamp;
use secmonkey_core::account::AccountId;
use secmonkey_core::check::{Check, Parameter, severity};
use secmonkey_core::governance::says;
use secmonkey_core::query::Known;
use secmonkey_core::record::{CheckPageRecord, OverrideRecord, Records};
use secmonkey_core::render::visible;
use secmonkey_core::view::Views;

use crate::args::Checks;
use crate::console::count;
use crate::context::{self, Context};
use crate::markdown;
use crate::output::{self, BOLD, DIM};
use crate::table::width;

pub async fn run(context: &Context, command: Checks) -> Result<Exit, Error> {
    let registry = context::registry();
    match command {
        Checks::List { technologies } => {
            registry.require_technologies(&technologies)?;
            let wanted = |check: &&Check| {
                technologies.is_empty() || technologies.iter().any(|id| *id == check.technology)
            };
            let checks = registry.checks().filter(wanted);
            let opened = context.open_if_there().await?;
            let views = opened.map_or_else(Views::in_memory, |opened| opened.views);
            let known = Known::new(views, Timestamp::now());
            let records = Records::new(&known, registry)?;
            context.output.list(checks.map(|check| Ok(records.check(check))))?;
        }
        Checks::Show { check } => show(context, registry.find_check(&check)?).await?,
        Checks::Override(args) => overrides::add(context, args).await?,
        Checks::Reset(args) => overrides::reset(context, args).await?,
        Checks::Overrides => overrides::list(context, &context.open().await?.known(None).await?)?,
        Checks::Test { which } => return test::run(context, &which),
    }
    Ok(Exit::Done)
}

mod overrides;
mod test;

/// Says which checks failed when these accounts were last audited: what they judge is neither
/// well nor wrong.
pub fn note_failed<'a>(
    context: &Context,
    views: &Views,
    accounts: impl IntoIterator<Item = &'a AccountId>,
) -> Result<(), Error> {
    let mut failed = BTreeMap::<_, u64>::new();
    for account in accounts {
        let last = views.audited(account)?;
        for one in last.into_iter().flat_map(|last| last.undecided) {
            if one.is_at_fault() {
                *failed.entry((one.check, one.because)).or_default() += one.items;
            }
        }
    }
    for ((check, because), items) in failed {
        context.output.note(format!("undecided: {check} on {}: {because}", count(items, "item")));
    }
    Ok(())
}

async fn show(context: &Context, check: &Check) -> Result<(), Error> {
    let opened = context.open_if_there().await?;
    let views = opened.map_or_else(Views::in_memory, |opened| opened.views);
    let known = Known::new(views, Timestamp::now());
    let records = Records::new(&known, context::registry())?;
    if context.output.is_table() {
        return output::print(&text(check, &records.check(check).overrides, width()));
    }
    let page = records.check_page(check, secmonkey_app::catalogue::controls(check));
    context.output.object(&CheckPageRecord { rule: rule(check), ..page })
}

/// The file of a check that is a rule of one's own.
fn rule(check: &Check) -> Option<String> {
    Some(context::rules()?.file_of(&check.id)?.display().to_string())
}

/// The page without its examples, which are for those who write checks.
fn text(check: &Check, overrides: &[OverrideRecord], width: Option<usize>) -> String {
    let mut text = String::new();
    let colour = output::severity(check.score);
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}", check.title());
    let _ = write!(text, "{DIM}{}{DIM:#}  ", check.id);
    let _ = writeln!(text, "score {colour}{} {}{colour:#}", check.score, severity(check.score));
    if let Some(whole) = &check.part_of {
        let _ = writeln!(text, "{DIM}part of {whole}{DIM:#}");
    }
    if let Some(rule) = rule(check) {
        let _ = writeln!(text, "{DIM}{}{DIM:#}", visible(&rule));
    }
    let manual = check.manual();
    let (why, fix) = (markdown::shown(&manual.why, width), markdown::shown(&manual.fix, width));
    let _ = write!(text, "\n{why}\n{BOLD}How to fix{BOLD:#}\n{fix}");
    if !check.parameters.is_empty() {
        let parameters = markdown::shown(&named_parameters(check), width);
        let _ = write!(text, "\n{BOLD}Parameters{BOLD:#}\n{parameters}");
    }
    if !overrides.is_empty() {
        let overrides = markdown::shown(&named_overrides(overrides), width);
        let _ = write!(text, "\n{BOLD}Overrides{BOLD:#}\n{overrides}");
    }
    let named = named_controls(check);
    if !named.is_empty() {
        let _ = write!(text, "\n{BOLD}Controls{BOLD:#}\n{}", markdown::shown(&named, width));
    }
    text
}

/// What overrides may set for a check: `max_age_days: how old a key may be; 90 days (1 to 3650)`.
fn named_parameters(check: &Check) -> String {
    let mut text = String::new();
    for parameter in check.parameters.iter() {
        let Parameter { name, about, .. } = parameter;
        let default = parameter.shown(&parameter.default());
        let _ = writeln!(text, "- {name}: {about}; {default} by default, {}", parameter.expected());
    }
    text
}

/// What somebody decided about a check; those that count first come first.
fn named_overrides(overrides: &[OverrideRecord]) -> String {
    let mut text = String::new();
    for one in overrides {
        let scope = if one.query.is_empty() { "all items" } else { &one.query };
        let says = says(one.score, &one.parameters, one.disabled);
        let (says, scope) = (visible(&says), visible(scope));
        let _ = writeln!(text, "- {says} for {scope}: {}", visible(&one.reason));
    }
    text
}

/// The controls that a check answers, a line for each framework: `CIS 5.0 3.1`.
fn named_controls(check: &Check) -> String {
    let mut text = String::new();
    let controls: Vec<_> = compliance::controls_of(&check.id).collect();
    for of_one in controls.chunk_by(|(a, _), (b, _)| a.id == b.id) {
        let Some((framework, _)) = of_one.first() else { continue };
        let ids: Vec<_> = of_one.iter().map(|(_, control)| control.id.as_str()).collect();
        let retired = if framework.retired.is_some() { " (retired)" } else { "" };
        let _ = writeln!(text, "- {} {}{retired}", framework.label, ids.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_says_how_to_mend_it_and_shows_no_examples() {
        for check in context::registry().checks() {
            let text = text(check, &[], None);
            assert!(text.contains("How to fix"), "{}: {text}", check.id);
            assert!(!text.contains("```json fail"), "{}: {text}", check.id);
        }
    }

    #[test]
    fn a_manual_names_the_controls_that_the_check_answers() {
        let registry = context::registry();
        let trail = registry.find_check("cloudtrail.log_validation_disabled").unwrap();
        let text = text(trail, &[], Some(100));
        for line in ["Controls", "- CIS 5.0 3.2\n", "- FSBP CloudTrail.4\n"] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(text.contains("- PCI DSS 3.2.1 10.5, 10.5.2, 10.5.5, 11.5 (retired)"), "{text}");
        let alone = registry.find_check("elb.tls_logjam").unwrap();
        assert!(!super::text(alone, &[], None).contains("Controls"));
    }
}
