//! What happened in a day, or since a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Reporting, below, count};
use crate::issue::Status;
use crate::log::{self, EventLog};
use crate::messages::messages;
use crate::notify::{ItemChange, Message};
use crate::query::Error;
use crate::record::IssueRecord;
use crate::replay::ChangeKind;
use crate::report::{Cell, Column, Report, Section};
use crate::view::Views;

/// What is open and at least so strong stands in every report until it is dealt with.
const STANDING: u8 = 7;

/// What happened to an account.
#[derive(Default)]
struct Tally {
    changed: u64,
    opened: u64,
    resolved: u64,
    decided: u64,
    waiting: [u64; 5],
}

const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

impl Reporting<'_> {
    /// What changed, was opened, resolved and decided since a time, and what waits. `views` are
    /// those of the whole log.
    ///
    /// # Errors
    /// Where the log or the views cannot be read.
    pub async fn daily(
        &self,
        log: &dyn EventLog,
        views: &Views,
        since: Timestamp,
    ) -> Result<Report, Error> {
        let from = log::position_at(log, since).await?;
        let registry = Arc::new(self.registry.clone());
        let messages = messages(log, views, &registry, from, self.position()).await?;
        let issues = self.issues()?;
        let decisions = self.decided(log, from, &issues).await?;
        let is_new = |one: &IssueRecord| one.reopened_at.or(one.opened_at) >= Some(since);
        let pick = |meant: &dyn Fn(&IssueRecord) -> bool| -> Vec<IssueRecord> {
            issues.iter().filter(|one| meant(one)).cloned().collect()
        };
        let stands = |one: &IssueRecord| matches!(one.status, Status::Open | Status::Justified);
        let opened = pick(&|one| stands(one) && is_new(one));
        let resolved = pick(&|one| one.resolved_at >= Some(since));
        let waiting = pick(&|one| one.status == Status::Open && !is_new(one));

        let changed = self.changed(&messages, views)?;
        let mut accounts: BTreeMap<String, Tally> = BTreeMap::new();
        for place in self.coverage.accounts.iter().filter(|one| one.unwatched_since.is_none()) {
            accounts.entry(self.account(&place.account)).or_default();
        }
        for (change, _) in &changed {
            accounts.entry(self.account(&change.key.account)).or_default().changed += 1;
        }
        for issue in &opened {
            accounts.entry(self.account(&issue.account)).or_default().opened += 1;
        }
        for issue in &resolved {
            accounts.entry(self.account(&issue.account)).or_default().resolved += 1;
        }
        for decision in &decisions {
            // What is decided about an account that nobody watches stands below, and not here.
            let account = decision.account.as_ref().map(|id| self.account(id));
            if let Some(tally) = account.and_then(|account| accounts.get_mut(&account)) {
                tally.decided += 1;
            }
        }
        for issue in issues.iter().filter(|one| one.status == Status::Open) {
            let tally = accounts.entry(self.account(&issue.account)).or_default();
            if let Some(at) = SEVERITIES.iter().position(|severity| *severity == issue.severity) {
                tally.waiting[at] += 1;
            }
        }

        let looked = self.looked(Some(since))?;
        let said = said(changed.len(), opened.len(), resolved.len(), decisions.len());
        let mut report = self.start("daily", "What happened");
        report.about("since", "Since", since);
        report.about("scopes", "Scopes", looked.scopes);
        report.about("scopes_complete", "Looked at since then", looked.complete);
        let waits = issues.iter().filter(|one| one.status == Status::Open).count();
        let gaps = self.not_looked_at(Vec::new(), Some(since));
        let waits = count(waits, "issue");
        report.summary = format!("{said}; {waits} open; {}{}", looked.said(), below(&gaps));
        let below = waiting.iter().filter(|one| one.score < STANDING).count();
        let strong = waiting.into_iter().filter(|one| one.score >= STANDING).collect();
        let what = ("opened", "Opened", "nothing was opened");
        let opened = self.facts(what, Column::new("at", "At"), opened, IssueRecord::since);
        let what = ("resolved", "Resolved", "nothing was resolved");
        let resolved = self.facts(what, Column::new("at", "At"), resolved, IssueRecord::since);
        let what = ("waiting", "Waiting", "nothing critical or high waits from before");
        let mut waiting = self.facts(what, Column::new("at", "Since"), strong, IssueRecord::since);
        if below > 0 {
            let issues = count(below, "issue");
            waiting.note = format!("{issues} below {STANDING} from before: `secmonkey issues`");
        }
        report.sections = vec![
            by_account(accounts),
            self.changes(&changed, &messages),
            opened,
            resolved,
            self.decisions(decisions),
            waiting,
            gaps,
        ];
        Ok(report)
    }

    /// The changes that are asked about, with what they came to in sentences.
    /// The revision says by whom, also where that came to light after it was told.
    fn changed<'m>(
        &self,
        messages: &'m [Message],
        views: &Views,
    ) -> Result<Vec<(&'m ItemChange, String)>, Error> {
        let mut all = Vec::new();
        for change in messages.iter().flat_map(|message| &message.changes) {
            if self.is_asked(&change.key)? {
                let mut what = match change.kind {
                    ChangeKind::Discovered => "new".to_owned(),
                    ChangeKind::Deleted => "deleted".to_owned(),
                    ChangeKind::Returned => "came back".to_owned(),
                    ChangeKind::TooLarge => "too large to keep".to_owned(),
                    _ if change.summary.is_empty() => "changed".to_owned(),
                    _ => change.summary.join("; "),
                };
                let revision = views.revision(&change.key, change.revision)?;
                if let Some(by) = revision.and_then(|revision| revision.by) {
                    what.extend(["; ", &by.sentence(change.at)]);
                }
                all.push((change, what));
            }
        }
        Ok(all)
    }

    fn changes(&self, changed: &[(&ItemChange, String)], messages: &[Message]) -> Section {
        let columns = vec![
            Column::new("item", "Item"),
            Column::new("technology", "Technology"),
            Column::new("account", "Account").spare(),
            Column::new("region", "Region").spare(),
            Column::new("revision", ""),
            Column::new("at", "At"),
            Column::new("key", ""),
            Column::new("what", "What"),
        ];
        let mut section = Section::new("changed", "Changed", "nothing changed", columns);
        for (change, what) in changed {
            section.rows.push(vec![
                change.name.as_str().into(),
                change.key.technology.as_str().into(),
                self.account(&change.key.account).into(),
                change.key.region.as_str().into(),
                change.revision.into(),
                change.at.into(),
                change.key.to_string().into(),
                what.as_str().into(),
            ]);
        }
        let first: u64 =
            messages.iter().filter_map(|one| one.baseline.as_ref()).map(|one| one.items).sum();
        let omitted: u64 = messages.iter().map(|one| one.omitted).sum();
        let number = |one: u64| usize::try_from(one).unwrap_or(usize::MAX);
        let mut notes = Vec::new();
        if first > 0 {
            notes.push(format!(
                "{} looked at for the first time are no changes",
                count(number(first), "item")
            ));
        }
        if omitted > 0 {
            notes.push(format!("{} more: `secmonkey log`", count(number(omitted), "change")));
        }
        section.note = notes.join("; ");
        section
    }
}

