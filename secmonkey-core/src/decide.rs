//! Decisions of people: which findings are acceptable, which accounts are watched, which
//! networks are known, what checks say where, what is ignored.
//!
//! Each is decided on what the log says and appended with the version it was decided on.
//! Where somebody else wrote meanwhile, it is decided anew, a bounded number of times.

use std::collections::BTreeMap;
use std::sync::Arc;

use ipnet::IpNet;
use jiff::Timestamp;

use crate::account::{Account, AccountId};
use crate::check::parameter::InvalidValue;
use crate::event::{Actor, Event, IssueId, Position, StreamId, Version};
use crate::log::{self, Append, AppendError, EventLog, Expected};
use crate::nearest::Unknown;
use crate::pipeline::Clock;
use crate::provider::Provider;
use crate::query::{self, IssueState, Known};
use crate::source;
use crate::view::{self, Views};

mod accounts;
mod apply;
mod comments;
mod issues;
mod keys;
mod networks;
mod rules;
mod schedule;
mod subscriptions;
mod users;

pub use accounts::{Imported, Missing, Updated};
pub use apply::{Change, Changed, Declared};
pub use rules::Made;

/// How often a decision that met another write is taken anew before it is given up.
const CONFLICTS: usize = 32;

/// Brings an account's settings into form, or says what is wrong with them.
type Validate = Arc<dyn Fn(&mut Account) -> Result<(), String> + Send + Sync>;

/// Takes decisions for one actor over one log.
///
/// ```
/// use std::sync::Arc;
///
/// use secmonkey_core::account::Account;
/// use secmonkey_core::decide::Decisions;
/// use secmonkey_core::event::Actor;
/// use secmonkey_core::log::memory::Memory;
/// use secmonkey_core::provider::Provider;
/// use secmonkey_core::view::Views;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let views = Views::in_memory();
/// let log = Arc::new(Memory::default());
/// let decisions = Decisions::new(log, views.clone(), Actor::from("alice"));
/// let account = Account::new(Provider::named("aws"), "123456789012".parse()?, "production");
/// decisions.register(account).await?;
/// assert!(views.accounts()?.find("production").is_some());
/// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Decisions {
    log: Arc<dyn EventLog>,
    views: Views,
    actor: Actor,
    clock: Clock,
    providers: BTreeMap<Provider, Validate>,
}

