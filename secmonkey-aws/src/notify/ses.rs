//! Mail through Amazon SES.

use std::slice;

use async_trait::async_trait;
use aws_sdk_ses::types::{
    Body, Content, Destination, IdentityVerificationAttributes, Message as AwsMail,
    VerificationStatus,
};
use secmonkey_core::account::Account;
use secmonkey_core::notify::mail::Mail;
use secmonkey_core::notify::receivers::Receivers;
use secmonkey_core::notify::{Error, Message, Notifier};
use secmonkey_core::watch::Cause;

use super::undelivered;
use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;

/// What sending needs.
pub const SEND: Operation = Operation::new("ses:SendEmail");

/// What telling needs whether the sender is verified.
const VERIFIED: Operation = Operation::new("ses:GetIdentityVerificationAttributes");

/// Sends a mail to each receiver, who sees no other: as text and as HTML with the coloured diff.
///
/// Mail is sent with the credentials as they are, not with those of the watched
/// account's role.
#[derive(Debug)]
pub struct Ses {
    name: String,
    sessions: Sessions,
    settings: Settings,
    receivers: Receivers,
}

/// From whom, to whom, through which region.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The sender: an address or a domain verified in SES.
    pub from: String,
    /// The receivers of what names none itself: each gets a mail of their own.
    pub to: Vec<String>,
    /// The region whose SES sends.
    pub region: String,
}

impl Ses {
    /// A channel of this name.
    #[must_use]
    pub fn new(name: impl Into<String>, sessions: Sessions, settings: Settings) -> Self {
        Self { name: name.into(), sessions, settings, receivers: Receivers::default() }
    }

    /// The account whose SES sends.
    async fn sender(&self) -> Result<Account, Error> {
        let caller = self.sessions.caller().await;
        caller.map(Account::from).map_err(|error| Error::Unavailable(error.to_string()))
    }
}

#[async_trait]
impl Notifier for Ses {
    fn name(&self) -> &str {
        &self.name
    }

    /// Whether SES may send for the sender: an address is verified itself, or its domain is.
    async fn check(&self) -> Result<(), Error> {
        let Settings { from, region, .. } = &self.settings;
        let address = from.rsplit_once('<').map_or(from.as_str(), |(_, address)| address);
        let address = address.trim_end_matches('>').trim();
        let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
        let answer = self
            .sessions
            .ses(&self.sender().await?, region)
            .get_identity_verification_attributes()
            .identities(address)
            .identities(domain)
            .send()
            .await;
        let answer = match answer.map_err(|error| failed(VERIFIED, &error)) {
            Ok(answer) => answer,
            // Whoever sends need not ask.
            Err(error) if error.cause == Cause::Denied => return Ok(()),
            Err(error) => return Err(Error::Unavailable(error.to_string())),
        };
        let is_verified = |one: &IdentityVerificationAttributes| {
            one.verification_status == VerificationStatus::Success
        };
        if answer.verification_attributes.values().any(is_verified) {
            return Ok(());
        }
        Err(Error::Refused(format!(
            "neither {address} nor {domain} is verified in SES of {region}"
        )))
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let sender = self.sender().await?;
        let client = self.sessions.ses(&sender, &self.settings.region);
        let mail = Mail::of(message).map_err(|error| Error::Refused(error.to_string()))?;
        let body = Body::builder().text(content(mail.text)?).html(content(mail.html)?).build();
        let mail = AwsMail::builder().subject(content(mail.subject)?).body(body).build();
        let receivers = message.to.as_ref().map_or(self.settings.to.as_slice(), slice::from_ref);
        let (client, mail) = (&client, &mail);
        let send = |to: &'_ String| {
            let to = Destination::builder().to_addresses(to).build();
            async move {
                let source = &self.settings.from;
                let sending = client.send_email().source(source).destination(to);
                let sent = sending.message(mail.clone()).send().await;
                sent.map(drop).map_err(|error| undelivered(&failed(SEND, &error)))
            }
        };
        self.receivers.each(message, receivers, String::as_str, send).await
    }
}

fn content(data: String) -> Result<Content, Error> {
    Content::builder()
        .data(data)
        .charset("UTF-8")
        .build()
        .map_err(|error| Error::Refused(error.to_string()))
}