fn by_account(accounts: BTreeMap<String, Tally>) -> Section {
    let columns = vec![
        Column::new("account", "Account"),
        Column::new("changed", "Changed"),
        Column::new("opened", "Opened"),
        Column::new("resolved", "Resolved"),
        Column::new("decided", "Decided"),
        Column::new("critical", "Critical"),
        Column::new("high", "High"),
        Column::new("medium", "Medium"),
        Column::new("low", "Low"),
        Column::new("info", "Info"),
    ];
    let mut section = Section::new("accounts", "By account", "no account is watched", columns);
    "By severity: issues that are open".clone_into(&mut section.note);
    for (account, tally) in accounts {
        let Tally { changed, opened, resolved, decided, waiting } = tally;
        let numbers = [changed, opened, resolved, decided].into_iter().chain(waiting);
        section.rows.push(std::iter::once(account.into()).chain(numbers.map(Cell::from)).collect());
    }
    section
}

/// `3 changed, 1 opened`, or that nothing happened.
fn said(changed: usize, opened: usize, resolved: usize, decided: usize) -> String {
    let all =
        [(changed, "changed"), (opened, "opened"), (resolved, "resolved"), (decided, "decided")];
    let said: Vec<_> = all
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if said.is_empty() { "nothing changed".to_owned() } else { said.join(", ") }
}
