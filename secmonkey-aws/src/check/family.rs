//! Checks written once for many technologies: a family is one page and one function, and
//! becomes a check of each technology it is applied to.

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::document::Of;
use secmonkey_policy::{Condition, Malformed, Policy};
use serde_json::Value;

/// A check without a technology. `P` is what it has to know about one: where its policies
/// are.
pub(super) struct Family<P> {
    /// The base score, 0 to 10.
    pub score: u8,
    /// What it looks up, as [`Check::world`](secmonkey_core::check::Check::world).
    pub world: &'static [&'static str],
    /// Raised when the rule itself changes.
    pub version: u32,
    /// The page; its examples are policies, not whole configurations, unless they are
    /// `for=` one technology.
    pub page: &'static str,
    /// The rule.
    pub run: Run<P>,
}

/// The rule of a family.
pub(super) type Run<P> = fn(&P, &Item, &World<'_>, &mut Findings) -> Result<(), Undecided>;

/// The check that a family becomes for one technology.
macro_rules! of_family {
    ($technology:ident, $family:ident, $place:expr, $reads:expr, $world:expr) => {
        &::secmonkey_core::check::Check {
            id: concat!(stringify!($technology), ".", stringify!($family)),
            technology: stringify!($technology),
            score: $family::FAMILY.score,
            reads: $reads,
            world: $world,
            timed: false,
            part_of: $crate::check::family::part_of($place.parts, stringify!($family)),
            version: $family::FAMILY.version,
            page: $family::FAMILY.page,
            run: |item, world, found| ($family::FAMILY.run)(&$place, item, world, found),
        }
    };
}

/// Which check of a technology the member `family` is part of.
pub(super) const fn part_of(
    parts: &[(&'static str, &'static str)],
    family: &str,
) -> Option<&'static str> {
    let mut index = 0;
    while index < parts.len() {
        if is_same(parts[index].0.as_bytes(), family.as_bytes()) {
            return Some(parts[index].1);
        }
        index += 1;
    }
    None
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The policy that a member of a configuration holds; `None` where there is none.
///
/// # Errors
/// Where it is no policy: says where, and why.
pub(super) fn policy<'a>(document: &'a Value, at: &str) -> Result<Option<Policy<'a>>, Undecided> {
    match document {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(_) => Err(Undecided::Malformed(format!("{at} is no JSON"))),
        document => Policy::read(document).map(Some).map_err(|Malformed { faults }| {
            let why: Vec<String> = faults
                .iter()
                .take(1)
                .map(|it| format!("{at}{}: {}", it.pointer, it.problem))
                .collect();
            Undecided::Malformed(why.join(""))
        }),
    }
}

/// What an element names, in which order does not count.
pub(super) fn sorted<T: Clone + Ord>(named: &Of<T>) -> Of<T> {
    let mut named = named.clone();
    let (Of::Only(list) | Of::AllBut(list)) = &mut named;
    list.sort();
    named
}

/// Conditions, whose values stand in no order.
pub(super) fn conditions<'a>(all: &[Condition<'a>]) -> Vec<Condition<'a>> {
    let mut all = all.to_vec();
    for condition in &mut all {
        condition.values.sort();
    }
    all
}
