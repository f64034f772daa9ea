//! The names that a mistyped one may have meant.

use std::collections::BTreeSet;
use std::fmt;

/// How much alike names have to be, from 0 to 1.
const ALIKE: f64 = 0.8;
/// This many alike names are told.
const TOLD: usize = 3;
/// This many names are all told where none is alike.
const FEW: usize = 10;

/// The names that a mistyped one may have meant. Displays as the end of a sentence, which
/// is empty where there is nothing to say.
///
/// ```
/// use secmonkey_core::nearest::Nearest;
///
/// let near = Nearest::of("us-esat-1", ["us-east-1", "ap-south-1"]);
/// assert_eq!(near.names(), ["us-east-1"]);
/// assert_eq!(near.to_string(), "; nearest: `us-east-1`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nearest {
    /// There is no name at all.
    Empty,
    /// There are many names, and none is alike.
    Far,
    /// These are alike, the nearest first.
    Alike(Vec<String>),
    /// None is alike; these few are all there are.
    All(Vec<String>),
}

impl Nearest {
    /// The nearest of the known names.
    #[must_use]
    pub fn of<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S>) -> Self {
        let mut search = Search::new(name);
        for known in known {
            search.offer(known.as_ref());
        }
        search.end()
    }

    /// The names it tells.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::Empty | Self::Far => &[],
            Self::Alike(names) | Self::All(names) => names,
        }
    }
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = match self {
            Self::Empty | Self::Far => return Ok(()),
            Self::Alike(_) => "; nearest: ",
            Self::All(_) => "; there is ",
        };
        let quoted: Vec<_> = self.names().iter().map(|name| format!("`{name}`")).collect();
        write!(f, "{before}{}", quoted.join(", "))
    }
}

/// ``unknown setting `stroe`; nearest: `store` ``, for use in an error.
#[must_use]
pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    format!("unknown {what} `{name}`{}", Nearest::of(name, known))
}

/// What serde says, with the nearest name for one it does not know.
#[must_use]
pub fn explain(what: &str, said: &str) -> String {
    // serde words it so: unknown field `a`, expected one of `b`, `c`.
    let mut names = said.split('`').skip(1).step_by(2);
    match names.next() {
        Some(name) if said.starts_with("unknown field") => unknown(what, name, names),
        _ => said.to_owned(),
    }
}

/// A search for the nearest of names that come one after the other, however many.
#[derive(Debug)]
pub struct Search {
    wanted: String,
    /// The best so far, the nearest first.
    alike: Vec<(f64, String)>,
    /// The first few, and one more to tell that there are more.
    few: BTreeSet<String>,
}

impl Search {
    /// A search for what a name may have meant.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { wanted: name.to_lowercase(), alike: Vec::new(), few: BTreeSet::new() }
    }

    /// One more known name.
    pub fn offer(&mut self, known: &str) {
        if self.few.len() <= FEW {
            self.few.insert(known.to_owned());
        }
        let lower = known.to_lowercase();
        let alike = strsim::jaro_winkler(&self.wanted, &lower);
        let is_part = self.wanted.len() > 2 && lower.contains(&self.wanted);
        if alike < ALIKE && !is_part || self.alike.iter().any(|(_, name)| name == known) {
            return;
        }
        self.alike.push((alike, known.to_owned()));
        self.alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        self.alike.truncate(TOLD);
    }

    /// What was found.
    #[must_use]
    pub fn end(self) -> Nearest {
        if !self.alike.is_empty() {
            return Nearest::Alike(self.alike.into_iter().map(|(_, name)| name).collect());
        }
        match self.few.len() {
            0 => Nearest::Empty,
            1..=FEW => Nearest::All(self.few.into_iter().collect()),
            _ => Nearest::Far,
        }
    }
}

/// A name that nothing has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {} `{name}`{}", .what.as_str(), self.end())]
pub struct Unknown {
    /// What it should have named.
    pub what: Named,
    /// The name.
    pub name: String,
    /// What it may have meant.
    pub nearest: Nearest,
}

impl Unknown {
    /// A name that is none of the known ones.
    #[must_use]
    pub fn new<S: AsRef<str>>(what: Named, name: &str, known: impl IntoIterator<Item = S>) -> Self {
        Self { what, name: name.to_owned(), nearest: Nearest::of(name, known) }
    }

    fn end(&self) -> String {
        match (self.what, &self.nearest) {
            (Named::Account, Nearest::Empty) => ": none is registered".to_owned(),
            (Named::Subscription, Nearest::Empty) => ": there is none".to_owned(),
            (Named::Network, Nearest::Empty) => ": none is known".to_owned(),
            (Named::ScheduleRule, Nearest::Empty) => ": none is decided".to_owned(),
            (Named::Parameter, Nearest::Empty) => ": the check has none".to_owned(),
            (_, nearest) => nearest.to_string(),
        }
    }
}

/// What people name in questions and decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Named {
    /// An account, by id or name.
    Account,
    /// A provider.
    Provider,
    /// A technology.
    Technology,
    /// A region.
    Region,
    /// A check.
    Check,
    /// A parameter of a check.
    Parameter,
    /// A framework of controls.
    Framework,
    /// A network.
    Network,
    /// A rule that ignores items.
    IgnoreRule,
    /// A rule that says when something is looked at.
    ScheduleRule,
    /// A subscription.
    Subscription,
    /// Somebody who may sign in.
    User,
    /// What lets a program in, by id.
    Token,
}

impl Named {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Provider => "provider",
            Self::Technology => "technology",
            Self::Region => "region",
            Self::Check => "check",
            Self::Parameter => "parameter",
            Self::Framework => "framework",
            Self::Network => "network",
            Self::IgnoreRule => "ignore rule",
            Self::ScheduleRule => "rule of the schedule",
            Self::Subscription => "subscription",
            Self::User => "user",
            Self::Token => "token",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: [&str; 11] = [
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-central-1",
        "eu-north-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "sa-east-1",
        "global",
    ];

    #[test]
    fn the_nearest_come_first_and_are_few() {
        assert_eq!(
            Unknown::new(Named::Region, "us-esat-1", MANY).to_string(),
            "unknown region `us-esat-1`; nearest: `us-east-1`, `us-west-1`, `us-east-2`",
        );
    }

    #[test]
    fn a_part_of_a_name_finds_it() {
        let near = Nearest::of("bucket", ["iam_user", "s3_bucket", "security_group"]);
        assert_eq!(near.to_string(), "; nearest: `s3_bucket`");
    }

    #[test]
    fn where_none_is_near_all_are_told_if_they_are_few() {
        assert_eq!(Nearest::of("x", ["b", "a", "b"]).to_string(), "; there is `a`, `b`");
        assert_eq!(Nearest::of("x", MANY), Nearest::Far);
        assert_eq!(Nearest::of("x", MANY).to_string(), "");
    }

    #[test]
    fn where_there_is_no_name_at_all_it_is_said() {
        let none: [&str; 0] = [];
        let said = |what| Unknown::new(what, "x", none).to_string();
        assert_eq!(said(Named::Account), "unknown account `x`: none is registered");
        assert_eq!(said(Named::Network), "unknown network `x`: none is known");
        assert_eq!(said(Named::Region), "unknown region `x`");
    }

    #[test]
    fn a_field_that_serde_does_not_know_is_told_with_the_nearest() {
        let said = "unknown field `nme`, expected one of `id`, `name`";
        assert_eq!(explain("field", said), "unknown field `nme`; nearest: `name`");
        assert_eq!(explain("field", "missing field `name`"), "missing field `name`");
    }
}
