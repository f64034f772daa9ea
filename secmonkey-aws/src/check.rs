//! Checks: what is wrong with a configuration.
//!
//! A check is two files and a word: its page (`check/TECHNOLOGY/NAME.md`: what it finds,
//! why it matters, how to mend it, examples that are its tests), the function beside it
//! (`NAME.rs`), and its name in the list of its technology (`check/TECHNOLOGY.rs`). Its id
//! is `TECHNOLOGY.NAME`, for ever.
//!
//! What several checks of a technology share stands in the file of the technology; what
//! names a finding's subject in [`subject`].
//!
//! ```
//! let finds = secmonkey_aws::check::checks()
//!     .find(|check| check.id == "security_group.admin_port_open_to_internet")
//!     .expect("ids live for ever");
//! assert_eq!(finds.score, 10);
//! assert!(finds.page.contains("**Fix:**"));
//! ```

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use secmonkey_core::check::{Catalogue, Check, Undecided, World};
use secmonkey_core::item::Item;
use serde_json::Value;

/// Declares the check of a module: `CHECK`, from the page beside it and its function `run`.
///
/// `run(item, world, found)` returns nothing, or a `Result` where it may be undecided.
/// `world`, `timed`, `part_of` and `version` stand in this order, and only where they are
/// not none, `false`, none and 1.
macro_rules! check {
    (
        $technology:ident.$name:ident, score: $score:literal, reads: [$($read:literal),* $(,)?]
        $(, world: [$($world:literal),*])?
        $(, timed: $timed:literal)?
        $(, part_of: $whole:literal)?
        $(, version: $version:literal)?
        $(,)?
    ) => {
        pub(super) static CHECK: ::secmonkey_core::check::Check = ::secmonkey_core::check::Check {
            id: concat!(stringify!($technology), ".", stringify!($name)),
            technology: stringify!($technology),
            score: $score,
            reads: &[$($read),*],
            world: last!(&[] $(, &[$($world),*])?),
            timed: last!(false $(, $timed)?),
            part_of: last!(None $(, Some($whole))?),
            version: last!(1 $(, $version)?),
            page: include_str!(concat!(stringify!($name), ".md")),
            run: |item, world, found| $crate::check::Answer::result(run(item, world, found)),
        };
    };
}

/// The last one given: what is declared, else what is usual.
macro_rules! last {
    ($usual:expr) => {
        $usual
    };
    ($usual:expr, $declared:expr) => {
        $declared
    };
}

#[macro_use]
mod family;
mod effective;
mod iam_role;
mod iam_user;
mod identity_policy;
mod resource_policy;
mod s3_bucket;
mod security_group;
mod ses_identity;
pub mod subject;
#[cfg(test)]
#[cfg(all(feature = "ec2", feature = "iam", feature = "s3", feature = "ses"))]
mod tests;

/// Every check, in the order of the ids.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    static ALL: LazyLock<Vec<&'static Check>> = LazyLock::new(|| {
        let own = [
            iam_role::CHECKS,
            iam_user::CHECKS,
            s3_bucket::CHECKS,
            security_group::CHECKS,
            ses_identity::CHECKS,
        ];
        let families = [identity_policy::CHECKS, resource_policy::CHECKS];
        let mut all: Vec<_> = own
            .into_iter()
            .chain(families.into_iter().flatten().copied())
            .flatten()
            .copied()
            .collect();
        all.sort_unstable_by_key(|check| check.id);
        all
    });
    ALL.iter().copied()
}

/// The auditor that runs every check.
#[must_use]
pub fn catalogue() -> Catalogue {
    Catalogue::new(checks().collect())
}

/// What a check's function may return.
trait Answer {
    fn result(self) -> Result<(), Undecided>;
}

impl Answer for () {
    fn result(self) -> Result<(), Undecided> {
        Ok(())
    }
}

impl Answer for Result<(), Undecided> {
    fn result(self) -> Result<(), Undecided> {
        self
    }
}

/// The elements of an array, none where it is absent.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text, empty where it is absent.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A time, `None` where it is absent.
fn time(item: &Item, pointer: &str) -> Result<Option<Timestamp>, Undecided> {
    let Some(value) = item.config.pointer(pointer) else { return Ok(None) };
    match value.as_str().map(str::parse) {
        Some(Ok(time)) => Ok(Some(time)),
        _ => Err(Undecided::Failed(format!("{pointer} is no time: {value}"))),
    }
}

/// The UTC day of a time: details state dates.
fn day(time: Timestamp) -> impl std::fmt::Display {
    time.strftime("%Y-%m-%d")
}

/// The time `days` days before the one the check is asked for.
fn days_ago(world: &World<'_>, days: i64) -> Result<Timestamp, Undecided> {
    let now = world.now()?;
    now.checked_sub(SignedDuration::from_hours(24 * days))
        .map_err(|error| Undecided::Failed(error.to_string()))
}

/// Texts as a person lists them: `a`, `a and b`, `a, b and c`.
fn listed<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut texts: Vec<&str> = texts.into_iter().collect();
    match texts.pop() {
        Some(last) if texts.is_empty() => last.to_owned(),
        Some(last) => format!("{} and {last}", texts.join(", ")),
        None => String::new(),
    }
}
