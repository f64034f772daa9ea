//! Auditing what is in the log: after the sweeps of an account, or at will.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::facts::ViewFacts;
use super::{CONFLICTS, Error, Parts};
use crate::account::{AccountId, Accounts};
use crate::audit::{Since, Verdict, bury, checks, expire, judge_into, settle, undecided};
use crate::check::{Auditor, Check, Findings, World};
use crate::config::Digest;
use crate::event::{
    Audited, CheckUsed, Event, IssueCounts, Position, ScanId, ScopeId, Scopes, StreamId,
    UndecidedCheck,
};
use crate::governance::Governance;
use crate::item::{Item, Key};
use crate::log::{Append, AppendError, Expected};
use crate::view::{self, ItemRow, LastAudit, Views, blocking};

/// How many items are audited before their events are appended, in one batch.
const CHUNK: usize = 32;

/// Which checks an audit asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of them.
    All,
    /// Those that look at one account only; the others follow in the same scan.
    OwnAccount,
    /// Those that look at all accounts: the others have been asked.
    AllAccounts,
}

impl Asked {
    /// Whether a check is one of these.
    fn is(self, check: &Check) -> bool {
        match self {
            Self::All => true,
            Self::OwnAccount => !looks_at_all_accounts(check),
            Self::AllAccounts => looks_at_all_accounts(check),
        }
    }
}

/// Whether what another account holds decides over what a check finds.
fn looks_at_all_accounts(check: &Check) -> bool {
    check.world.contains("known")
}

/// What an audit came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settled {
    pub(super) issues: IssueCounts,
}

/// The audit of one account: all that its chunks share.
struct Audit {
    parts: Arc<Parts>,
    scan: ScanId,
    asked: Asked,
    accounts: Accounts,
    facts: ViewFacts,
    governance: Governance,
    since: Since,
    /// The items that changed since the last audit.
    unjudged: BTreeSet<Key>,
    /// Of all other items, the checks that may say something else than they did; `None`
    /// where it is all of them.
    called: Option<Arc<BTreeSet<Cow<'static, str>>>>,
    last: Option<LastAudit>,
    now: Timestamp,
    /// Whether the clock is known to be right, so that it may end justifications.
    may_expire: bool,
}

/// Events that wait to be appended, and what they come to.
#[derive(Default)]
struct Chunk {
    appends: Vec<Append>,
    issues: IssueCounts,
}

/// Audits what a scan calls for in one account.
pub(super) async fn audit_account(
    parts: &Arc<Parts>,
    account: &AccountId,
    scan: &ScanId,
    asked: Asked,
    everything: bool,
    stop: &CancellationToken,
) -> Result<Settled, Error> {
    let seen = parts.views.catch_up(parts.log.as_ref()).await?;
    let governance = in_force(&parts.views, scan, parts.now())?;
    let (digest, used) = crate::audit::catalogue(&parts.auditors, &governance);
    use_catalogue(parts, scan, digest, &used).await?;
    let (audit, keys) = {
        let (parts, account, scan) = (Arc::clone(parts), account.clone(), scan.clone());
        let of = (digest, governance);
        blocking(move || Audit::plan(parts, &account, scan, asked, of, everything)).await?
    };
    let audit = Arc::new(audit);
    let mut settled = Settled::default();
    for keys in keys.chunks(CHUNK) {
        if stop.is_cancelled() {
            // What was not audited stays unjudged, and the next scan begins with it.
            return Ok(settled);
        }
        settled.issues += append_chunk(&audit, keys).await?;
        parts.views.catch_up(parts.log.as_ref()).await?;
    }
    let finished = {
        let (views, account) = (parts.views.clone(), account.clone());
        blocking(move || finished(&views, account, digest, seen, asked)).await?
    };
    parts.append_scan(scan, vec![Event::AuditFinished(finished)]).await?;
    parts.views.catch_up(parts.log.as_ref()).await?;
    Ok(settled)
}

/// The rules that were in force when a scan began. They count to its end, so that all that it
/// judges in several steps is judged alike.
fn in_force(views: &Views, scan: &ScanId, now: Timestamp) -> Result<Governance, view::Error> {
    let began = views.scan(scan)?.map(|row| (row.position, row.started_at));
    let (position, at) = began.unwrap_or((Position(u64::MAX), now));
    Governance::at(views, position, at)
}

/// Says once which checks a digest stands for.
async fn use_catalogue(
    parts: &Arc<Parts>,
    scan: &ScanId,
    digest: Digest,
    used: &[CheckUsed],
) -> Result<(), Error> {
    if parts.views.catalogue(&digest)?.is_none() {
        let event = Event::CatalogueUsed { digest, checks: used.to_vec() };
        parts.append_scan(scan, vec![event]).await?;
        parts.views.catch_up(parts.log.as_ref()).await?;
    }
    Ok(())
}

