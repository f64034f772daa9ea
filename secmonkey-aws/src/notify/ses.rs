//! Mail through Amazon SES.

use async_trait::async_trait;
use aws_sdk_ses::types::{Body, Content, Destination, Message as AwsMail};
use secmonkey_core::account::Account;
use secmonkey_core::notify::mail::Mail;
use secmonkey_core::notify::{Error, Message, Notifier};
use secmonkey_core::watch::Cause;

use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;

/// What sending needs.
pub const SEND: Operation = Operation::new("ses:SendEmail");

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
    /// The receivers of what names none itself, each of whom sees the others.
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

        let mail = Mail::of(message).map_err(|error| refused(&error))?;
        let body = Body::builder().text(content(mail.text)?).html(content(mail.html)?).build();
        let mail = AwsMail::builder().subject(content(mail.subject)?).body(body).build();
        let to = message.to.clone().map_or_else(|| self.settings.to.clone(), |to| vec![to]);
        let to = Destination::builder().set_to_addresses(Some(to)).build();
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
