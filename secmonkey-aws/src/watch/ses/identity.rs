//! SES identities: the addresses and domains that mail may be sent from.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_ses::Client;
use futures::{StreamExt as _, stream};
use secmonkey_core::Timestamp;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::{Set, Technology};
use secmonkey_core::watch::{
    ClockCheck, Error, Listed, Looked, Observed, Part, Scope, Sweep, Wanted, Watcher, pages,
};
use serde_json::{Value, json};

use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape;
use crate::watch::{self, AT_ONCE, Events, Facts, Structure, known, pages_of};
use crate::{AWS, service, settings};

/// SES identities with their verification, DKIM, MAIL FROM and notification settings and
/// the policies that let others send as them.
pub const IDENTITY: Facts = Facts {
    id: "ses_identity",
    title: "SES identity",
    operations: &[VERIFICATION, DKIM, MAIL_FROM, NOTIFICATION, LIST_POLICIES, POLICIES],
    structures: &[
        Structure::new("IdentityDkimAttributes", "/DkimAttributes"),
        Structure::new("IdentityMailFromDomainAttributes", "/MailFromDomainAttributes"),
        Structure::new("IdentityNotificationAttributes", "/NotificationAttributes"),
        Structure::new("IdentityVerificationAttributes", "/VerificationAttributes"),
    ],
    events: &[
        Events::new("/requestParameters/domain", &["VerifyDomainDkim", "VerifyDomainIdentity"]),
        Events::new(
            "/requestParameters/emailAddress",
            &["DeleteVerifiedEmailAddress", "VerifyEmailAddress", "VerifyEmailIdentity"],
        ),
        Events::new(
            "/requestParameters/identity",
            &[
                "DeleteIdentity",
                "DeleteIdentityPolicy",
                "PutIdentityPolicy",
                "SetIdentityDkimEnabled",
                "SetIdentityFeedbackForwardingEnabled",
                "SetIdentityHeadersInNotificationsEnabled",
                "SetIdentityMailFromDomain",
                "SetIdentityNotificationTopic",
            ],
        ),
    ],
    sets: &[Set::new("/DkimAttributes/DkimTokens", &[])],
    documents: &["/Policies/*"],
    ..Facts::of(&service::SES, LIST)
};

const LIST: Operation = Operation::new("ses:ListIdentities");
const VERIFICATION: Operation = Operation::new("ses:GetIdentityVerificationAttributes");
const DKIM: Operation = Operation::new("ses:GetIdentityDkimAttributes");
const MAIL_FROM: Operation = Operation::new("ses:GetIdentityMailFromDomainAttributes");
const NOTIFICATION: Operation = Operation::new("ses:GetIdentityNotificationAttributes");
const LIST_POLICIES: Operation = Operation::new("ses:ListIdentityPolicies");
const POLICIES: Operation = Operation::new("ses:GetIdentityPolicies");

/// The largest page of the listing.
const PAGE: i32 = 1000;
/// The most identities that one call tells the attributes of.
const BATCH: usize = 100;
/// The most policies of an identity that one call tells.
const DOCUMENTS: usize = 20;

/// The fewest calls that read one region, by the number of policies of each identity:
/// `⌈identities / 1000⌉`, one at least, four times `⌈identities / 100⌉` for the
/// attributes, and for every identity `1 + ⌈policies / 20⌉`.
#[must_use]
pub fn fewest_calls(policies: &[usize]) -> usize {
    let documents: usize = policies.iter().map(|count| count.div_ceil(DOCUMENTS)).sum();
    let batches = policies.len().div_ceil(BATCH);
    pages_of(policies.len(), PAGE as usize) + 4 * batches + policies.len() + documents
}

/// Reads [`IDENTITY`].
#[derive(Debug, Clone)]
pub struct Identities {
    sessions: Sessions,
    technologies: [Technology; 1],
}

impl Identities {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone(), technologies: [IDENTITY.technology()] }
    }
}

