//! SQS.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use secmonkey_core::watch::{Cause, Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, Writes, known, pages_of};
use crate::{service, settings};

pub(super) const READS: &[Entry] = &[Entry::described::<Queue>()];

/// SQS queues: their attributes, who may use them, where dead letters go, and their tags.
pub const QUEUE: Facts = Facts {
    id: "sqs_queue",
    title: "SQS queue",
    operations: &[ATTRIBUTES, TAGS, URL],
    structures: &[Structure::new("GetQueueAttributesOutput", "")],
    events: &[
        Events::new(
            "/requestParameters/queueUrl",
            &[
                "AddPermission",
                "DeleteQueue",
                "RemovePermission",
                "SetQueueAttributes",
                "TagQueue",
                "UntagQueue",
            ],
        ),
        Events::new("/responseElements/queueUrl", &["CreateQueue"]),
    ],
    // The redrive policies are JSON as text, too.
    documents: &[
        "/Attributes/Policy",
        "/Attributes/RedriveAllowPolicy",
        "/Attributes/RedrivePolicy",
    ],
    dropped: &[
        // They change with every message.
        "/Attributes/ApproximateNumberOfMessages",
        "/Attributes/ApproximateNumberOfMessagesDelayed",
        "/Attributes/ApproximateNumberOfMessagesNotVisible",
        // It says that attributes were set, which is no change of them.
        "/Attributes/LastModifiedTimestamp",
    ],
    ids: "arn:{partition}:sqs:{region}:{account}:{name}",
    writes: &[
        Writes::new("", &["CreateQueue", "DeleteQueue"]),
        Writes::new("/Attributes", &["AddPermission", "RemovePermission", "SetQueueAttributes"]),
    ],
    ..Facts::of(&service::SQS, LIST)
};

/// The code by which SQS says that there is no such queue, in its own protocol and in that
/// of the query API that came before it.
const GONE: &[&str] = &["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];
const LIST: Operation = Operation::new("sqs:ListQueues");
const ATTRIBUTES: Operation = Operation::new("sqs:GetQueueAttributes").absent(GONE);
const TAGS: Operation = Operation::new("sqs:ListQueueTags").absent(GONE);
const URL: Operation = Operation::new("sqs:GetQueueUrl").absent(GONE);

/// The largest page of the listing.
const PAGE: i32 = 1000;

/// The fewest calls that read one region: `⌈queues / 1000⌉`, one at least, and two a queue.
#[must_use]
pub const fn fewest_calls(queues: usize) -> usize {
    pages_of(queues, PAGE as usize) + 2 * queues
}

/// A queue by its URL.
#[derive(Debug)]
pub struct Queue(String);

impl Described for Queue {
    const FACTS: &'static Facts = &QUEUE;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.sqs(&scope.account, &scope.region)
    }

    async fn page(
        sqs: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let page = sqs.list_queues().max_results(PAGE).set_next_token(token).send().await;
            let page = page.map_err(|error| failed(LIST, &error))?;
            // The answer about a region without queues has no list at all.
            let urls = page.queue_urls.unwrap_or_default().into_iter().map(Self);
            return Ok(Listed::page(urls.collect::<Vec<_>>(), page.next_token));
        };
        let mut there = Vec::new();
        for one in wanted {
            let name = one.id.rsplit(':').next().unwrap_or_default();
            let answer = found(URL, sqs.get_queue_url().queue_name(name).send().await)?;
            there.extend(answer.and_then(|answer| answer.queue_url).map(Self));
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        sqs: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self(url) = self;
        let all = QueueAttributeName::All;
        let answer = sqs.get_queue_attributes().queue_url(&url).attribute_names(all).send().await;
        // A queue that denies its own attributes harms no other.
        let attributes = match found(ATTRIBUTES, answer) {
            Ok(Some(answer)) => known(answer.attributes.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let Some(name) = url.rsplit('/').next().filter(|name| !name.is_empty()) else {
            return Err(Error::new(LIST, Cause::Garbled, format!("`{url}` is no queue's URL")));
        };
        let tags = match found(TAGS, sqs.list_queue_tags().queue_url(&url).send().await) {
            Ok(Some(answer)) => known(answer.tags.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let arn = format!("arn:{partition}:sqs:{}:{account}:{name}", scope.region);
        let queue = QUEUE.observed(&arn, json!({ "QueueUrl": url })).named(name).with_arn(arn);
        Ok(Some(queue.with("/Attributes", attributes).with("/Tags", tags)))
    }
}
