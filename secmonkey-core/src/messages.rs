//! What people are told, read from the log.
//!
//! Nothing is announced that is not recorded, and whoever reads the same events tells the
//! same: the command line, a mail, a web hook. A message is what one scan came to in one
//! account; it is complete once the log says that the account was audited, or that the
//! scan is over.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::account::AccountId;
use crate::attribution::Attributed;
use crate::check::severity;
use crate::event::{
    Audited, CheckUsed, Envelope, Event, Opened, Position, ScanId, ScopeId, StreamId, Version,
};
use crate::governance::{Comment, Governance};
use crate::issue::Issue;
use crate::item::Key;
use crate::log::EventLog;
use crate::notify::{Baseline, DecisionKind, DecisionTold, IssueChange, IssueKind};
use crate::notify::{ItemChange, Message, MessageKind};
use crate::query::Tally;
use crate::record::{IssueRecord, rank};
use crate::registry::Registry;
use crate::render::sentences;
use crate::replay::{ChangeKind, Replay, change_of};
use crate::technology::Technology;
use crate::view::{self, Views};

mod change;

use change::{found, issue_change, item_change};

/// A message lists this many changes and counts the rest: nobody reads more.
pub(crate) const CHANGES: usize = 500;
/// A message lists this many issues and counts the rest. What is told issue by issue, as an
/// incident or a ticket each, needs them.
pub(crate) const ISSUES: usize = 2_000;
/// The states of so many items are kept: events of one item come close together.
const REMEMBERED: usize = 256;
/// How many events are read at a time.
const PAGE: usize = 512;

/// The messages in the events behind a position, up to another one, in the words of the
/// technologies that are known.
///
/// # Errors
/// Where the log or the views cannot be read.
pub async fn messages(
    log: &dyn EventLog,
    views: &Views,
    registry: &Arc<Registry>,
    from: Position,
    to: Position,
) -> Result<Vec<Message>, view::Error> {
    views.catch_up(log).await?;
    let mut reader = Reader::new(views.clone(), Arc::clone(registry));
    let mut all = Vec::new();
    let mut at = from;
    while at < to {
        let page = log.read_all(at, PAGE).await?;
        let Some(last) = page.last() else { break };
        at = last.position;
        for envelope in page.iter().take_while(|envelope| envelope.position <= to) {
            all.extend(reader.step(log, envelope).await?);
        }
    }
    Ok(all)
}

/// Reads messages from events, in the order of the log.
pub struct Reader {
    views: Views,
    registry: Arc<Registry>,
    drafts: BTreeMap<(ScanId, AccountId), Draft>,
    states: HashMap<Key, Replay>,
    /// The rules that are in force where it reads.
    governance: Option<Arc<Governance>>,
    /// Whether it reads what people decided as well.
    decisions: bool,
}

/// A message that is not complete yet.
#[derive(Debug, Default)]
struct Draft {
    /// Where what it tells begins.
    from: Position,
    changes: Vec<ItemChange>,
    issues: Vec<Listed>,
    omitted: u64,
    first: FirstLook,
    failures: Vec<crate::event::Failure>,
}

/// What was seen for the first time ever: counted, and the worst of it kept.
#[derive(Debug, Default)]
struct FirstLook {
    baseline: Baseline,
    unknown: Tally,
}

impl FirstLook {
    fn add(&mut self, change: IssueChange) {
        self.baseline.issues += 1;
        *self.baseline.severities.entry(severity(change.finding.score)).or_default() += 1;
        self.unknown.add(&change.key.account, &change.finding);
        self.baseline.worst.push(change);
        if self.baseline.worst.len() >= 2 * Baseline::WORST {
            self.trim();
        }
    }

    fn trim(&mut self) {
        self.baseline.worst.sort_by_cached_key(|change| rank(&IssueRecord::from(change)));
        self.baseline.worst.truncate(Baseline::WORST);
    }

    /// What there is to tell; `None` where nothing was seen for the first time.
    fn told(mut self) -> Option<Baseline> {
        self.trim();
        let unknown = self.unknown.most();
        (!self.baseline.is_empty()).then_some(Baseline { unknown, ..self.baseline })
    }
}

/// An issue's change, and whether it may belong to a check's first decision.
#[derive(Debug)]
struct Listed {
    change: IssueChange,
    position: Position,
    scope: ScopeId,
}

/// What rules say of an event.
#[derive(Debug, Default)]
struct Ruled {
    /// Nobody wants to hear of it.
    is_suppressed: bool,
    /// The score of its issue, where it is of one and rules had a say.
    score: Option<u8>,
}

