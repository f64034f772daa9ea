//! When what is looked at: a schedule of accounts and technologies over a clock that is
//! handed in.
//!
//! Every technology of every account has an [`Interval`]. It is due at the points of a grid,
//! which a hash of the account's id shifts: accounts are spread over the interval, on every
//! start in the same way, and technologies of one account with one interval are due together,
//! so that one [`Task`] looks at all of them. After a task the next point behind its end
//! counts. So nothing drifts, and what was missed is made up for once: after a day of
//! downtime everything is due, as many tasks run as may, what waited longest comes first.
//!
//! Nothing here waits, reads a clock or knows what a scan is: [`scheduler`](crate::scheduler)
//! runs it. When what was last looked at is handed in with the [accounts](Watched), as the
//! log tells it: a schedule has nothing to remember.
//!
//! ```
//! use secmonkey_core::Timestamp;
//! use secmonkey_core::schedule::{Outcome, Schedule, Settings, Watched};
//!
//! let now: Timestamp = "2026-01-31T12:00:00Z".parse()?;
//! let mut schedule = Schedule::new(Settings::default());
//! schedule.set_accounts([Watched::new("123456789012".parse()?, ["vpc", "s3_bucket"])], now);
//! let task = schedule.start(now).remove(0);
//! assert_eq!(task.technologies, ["s3_bucket", "vpc"]);
//! schedule.ended(task.id, Outcome::Done, now);
//! let next = schedule.next_wake().expect("it is due again within an hour");
//! assert_eq!(schedule.start(next).len(), 1);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::account::AccountId;
use crate::nearest::{Named, Unknown};

mod entry;
mod interval;
mod rule;
mod state;

use entry::{Ended, Entry, Request, Slot};
pub use interval::{Interval, InvalidInterval};
use rule::{InForce, Rules};
pub use rule::{Priority, Rule, Scope};
pub use state::{AccountState, LastTask, RunningState, State, TechnologyState};

/// A task that failed is tried again after this long, then after twice as long, and so on up
/// to its interval.
const RETRY: Duration = Duration::from_mins(5);
/// What was never looked at has its turn as if it were due so much earlier.
const NEVER_LOOKED_AT: Duration = Duration::from_hours(24 * 7);

/// How a schedule is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How often something is looked at of which no rule says.
    pub interval: Interval,
    /// What the configuration says of accounts and technologies.
    pub rules: Vec<Rule>,
    /// How many tasks run at the same time; at least one.
    pub tasks: usize,
    /// How many tasks of one account run at the same time; at least one. More than one lets
    /// what is looked at often not wait for what takes long.
    pub tasks_per_account: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { interval: Interval::HOUR, rules: Vec::new(), tasks: 8, tasks_per_account: 2 }
    }
}

/// An account that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Watched {
    /// Which account.
    pub account: AccountId,
    /// The ids of the technologies that are looked at in it.
    pub technologies: Vec<String>,
    /// When they were last looked at; what is missing never was, and is due at once. Read
    /// only for what the schedule does not know yet.
    pub looked_at: BTreeMap<String, Timestamp>,
}

impl Watched {
    /// An account in which nothing was ever looked at.
    #[must_use]
    pub fn new(
        account: AccountId,
        technologies: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let technologies = technologies.into_iter().map(Into::into).collect();
        Self { account, technologies, looked_at: BTreeMap::new() }
    }

    /// The same, with when what was last looked at.
    #[must_use]
    pub fn looked_at(mut self, times: BTreeMap<String, Timestamp>) -> Self {
        self.looked_at = times;
        self
    }
}

/// Names a task; counted from 1 on in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskId(pub u64);

/// Names what somebody asked to be looked at now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Something to be looked at now: technologies of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// Names it.
    pub id: TaskId,
    /// The account.
    pub account: AccountId,
    /// The ids of the technologies, in order.
    pub technologies: Vec<String>,
    /// When it was due, or asked for.
    pub due: Timestamp,
    /// What somebody asked for; `None` where it was due by itself.
    pub request: Option<RequestId>,
}

/// What a task came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It came to its end. What could not be read is in the log.
    Done,
    /// It could not do its work, for this reason: it is tried again soon.
    Failed(String),
}

/// Why nothing can be looked at now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The account is not watched.
    #[error("account {0} is not watched, so it is not scanned")]
    NotWatched(AccountId),
    /// The technology is not looked at in the account.
    #[error(transparent)]
    Unknown(#[from] Unknown),
}

