#![doc = include_str!("runtime_deprecated.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, day, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("lambda_function.runtime_deprecated"),
        technology: Cow::Borrowed("lambda_function"),
        score: 3,
        reads: Texts::new(&["/Runtime"]),
        timed: true,
        page: Cow::Borrowed(include_str!("runtime_deprecated.md")),
        ..Check::DEFAULT
    },
    run,
};

/// From which day on each runtime is deprecated. AWS puts these days off now and then: a
/// changed day raises the version of the check.
///
/// Source: *Lambda runtimes* of AWS's documentation, as cfn-lint 1.58.0 has it
/// (`LmbdRuntimeLifecycle.json`), read on 2026-11-26.
const DEPRECATED: &[(&str, &str)] = &[
    ("dotnet10", "2028-11-14"),
    ("dotnet6", "2024-12-20"),
    ("dotnet8", "2026-11-10"),
    ("dotnet9", "2026-11-10"),
    ("dotnetcore1.0", "2019-06-27"),
    ("dotnetcore2.0", "2019-05-30"),
    ("dotnetcore2.1", "2022-01-05"),
    ("dotnetcore3.1", "2023-04-03"),
    ("go1.x", "2024-01-08"),
    ("java11", "2027-06-30"),
    ("java17", "2027-06-30"),
    ("java21", "2029-06-30"),
    ("java25", "2029-06-30"),
    ("java8", "2024-01-08"),
    ("java8.al2", "2027-06-30"),
    ("nodejs", "2016-08-30"),
    ("nodejs10.x", "2021-07-30"),
    ("nodejs12.x", "2023-03-31"),
    ("nodejs14.x", "2023-12-04"),
    ("nodejs16.x", "2024-06-12"),
    ("nodejs18.x", "2025-09-01"),
    ("nodejs20.x", "2026-04-30"),
    ("nodejs22.x", "2027-04-30"),
    ("nodejs24.x", "2028-04-30"),
    ("nodejs4.3", "2020-03-05"),
    ("nodejs4.3-edge", "2020-03-05"),
    ("nodejs6.10", "2019-08-12"),
    ("nodejs8.10", "2020-03-06"),
    ("provided", "2024-01-08"),
    ("provided.al2", "2026-07-31"),
    ("provided.al2023", "2029-06-30"),
    ("python2.7", "2021-07-15"),
    ("python3.10", "2026-10-31"),
    ("python3.11", "2027-06-30"),
    ("python3.12", "2028-10-31"),
    ("python3.13", "2029-06-30"),
    ("python3.14", "2029-06-30"),
    ("python3.6", "2022-07-18"),
    ("python3.7", "2023-12-04"),
    ("python3.8", "2024-10-14"),
    ("python3.9", "2025-12-15"),
    ("ruby2.5", "2021-07-30"),
    ("ruby2.7", "2023-12-07"),
    ("ruby3.2", "2026-03-31"),
    ("ruby3.3", "2027-03-31"),
    ("ruby3.4", "2028-03-31"),
    ("ruby4.0", "2029-03-31"),
];

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let runtime = text(&case.item.config["Runtime"]);
    // An image brings its own, and of a runtime that came later nothing is known.
    let Some((_, since)) = DEPRECATED.iter().find(|(name, _)| *name == runtime) else {
        return Ok(());
    };
    // Days in this form are in the order of time.
    let today = day(case.world.now()?).to_string();
    if *since <= today.as_str() {
        found.add(Whole, format!("{runtime} is deprecated since {since}")).at("/Runtime");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_stand_there_once() {
        assert!(DEPRECATED.is_sorted_by(|a, b| a.0 < b.0));
    }
}
