//! Messages to a topic of Amazon SNS.

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use secmonkey_core::account::Account;
use secmonkey_core::notify::mail::Mail;
use secmonkey_core::notify::{Error, Message, Notifier, payload};
use secmonkey_core::watch::Cause;
use serde_json::{Map, json};

use super::undelivered;
use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;

/// What publishing needs.
pub const PUBLISH: Operation = Operation::new("sns:Publish");
/// What telling needs whether the topic is there.
const ATTRIBUTES: Operation = Operation::new("sns:GetTopicAttributes");

/// What SNS takes in one message, in bytes.
const LONGEST: usize = 256 * 1024;
/// The longest subject that SNS takes, in characters.
const SUBJECT: usize = 99;
/// The subscribers that are programs. All others get text.
const PROGRAMS: [&str; 5] = ["firehose", "http", "https", "lambda", "sqs"];

/// Publishes messages: as text to people (mail, SMS), as JSON to programs (queues, functions,
/// addresses).
///
/// The message's id is the attribute `id`, and what a FIFO topic knows a repeated message by.
/// Messages are published with the credentials as they are, not with those of the watched
/// account's role.
#[derive(Debug, Clone)]
pub struct Sns {
    name: String,
    sessions: Sessions,
    settings: Settings,
}

/// Which topic.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The topic's ARN, of what names no other topic itself.
    pub topic: String,
}

impl Settings {
    /// Says no to what is no topic.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), String> {
        region_of(&self.topic).map(drop).map_err(|why| format!("topic: {why}"))
    }
}

impl Sns {
    /// A channel of this name.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(
        name: impl Into<String>,
        sessions: Sessions,
        settings: Settings,
    ) -> Result<Self, String> {
        settings.check()?;
        Ok(Self { name: name.into(), sessions, settings })
    }

    /// The client of the region that a topic is in.
    async fn client(&self, topic: &str) -> Result<Client, Error> {
        let region = region_of(topic).map_err(Error::Refused)?;
        let caller = self.sessions.caller().await;
        let caller = caller.map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(self.sessions.sns(&Account::from(caller), region))
    }
}

#[async_trait]
impl Notifier for Sns {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Error> {
        let topic = &self.settings.topic;
        let asked = self.client(topic).await?.get_topic_attributes().topic_arn(topic).send().await;
        match asked.map_err(|error| failed(ATTRIBUTES, &error)) {
            // Whoever publishes need not ask.
            Err(error) if error.cause != Cause::Denied => Err(undelivered(&error)),
            _ => Ok(()),
        }
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let topic = message.to.as_deref().unwrap_or(&self.settings.topic);
        let mail = Mail::of(message).map_err(|error| Error::Refused(error.to_string()))?;
        let id = MessageAttributeValue::builder().data_type("String").string_value(&message.id);
        let id = id.build().map_err(|error| Error::Refused(error.to_string()))?;
        let published = self
            .client(topic)
            .await?
            .publish()
            .topic_arn(topic)
            .subject(subject(&mail.subject))
            .message(body(message, &mail.text))
            .message_structure("json")
            .message_attributes("id", id);
        let published = if topic.rsplit('.').next() == Some("fifo") {
            published
                .message_group_id(message.account.as_str())
                .message_deduplication_id(&message.id)
        } else {
            published
        };
        let sent = published.send().await.map_err(|error| failed(PUBLISH, &error));
        sent.map(drop).map_err(|error| undelivered(&error))
    }
}

/// What each kind of subscriber gets, as short as SNS takes it all together.
fn body(message: &Message, text: &str) -> String {
    let mut longest = LONGEST / (PROGRAMS.len() + 1);
    loop {
        let json = payload::line(&payload::json(message, longest));
        let mut all = Map::from_iter([("default".to_owned(), json!(text))]);
        all.extend(PROGRAMS.map(|program| (program.to_owned(), json!(json))));
        let body = payload::line(&all.into());
        // Texts in texts take more than they are long.
        if body.len() <= LONGEST || longest < 1_000 {
            return body;
        }
        longest = longest / 4 * 3;
    }
}

/// A subject as SNS takes it: short, of plain letters.
fn subject(text: &str) -> String {
    let plain = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    text.chars().map(plain).take(SUBJECT).collect()
}

/// The region of a topic: `arn:aws:sns:eu-west-1:123456789012:alerts`.
fn region_of(topic: &str) -> Result<&str, String> {
    match topic.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "sns", region, _, name] if !region.is_empty() && !name.is_empty() => Ok(region),
        _ => Err(format!("`{topic}` is not the ARN of a topic of SNS")),
    }
}