#[async_trait]
impl Watcher for Identities {
    fn provider(&self) -> Provider {
        AWS
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    fn check_clock(&self, time: Timestamp) -> ClockCheck {
        self.sessions.check_clock(time)
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves(service::SES.endpoint_prefix, &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let ses = self.sessions.ses(&scope.account, &scope.region);
        let mut listing = pages(LIST, |token| {
            let call = ses.list_identities().max_items(PAGE);
            async move {
                let page = call.set_next_token(token).send().await;
                let page = page.map_err(|error| failed(LIST, &error))?;
                Ok(Listed::page(page.identities, page.next_token))
            }
        })
        .at_most(out.most());
        while let Some(names) = listing.next().await? {
            for names in names.chunks(BATCH) {
                let attributes = Box::pin(Attributes::read(&ses, names)).await;
                stream::iter(names)
                    .for_each_concurrent(AT_ONCE, |name| async {
                        if let Some(item) = identity(&ses, scope, name, &attributes).await {
                            out.item(item).await;
                        }
                    })
                    .await;
            }
        }
        out.complete(&self.technologies[0], &listing.end()?).await;
        Ok(())
    }

    /// What has no verification status was never asked to be verified, or was deleted.
    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let ses = self.sessions.ses(&scope.account, &scope.region);
        let mut looked = Vec::with_capacity(wanted.len());
        for wanted in wanted.chunks(BATCH) {
            let name = |one: &Wanted| one.id.rsplit('/').next().unwrap_or_default().to_owned();
            let names: Vec<_> = wanted.iter().map(name).collect();
            let known = verification(&ses, &names).await;
            looked.extend(wanted.iter().map(|one| {
                let known = known.as_ref().map_err(Clone::clone);
                watch::looked(one, known.map(|known| known.contains_key(&name(one))))
            }));
        }
        Ok(looked)
    }
}

/// The id of an identity: its ARN.
fn arn(scope: &Scope, name: &str) -> String {
    let account = &scope.account;
    format!(
        "arn:{}:ses:{}:{}:identity/{name}",
        settings::partition(account),
        scope.region,
        account.id
    )
}

/// The answers for up to a hundred identities, by identity.
type Answers = Result<HashMap<String, Value>, Error>;

struct Attributes {
    verification: Answers,
    dkim: Answers,
    mail_from: Answers,
    notification: Answers,
}

impl Attributes {
    async fn read(ses: &Client, names: &[String]) -> Self {
        let (verification, dkim, mail_from, notification) = futures::join!(
            verification(ses, names),
            async {
                let call = ses.get_identity_dkim_attributes().set_identities(Some(names.to_vec()));
                let answer = call.send().await.map_err(|error| failed(DKIM, &error))?;
                Ok(by_name(&answer.dkim_attributes))
            },
            async {
                let call = ses
                    .get_identity_mail_from_domain_attributes()
                    .set_identities(Some(names.to_vec()));
                let answer = call.send().await.map_err(|error| failed(MAIL_FROM, &error))?;
                Ok(by_name(&answer.mail_from_domain_attributes))
            },
            async {
                let call =
                    ses.get_identity_notification_attributes().set_identities(Some(names.to_vec()));
                let answer = call.send().await.map_err(|error| failed(NOTIFICATION, &error))?;
                Ok(by_name(&answer.notification_attributes))
            },
        );
        Self { verification, dkim, mail_from, notification }
    }
}

async fn verification(ses: &Client, names: &[String]) -> Answers {
    let call = ses.get_identity_verification_attributes().set_identities(Some(names.to_vec()));
    let answer = call.send().await.map_err(|error| failed(VERIFICATION, &error))?;
    Ok(by_name(&answer.verification_attributes))
}

fn by_name<T: Shape>(attributes: &HashMap<String, T>) -> HashMap<String, Value> {
    let answered = |attributes: &T| {
        let mut members = attributes.to_json();
        if let Value::Object(members) = &mut members {
            members.retain(|_, value| !FILLED_IN.iter().any(|text| value == text));
        }
        members
    };
    attributes.iter().map(|(name, attributes)| (name.clone(), answered(attributes))).collect()
}

/// What the SDK puts where the answer leaves out a member that the model requires, though
/// an identity without a topic has none.
const FILLED_IN: [&str; 2] = ["", "no value was set"];

/// Reads one identity, unless it was deleted since it was listed.
async fn identity(
    ses: &Client,
    scope: &Scope,
    name: &str,
    attributes: &Attributes,
) -> Option<Observed> {
    if attributes.verification.as_ref().is_ok_and(|known| !known.contains_key(name)) {
        return None;
    }
    let of = |answers: &Answers| match answers {
        Ok(by_name) => known(by_name.get(name).cloned().unwrap_or_default()),
        Err(error) => Part::Failed(error.clone()),
    };
    let policies = policies(ses, name).await.map_or_else(Part::Failed, known);
    let arn = arn(scope, name);
    let item = IDENTITY
        .observed(arn.clone(), json!({ "Identity": name }))
        .named(name)
        .with_arn(arn)
        .with("/VerificationAttributes", of(&attributes.verification))
        .with("/DkimAttributes", of(&attributes.dkim))
        .with("/MailFromDomainAttributes", of(&attributes.mail_from))
        .with("/NotificationAttributes", of(&attributes.notification))
        .with("/Policies", policies);
    Some(item)
}

/// The documents by name.
async fn policies(ses: &Client, name: &str) -> Result<Value, Error> {
    let answer = ses.list_identity_policies().identity(name).send().await;
    let names = answer.map_err(|error| failed(LIST_POLICIES, &error))?.policy_names;
    let mut documents = HashMap::new();
    for names in names.chunks(DOCUMENTS) {
        let call = ses.get_identity_policies().identity(name);
        let answer = call.set_policy_names(Some(names.to_vec())).send().await;
        documents.extend(answer.map_err(|error| failed(POLICIES, &error))?.policies);
    }
    Ok(documents.to_json())
}
