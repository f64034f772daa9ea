//! Events: the only truth. Everything else is a fold over them.
//!
//! An event is JSON tagged by `type` with a `schema` number. Older schemas are
//! upcast when they are read and never rewritten: the hash chain covers the bytes
//! as they were stored.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use json_patch::Patch;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::account::{Account, AccountId};
use crate::config::Digest;
use crate::item::Key;
use crate::network::Network;

/// The schema number of the events this release writes.
///
/// - 1: the first.
/// - 2: networks are known and forgotten; `audit_finished` says its position.
pub const SCHEMA: u32 = 2;

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A resource was seen for the first time.
    ItemDiscovered(Discovered),
    /// The durable configuration changed: a revision.
    ItemChanged(Change),
    /// Only relations or daily values changed: no revision.
    ItemObserved(Change),
    /// Our way of reading changed, not the resource: a revision that alerts nobody.
    ItemRebased(Rebased),
    /// A complete listing lacked it and a direct look-up found nothing: a revision.
    ItemDeleted,
    /// It is back under the same key: a revision. The patch starts from the last
    /// known configuration.
    ItemReturned(Returned),

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

    /// A scan began.
    ScanStarted {
        /// What it means to look at.
        planned: Vec<Planned>,
    },
    /// A look at something failed; what was known of it stands.
    SweepFailed(Failure),
    /// A scan came to its end.
    ScanFinished(Finished),
    /// An account was audited.
    AuditFinished {
        /// Which account.
        account: AccountId,
        /// Digest over the checks (ids, versions, parameters) and the accounts. Another
        /// digest audits everything stored again, once.
        catalogue: Digest,
        /// What of the log it saw, at least: where names or networks changed since, what
        /// looks them up is audited again. 0 before schema 2, which did not say.
        #[serde(default)]
        position: Position,
        /// The checks that completed for the first time here.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        first: Vec<String>,
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
}

/// The first sight of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discovered {
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The technology's shape it was read with.
    pub shape: u32,
    /// The configuration in canonical form.
    pub config: Value,
    /// The digest of the configuration.
    pub digest: Digest,
    /// Parts that could not be read yet.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<String>,
}

/// A step from one configuration of an item to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// RFC 6902, minimal.
    pub patch: Patch,
    /// The digest of the configuration after it.
    pub digest: Digest,
    /// The whole configuration after it, every now and then: replay starts here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<Value>,
    /// The new name, where it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new ARN, where it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// A step that comes from our reading, not from the resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rebased {
    /// The step.
    #[serde(flatten)]
    pub change: Change,
    /// What changed in our reading.
    pub reason: Rebase,
    /// The technology's shape it was read with.
    pub shape: u32,
    /// Parts that could still not be read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<String>,
}

/// The step from the last known configuration to that of the returned item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    /// The step.
    #[serde(flatten)]
    pub change: Change,
    /// The technology's shape it was read with.
    pub shape: u32,
    /// Parts that could not be read since it returned.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<String>,
}

/// Why an item was rebased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rebase {
    /// A release reads the technology in another shape.
    Shape,
    /// A part was read for the first time.
    FirstRead,
}

/// A finding as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The issue it is the state of.
    pub issue: IssueId,
    /// The id of the check that found it.
    pub check: String,
    /// What inside the item it is about; empty for the whole item.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The base score, 0 to 10.
    pub score: u8,
    /// Dates and facts, in one line; never ages.
    pub detail: String,
    /// Pointers into the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What the finding rests on, one word each: more of them is a wider finding.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub grounds: BTreeSet<String>,
}

/// Why an issue was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The check no longer finds it.
    Fixed,
    /// The item is confirmed gone.
    ItemDeleted,
    /// No check of this id exists any more.
    CheckRetired,
}

/// What one scan means to look at in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The account.
    pub account: AccountId,
    /// The technologies.
    pub technologies: Vec<String>,
    /// The regions, `global` among them where global technologies are read.
    pub regions: Vec<String>,
    /// Whether this is all there is to look at in the account: what is missing
    /// here is unwatched from now on.
    pub complete: bool,
}

/// What can succeed or fail on its own, seen from one technology.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopeId {
    /// The account.
    pub account: AccountId,
    /// The technology's id.
    pub technology: String,
    /// The region that is listed; `*` where the regions themselves could not be listed.
    pub region: String,
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.account, self.technology, self.region)
    }
}

/// A look that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where.
    pub scope: ScopeId,
    /// The provider's operation, as its permissions name it: `s3:GetBucketPolicy`.
    pub operation: String,
    /// The resource id, where only one item is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The pointer of the part, where only one part of an item is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// What the provider or the network said.
    pub reason: String,
}

/// The numbers of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Scopes that were looked at to the end.
    pub sweeps: u64,
    /// Items that were read.
    pub seen: u64,
    /// Scopes whose listing failed: nothing was concluded from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<ScopeId>,
    /// Scopes whose service does not exist in the region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<ScopeId>,
}

