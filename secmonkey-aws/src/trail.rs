//! CloudTrail: who called what, as hints of what changed.
//!
//! A record says which call was made, by whom, from where and with which parameters. Records
//! come bare, in `EventBridge`'s envelope, in files of many, and as the text that `LookupEvents`
//! answers; [`Reader::hints`] reads all of them. Which resource a record names is what the
//! technologies declare beside their calls ([`Facts::events`](crate::watch::Facts::events));
//! where none declares the event, every id and ARN in it that is one of a known item.
//!
//! [`Queue`] hands out what `EventBridge` puts on a queue of SQS, [`Lookup`] asks CloudTrail
//! itself, and [`setup`] writes down what has to be set up for the queue.

use secmonkey_core::Timestamp;
use secmonkey_core::account::AccountId;
use secmonkey_core::attribution::{Call, Hint};
use serde_json::Value;

mod about;
mod chain;
#[cfg(feature = "cloudtrail")]
mod lookup;
#[cfg(feature = "sqs")]
mod queue;
pub mod setup;
#[cfg(test)]
mod tests;
mod who;

use about::Declared;
use chain::Chains;
#[cfg(feature = "cloudtrail")]
pub use lookup::{LOOKUP, Lookup};
#[cfg(feature = "sqs")]
pub use queue::{CONSUME, Queue, QueueState, Settings};

/// A text of a record longer than this is cut: it is from whoever called.
const LONGEST: usize = 512;

/// Why a text is no record of CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// It is no JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// It is JSON of something else.
    #[error("it is no event of CloudTrail: it has no `{0}`")]
    NoRecord(&'static str),
    /// A member of it is not what CloudTrail says that it is.
    #[error("its `{member}` is `{value}`")]
    Member {
        /// Which one.
        member: &'static str,
        /// What stands there.
        value: String,
    },
}

/// Reads records. Remembers who took on which role, as far as it has read that.
#[derive(Debug, Default)]
pub struct Reader {
    declared: Declared,
    chains: Chains,
}

impl Reader {
    /// A reader that knows what all technologies declare.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The hints in a text: a record, `EventBridge`'s envelope around one, or a file of many.
    ///
    /// # Errors
    /// Where it is none of these.
    pub fn hints(&self, text: &str) -> Result<Vec<Hint>, Unreadable> {
        let value = parsed(text)?;
        if let (Some("Notification"), Some(inner)) =
            (value["Type"].as_str(), value["Message"].as_str())
        {
            // By way of a topic of SNS. What is in it is no notification again.
            return self.records(&parsed(inner)?);
        }
        self.records(&value)
    }

    fn records(&self, value: &Value) -> Result<Vec<Hint>, Unreadable> {
        let records = match (&value["Records"], &value["detail"]) {
            (Value::Array(records), _) => records.as_slice(),
            (_, detail @ Value::Object(_)) => std::slice::from_ref(detail),
            _ => std::slice::from_ref(value),
        };
        records.iter().map(|record| self.hint(record)).collect()
    }

    /// What one record says.
    ///
    /// # Errors
    /// Where it lacks what every record has.
    pub fn hint(&self, record: &Value) -> Result<Hint, Unreadable> {
        let text = |member: &'static str| {
            record[member]
                .as_str()
                .filter(|text| !text.is_empty())
                .ok_or(Unreadable::NoRecord(member))
        };
        let (event_name, event_source) = (text("eventName")?, text("eventSource")?);
        let event_id = text("eventID")?;
        let time = text("eventTime")?;
        let event_time: Timestamp = time
            .parse()
            .map_err(|_| Unreadable::Member { member: "eventTime", value: cut(time) })?;
        // Whose resources: of a call into another account, that one's copy is about them.
        let account = record["recipientAccountId"]
            .as_str()
            .or_else(|| record["userIdentity"]["accountId"].as_str())
            .ok_or(Unreadable::NoRecord("recipientAccountId"))?;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let known = account.parse::<AccountId>().ok().filter(|_| is_account);
        let account = known.ok_or_else(|| Unreadable::Member {
            member: "recipientAccountId",
            value: cut(account),
        })?;
        let mut who = who::who(record);
        who.chain = self.chains.of(record);
        self.chains.learn(record, &who);
        let from = record["sourceIPAddress"].as_str();
        let invoked_by = record["userIdentity"]["invokedBy"].as_str();
        let host = invoked_by.or(from.filter(|from| who::is_service(from)));
        let is_own = host.is_some_and(|host| host == who.principal || host == event_source);
        let call = Call {
            event_id: cut(event_id),
            shared_event_id: record["sharedEventID"].as_str().map(cut),
            event_name: cut(event_name),
            event_source: cut(event_source),
            event_time,
            who,
            via: host.filter(|_| !is_own).map(|host| cut(who::service(host))),
            source_ip: from.filter(|from| !who::is_service(from)).map(cut),
            user_agent: record["userAgent"]
                .as_str()
                .filter(|agent| !who::is_service(agent))
                .map(cut),
            writes: Vec::new(),
        };
        let error = record["errorCode"].as_str().map(cut);
        Ok(Hint {
            account,
            region: record["awsRegion"].as_str().map(cut).unwrap_or_default(),
            read_only: is_read_only(record, event_name),
            error,
            about: self.declared.about(record),
            call,
        })
    }
}

fn parsed(text: &str) -> Result<Value, Unreadable> {
    serde_json::from_str(text).map_err(|error| Unreadable::NotJson(error.to_string()))
}

/// Whether a call only reads: as the record says, where it does; some that change nothing do
/// not.
fn is_read_only(record: &Value, name: &str) -> bool {
    const HARMLESS: &[&str] = &[
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "ConsoleLogin",
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GetFederationToken",
        "GetSessionToken",
        "SwitchRole",
    ];
    match &record["readOnly"] {
        Value::Bool(true) => true,
        Value::String(text) if text == "true" => true,
        Value::Null if ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb)) => {
            true
        }
        _ => HARMLESS.contains(&name),
    }
}

/// A text from outside, of bounded length.
fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
