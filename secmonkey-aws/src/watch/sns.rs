//! SNS.

use aws_sdk_sns::Client;
use aws_sdk_sns::types::Subscription;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Cause, Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::{Value, json};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, Writes, all, known, pages_of};
use crate::{service, wording};

pub(super) const READS: &[Entry] = &[Entry::described::<Topic>()];

/// SNS topics: their attributes, who may use them, who is subscribed, and their tags.
///
/// The filters and the delivery of each subscription take a call a subscription and are left
/// out, as is the data protection policy, which says nothing of who may use a topic.
pub const TOPIC: Facts = Facts {
    id: "sns_topic",
    title: "SNS topic",
    operations: &[ATTRIBUTES, SUBSCRIPTIONS, TAGS],
    structures: &[
        Structure::new("GetTopicAttributesOutput", ""),
        Structure::new("Subscription", "/Subscriptions/*"),
        Structure::new("Tag", "/Tags/*"),
    ],
    events: &[
        Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
        Events::new(
            "/requestParameters/topicArn",
            &[
                "AddPermission",
                "ConfirmSubscription",
                "DeleteTopic",
                "RemovePermission",
                "SetTopicAttributes",
                "Subscribe",
            ],
        ),
        Events::new("/responseElements/topicArn", &["CreateTopic"]),
    ],
    // The ARN of a subscription is told only when it is confirmed.
    sets: &[
        Set::new("/Subscriptions", &["Protocol", "Endpoint", "Owner"]),
        Set::new("/Tags", &["Key"]),
    ],
    // All of them are JSON as text.
    documents: &[
        "/Attributes/ArchivePolicy",
        "/Attributes/DeliveryPolicy",
        "/Attributes/EffectiveDeliveryPolicy",
        "/Attributes/Policy",
    ],
    dropped: &[
        // Moves on as the archive forgets.
        "/Attributes/BeginningArchiveTime",
        // They count what is listed, and for a while what is gone.
        "/Attributes/SubscriptionsConfirmed",
        "/Attributes/SubscriptionsDeleted",
        "/Attributes/SubscriptionsPending",
        // The ARN of the item.
        "/Subscriptions/*/TopicArn",
    ],
    secret: &[USER_INFO],
    wordings: &[wording::SUBSCRIPTIONS],
    ids: "arn",
    writes: &[
        Writes::new("", &["CreateTopic", "DeleteTopic"]),
        Writes::new("/Attributes", &["AddPermission", "RemovePermission", "SetTopicAttributes"]),
        Writes::new("/Subscriptions", &["ConfirmSubscription", "Subscribe"]),
    ],
    ..Facts::of(&service::SNS, LIST)
};

/// The name and password in the address of a subscription.
const USER_INFO: &str = "/Subscriptions/*/EndpointUserInfo";

const LIST: Operation = Operation::new("sns:ListTopics");
const ATTRIBUTES: Operation = Operation::new("sns:GetTopicAttributes").absent(&["NotFound"]);
const SUBSCRIPTIONS: Operation =
    Operation::new("sns:ListSubscriptionsByTopic").absent(&["NotFound"]);
const TAGS: Operation = Operation::new("sns:ListTagsForResource").absent(&["ResourceNotFound"]);

/// The page of both listings, which nobody can make larger.
const PAGE: usize = 100;

/// The fewest calls that read one region, by the number of subscriptions of each topic:
/// `⌈topics / 100⌉`, one at least, two a topic, and for each `⌈subscriptions / 100⌉`, one at
/// least. The listing of all subscriptions of a region takes fewer, and lacks those of other
/// accounts.
#[must_use]
pub fn fewest_calls(subscriptions: &[usize]) -> usize {
    let each = subscriptions.iter().map(|count| 2 + pages_of(*count, PAGE));
    pages_of(subscriptions.len(), PAGE) + each.sum::<usize>()
}

/// A topic by its ARN.
#[derive(Debug)]
pub struct Topic(String);

impl Described for Topic {
    const FACTS: &'static Facts = &TOPIC;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.sns(&scope.account, &scope.region)
    }

    async fn page(
        sns: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        // The attributes say whether they are there.
        if let Some(wanted) = wanted {
            let wanted = wanted.iter().map(|one| Self(one.id.clone()));
            return Ok(Listed::page(wanted.collect::<Vec<_>>(), None));
        }
        let page = sns.list_topics().set_next_token(token).send().await;
        let page = page.map_err(|error| failed(LIST, &error))?;
        let arns = page.topics.unwrap_or_default().into_iter().filter_map(|topic| topic.topic_arn);
        Ok(Listed::page(arns.map(Self).collect::<Vec<_>>(), page.next_token))
    }

    async fn observe(
        self,
        sns: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self(arn) = self;
        let answer = sns.get_topic_attributes().topic_arn(&arn).send().await;
        let Some(attributes) = found(ATTRIBUTES, answer)? else { return Ok(None) };
        let Some(name) = arn.rsplit(':').next().filter(|name| !name.is_empty()) else {
            return Err(Error::new(LIST, Cause::Garbled, format!("`{arn}` is no topic's ARN")));
        };
        let subscriptions = match subscriptions(sns, &arn).await {
            Ok(Some(all)) => known(all),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let tags = match found(TAGS, sns.list_tags_for_resource().resource_arn(&arn).send().await) {
            Ok(Some(answer)) => known(answer.tags.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let topic = TOPIC.observed(&arn, attributes.to_json()).named(name).with_arn(arn.clone());
        Ok(Some(topic.with("/Subscriptions", subscriptions).with("/Tags", tags)))
    }
}

/// The subscriptions of a topic; `None` where it is gone by now.
async fn subscriptions(sns: &Client, arn: &str) -> Result<Option<Value>, Error> {
    let subscriptions = all(SUBSCRIPTIONS, |token| {
        let call = sns.list_subscriptions_by_topic().topic_arn(arn).set_next_token(token);
        async move {
            let page = found(SUBSCRIPTIONS, call.send().await)?;
            Ok(page.map(|page| Listed::page(page.subscriptions, page.next_token)))
        }
    });
    let subscriptions = subscriptions.await?;
    Ok(subscriptions.map(|all| all.iter().map(without_password).collect()))
}

/// A subscription whose address has its name and password in a member of their own:
/// `https://name:password@host/`.
fn without_password(subscription: &Subscription) -> Value {
    let mut value = subscription.to_json();
    let endpoint = subscription.endpoint.as_deref().unwrap_or_default();
    if let Some((scheme, rest)) = endpoint.split_once("://") {
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if let Some((user_info, host)) = authority.rsplit_once('@') {
            value["Endpoint"] = json!(format!("{scheme}://{host}{path}"));
            value["EndpointUserInfo"] = json!(user_info);
        }
    }
    value
}
