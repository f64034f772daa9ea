//! Actions that the table of AWS's actions does not hold.

use std::collections::BTreeSet;

use secmonkey_core::nearest::Nearest;
use secmonkey_policy::actions::{self, Set};
use secmonkey_policy::{Pattern, Policy};

use crate::output;

/// What policies name that matches no known action, each once.
pub struct Unknown {
    /// The first of them, with the nearest that is known.
    pub told: Vec<String>,
    /// How many there are besides.
    pub more: usize,
}

/// What a policy names that matches no known action.
pub fn of(policy: &Policy<'_>) -> Unknown {
    let named = policy.statements.iter().flat_map(|one| one.actions.named());
    let all: BTreeSet<&str> = named
        .filter(|it| !it.is_everything() && Set::matching(it).is_empty())
        .map(Pattern::as_str)
        .collect();
    let told = all.iter().take(MOST).map(|text| say(text)).collect();
    Unknown { told, more: all.len().saturating_sub(MOST) }
}

fn say(text: &str) -> String {
    let services: BTreeSet<&str> = actions::all().map(|action| action.service).collect();
    let service = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_wild = |text: &str| text.contains(['*', '?']);
    if !is_wild(&service) && !services.contains(service.as_str()) {
        let nearest = Nearest::of(&service, services.iter().copied());
        return format!("`{text}`: the service `{service}` is not known{nearest}");
    }
    let known: Vec<String> = actions::all()
        .filter(|action| action.service == service)
        .map(|action| action.to_string())
        .collect();
    let nearest = Nearest::of(text, known.iter().map(String::as_str));
    format!("`{text}` is no action that is known{nearest}")
}

/// Says it beside the explanation.
pub fn note(policy: &Policy<'_>, name: &str) {
    let Unknown { told, more } = of(policy);
    for said in told {
        output::warn(&format!("{name}: {said} (as of {})", actions::date()));
    }
    if more > 0 {
        output::warn(&format!("{name}: and {more} more that are not known"));
    }
}

/// More are only counted.
const MOST: usize = 8;