impl Ruled {
    /// The finding with the score that counts.
    fn of(&self, finding: &Opened) -> Opened {
        Opened { score: self.score.unwrap_or(finding.score), ..finding.clone() }
    }
}

impl Reader {
    /// A reader that has read nothing. The views must reflect every event that it is given.
    #[must_use]
    pub fn new(views: Views, registry: Arc<Registry>) -> Self {
        let (drafts, states) = Default::default();
        Self { views, registry, drafts, states, governance: None, decisions: false }
    }

    /// The same, which also reads what people decided about issues: each decision is a message.
    #[must_use]
    pub fn with_decisions(self) -> Self {
        Self { decisions: true, ..self }
    }

    /// Where the events begin of what is not complete yet; `None` where everything is.
    #[must_use]
    pub fn open(&self) -> Option<Position> {
        self.drafts.values().map(|draft| draft.from).min()
    }

    /// Takes the next event; returns the messages that it completes.
    ///
    /// # Errors
    /// Where the log or the views cannot be read.
    pub async fn step(
        &mut self,
        log: &dyn EventLog,
        envelope: &Envelope,
    ) -> Result<Vec<Message>, view::Error> {
        let Some(scan) = &envelope.scan else {
            if envelope.stream == StreamId::governance() {
                self.governance = None;
            }
            let decided = if self.decisions { self.decision(log, envelope).await? } else { None };
            self.follow(envelope)?;
            return Ok(decided.into_iter().collect());
        };
        match &envelope.event {
            Event::SweepFailed(failure) => {
                let draft = self.draft(scan, &failure.scope.account, envelope);
                if draft.failures.len() < CHANGES {
                    draft.failures.push(failure.clone());
                }
                Ok(Vec::new())
            }
            Event::AuditFinished(audited) => {
                let account = &audited.account;
                let message = self.close(log, envelope, scan, account, Some(audited)).await?;
                Ok(message.into_iter().collect())
            }
            Event::ScanFinished(_) | Event::ScanInterrupted { .. } => {
                let open: Vec<AccountId> = self
                    .drafts
                    .keys()
                    .filter(|(of, _)| of == scan)
                    .map(|(_, account)| account.clone())
                    .collect();
                let mut all = Vec::new();
                for account in open {
                    all.extend(self.close(log, envelope, scan, &account, None).await?);
                }
                Ok(all)
            }
            _ => {
                if let Some(key) = envelope.stream.as_item() {
                    self.item(log, envelope, scan, &key).await?;
                }
                Ok(Vec::new())
            }
        }
    }

    fn draft(&mut self, scan: &ScanId, account: &AccountId, at: &Envelope) -> &mut Draft {
        let begin = || Draft { from: at.position, ..Draft::default() };
        self.drafts.entry((scan.clone(), account.clone())).or_insert_with(begin)
    }

    /// What somebody decided about an issue.
    async fn decision(
        &mut self,
        log: &dyn EventLog,
        envelope: &Envelope,
    ) -> Result<Option<Message>, view::Error> {
        let (issue, what) = match &envelope.event {
            Event::IssueJustified { issue, note, until } => {
                (issue, DecisionKind::Justified { note: note.clone(), until: *until })
            }
            Event::JustificationWithdrawn { issue } => (issue, DecisionKind::Withdrawn),
            Event::Commented(Comment { text, issue: Some(issue), .. }) => {
                (issue, DecisionKind::Commented { text: text.clone() })
            }
            _ => return Ok(None),
        };
        let Some(key) = envelope.stream.as_item() else { return Ok(None) };
        let ruled = self.ruled(log, envelope, &key).await?;
        if ruled.is_suppressed {
            return Ok(None);
        }
        let state = self.state(log, envelope, &key).await?;
        let known = state.row.as_ref().zip(state.issues.get(issue));
        let told = known.map(|(row, issue)| DecisionTold {
            name: row.name.clone(),
            finding: ruled.of(&issue.finding),
            what,
            by: envelope.actor.clone(),
            at: envelope.recorded_at,
            key: key.clone(),
        });
        self.states.insert(key.clone(), state);
        let Some(told) = told else { return Ok(None) };
        let (at, scan) = (envelope.recorded_at, ScanId::at(envelope.recorded_at));
        let title = self.title(&key.account)?;
        Ok(Some(Message {
            id: format!("{scan}/{}/{}", envelope.actor, envelope.position),
            kind: MessageKind::Decisions,
            position: envelope.position,
            from: envelope.position,
            decisions: vec![told],
            ..Message::new(key.account, title, scan, at)
        }))
    }