/// Settles some items and appends what comes of it. Somebody may justify an issue
/// meanwhile: then they are judged anew.
async fn append_chunk(audit: &Arc<Audit>, keys: &[Key]) -> Result<IssueCounts, Error> {
    let parts = &audit.parts;
    for _ in 0..CONFLICTS {
        let chunk = {
            let (audit, keys) = (Arc::clone(audit), keys.to_vec());
            blocking(move || audit.settle(&keys)).await?
        };
        if chunk.appends.is_empty() {
            return Ok(chunk.issues);
        }
        match parts.log.append(chunk.appends).await {
            Ok(_) => return Ok(chunk.issues),
            Err(AppendError::Conflict { .. }) => {
                parts.views.catch_up(parts.log.as_ref()).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    tracing::warn!("items are written to without end: they are audited with the next scan");
    Ok(IssueCounts::default())
}

impl Audit {
    /// What an audit is to look at.
    fn plan(
        parts: Arc<Parts>,
        account: &AccountId,
        scan: ScanId,
        asked: Asked,
        (digest, governance): (Digest, Governance),
        everything: bool,
    ) -> Result<(Self, Vec<Key>), Error> {
        let views = parts.views.clone();
        let now = parts.now();
        // Who looks at nothing is not told the time by any provider.
        let may_expire = parts.check_clock()? && !everything;
        let last = views.audited(account)?;
        let seen = last.as_ref().map_or(Position(0), |last| last.position);
        let unjudged: BTreeSet<Key> = views.unjudged(account)?.into_iter().collect();
        let mut technologies: BTreeSet<String> =
            unjudged.iter().map(|key| key.technology.clone()).collect();
        let mut completed = BTreeSet::new();
        for scope in views.scopes_of(account) {
            let scope = scope?;
            if scope.first_completed.is_some_and(|first| first.position > seen) {
                technologies.insert(scope.scope.technology.clone());
            }
            let since = last.as_ref().map(|last| last.at);
            if scope.last_completed.is_some_and(|at| since.is_none_or(|since| at > since)) {
                completed.insert(scope.scope.technology);
            }
        }
        let said = views.said_since(seen)?;
        let known_changed = views.known_changed()? > seen;
        let then = match &last {
            Some(last) => views.catalogue(&last.catalogue)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let since = Since {
            item_changed: false,
            technologies,
            said: said.iter().filter(|said| !said.ended).map(|said| said.what.clone()).collect(),
            known_changed,
            checks: then.into_iter().map(|check| (check.id.clone(), check)).collect(),
        };
        let anew = everything
            || !said.is_empty()
            || last.as_ref().is_none_or(|last| last.catalogue != digest);
        let called = (!anew).then(|| called_for(&parts.auditors, &since, &completed));
        let keys = if anew {
            let mut keys = stored(&views, account, |_| true)?;
            // What is gone has justifications that run out, too.
            keys.extend(unjudged.iter().cloned());
            keys
        } else {
            let mut keys = unjudged.clone();
            if may_expire {
                let expired = views.expired(now)?.into_iter().map(|issue| issue.key);
                keys.extend(expired.filter(|key| key.account == *account));
            }
            let again: BTreeSet<&str> = checks(&parts.auditors)
                .filter(|check| called.as_ref().is_some_and(|called| called.contains(&check.id)))
                .map(|check| check.technology.as_ref())
                .collect();
            if !again.is_empty() {
                keys.extend(stored(&views, account, |key| {
                    again.contains(key.technology.as_str())
                })?);
            }
            keys
        };
        let accounts = views.accounts()?;
        let facts = ViewFacts::new(views);
        let called = called.map(Arc::new);
        let audit = Self {
            parts,
            scan,
            asked,
            accounts,
            facts,
            governance,
            since,
            unjudged,
            called,
            last,
            now,
            may_expire,
        };
        Ok((audit, keys.into_iter().collect()))
    }

    /// The events that items' audits come to.
    fn settle(&self, keys: &[Key]) -> Result<Chunk, Error> {
        let checks: BTreeMap<&str, &Check> =
            checks(&self.parts.auditors).map(|check| (check.id.as_ref(), check)).collect();
        let world = World::new(self.now, &self.accounts, &self.facts);
        let mut chunk = Chunk::default();
        for key in keys {
            let Some(row) = self.parts.views.item(key)? else { continue };
            let events = self.events(&row, &world, &checks)?;
            if events.is_empty() {
                continue;
            }
            for event in &events {
                match event {
                    Event::IssueOpened(_) => chunk.issues.opened += 1,
                    Event::IssueReopened(_) => chunk.issues.reopened += 1,
                    Event::IssueResolved { .. } => chunk.issues.resolved += 1,
                    _ => {}
                }
            }
            let (stream, expected) = (StreamId::item(key), Expected::Exact(row.version));
            chunk.appends.push(self.parts.append_of(&self.scan, stream, expected, events));
        }
        Ok(chunk)
    }

    fn events(
        &self,
        row: &ItemRow,
        world: &World<'_>,
        checks: &BTreeMap<&str, &Check>,
    ) -> Result<Vec<Event>, view::Error> {
        let Parts { views, auditors, .. } = self.parts.as_ref();
        let issues = views.issues_of(&row.key)?;
        let expired = issues.iter().filter(|_| self.may_expire);
        let mut events: Vec<_> = expired.filter_map(|issue| expire(issue, self.now)).collect();
        if row.deleted {
            events.extend(bury(&issues));
            return Ok(events);
        }
        let item_changed = self.unjudged.contains(&row.key);
        let (asked, called) = (self.asked, self.called.clone().filter(|_| !item_changed));
        let found = Findings::only(move |check| {
            asked.is(check) && called.as_ref().is_none_or(|called| called.contains(&check.id))
        });
        let verdict = verdict(found, auditors, views, row, world, &self.governance)?;
        let since = Since { item_changed, ..self.since.clone() };
        events.extend(settle(&row.key, &issues, &verdict, checks, &since));
        let is_first = self.last.as_ref().is_none_or(|last| row.appeared > last.position);
        events.extend(undecided(&row.undecided, &verdict, is_first));
        Ok(events)
    }
}

/// What the checks that these findings do not leave out say about one item, with the parameters
/// that rules set for it.
pub(crate) fn verdict(
    found: Findings,
    auditors: &[Arc<dyn Auditor>],
    views: &Views,
    row: &ItemRow,
    world: &World<'_>,
    governance: &Governance,
) -> Result<Verdict, view::Error> {
    let config = views.config(&row.key)?.unwrap_or_default();
    let (key, name, arn) = (row.key.clone(), row.name.clone(), row.arn.clone());
    let item = Item { key, name, arn, config };
    let stale = row.stale.keys().cloned().collect();
    let facts = governance.facts(row, || Ok::<_, view::Error>(item.config.clone()));
    let settings = governance.settings(checks(auditors), &facts)?;
    let world = world.with(&settings);
    Ok(judge_into(found, auditors, &item, &world, &row.never_read, &stale))
}

/// The checks that look up what changed, or that ask for the time and whose scopes were looked
/// at.
fn called_for(
    auditors: &[Arc<dyn Auditor>],
    since: &Since,
    completed: &BTreeSet<String>,
) -> BTreeSet<Cow<'static, str>> {
    checks(auditors)
        .filter(|check| {
            check.world.iter().any(|world| since.technologies.contains(world))
                || since.known_changed && check.world.contains("known")
                || check.timed && completed.contains(check.technology.as_ref())
        })
        .map(|check| check.id.clone())
        .collect()
}

/// The stored items of an account that are not gone.
fn stored(
    views: &Views,
    account: &AccountId,
    wanted: impl Fn(&Key) -> bool,
) -> Result<BTreeSet<Key>, view::Error> {
    let mut keys = BTreeSet::new();
    for row in views.items_of(account) {
        let row = row?;
        if !row.deleted && wanted(&row.key) {
            keys.insert(row.key);
        }
    }
    Ok(keys)
}

/// What the log says of an audit that came to its end.
fn finished(
    views: &Views,
    account: AccountId,
    catalogue: Digest,
    position: Position,
    asked: Asked,
) -> Result<Audited, view::Error> {
    let mut completed: Vec<ScopeId> = Vec::new();
    for scope in views.scopes_of(&account) {
        let scope = scope?;
        if scope.first_completed.is_some() {
            completed.push(scope.scope);
        }
    }
    let mut undecided: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in views.items_of(&account) {
        for (check, why) in row?.undecided {
            *undecided.entry((check, why.because)).or_default() += 1;
        }
    }
    let undecided = undecided
        .into_iter()
        .map(|((check, because), items)| UndecidedCheck { check, because, items })
        .collect();
    let in_part = asked == Asked::OwnAccount;
    let judged = Scopes::products(&completed);
    Ok(Audited { account, catalogue, position, judged, in_part, undecided })
}
