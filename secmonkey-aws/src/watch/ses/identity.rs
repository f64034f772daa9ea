//! SES identities: the addresses and domains that mail may be sent from.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_ses::Client;
use futures::{StreamExt as _, stream};
use secmonkey_core::technology::{Reach, Set, Technology};
use secmonkey_core::watch::{Error, Listed, Missing, Observed, Part, Scope, Sweep, Watcher, pages};
use serde_json::{Value, json};

use crate::error::failed;
use crate::session::Sessions;
use crate::shape::Shape;
use crate::watch::{AT_ONCE, known, pages_of};

/// SES identities with their verification, DKIM, MAIL FROM and notification settings and
/// the policies that let others send as them.
pub const IDENTITY: Technology = Technology {
    id: "ses_identity",
    title: "SES identity",
    shape: 1,
    reach: Reach::Regional,
    sets: &[Set { at: "/DkimAttributes/DkimTokens", key: &[] }],
    documents: &["/Policies/*"],
    permissions: &[LIST, VERIFICATION, DKIM, MAIL_FROM, NOTIFICATION, LIST_POLICIES, POLICIES],
    ..Technology::DEFAULT
};

const LIST: &str = "ses:ListIdentities";
const VERIFICATION: &str = "ses:GetIdentityVerificationAttributes";
const DKIM: &str = "ses:GetIdentityDkimAttributes";
const MAIL_FROM: &str = "ses:GetIdentityMailFromDomainAttributes";
const NOTIFICATION: &str = "ses:GetIdentityNotificationAttributes";
const LIST_POLICIES: &str = "ses:ListIdentityPolicies";
const POLICIES: &str = "ses:GetIdentityPolicies";

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
}

impl Identities {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone() }
    }
}

#[async_trait]
impl Watcher for Identities {
    fn technologies(&self) -> &[Technology] {
        &[IDENTITY]
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves("email", &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let ses = self.sessions.ses(&scope.account, &scope.region);
        let mut listing = pages(LIST, |token| {
            let call = ses.list_identities().max_items(PAGE);
            async move {
                let page = call.set_next_token(token).send().await;
                let page = page.map_err(|error| failed(LIST, &error))?;
                Ok(Listed { items: page.identities, next: page.next_token, truncated: None })
            }
        });
        while let Some(names) = listing.next().await? {
            for names in names.chunks(BATCH) {
                let attributes = Box::pin(Attributes::read(&ses, names)).await;
                stream::iter(names)
                    .for_each_concurrent(AT_ONCE, |name| {
                        identity(&ses, scope, name, &attributes, out)
                    })
                    .await;
            }
        }
        out.complete(&IDENTITY, &listing.end()?).await;
        Ok(())
    }

    /// What has no verification status was never asked to be verified, or was deleted.
    async fn gone(
        &self,
        scope: &Scope,
        _technology: &Technology,
        missing: &[Missing],
    ) -> Result<Vec<String>, Error> {
        let ses = self.sessions.ses(&scope.account, &scope.region);
        let mut gone = Vec::new();
        for missing in missing.chunks(BATCH) {
            let names: Vec<_> = missing.iter().map(|one| one.name.clone()).collect();
            let known = verification(&ses, &names).await?;
            let unknown = missing.iter().filter(|one| !known.contains_key(&one.name));
            gone.extend(unknown.map(|one| one.id.clone()));
        }
        Ok(gone)
    }
}

/// The id of an identity: its ARN.
fn arn(scope: &Scope, name: &str) -> String {
    let account = &scope.account;
    format!("arn:{}:ses:{}:{}:identity/{name}", account.partition, scope.region, account.id)
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
async fn identity(ses: &Client, scope: &Scope, name: &str, attributes: &Attributes, out: &Sweep) {
    if attributes.verification.as_ref().is_ok_and(|known| !known.contains_key(name)) {
        return;
    }
    let of = |answers: &Answers| match answers {
        Ok(by_name) => known(by_name.get(name).cloned().unwrap_or_default()),
        Err(error) => Part::Failed(error.clone()),
    };
    let policies = policies(ses, name).await.map_or_else(Part::Failed, known);
    let arn = arn(scope, name);
    out.item(Observed {
        technology: IDENTITY.id,
        id: arn.clone(),
        name: name.to_owned(),
        arn: Some(arn),
        config: json!({ "Identity": name }),
        parts: vec![
            ("/VerificationAttributes", of(&attributes.verification)),
            ("/DkimAttributes", of(&attributes.dkim)),
            ("/MailFromDomainAttributes", of(&attributes.mail_from)),
            ("/NotificationAttributes", of(&attributes.notification)),
            ("/Policies", policies),
        ],
    })
    .await;
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
