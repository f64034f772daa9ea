//! A queue of SQS that `EventBridge` puts CloudTrail's events on.

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
};
use secmonkey_core::account::Account;
use secmonkey_core::attribution::{Ack, ChangeEvents, Delivery, Error, Poison};
use secmonkey_core::outside::line;
use tokio::sync::OnceCell;

use super::Reader;
use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;

/// What taking from a queue needs.
pub const CONSUME: &[Operation] = &[ATTRIBUTES, DELETE, RECEIVE];

const ATTRIBUTES: Operation = Operation::new("sqs:GetQueueAttributes");
const DELETE: Operation = Operation::new("sqs:DeleteMessage");
const RECEIVE: Operation = Operation::new("sqs:ReceiveMessage");

/// So many messages come at a time, and go.
const BATCH: usize = 10;
/// So long a question waits for messages, in seconds: the longest there is.
const WAIT: i32 = 20;
/// So long nobody else gets what was handed out, in seconds, unless it is taken for good.
const VISIBILITY: i32 = 120;
/// What was handed out more often and never taken is set aside.
const RECEIVES: u32 = 10;

/// Which queue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The queue's URL.
    pub url: String,
    /// Its region; that in the URL, if nobody says.
    #[serde(default)]
    pub region: Option<String>,
}

/// How a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueState {
    /// About how many messages wait.
    pub waiting: u64,
    /// Whether it puts messages aside that were handed out too often.
    pub redrives: bool,
}

/// Hands out what is on a queue, with the credentials as they are.
///
/// A message that is none of ours is set aside: where the queue has a redrive policy, it is left
/// to it, and lies in the dead-letter queue after a while; else it is deleted once it was
/// reported, because it would come again for ever. The same for messages whose items could not
/// be looked at after ten times: the next scan finds what they told of.
#[derive(Debug)]
pub struct Queue {
    sessions: Sessions,
    settings: Settings,
    reader: Reader,
    client: OnceCell<Client>,
    /// Whether it has a redrive policy.
    redrives: OnceCell<bool>,
}

impl Queue {
    /// A queue with these settings. Asks nobody.
    #[must_use]
    pub fn new(sessions: Sessions, settings: Settings) -> Self {
        let (client, redrives) = (OnceCell::new(), OnceCell::new());
        Self { sessions, settings, reader: Reader::new(), client, redrives }
    }

    fn error(&self, operation: Operation, reason: impl AsRef<str>) -> Error {
        Error {
            queue: self.settings.url.clone(),
            operation: operation.permission.to_owned(),
            reason: line(reason.as_ref()),
        }
    }

    async fn client(&self) -> Result<&Client, Error> {
        let made = self.client.get_or_try_init(|| async {
            let caller = self.sessions.caller().await;
            let caller = caller.map_err(|error| self.error(RECEIVE, error.to_string()))?;
            let region = self.settings.region.as_deref().or_else(|| region_of(&self.settings.url));
            let region = region.ok_or_else(|| {
                self.error(RECEIVE, "the URL names no region: set `region` beside it")
            })?;
            Ok(self.sessions.sqs(&Account::from(caller), region))
        });
        made.await
    }

    /// How it is, without taking anything.
    ///
    /// # Errors
    /// Where it is not there, or who asks may not take from it.
    pub async fn state(&self) -> Result<QueueState, Error> {
        let client = self.client().await?;
        let answer = client
            .get_queue_attributes()
            .queue_url(&self.settings.url)
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .send()
            .await
            .map_err(|error| self.error(ATTRIBUTES, failed(ATTRIBUTES, &error).reason))?;
        let attributes = answer.attributes.unwrap_or_default();
        let waiting = attributes.get(&QueueAttributeName::ApproximateNumberOfMessages);
        Ok(QueueState {
            waiting: waiting.and_then(|count| count.parse().ok()).unwrap_or_default(),
            redrives: attributes.contains_key(&QueueAttributeName::RedrivePolicy),
        })
    }

    /// Whether the queue puts messages aside that were handed out too often.
    async fn redrives(&self) -> bool {
        let known = self
            .redrives
            .get_or_try_init(|| async { Ok::<_, Error>(self.state().await?.redrives) });
        // Who may not ask leaves it to the queue.
        known.await.map_or(true, |redrives| *redrives)
    }

    async fn delivery(&self, message: Message) -> Option<Delivery> {
        let ack = Ack(message.receipt_handle?);
        let receives: u32 = message
            .attributes
            .as_ref()
            .and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount))
            .and_then(|count| count.parse().ok())
            .unwrap_or(1);
        let read = self.reader.hints(message.body.as_deref().unwrap_or_default());
        let reason = match read {
            Ok(hints) if receives <= RECEIVES => {
                return Some(Delivery { ack, content: Ok(hints) });
            }
            Ok(_) => format!("it was handed out {receives} times, and never taken"),
            Err(error) => error.to_string(),
        };
        let poison = Poison {
            id: message.message_id.unwrap_or_default(),
            reason: line(&reason),
            is_kept: self.redrives().await,
        };
        Some(Delivery { ack, content: Err(poison) })
    }
}

#[async_trait]
impl ChangeEvents for Queue {
    fn name(&self) -> &str {
        &self.settings.url
    }

    async fn next(&self) -> Result<Vec<Delivery>, Error> {
        let client = self.client().await?;
        let answer = client
            .receive_message()
            .queue_url(&self.settings.url)
            .max_number_of_messages(i32::try_from(BATCH).unwrap_or(1))
            .wait_time_seconds(WAIT)
            .visibility_timeout(VISIBILITY)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(|error| self.error(RECEIVE, failed(RECEIVE, &error).reason))?;
        let mut all = Vec::new();
        for message in answer.messages.unwrap_or_default() {
            all.extend(self.delivery(message).await);
        }
        Ok(all)
    }

    async fn ack(&self, done: Vec<Ack>) -> Result<(), Error> {
        let client = self.client().await?;
        let mut left = 0;
        for some in done.chunks(BATCH) {
            let entries = some.iter().enumerate().map(|(index, Ack(handle))| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(handle)
                    .build()
                    .map_err(|error| self.error(DELETE, error.to_string()))
            });
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            let answer = client
                .delete_message_batch()
                .queue_url(&self.settings.url)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| self.error(DELETE, failed(DELETE, &error).reason))?;
            left += answer.failed.len();
        }
        match left {
            0 => Ok(()),
            left => Err(self.error(DELETE, format!("{left} messages are still there"))),
        }
    }
}

/// The region in a queue's URL: `https://sqs.eu-west-1.amazonaws.com/123456789012/events`.
fn region_of(url: &str) -> Option<&str> {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split('/').next()?;
    let mut labels = host.split('.');
    match (labels.next()?, labels.next()?) {
        // The latter as it was written before.
        ("sqs", region) | (region, "queue") => Some(region),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::region_of;

    #[test]
    fn a_queue_is_in_the_region_of_its_url() {
        for (url, region) in [
            ("https://sqs.eu-west-1.amazonaws.com/123456789012/events", Some("eu-west-1")),
            ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/events", Some("cn-north-1")),
            ("https://eu-west-1.queue.amazonaws.com/123456789012/events", Some("eu-west-1")),
            ("http://localhost:5000/123456789012/events", None),
        ] {
            assert_eq!(region_of(url), region, "{url}");
        }
    }
}
