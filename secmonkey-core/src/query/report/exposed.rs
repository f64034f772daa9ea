//! How long findings stood.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Reporting, count};
use crate::check::Auditor;
use crate::log::EventLog;
use crate::query::{Error, ExposureSearch, exposure};
use crate::record::ExposureRecord;
use crate::report::{Cell, Column, Report, Section};

impl Reporting<'_> {
    /// When what the checks that are asked about find stood open, as far as it did after
    /// `since`; also before anybody looked for it.
    ///
    /// # Errors
    /// Where the log or the views cannot be read.
    pub async fn exposure(
        &self,
        log: &dyn EventLog,
        auditors: &[Arc<dyn Auditor>],
        since: Option<Timestamp>,
    ) -> Result<Report, Error> {
        let mut report = self.start("exposure", "Since when, and until when");
        report.about("since", "Since", since);
        let columns = vec![
            Column::new("score", "Score"),
            Column::new("item", "Item"),
            Column::new("account", "Account").spare(),
            Column::new("from", "From"),
            Column::new("until", "Until").or("now"),
            Column::new("days", "Days"),
            Column::new("check", "Check").spare(),
            Column::new("judged_now", ""),
            Column::new("id", ""),
            Column::new("key", ""),
            Column::new("what", "What"),
        ];
        let nothing = "nothing stood open";
        let mut section = Section::new("exposure", "Intervals", nothing, columns);
        let mut undecided: BTreeMap<(String, String), u64> = BTreeMap::new();
        let mut stood = Vec::new();
        let mut suppressed = 0;
        let now = self.known.now;
        for check in self.checks().into_iter().flatten() {
            let search = ExposureSearch { check: Some(check.clone()), ..ExposureSearch::default() };
            let found = exposure(log, self.known, self.registry, auditors, &search).await?;
            for (why, number) in found.undecided {
                *undecided.entry(why).or_default() += number;
            }
            for one in &found.suppressed {
                suppressed += usize::from(self.is_asked(&one.key)?);
            }
            for one in found.all {
                if self.is_asked(&one.key)? {
                    stood.extend(ExposureRecord::of(&one));
                }
            }
        }
        stood.retain(|one| since.is_none_or(|since| one.until.unwrap_or(now) >= since));
        ExposureRecord::fold(&mut stood, self.registry);
        let items: BTreeSet<_> = stood.iter().map(|one| &one.key).collect();
        let open = stood.iter().filter(|one| one.until.is_none()).count();
        for one in &stood {
            section.rows.push(vec![
                Cell::Score(one.score),
                one.name.as_str().into(),
                self.account(&one.account).into(),
                one.from.into(),
                one.until.into(),
                days(one.from, one.until.unwrap_or(now)).into(),
                one.check.as_str().into(),
                if one.judged_now { "yes" } else { "no" }.into(),
                one.id.as_str().into(),
                one.key.to_string().into(),
                one.detail.as_str().into(),
            ]);
        }
        if suppressed > 0 {
            section.note = format!("{} suppressed by rules", count(suppressed, "finding"));
        }
        let remarks = undecided.into_iter().map(|((check, why), number)| {
            let items = count(usize::try_from(number).unwrap_or(usize::MAX), "item");
            format!("{check} undecided about some of the past of {items}: {why}")
        });
        let said = match section.rows.len() {
            0 => nothing.to_owned(),
            some => format!(
                "{} of {}, {open} still open",
                count(some, "interval"),
                count(items.len(), "item")
            ),
        };
        self.end(Report { sections: vec![section], ..report }, &said, remarks.collect())
    }
}

/// Whole days between two times.
fn days(from: Timestamp, until: Timestamp) -> u64 {
    let hours = until.duration_since(from).as_hours();
    u64::try_from(hours / 24).unwrap_or_default()
}