    /// An account as people know it.
    fn title(&self, account: &AccountId) -> Result<String, view::Error> {
        Ok(match self.views.accounts()?.get(account.as_str()) {
            Some(account) => account.title(),
            None => account.to_string(),
        })
    }

    /// Keeps the states that are remembered true.
    fn follow(&mut self, envelope: &Envelope) -> Result<(), view::Error> {
        if let Some(key) = envelope.stream.as_item()
            && let Some(state) = self.states.get_mut(&key)
        {
            state.step(envelope).map_err(view::Error::misfit(envelope))?;
        }
        Ok(())
    }

    /// An event of an item: told, or counted where it belongs to a first look.
    async fn item(
        &mut self,
        log: &dyn EventLog,
        envelope: &Envelope,
        scan: &ScanId,
        key: &Key,
    ) -> Result<(), view::Error> {
        let scope = ScopeId::of(key);
        let ruled = self.ruled(log, envelope, key).await?;
        if ruled.is_suppressed {
            return self.follow(envelope);
        }
        match &envelope.event {
            Event::ChangeAttributed(attributed) => {
                self.author(scan, key, attributed);
                return self.follow(envelope);
            }
            event if ChangeKind::of(event).is_some() && self.is_first_look(envelope, &scope)? => {
                self.draft(scan, &key.account, envelope).first.baseline.items += 1;
                return self.follow(envelope);
            }
            Event::IssueOpened(finding) if self.is_first_audit(envelope, &scope)? => {
                self.draft(scan, &key.account, envelope).first.add(found(key, ruled.of(finding)));
                return self.follow(envelope);
            }
            _ => {}
        }
        let mut state = self.state(log, envelope, key).await?;
        let before = change_of(&envelope.event).map(|_| state.config.clone());
        let change = item_change(&state, envelope, key)?;

        if let Some(id) = Issue::of(&envelope.event) {
            let first = state
                .row
                .as_ref()
                .is_some_and(|row| is_first_decision(&row.undecided, &envelope.event));
            let change = issue_change(&state, envelope, key, id);
            let change =
                change.map(|change| IssueChange { finding: ruled.of(&change.finding), ..change });
            let draft = self.draft(scan, &key.account, envelope);
            match change {
                Some(change) if first => draft.first.add(change),
                Some(change) if draft.issues.len() < ISSUES => {
                    draft.issues.push(Listed { change, position: envelope.position, scope });
                }
                Some(_) => draft.omitted += 1,
                None => {}
            }
        }
        state.step(envelope).map_err(view::Error::misfit(envelope))?;
        if let Some(mut change) = change {
            if let Some(before) = before {
                let technology = self.registry.technology(&key.technology);
                let technology = technology.unwrap_or(&Technology::DEFAULT);
                change.summary = sentences(technology, &before, &state.config);
            }
            let draft = self.draft(scan, &key.account, envelope);
            if draft.changes.len() < CHANGES {
                draft.changes.push(change);
            } else {
                draft.omitted += 1;
            }
        }
        self.states.insert(key.clone(), state);
        Ok(())
    }

    /// Says who made a change that is not told yet; of one that was, nobody is told again.
    fn author(&mut self, scan: &ScanId, key: &Key, attributed: &Attributed) {
        let Some(draft) = self.drafts.get_mut(&(scan.clone(), key.account.clone())) else { return };
        let is_it = |one: &&mut ItemChange| one.key == *key && one.revision == attributed.revision;
        if let Some(change) = draft.changes.iter_mut().find(is_it) {
            let by = attributed.by.clone();
            change.by = Some(match change.by.take() {
                Some(known) => known.and(&by),
                None => by,
            });
        }
    }

    /// The state of an item before an event; whoever takes it puts it back.
    async fn state(
        &mut self,
        log: &dyn EventLog,
        envelope: &Envelope,
        key: &Key,
    ) -> Result<Replay, view::Error> {
        if self.states.len() >= REMEMBERED && !self.states.contains_key(key) {
            self.states.clear();
        }
        if let Some(state) = self.states.remove(key) {
            return Ok(state);
        }
        let before = Position(envelope.position.0.saturating_sub(1));
        view::replayed(log, key, Version(1), before).await
    }

