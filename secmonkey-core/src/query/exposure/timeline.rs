//! Intervals of time, of each finding of an item.

use std::collections::{BTreeMap, BTreeSet};

use super::{Exposure, Interval, Moment};
use crate::check::Finding;
use crate::event::{IssueId, Opened};
use crate::governance::Ruled;
use crate::replay::ItemRow;

/// When each finding stood, by check and subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Timeline(BTreeMap<(String, String), Line>);

#[derive(Debug, Clone, Default, PartialEq)]
struct Line {
    intervals: Vec<Interval>,
    /// What it ever rested on.
    grounds: BTreeSet<String>,
}

/// What a finding says, whoever found it.
pub(super) struct Found<'a> {
    check: &'a str,
    subject: &'a str,
    score: u8,
    detail: &'a str,
    grounds: &'a BTreeSet<String>,
}

impl<'a> From<&'a Finding> for Found<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { check, subject, score, detail, grounds, .. } = finding;
        Self { check, subject, score: *score, detail, grounds }
    }
}

impl<'a> From<&'a Opened> for Found<'a> {
    fn from(finding: &'a Opened) -> Self {
        let Opened { check, subject, score, detail, grounds, .. } = finding;
        Self { check, subject, score: *score, detail, grounds }
    }
}

impl Timeline {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A finding stands from a moment on, if it did not before.
    pub(super) fn stands(&mut self, found: &Found<'_>, from: Moment, is_judged_now: bool) {
        let place = (found.check.to_owned(), found.subject.to_owned());
        let line = self.0.entry(place).or_default();
        line.grounds.extend(found.grounds.iter().cloned());
        match line.intervals.last_mut().filter(|last| last.until.is_none()) {
            Some(last) => {
                last.score = last.score.max(found.score);
                found.detail.clone_into(&mut last.detail);
                last.is_judged_now |= is_judged_now;
            }
            None => line.intervals.push(Interval {
                from,
                until: None,
                score: found.score,
                detail: found.detail.to_owned(),
                is_judged_now,
            }),
        }
    }

    /// A finding stands no more.
    pub(super) fn end(&mut self, check: &str, subject: &str, until: Moment) {
        if let Some(line) = self.0.get_mut(&(check.to_owned(), subject.to_owned())) {
            line.end(until);
        }
    }

    /// Of what a check finds only this stands on.
    pub(super) fn end_others(&mut self, check: &str, standing: &BTreeSet<&str>, until: Moment) {
        let lines = self.0.range_mut((check.to_owned(), String::new())..);
        for ((_, subject), line) in lines.take_while(|((of, _), _)| of == check) {
            if !standing.contains(subject.as_str()) {
                line.end(until);
            }
        }
    }

    /// Those whose subject and grounds are meant.
    pub(super) fn exposures(
        self,
        row: &ItemRow,
        meant: impl Fn(&str, &BTreeSet<String>) -> bool,
    ) -> impl Iterator<Item = Exposure> {
        let meant = move |((_, subject), line): &((String, String), Line)| {
            !line.intervals.is_empty() && meant(subject, &line.grounds)
        };
        self.0.into_iter().filter(meant).map(|((check, subject), line)| Exposure {
            key: row.key.clone(),
            name: row.name.clone(),
            issue: IssueId::of(&row.key, &check, &subject),
            check,
            subject,
            intervals: line.intervals,
            ruled: Ruled::default(),
        })
    }
}

impl Line {
    fn end(&mut self, until: Moment) {
        let Some(last) = self.intervals.last_mut().filter(|last| last.until.is_none()) else {
            return;
        };
        if last.from == until {
            // What was seen and judged in one moment never stood.
            self.intervals.pop();
        } else {
            last.until = Some(until);
        }
    }
}
