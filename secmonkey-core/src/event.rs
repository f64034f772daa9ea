//! Events: the only truth. Everything else is a fold over them.
//!
//! An event is JSON tagged by `type` with a `schema` number. Older schemas are
//! upcast when they are read and never rewritten: the hash chain covers the bytes
//! as they were stored.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Account, AccountId};
use crate::attribution::Attributed;
use crate::config::Digest;
use crate::governance::{Comment, Ignore, Override, RuleId, Silence, Subscription, Token, User};
use crate::network::Network;
use crate::schedule;

mod cut;
mod envelope;
mod id;
mod item;
mod scan;

pub use cut::{CarriedAccount, CarriedItem, CarriedScans, LogCut, Went};
pub use envelope::{DecodeError, Envelope, Hash, InvalidHash, NewEvent, Stored};
pub(crate) use id::short_id;
pub use id::{Actor, IssueId, Position, ScanId, ScopeId, StreamId, Version};

pub use item::{
    Change, Discovered, Full, Opened, Rebase, Rebased, Resolution, Returned, TooLarge, Undecided,
};
pub(crate) use scan::Running;
pub use scan::{
    Audited, CheckUsed, Counts, Failure, Interruption, IssueCounts, ItemCounts, OverrideUsed,
    Planned, ScopePart, Scopes, Swept, UndecidedCheck,
};

/// The schema number of the events this release writes.
///
/// - 1: the first.
pub const SCHEMA: u32 = 1;

impl Event {
    /// Whether it ends a scan in order.
    #[must_use]
    pub fn ends_scan(&self) -> bool {
        matches!(self, Self::ScanFinished(_) | Self::ScanInterrupted { by: Interruption::Stopped })
    }