/// Ten base32 characters that name an issue: of SHA-256 over item key, check and subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueId(String);

impl IssueId {
    /// The id of what `check` says about `subject` inside the item.
    #[must_use]
    pub fn of(key: &Key, check: &str, subject: &str) -> Self {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut hasher = Sha256::new();
        for part in [key.to_string().as_str(), check, subject] {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let hash = hasher.finalize();
        let bits = hash.iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let id = (0..10)
            .map(|n| char::from(ALPHABET[usize::try_from(bits >> (59 - 5 * n) & 31).unwrap_or(0)]))
            .collect();
        Self(id)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an event stands in the whole log, counted from 1. 0 is before the first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Where an event stands in its stream, counted from 1. 0 is before the first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What events belong together and are ordered by one expected version:
/// `item/KEY`, `scan/ID`, `account/ID`, `governance`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamId(String);

impl StreamId {
    /// The stream of an item: its configurations and its issues.
    #[must_use]
    pub fn item(key: &Key) -> Self {
        Self(format!("item/{key}"))
    }

    /// The stream of a scan.
    #[must_use]
    pub fn scan(id: &ScanId) -> Self {
        Self(format!("scan/{id}"))
    }

    /// The stream of an account.
    #[must_use]
    pub fn account(id: &AccountId) -> Self {
        Self(format!("account/{id}"))
    }

    /// The stream of what people decide for everything: networks.
    #[must_use]
    pub fn governance() -> Self {
        Self("governance".to_owned())
    }

    /// The stream as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The item whose stream this is.
    #[must_use]
    pub fn as_item(&self) -> Option<Key> {
        self.0.strip_prefix("item/")?.parse().ok()
    }
}

impl From<String> for StreamId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names a scan; later scans sort after earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScanId(String);

impl ScanId {
    /// The id of the scan that started then.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self(start.strftime("%Y%m%dT%H%M%S%3fZ").to_string())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who made the event happen: a user's name, `scheduler`, `cli`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(pub String);

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An event on its way into the log.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub event: Event,
    /// When it was observed, by the observer's clock. Information only.
    pub observed_at: Timestamp,
    /// Who made it happen.
    pub actor: Actor,
    /// The scan it belongs to.
    pub scan: Option<ScanId>,
}

/// An event as it stands in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Where it stands in the whole log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Where it stands in its stream.
    pub version: Version,
    /// When the writer recorded it; never goes back.
    pub recorded_at: Timestamp,
    /// When it was observed, by the observer's clock.
    pub observed_at: Timestamp,
    /// Who made it happen.
    pub actor: Actor,
    /// The scan it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<ScanId>,
    /// What happened.
    pub event: Event,
    /// The hash chain up to and including this event.
    pub hash: Hash,
}

/// A link of the hash chain: SHA-256 over the link before, the stored header and
/// the stored body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The link before the first event.
    pub const START: Self = Self([0; 32]);

    /// The link after this one.
    #[must_use]
    pub fn next(&self, header: &[u8], body: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(header);
        hasher.update(body);
        Self(hasher.finalize().into())
    }
}

/// A text that is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a hash: expected 64 hexadecimal digits")]
pub struct InvalidHash(String);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidHash(text.to_owned());
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(invalid());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| invalid())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = InvalidHash;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// The bytes of an event as a log stores them: the header line and the body line.
///
/// The hash chain covers these bytes, so a log keeps them as they are; a later
/// release may write other bytes for the same event, but reads these for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Position, stream, version, times, actor and scan.
    pub header: Vec<u8>,
    /// The event with its schema number.
    pub body: Vec<u8>,
}

/// Short names, because every event carries them.
#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(rename = "p")]
    position: Position,
    #[serde(rename = "s")]
    stream: StreamId,
    #[serde(rename = "v")]
    version: Version,
    /// Milliseconds since 1970.
    #[serde(rename = "r")]
    recorded_at: i64,
    /// Milliseconds since 1970; left out where equal to `recorded_at`.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    observed_at: Option<i64>,
    #[serde(rename = "a")]
    actor: Actor,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    scan: Option<ScanId>,
}

#[derive(Serialize)]
struct Body<'a> {
    schema: u32,
    #[serde(flatten)]
    event: &'a Event,
}

/// Stored bytes that are no event.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not what any release wrote.
    #[error("not an event: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A time out of range.
    #[error("not an event: {0}")]
    Time(#[from] jiff::Error),
    /// A later release wrote it.
    #[error("schema {0} of this event is newer than this release, which reads up to {SCHEMA}")]
    Newer(u64),
}

