//! What was not looked at, read or judged, in words.

use std::collections::{BTreeMap, BTreeSet};

use super::CoverageRecord;

/// Something that was not looked at, read or judged in a technology of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// In what way.
    pub kind: GapKind,
    /// About what, for as long as it lasts: the operation and what it said, the pointer of the
    /// part, the check; else empty.
    pub about: String,
    /// One line.
    pub text: String,
}

/// In what way something is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum GapKind {
    /// Nobody ever looked.
    NeverLookedAt,
    /// A look failed, and no later one made up for it.
    Failed,
    /// A part of items keeps an older value, or was never read.
    Unread,
    /// A check cannot decide.
    Undecided,
    /// No check has seen items as they are.
    NotJudged,
}

impl Gap {
    /// The check that is undecided, where one is.
    #[must_use]
    pub fn check(&self) -> Option<&str> {
        (self.kind == GapKind::Undecided).then_some(self.about.as_str())
    }
}

impl GapKind {
    /// In a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::NeverLookedAt => "Never looked at",
            Self::Failed => "A look failed",
            Self::Unread => "Not read in full",
            Self::Undecided => "A check is undecided",
            Self::NotJudged => "Not judged yet",
        }
    }

    /// As machines know it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeverLookedAt => "never_looked_at",
            Self::Failed => "failed",
            Self::Unread => "unread",
            Self::Undecided => "undecided",
            Self::NotJudged => "not_judged",
        }
    }
}

impl CoverageRecord {
    /// What was not looked at, read or judged; nothing where no scan means to look.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if self.unwatched_since.is_some() {
            return gaps;
        }
        let mut add = |kind, about, text| gaps.push(Gap { kind, about, text });
        match self.never_looked_at.as_slice() {
            [] => {}
            [everywhere] if everywhere == "*" => {
                add(GapKind::NeverLookedAt, String::new(), "never looked at".to_owned());
            }
            regions => {
                let regions = few(regions.iter().map(String::as_str));
                add(GapKind::NeverLookedAt, String::new(), format!("never looked at in {regions}"));
            }
        }
        let mut reasons: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for one in &self.failed {
            let reason = (one.operation.as_str(), one.reason.as_str());
            reasons.entry(reason).or_default().insert(one.region.as_str());
        }
        for ((operation, reason), regions) in reasons {
            let regions = match regions.first() {
                Some(&"*") => "every region".to_owned(),
                _ => few(regions),
            };
            let about = format!("{operation}: {reason}");
            add(GapKind::Failed, about, format!("{operation} failed in {regions}: {reason}"));
        }
        for unread in &self.unread {
            let (pointer, since) = (&unread.pointer, unread.since);
            let items = items(unread.items);
            add(
                GapKind::Unread,
                pointer.clone(),
                format!("{pointer} of {items} not read since {since:.0}"),
            );
        }
        for undecided in &self.undecided {
            let (check, because) = (&undecided.check, &undecided.because);
            let items = items(undecided.items);
            let text = format!("{check} undecided about {items}: {because}");
            add(GapKind::Undecided, check.clone(), text);
        }
        if self.not_judged > 0 {
            let text = format!("{} not judged yet", items(self.not_judged));
            add(GapKind::NotJudged, String::new(), text);
        }
        gaps
    }
}

fn items(number: u64) -> String {
    if number == 1 { "1 item".to_owned() } else { format!("{number} items") }
}

/// The first of them, and how many more.
fn few<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<_> = all.into_iter().collect();
    match all.len().saturating_sub(3) {
        0 => all.join(", "),
        more => format!("{} and {more} more", all[..3].join(", ")),
    }
}