/// A task that runs.
#[derive(Debug, Clone)]
struct Running {
    account: AccountId,
    /// In order.
    technologies: Vec<Arc<str>>,
    since: Timestamp,
    request: Option<RequestId>,
}

/// When what is looked at. The time is handed in with every call.
#[derive(Debug)]
pub struct Schedule {
    settings: Settings,
    rules: InForce,
    accounts: BTreeMap<AccountId, Entry>,
    /// Accounts by when something of them is due next.
    waiting: BTreeSet<(Timestamp, AccountId)>,
    /// Accounts of which something is due, in the order of their turns.
    due: BTreeSet<(Timestamp, AccountId)>,
    /// What somebody asked for and has not begun, the first asked first.
    requests: BTreeMap<RequestId, AccountId>,
    running: BTreeMap<TaskId, Running>,
    /// Every name of a technology once.
    names: BTreeSet<Arc<str>>,
    last_task: u64,
    last_request: u64,
    /// The last time that was handed in.
    now: Timestamp,
}

impl Schedule {
    /// A schedule of nothing.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let mut schedule = Self {
            settings: Settings::default(),
            rules: InForce::default(),
            accounts: BTreeMap::new(),
            waiting: BTreeSet::new(),
            due: BTreeSet::new(),
            requests: BTreeMap::new(),
            running: BTreeMap::new(),
            names: BTreeSet::new(),
            last_task: 0,
            last_request: 0,
            now: Timestamp::MIN,
        };
        schedule.take(settings);
        schedule
    }

    /// Takes other settings from now on. Tasks that run are not stopped, even where fewer may.
    pub fn configure(&mut self, settings: Settings, now: Timestamp) {
        self.clock(now);
        self.take(settings);
        self.pace_all();
    }

    fn take(&mut self, settings: Settings) {
        self.rules.configured = Rules::new(settings.rules.iter().cloned());
        self.settings = settings;
    }

    /// Takes what people decided, instead of what they had decided before.
    pub fn decide(&mut self, decided: impl IntoIterator<Item = Rule>, now: Timestamp) {
        self.clock(now);
        self.rules.decided = Rules::new(decided);
        self.pace_all();
    }

    /// Whether an account is watched.
    #[must_use]
    pub fn watches(&self, account: &AccountId) -> bool {
        self.accounts.get(account).is_some_and(|entry| entry.watched)
    }

    /// Watches these accounts and no others. Of what is known already, only the technologies
    /// are taken over; tasks of accounts that are missing run to their end.
    ///
    /// Returns what was asked for and cannot be looked at any more.
    #[must_use = "who asked for them waits"]
    pub fn set_accounts(
        &mut self,
        watched: impl IntoIterator<Item = Watched>,
        now: Timestamp,
    ) -> Vec<RequestId> {
        self.clock(now);
        let mut gone: BTreeSet<AccountId> = self.accounts.keys().cloned().collect();
        let mut dropped = Vec::new();
        for one in watched {
            gone.remove(&one.account);
            dropped.extend(self.watch(one));
        }
        for account in gone {
            dropped.extend(self.unwatch(&account));
        }
        dropped
    }

    fn watch(&mut self, watched: Watched) -> Option<RequestId> {
        let Watched { account, technologies, looked_at } = watched;
        let mut entry = self.accounts.remove(&account).unwrap_or_else(|| Entry::new(&account));
        let mut known: BTreeMap<Arc<str>, Slot> =
            entry.slots.drain(..).map(|slot| (Arc::clone(&slot.technology), slot)).collect();
        let technologies: BTreeSet<String> = technologies.into_iter().collect();
        for technology in technologies {
            let slot = known.remove(technology.as_str()).unwrap_or_else(|| {
                let last = looked_at.get(&technology).map(|last| (*last).min(self.now));
                Slot::new(self.name(&technology), last, self.now)
            });
            entry.slots.push(slot);
        }
        entry.watched = true;
        let dropped = entry.request_lost();
        if let Some(id) = dropped {
            self.requests.remove(&id);
        }
        self.accounts.insert(account.clone(), entry);
        self.pace(&account);
        dropped
    }

    fn unwatch(&mut self, account: &AccountId) -> Option<RequestId> {
        let entry = self.accounts.get_mut(account)?;
        entry.watched = false;
        entry.slots.clear();
        let dropped = entry.request.take().map(|request| request.id);
        if let Some(id) = dropped {
            self.requests.remove(&id);
        }
        self.place(account);
        self.forget(account);
        dropped
    }

    /// Lets go of an account that is not watched and has no task.
    fn forget(&mut self, account: &AccountId) {
        if self.accounts.get(account).is_some_and(|one| !one.watched && one.tasks.is_empty()) {
            self.accounts.remove(account);
        }
    }

    fn name(&mut self, technology: &str) -> Arc<str> {
        if let Some(name) = self.names.get(technology) {
            return Arc::clone(name);
        }
        let name: Arc<str> = technology.into();
        self.names.insert(Arc::clone(&name));
        name
    }

    /// Asks for technologies of an account to be looked at now, all where none is named;
    /// whatever is paused, too. It begins before what is due, as soon as a task may and none
    /// of them is being looked at: a look that has begun may have passed what is asked about.
    /// What is asked for while something asked for waits joins it.
    ///
    /// # Errors
    /// Where the account or a technology of it is not watched.
    pub fn run_now(
        &mut self,
        account: &AccountId,
        technologies: &[String],
        now: Timestamp,
    ) -> Result<RequestId, Error> {
        self.clock(now);
        let not_watched = || Error::NotWatched(account.clone());
        let entry = self.accounts.get_mut(account).ok_or_else(not_watched)?;
        if !entry.watched {
            return Err(not_watched());
        }
        let mut wanted = BTreeSet::new();
        for technology in technologies {
            let known = || entry.slots.iter().map(|slot| &*slot.technology);
            if !known().any(|known| known == technology) {
                return Err(Unknown::new(Named::Technology, technology, known()).into());
            }
            wanted.insert(technology.clone());
        }
        let id = if let Some(request) = &mut entry.request {
            request.join(wanted);
            request.id
        } else {
            self.last_request += 1;
            let id = RequestId(self.last_request);
            entry.request = Some(Request { id, asked_at: now, technologies: wanted });
            self.requests.insert(id, account.clone());
            id
        };
        Ok(id)
    }

    /// The tasks that may begin now. Each runs until it is said that it [ended](Self::ended).
    #[must_use = "they count as running"]
    pub fn start(&mut self, now: Timestamp) -> Vec<Task> {
        self.clock(now);
        let mut tasks = Vec::new();
        let requested: Vec<_> =
            self.requests.iter().map(|(id, account)| (*id, account.clone())).collect();
        for (id, account) in requested {
            if self.room() == 0 {
                break;
            }
            tasks.extend(self.begin_request(id, &account));
        }
        loop {
            // Even where none may begin: what is due wakes nobody any more.
            self.fall_due();
            let turn = if self.room() > 0 { self.next_turn() } else { None };
            let Some(task) = turn.and_then(|account| self.begin_due(&account)) else { break };
            tasks.push(task);
        }
        tasks
    }

    /// Takes what is due from what waits for its time to what waits for its turn.
    fn fall_due(&mut self) {
        while let Some((at, account)) = self.waiting.first().filter(|(at, _)| *at <= self.now) {
            let (at, account) = (*at, account.clone());
            self.waiting.remove(&(at, account.clone()));
            if let Some(entry) = self.accounts.get_mut(&account) {
                let turn = entry.turn(at);
                entry.place = Some((turn, true));
                self.due.insert((turn, account));
            }
        }
    }

    /// The account of which something is due and may begin, and whose turn it is.
    fn next_turn(&self) -> Option<AccountId> {
        let may = |account: &AccountId| {
            self.accounts.get(account).is_some_and(|entry| {
                entry.request.is_none() && entry.has_room(self.settings.tasks_per_account)
            })
        };
        self.due.iter().map(|(_, account)| account).find(|account| may(account)).cloned()
    }

    /// How many more tasks may begin.
    fn room(&self) -> usize {
        self.settings.tasks.max(1).saturating_sub(self.running.len())
    }

    fn begin_request(&mut self, id: RequestId, account: &AccountId) -> Option<Task> {
        let entry = self.accounts.get(account)?;
        if !entry.has_room(self.settings.tasks_per_account) {
            return None;
        }
        let request = entry.request.as_ref().filter(|request| request.id == id)?;
        let slots = entry.slots.iter().filter(|slot| request.wants(&slot.technology));
        let technologies: Vec<_> = slots.map(|slot| Arc::clone(&slot.technology)).collect();
        if technologies.iter().any(|one| self.is_running(entry, one)) {
            return None;
        }
        let asked_at = request.asked_at;
        self.requests.remove(&id);
        if let Some(entry) = self.accounts.get_mut(account) {
            entry.request = None;
        }
        Some(self.begin(account, technologies, asked_at, Some(id)))
    }

    /// Begins what of an account is due for longest, with all that has its interval: what is
    /// looked at often does not wait for what takes long.
    fn begin_due(&mut self, account: &AccountId) -> Option<Task> {
        let entry = self.accounts.get(account)?;
        let is_due = |slot: &&Slot| slot.due <= self.now && self.may_start(entry, slot);
        let due = entry.slots.iter().filter(is_due);
        let (since, interval) = due.map(|slot| (slot.due, slot.interval)).min()?;
        let due = entry.slots.iter().filter(is_due).filter(|slot| slot.interval == interval);
        let technologies = due.map(|slot| Arc::clone(&slot.technology)).collect();
        Some(self.begin(account, technologies, since, None))
    }

    fn begin(
        &mut self,
        account: &AccountId,
        technologies: Vec<Arc<str>>,
        due: Timestamp,
        request: Option<RequestId>,
    ) -> Task {
        self.last_task += 1;
        let id = TaskId(self.last_task);
        let task = Task {
            id,
            account: account.clone(),
            technologies: technologies.iter().map(ToString::to_string).collect(),
            due,
            request,
        };
        let (account, since) = (account.clone(), self.now);
        if let Some(entry) = self.accounts.get_mut(&account) {
            entry.tasks.push(id);
        }
        self.running.insert(id, Running { account, technologies, since, request });
        self.place(&task.account);
        task
    }

    /// Takes what a task came to. Nothing of what it looked at is looked at again before.
    pub fn ended(&mut self, task: TaskId, outcome: Outcome, now: Timestamp) {
        self.clock(now);
        let Some(Running { account, technologies, since, .. }) = self.running.remove(&task) else {
            return;
        };
        let Some(entry) = self.accounts.get_mut(&account) else { return };
        entry.tasks.retain(|id| *id != task);
        let retry = entry.ended(Ended { since, at: now, outcome });
        for slot in &mut entry.slots {
            if technologies.binary_search(&slot.technology).is_ok() {
                slot.looked_at(now, retry, entry.phase);
            }
        }
        self.place(&account);
        self.forget(&account);
    }

    /// When [`start`](Self::start) is to be asked again, unless something changes or ends
    /// before; `None` where nothing will be due by itself.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.waiting.first().map(|(at, _)| *at)
    }

    /// Takes the time. Where it went back, what was looked at in what is now the future was
    /// looked at now: else nothing would be due until that future comes.
    fn clock(&mut self, now: Timestamp) {
        let back = now < self.now;
        self.now = now;
        if back {
            for entry in self.accounts.values_mut() {
                entry.clock_went_back(now);
            }
            let all: Vec<_> = self.accounts.keys().cloned().collect();
            for account in &all {
                self.place(account);
            }
        }
    }

    fn pace_all(&mut self) {
        let all: Vec<_> = self.accounts.keys().cloned().collect();
        for account in &all {
            self.pace(account);
        }
    }

    /// Brings an account in line with the rules in force.
    fn pace(&mut self, account: &AccountId) {
        let Some(entry) = self.accounts.get_mut(account) else { return };
        entry.priority = self.rules.priority(account);
        for slot in &mut entry.slots {
            let pace = self.rules.pace(account, &slot.technology, self.settings.interval);
            slot.pace(pace, entry.phase);
        }
        self.place(account);
    }

    /// Puts an account where it belongs by what of it is due next.
    fn place(&mut self, account: &AccountId) {
        let Some(entry) = self.accounts.get(account) else { return };
        let slots = entry.slots.iter().filter(|slot| self.may_start(entry, slot));
        let next = slots.map(|slot| slot.due).min();
        let Some(entry) = self.accounts.get_mut(account) else { return };
        if let Some((at, is_due)) = entry.place.take() {
            let from = if is_due { &mut self.due } else { &mut self.waiting };
            from.remove(&(at, account.clone()));
        }
        if let Some(next) = next {
            entry.place = Some((next, false));
            self.waiting.insert((next, account.clone()));
        }
    }

    /// Whether a technology may begin when it is due.
    fn may_start(&self, entry: &Entry, slot: &Slot) -> bool {
        !slot.paused && !self.is_running(entry, &slot.technology)
    }

    fn is_running(&self, entry: &Entry, technology: &Arc<str>) -> bool {
        let mut tasks = entry.tasks.iter().filter_map(|id| self.running.get(id));
        tasks.any(|running| running.technologies.binary_search(technology).is_ok())
    }
}

#[cfg(test)]
mod tests;
