//! Mail through Amazon SES.

use async_trait::async_trait;
use aws_sdk_ses::types::{Body, Content, Destination, Message as Mail};
use secmonkey_core::account::Account;
use secmonkey_core::notify::{Error, Message, Notifier, html, text};
use secmonkey_core::watch::Cause;

use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;

/// What sending needs.
pub const SEND: Operation = Operation::new("ses:SendEmail");

/// The longest subject that mail programs show whole, in characters.
const SUBJECT: usize = 200;

/// Sends one mail an account and scan, as text and as HTML with the coloured diff.
///
/// Mail is sent with the credentials as they are, not with those of the watched
/// account's role.
#[derive(Debug, Clone)]
pub struct Ses {
    sessions: Sessions,
    settings: Settings,
}

/// From whom, to whom, through which region.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The sender: an address or a domain verified in SES.
    pub from: String,
    /// The receivers, each of whom sees the others.
    pub to: Vec<String>,
    /// The region whose SES sends.
    pub region: String,
}

impl Ses {
    /// A notifier with these settings.
    #[must_use]
    pub fn new(sessions: Sessions, settings: Settings) -> Self {
        Self { sessions, settings }
    }
}

#[async_trait]
impl Notifier for Ses {
    fn name(&self) -> &'static str {
        "ses"
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let refused = |error: &dyn std::fmt::Display| Error::Refused(error.to_string());
        let caller =
            self.sessions.caller().await.map_err(|error| Error::Unavailable(error.to_string()))?;
        let sender = Account::from(caller);

        let subject: String = format!("[secmonkey] {}", text::subject(message));
        let mut lines: Vec<_> = text::body(message).iter().map(ToString::to_string).collect();
        lines.extend([String::new(), format!("message {}", message.id)]);
        let page = html::page(message).map_err(|error| refused(&error))?;
        let body = Body::builder().text(content(lines.join("\n"))?).html(content(page)?).build();
        let mail = Mail::builder()
            .subject(content(subject.chars().take(SUBJECT).collect())?)
            .body(body)
            .build();
        let to = Destination::builder().set_to_addresses(Some(self.settings.to.clone())).build();
        self.sessions
            .ses(&sender, &self.settings.region)
            .send_email()
            .source(&self.settings.from)
            .destination(to)
            .message(mail)
            .send()
            .await
            .map_err(|error| {
                let error = failed(SEND, &error);
                match error.cause {
                    Cause::Throttled | Cause::Unreachable | Cause::Garbled => {
                        Error::Unavailable(error.to_string())
                    }
                    _ => refused(&error),
                }
            })?;
        Ok(())
    }
}

fn content(data: String) -> Result<Content, Error> {
    Content::builder()
        .data(data)
        .charset("UTF-8")
        .build()
        .map_err(|error| Error::Refused(error.to_string()))
}
