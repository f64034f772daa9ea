//! Compliance frameworks: which of their controls the checks answer.
//!
//! Each framework is one file, `compliance/NAME-VERSION.toml`. Ids of controls are facts; the
//! words are our own, because the texts of the frameworks are not ours to copy. The pages of
//! checks name their controls by looking here ([`controls_of`]), so a new version of a
//! framework is a new file and nothing else. `docs/compliance.md` is [`page`].
//!
//! ```
//! use secmonkey_aws::compliance;
//!
//! let named: Vec<_> = compliance::controls_of("cloudtrail.log_validation_disabled")
//!     .map(|(framework, control)| format!("{} {}", framework.label, control.id))
//!     .collect();
//! assert!(named.contains(&"CIS 5.0 3.2".to_owned()));
//! assert!(named.contains(&"FSBP CloudTrail.4".to_owned()));
//! ```

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use secmonkey_core::nearest::{Named, Unknown};
use serde::{Deserialize, Serialize};

mod page;

pub use page::page;

/// A version of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Framework {
    /// The name of its file: `cis-aws-foundations-5.0`.
    #[serde(skip)]
    pub id: String,
    /// What stands before the id of a control: `CIS 5.0`.
    pub label: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where its owner publishes it.
    pub home: String,
    /// Where the ids were read.
    pub source: String,
    /// When they were read.
    pub read: Date,
    /// Since when its owner holds it for retired.
    pub retired: Option<Date>,
    /// Which of its controls the file holds.
    pub holds: String,
    /// Why checks alone never show that one of its controls is met.
    pub gap: Option<String>,
    /// Its controls.
    #[serde(rename = "control")]
    pub controls: Vec<Control>,
}

/// One control of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Control {
    /// Its id in the framework.
    pub id: String,
    /// What it asks for, in our own words.
    pub title: String,
    /// What shows whether it is met.
    pub evidence: Evidence,
    /// The checks whose findings break it.
    #[serde(default)]
    pub checks: Vec<String>,
    /// What it asks of the checks in numbers: days, lengths, ports.
    #[serde(default)]
    pub parameters: BTreeMap<String, i64>,
    /// What it asks for that the checks do not look at: without findings it is not assessed.
    pub gap: Option<String>,
}

/// What shows whether a control is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// Checks of configurations.
    Check,
    /// What happened, which somebody reads in the record: changes, alerts, reviews.
    Event,
    /// What a person knows or does.
    Manual,
    /// A configuration that no check looks at yet.
    Unwatched,
}

impl Evidence {
    /// As it is written in the files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Event => "event",
            Self::Manual => "manual",
            Self::Unwatched => "unwatched",
        }
    }
}

/// Whether a control is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Every check was asked of everything in its scope and found nothing.
    Passed,
    /// A check found something.
    Failed,
    /// Nothing was found, and that says nothing: not everything was looked at.
    NotAssessed,
    /// A person has to say.
    Manual,
}

/// What one check says of everything in its scope. The default is a check that nobody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict {
    /// How many findings are open. Justified ones count: a reason is no change of the
    /// configuration.
    pub findings: usize,
    /// Of how many items it could not decide.
    pub undecided: usize,
    /// Whether all that is in its scope was listed to the end, and it was asked of all of it.
    pub complete: bool,
}

impl Verdict {
    /// Whether there is nothing to find, as opposed to nothing found.
    #[must_use]
    pub fn is_clean(self) -> bool {
        self.complete && self.undecided == 0 && self.findings == 0
    }
}

impl Control {
    /// Whether it is met, by what each of its checks says. What is undecided or was not looked
    /// at is never passed.
    ///
    /// ```
    /// use secmonkey_aws::compliance::{State, Verdict, controls_of};
    ///
    /// let (_, control) = controls_of("iam_account.root_without_mfa").next().unwrap();
    /// let clean = Verdict { complete: true, ..Verdict::default() };
    /// assert_eq!(control.state(|_| clean), State::Passed);
    /// assert_eq!(control.state(|_| Verdict { undecided: 1, ..clean }), State::NotAssessed);
    /// assert_eq!(control.state(|_| Verdict::default()), State::NotAssessed);
    /// ```
    #[must_use]
    pub fn state(&self, verdict: impl Fn(&str) -> Verdict) -> State {
        let verdicts = || self.checks.iter().map(|check| verdict(check));
        if self.evidence == Evidence::Manual {
            State::Manual
        } else if verdicts().any(|verdict| verdict.findings > 0) {
            State::Failed
        } else if self.gap.is_none() && !self.checks.is_empty() && verdicts().all(Verdict::is_clean)
        {
            State::Passed
        } else {
            State::NotAssessed
        }
    }
}

/// Every framework, in the order of their names, the older version first.
#[must_use]
pub fn frameworks() -> &'static [Framework] {
    &ALL
}

/// The framework of an id, in letters of any case.
///
/// # Errors
/// Where there is none: which are alike.
pub fn find(id: &str) -> Result<&'static Framework, Unknown> {
    let all = frameworks();
    let found = all.iter().find(|one| one.id.eq_ignore_ascii_case(id));
    found.ok_or_else(|| Unknown::new(Named::Framework, id, all.iter().map(|one| &one.id)))
}

/// The controls that a check answers, in the order of [`frameworks`].
pub fn controls_of(check: &str) -> impl Iterator<Item = (&'static Framework, &'static Control)> {
    let all = frameworks()
        .iter()
        .flat_map(|framework| framework.controls.iter().map(move |control| (framework, control)));
    all.filter(move |(_, control)| control.checks.iter().any(|id| id == check))
}

macro_rules! files {
    ($($name:literal)+) => {
        [$(($name, include_str!(concat!("../compliance/", $name, ".toml")))),+]
    };
}

const FILES: [(&str, &str); 7] = files![
    "cis-aws-foundations-3.0"
    "cis-aws-foundations-5.0"
    "cis-aws-foundations-6.0"
    "cis-aws-foundations-7.0"
    "fsbp-1.0.0"
    "pci-dss-3.2.1"
    "pci-dss-4.0.1"
];

// A file that is none would be missing here: a test reads each of them.
static ALL: LazyLock<Vec<Framework>> =
    LazyLock::new(|| FILES.iter().filter_map(|(id, text)| parse(id, text).ok()).collect());

fn parse(id: &str, text: &str) -> Result<Framework, toml::de::Error> {
    let mut framework: Framework = toml::from_str(text)?;
    id.clone_into(&mut framework.id);
    for control in &mut framework.controls {
        if control.evidence == Evidence::Check && control.gap.is_none() {
            control.gap.clone_from(&framework.gap);
        }
    }
    Ok(framework)
}

#[cfg(test)]
mod tests;