impl Decisions {
    /// Decisions of an actor. Time comes from the system's clock.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, views: Views, actor: Actor) -> Self {
        let clock: Clock = Arc::new(Timestamp::now);
        Self { log, views, actor, clock, providers: BTreeMap::new() }
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Has accounts of a provider validated: `validate` brings the id and the settings into
    /// form, or says what is wrong. Once there is one, accounts of other providers are
    /// refused.
    #[must_use]
    pub fn provider<E: std::fmt::Display>(
        mut self,
        provider: Provider,
        validate: impl Fn(&mut Account) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        let validate =
            move |account: &mut Account| validate(account).map_err(|error| error.to_string());
        self.providers.insert(provider, Arc::new(validate));
        self
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// What is known now.
    fn known(&self) -> Known {
        Known::new(self.views.clone(), self.now())
    }

    /// Decides and appends what was decided; anew, where somebody else wrote meanwhile.
    /// Returns what `decide` answered last, once it is in the views.
    async fn decided<T>(
        &self,
        mut decide: impl FnMut() -> Result<(T, Vec<Decided>), Error>,
    ) -> Result<T, Error> {
        let log = self.log.as_ref();
        let mut conflicts = 0;
        loop {
            let seen = self.views.catch_up(log).await?;
            let (answer, decided) = decide()?;
            // What is decided about one stream is decided on one version of it.
            let mut streams: BTreeMap<StreamId, (Option<Version>, Vec<Event>)> = BTreeMap::new();
            for Decided { stream, version, event } in decided {
                let (known, events) = streams.entry(stream).or_default();
                *known = known.or(version);
                events.push(event);
            }
            let mut batch = Vec::with_capacity(streams.len());
            for (stream, (version, events)) in streams {
                let version = match version {
                    Some(version) => version,
                    None => version_at(log, &stream, seen).await?,
                };
                let expected = Expected::Exact(version);
                batch.push(Append::new(stream, expected, &self.actor, self.now(), events));
            }
            if batch.is_empty() {
                return Ok(answer);
            }
            match log.append(batch).await {
                Ok(_) => {
                    self.views.catch_up(log).await?;
                    return Ok(answer);
                }
                Err(AppendError::Conflict { .. }) if conflicts < CONFLICTS => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What was decided about one stream.
struct Decided {
    stream: StreamId,
    /// The version it was decided on; `None`: that of the views.
    version: Option<Version>,
    event: Event,
}

impl Decided {
    fn new(stream: StreamId, event: Event) -> Self {
        Self { stream, version: None, event }
    }
}

/// The version of a stream as it was decided on: the last at or before a position. What
/// was written since then meets it as a conflict.
async fn version_at(
    log: &dyn EventLog,
    stream: &StreamId,
    position: Position,
) -> Result<Version, log::Error> {
    let mut version = log.version(stream).await?;
    while version.0 > 0 {
        let last = log.read_stream(stream, version, 1).await?;
        if last.first().is_none_or(|last| last.position <= position) {
            break;
        }
        version.0 -= 1;
    }
    Ok(version)
}

/// Why something cannot be decided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A justification says why.
    #[error("an empty note justifies nothing")]
    EmptyNote,
    /// The justification would have ended already.
    #[error("{0:.0} is over already")]
    Over(Timestamp),
    /// What no longer stands needs no decision.
    #[error("{0} is resolved: there is nothing to justify")]
    Resolved(IssueId),
    /// There is no decision to take back.
    #[error("{0} is not justified")]
    NotJustified(IssueId),
    /// The account is registered.
    #[error("account {} is registered already, as {}", .0.id, .0.name)]
    Registered(Box<Account>),
    /// Another provider's account has this id.
    #[error("account {id}: the id belongs to an account of the provider {provider}")]
    OtherProvider {
        /// The id.
        id: AccountId,
        /// The provider it is registered with.
        provider: Provider,
    },
    /// An account without a name.
    #[error("account {0}: an account needs a name")]
    Unnamed(AccountId),
    /// Names are unique, and none is another account's id.
    #[error("account {id}: the name {name} {whose} {other}")]
    NameTaken {
        /// The account that would get the name.
        id: AccountId,
        /// The name.
        name: String,
        /// What the name is to the other account.
        whose: Taken,
        /// The other account.
        other: AccountId,
    },
    /// The provider does not accept it.
    #[error("account {id}: {reason}")]
    Invalid {
        /// The account.
        id: AccountId,
        /// What is wrong.
        reason: String,
    },
    /// A comment says something.
    #[error("an empty comment says nothing")]
    EmptyComment,
    /// A rule says why.
    #[error("a rule needs a reason")]
    NoReason,
    /// An override says something.
    #[error("an override gives a score, sets a parameter or turns the check off")]
    NothingOverridden,
    /// A parameter may not have this value.
    #[error(transparent)]
    Parameter(#[from] InvalidValue),
    /// Parameters decide over what is found.
    #[error("`{0}` means other items as time goes by, and a parameter cannot: write a date")]
    Drifting(String),
    /// Scores are 0 to 10.
    #[error("a score is 0 to 10, not {0}")]
    Score(u8),
    /// Ignoring everything would be the end of watching.
    #[error("a rule that ignores everything: say which items")]
    IgnoresAll,
    /// A rule of the schedule says something.
    #[error("a rule of the schedule gives an interval, a priority or a pause")]
    NothingScheduled,
    /// Accounts have their turns, not technologies.
    #[error("the priority is that of an account: leave out the technology {0}")]
    PriorityOfTechnology(String),
    /// Rules are about items.
    #[error("a rule is about items: `{0}` speaks of issues, of scans, or of what rules decide")]
    Unfit(String),
    /// No rule is in force that could be removed.
    #[error("{0}")]
    NoRule(String),
    /// A network without a name.
    #[error("a network needs a name")]
    UnnamedNetwork,
    /// Another network has the name.
    #[error("the network {name} is known already, as {cidr}")]
    KnownNetwork {
        /// The name.
        name: String,
        /// The addresses it is known by.
        cidr: IpNet,
    },
    /// A subscription without a name.
    #[error("a subscription needs a name")]
    UnnamedSubscription,
    /// A subscription that cannot be.
    #[error("subscription {name}: {reason}")]
    Subscription {
        /// Which one.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A user or a token that cannot be called so.
    #[error("{what} `{name}`: {reason}")]
    Name {
        /// `user` or `token`.
        what: &'static str,
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The name is taken.
    #[error("there is a user {0} already")]
    UserExists(String),
    /// The name is taken.
    #[error("there is a token {0} already: revoke it, or choose another name")]
    TokenExists(String),
    /// Nobody would be left who may do everything.
    #[error("{0} is the last who may do everything: let somebody else do so first")]
    LastAdmin(String),
    /// Nothing is silenced.
    #[error("notifications are not silenced")]
    NotSilenced,
    /// Nobody lists the accounts.
    #[error("{title}: {error}")]
    Source {
        /// What the source is called.
        title: String,
        /// Why it lists nothing.
        error: source::Error,
    },
    /// Who is missing is only known of a source that named all.
    #[error("{0} does not say that it names all accounts: who is missing cannot be told")]
    NotWhole(String),
    /// A log has one origin.
    #[error("the origin of this log is {origin}, for ever: a key for {key} cannot sign it")]
    OtherOrigin {
        /// Whom the key signs for.
        key: String,
        /// The origin.
        origin: String,
    },
    /// No account, provider or network has this name.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// What is decided about cannot be found.
    #[error(transparent)]
    Query(#[from] query::Error),
    /// The log took no more, or somebody else wrote each time it was tried.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The views cannot be read.
    #[error(transparent)]
    View(#[from] view::Error),
}

/// What a name is to another account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Its name.
    Name,
    /// Its id.
    Id,
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Name => "belongs to",
            Self::Id => "is the id of",
        })
    }
}

#[cfg(test)]
mod tests;