impl Stored {
    /// The bytes for an event at its place. Times count in milliseconds.
    ///
    /// # Errors
    /// Where the event holds something that is no JSON, which no event does.
    pub fn encode(
        position: Position,
        stream: &StreamId,
        version: Version,
        recorded_at: Timestamp,
        new: &NewEvent,
    ) -> Result<Self, serde_json::Error> {
        let recorded = recorded_at.as_millisecond();
        let observed = new.observed_at.as_millisecond();
        let header = Header {
            position,
            stream: stream.clone(),
            version,
            recorded_at: recorded,
            observed_at: (observed != recorded).then_some(observed),
            actor: new.actor.clone(),
            scan: new.scan.clone(),
        };
        Ok(Self {
            header: serde_json::to_vec(&header)?,
            body: serde_json::to_vec(&Body { schema: SCHEMA, event: &new.event })?,
        })
    }

    /// The event in these bytes, upcast to this release's schema; `before` is the
    /// hash of the event before it.
    ///
    /// # Errors
    /// Where the bytes are no event or a later release's.
    pub fn decode(&self, before: &Hash) -> Result<Envelope, DecodeError> {
        let header: Header = serde_json::from_slice(&self.header)?;
        let recorded_at = Timestamp::from_millisecond(header.recorded_at)?;
        Ok(Envelope {
            position: header.position,
            stream: header.stream,
            version: header.version,
            recorded_at,
            observed_at: header.observed_at.map_or(Ok(recorded_at), Timestamp::from_millisecond)?,
            actor: header.actor,
            scan: header.scan,
            event: upcast(&self.body)?,
            hash: before.next(&self.header, &self.body),
        })
    }
}

/// Reads an event of any schema up to this release's.
fn upcast(body: &[u8]) -> Result<Event, DecodeError> {
    #[derive(Deserialize)]
    struct Written {
        schema: u64,
    }
    // What schema 2 adds has defaults. A change that has none adds its step here.
    let Written { schema } = serde_json::from_slice(body)?;
    if schema > u64::from(SCHEMA) {
        return Err(DecodeError::Newer(schema));
    }
    Ok(serde_json::from_slice(body)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored(body: &Value) -> Stored {
        Stored {
            header: br#"{"p":1,"s":"account/111122223333","v":1,"r":1767225600000,"a":"cli"}"#
                .to_vec(),
            body: serde_json::to_vec(body).unwrap(),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let new = NewEvent {
            event: Event::AccountRemoved { id: "111122223333".parse().unwrap() },
            observed_at: Timestamp::from_millisecond(1_767_225_600_123).unwrap(),
            actor: Actor("cli".to_owned()),
            scan: Some(ScanId::at(Timestamp::from_second(1_767_225_600).unwrap())),
        };
        let stream = StreamId::from("account/111122223333".to_owned());
        let at = Timestamp::from_second(1_767_225_601).unwrap();
        let stored = Stored::encode(Position(7), &stream, Version(2), at, &new).unwrap();
        let envelope = stored.decode(&Hash::START).unwrap();
        assert_eq!((envelope.position, envelope.version), (Position(7), Version(2)));
        assert_eq!((envelope.stream, envelope.recorded_at), (stream, at));
        assert_eq!((envelope.event, envelope.observed_at), (new.event, new.observed_at));
        assert_eq!((envelope.actor, envelope.scan), (new.actor, new.scan));
        assert_eq!(envelope.hash, Hash::START.next(&stored.header, &stored.body));
    }

    #[test]
    fn the_first_schema_is_read_for_ever() {
        let body = json!({ "schema": 1, "type": "account_removed", "id": "111122223333" });
        let envelope = stored(&body).decode(&Hash::START).unwrap();
        assert_eq!(envelope.event, Event::AccountRemoved { id: "111122223333".parse().unwrap() });
        assert_eq!(envelope.observed_at, envelope.recorded_at);
    }

    #[test]
    fn an_audit_of_the_first_schema_saw_nothing_of_the_known_world() {
        let catalogue = Digest::of(&json!({}));
        let account: AccountId = "111122223333".parse().unwrap();
        let body = json!({
            "schema": 1, "type": "audit_finished", "account": account, "catalogue": catalogue,
        });
        let envelope = stored(&body).decode(&Hash::START).unwrap();
        let position = Position(0);
        let event = Event::AuditFinished { account, catalogue, position, first: Vec::new() };
        assert_eq!(envelope.event, event);
    }

    #[test]
    fn an_event_of_a_later_release_is_refused_by_its_number() {
        let body = json!({ "schema": 3, "type": "something_new" });
        let error = stored(&body).decode(&Hash::START).unwrap_err();
        assert!(matches!(error, DecodeError::Newer(3)), "{error}");
    }

    #[test]
    fn an_issue_keeps_its_id() {
        let key: Key = "111122223333/security_group/eu-west-1/sg-1".parse().unwrap();
        let id = IssueId::of(&key, "security_group.open", "ssh");
        assert_eq!(id.as_str(), "j2edu2mwlu");
        assert_ne!(id, IssueId::of(&key, "security_group.opens", "sh"));
    }
}