    /// Whether it says something of the accounts or networks that are ours.
    pub(crate) fn is_of_known_world(&self) -> bool {
        matches!(
            self,
            Self::NetworkKnown(_)
                | Self::NetworkForgotten { .. }
                | Self::AccountRegistered(_)
                | Self::AccountUpdated(_)
                | Self::AccountRemoved { .. }
        )
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A resource was seen for the first time.
    ItemDiscovered(Discovered),
    /// The durable configuration changed: a revision.
    ItemChanged(Change),
    /// Only relations or daily values changed: no revision.
    ItemObserved(Change),
    /// Our way of reading changed, not the resource: a revision that alerts nobody.
    ItemRebased(Rebased),
    /// A complete listing lacked it and a direct look found nothing: a revision.
    ItemDeleted,
    /// It is back under the same key: a revision. The patch starts from the last
    /// known configuration.
    ItemReturned(Returned),
    /// It is there, and its configuration is too large to keep: a revision without one. What
    /// is known of it stands as an older value.
    ItemTooLarge(TooLarge),

    /// A check found something for the first time.
    IssueOpened(Opened),
    /// Score, wording, evidence or grounds of a finding changed.
    IssueUpdated(Opened),
    /// The finding no longer stands.
    IssueResolved {
        /// Which issue.
        issue: IssueId,
        /// Why it no longer stands.
        reason: Resolution,
    },
    /// A resolved finding stands again.
    IssueReopened(Opened),
    /// Somebody decided that the finding is acceptable.
    IssueJustified {
        /// Which issue.
        issue: IssueId,
        /// Why it is acceptable.
        note: String,
        /// When the decision ends; `None`: with the finding.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Somebody took the decision back.
    JustificationWithdrawn {
        /// Which issue.
        issue: IssueId,
    },
    /// The time of the decision ran out.
    JustificationExpired {
        /// Which issue.
        issue: IssueId,
    },
    /// Somebody said something about the item, a revision or an issue of it.
    Commented(Comment),
    /// Who made a change of the item, as far as that is known: no revision. What is known later
    /// comes in another event, and adds up.
    ChangeAttributed(Attributed),
    /// Which checks cannot decide about the item from here on: all of them, none where
    /// every check decides again. Written where it changed.
    ChecksUndecided {
        /// By the check's id.
        undecided: BTreeMap<String, Undecided>,
    },

    /// A scan began.
    ScanStarted {
        /// What it means to look at.
        planned: Vec<Planned>,
    },
    /// A look at something failed; what was known of it stands.
    SweepFailed(Failure),
    /// Scopes were looked at. Nothing else says so.
    Swept(Swept),
    /// Checks of this digest judge from here on; once a digest.
    CatalogueUsed {
        /// What audits name it by.
        digest: Digest,
        /// Every check.
        checks: Vec<CheckUsed>,
    },
    /// An account was audited.
    AuditFinished(Audited),
    /// A scan came to its end.
    ScanFinished(Counts),
    /// A scan ended before it was done. What it appended stays.
    ScanInterrupted {
        /// How.
        by: Interruption,
    },

    /// An account is watched, or known, from now on.
    AccountRegistered(Account),
    /// What is registered about an account changed.
    AccountUpdated(Account),
    /// An account is no longer registered. Its items stay, unwatched.
    AccountRemoved {
        /// Which account.
        id: AccountId,
    },

    /// Somebody vouches for a network from now on, or says something else of one of this
    /// name.
    NetworkKnown(Network),
    /// A network is no longer known.
    NetworkForgotten {
        /// Which network.
        name: String,
    },
    /// What a check says is said otherwise for some items from now on.
    CheckOverridden(Override),
    /// An override no longer counts.
    OverrideRemoved {
        /// Which override.
        id: RuleId,
    },
    /// Some items are ignored from now on: recorded and judged, and out of sight.
    ItemsIgnored(Ignore),
    /// Items are ignored no longer.
    IgnoreRemoved {
        /// By which rule.
        id: RuleId,
    },
    /// When something is looked at is decided from now on, instead of what was decided about
    /// just that before.
    ScheduleChanged(schedule::Rule),
    /// What was decided about when something is looked at counts no more.
    ScheduleReset(schedule::Scope),
    /// Somebody wants to hear of something from now on, or of something else than before.
    Subscribed(Subscription),
    /// Somebody wants to hear of it no longer.
    Unsubscribed {
        /// Which subscription.
        id: RuleId,
    },
    /// Somebody may ask over the API from now on.
    UserAdded(User),
    /// They may do something else, or see other items, than before.
    UserUpdated(User),
    /// They are let in no longer.
    UserRemoved {
        /// Who.
        id: RuleId,
    },
    /// Their password is another one from now on. It is never here.
    PasswordChanged {
        /// Whose.
        user: RuleId,
    },
    /// A program is let in from now on.
    TokenIssued(Token),
    /// It is let in no longer.
    TokenRevoked {
        /// With which token.
        id: RuleId,
    },
    /// Nobody is told anything from now on.
    NotificationsSilenced(Silence),
    /// Everybody is told again.
    NotificationsResumed,
    /// Secret values are digested under this key from here on.
    DigestKeyUsed {
        /// The key's id; the key itself is never here.
        key: String,
    },

    /// Checkpoints of this log are signed under this key from here on.
    SigningKeyUsed {
        /// The public half, as others have it
        /// ([`VerifierKey`](crate::tlog::VerifierKey)). Its name is the log's origin: the same
        /// in all keys of a log, for ever.
        key: String,
    },

    /// The beginning of the log was cut: what stands there now is what it came to.
    LogCut(LogCut),
    /// An item as it stood where the log was cut. Stands in place of the item's last event
    /// before the cut, and is never appended.
    ItemCarried(Box<CarriedItem>),
    /// What was looked at where the log was cut. Stands in place of the last event of a scan
    /// that speaks of these accounts, and is never appended.
    ScansCarried(Box<CarriedScans>),

    /// A notifier has delivered, or will never deliver, what stands here.
    Delivered {
        /// Everything up to this position, where `message` is `None`.
        position: Position,
        /// Only this message, which ends at the position.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// What happened has settled: each of these is one thing to tell. Without any it only says
    /// that time has passed.
    NotificationsSettled {
        /// What settled.
        settled: Vec<Settled>,
    },
}

/// What happened in an account, or was decided by somebody, and is told together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// In whose account, or by whose decisions.
    pub of: SettledOf,
    /// Where the events begin that it is read from.
    pub from: Position,
    /// Where the first of what is told was complete,
    pub first: Position,
    /// and the last.
    pub last: Position,
}

/// What settles on its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledOf {
    /// What happens in an account.
    Account(AccountId),
    /// What somebody decides.
    Decisions(Actor),
    /// What is found in accounts that nobody looked at before.
    FirstLooks,
}
