//! Envelopes: an event at its place in the log, and the bytes that a log keeps of it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Actor, Event, Position, SCHEMA, ScanId, StreamId, Version};

/// An event on its way into the log. Who made it happen, and in which scan, stands in the
/// [`Append`](crate::log::Append).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    /// What happened.
    pub event: Event,
    /// When it was observed, by the observer's clock. Information only.
    pub observed_at: Timestamp,
}

/// An event as it stands in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub scan: Option<ScanId>,
    /// What happened.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
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
        f.write_str(&hex::encode(self.0))
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
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidHash(text.to_owned()))?;
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
        actor: &Actor,
        scan: Option<&ScanId>,
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
            actor: actor.clone(),
            scan: scan.cloned(),
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
        Envelope::decode(&self.header, &self.body, before.next(&self.header, &self.body))
    }
}

impl Envelope {
    /// The event in the bytes of its header and its body, upcast to this release's schema;
    /// `hash` is the hash chain up to and including it, for those who have it already.
    ///
    /// # Errors
    /// Where the bytes are no event or a later release's.
    pub fn decode(header: &[u8], body: &[u8], hash: Hash) -> Result<Self, DecodeError> {
        let header: Header = serde_json::from_slice(header)?;
        let recorded_at = Timestamp::from_millisecond(header.recorded_at)?;
        Ok(Self {
            position: header.position,
            stream: header.stream,
            version: header.version,
            recorded_at,
            observed_at: header.observed_at.map_or(Ok(recorded_at), Timestamp::from_millisecond)?,
            actor: header.actor,
            scan: header.scan,
            event: upcast(body)?,
            hash,
        })
    }
}

/// Reads an event of any schema up to this release's.
fn upcast(body: &[u8]) -> Result<Event, DecodeError> {
    #[derive(Deserialize)]
    struct Written {
        schema: u64,
    }
    // A change of the schema adds its step here.
    let Written { schema } = serde_json::from_slice(body)?;
    if schema > u64::from(SCHEMA) {
        return Err(DecodeError::Newer(schema));
    }
    Ok(serde_json::from_slice(body)?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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
        };
        let (actor, scan) =
            (Actor::from("cli"), ScanId::at(Timestamp::from_second(1_767_225_600).unwrap()));
        let stream = StreamId::from("account/111122223333".to_owned());
        let at = Timestamp::from_second(1_767_225_601).unwrap();
        let stored =
            Stored::encode(Position(7), &stream, Version(2), at, &actor, Some(&scan), &new)
                .unwrap();
        let envelope = stored.decode(&Hash::START).unwrap();
        assert_eq!((envelope.position, envelope.version), (Position(7), Version(2)));
        assert_eq!((envelope.stream, envelope.recorded_at), (stream, at));
        assert_eq!((envelope.event, envelope.observed_at), (new.event, new.observed_at));
        assert_eq!((envelope.actor, envelope.scan), (actor, Some(scan)));
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
    fn an_event_of_a_later_release_is_refused_by_its_number() {
        let body = json!({ "schema": SCHEMA + 1, "type": "something_new" });
        let error = stored(&body).decode(&Hash::START).unwrap_err();
        assert!(
            matches!(error, DecodeError::Newer(schema) if schema == u64::from(SCHEMA) + 1),
            "{error}"
        );
    }
}