    /// What the rules that are in force at an event say of it.
    async fn ruled(
        &mut self,
        log: &dyn EventLog,
        envelope: &Envelope,
        key: &Key,
    ) -> Result<Ruled, view::Error> {
        let at = envelope.recorded_at;
        let known = self.governance.take().filter(|known| known.ends().is_none_or(|end| at < end));
        let governance = match known {
            Some(governance) => governance,
            None => Arc::new(Governance::at(&self.views, envelope.position, at)?),
        };
        self.governance = Some(Arc::clone(&governance));
        if governance.is_empty() {
            return Ok(Ruled::default());
        }
        let before = self.state(log, envelope, key).await?;
        let mut after = before.clone();
        self.states.insert(key.clone(), before);
        after.step(envelope).map_err(view::Error::misfit(envelope))?;
        let Some(row) = &after.row else { return Ok(Ruled::default()) };
        let item = governance.facts(row, || Ok::<_, view::Error>(after.config.clone()));
        if governance.ignored(&item)?.is_some() {
            return Ok(Ruled { is_suppressed: true, score: None });
        }
        let issue = Issue::of(&envelope.event).and_then(|id| after.issues.get(id));
        let Some(mut issue) = issue.cloned() else { return Ok(Ruled::default()) };
        governance.rule(&mut issue, &item)?;
        let is_suppressed = issue.ruling.suppressed.is_some();
        Ok(Ruled { is_suppressed, score: Some(issue.finding.score) })
    }

    /// Whether no sweep of a scope had come to its end before an event.
    fn is_first_look(&self, envelope: &Envelope, scope: &ScopeId) -> Result<bool, view::Error> {
        let first = self.views.scope(scope)?.and_then(|row| row.first_completed);
        Ok(first.is_none_or(|first| first.position > envelope.position))
    }

    /// Whether no check had been asked about a scope before an event.
    fn is_first_audit(&self, envelope: &Envelope, scope: &ScopeId) -> Result<bool, view::Error> {
        let first = self.views.judged(scope)?.start();
        Ok(first.is_none_or(|first| first > envelope.position))
    }

    /// How to mend what a check found, in one line.
    fn fix(&self, change: &IssueChange) -> String {
        let check = self.registry.check(&change.finding.check);
        check.map(|check| check.manual().short_fix()).unwrap_or_default()
    }

    /// The message of an account, where there is anything to tell.
    async fn close(
        &mut self,
        log: &dyn EventLog,
        envelope: &Envelope,
        scan: &ScanId,
        account: &AccountId,
        audited: Option<&Audited>,
    ) -> Result<Option<Message>, view::Error> {
        let Some(draft) = self.drafts.remove(&(scan.clone(), account.clone())) else {
            return Ok(None);
        };
        let catalogue = match audited {
            Some(audited) => Some(audited.catalogue),
            None => self.views.audited(account)?.map(|last| last.catalogue),
        };
        let checks = match catalogue {
            Some(digest) => self.views.catalogue(&digest)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let checks: BTreeMap<&str, &CheckUsed> =
            checks.iter().map(|check| (check.id.as_str(), check)).collect();
        let mut first = draft.first;
        let mut issues = Vec::with_capacity(draft.issues.len());
        for Listed { mut change, position, scope } in draft.issues {
            let check = checks.get(change.finding.check.as_str());
            let version = check.map_or(1, |check| check.version);
            let asked = self.views.judged(&scope)?.first(&change.finding.check, version);
            if change.kind == IssueKind::Opened && asked.is_none_or(|asked| asked > position) {
                first.add(change);
                continue;
            }
            change.part_of = check.and_then(|check| check.part_of.clone());
            change.fix = self.fix(&change);
            issues.push(change);
        }
        let mut baseline = first.told();
        for change in baseline.iter_mut().flat_map(|baseline| &mut baseline.worst) {
            let now = view::replayed(log, &change.key, Version(1), envelope.position).await?;
            if let Some(row) = now.row {
                change.name = row.name;
            }
            let check = checks.get(change.finding.check.as_str());
            change.part_of = check.and_then(|check| check.part_of.clone());
            change.fix = self.fix(change);
        }
        let title = self.title(account)?;
        let started_at =
            self.views.scan(scan)?.map_or(envelope.recorded_at, |scan| scan.started_at);
        let mut message = Message {
            id: format!("{scan}/{account}/{}", envelope.position),
            position: envelope.position,
            from: draft.from,
            changes: draft.changes,
            issues,
            omitted: draft.omitted,
            baseline,
            failures: draft.failures,
            ..Message::new(account.clone(), title, scan.clone(), started_at)
        };
        message.sort();
        Ok((!message.is_empty()).then_some(message))
    }
}

/// Whether an event is the first decision of a check about an item that it could not
/// decide about before.
fn is_first_decision(undecided: &BTreeMap<String, crate::event::Undecided>, event: &Event) -> bool {
    let Event::IssueOpened(finding) = event else { return false };
    undecided.get(&finding.check).is_some_and(|undecided| undecided.never_decided)
}
