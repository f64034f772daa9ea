//! Messages to SNS.

use percent_encoding::percent_decode_str;
use secmonkey_aws::notify::sns::{Settings, Sns};
use secmonkey_core::notify::{Error, Notifier};
use serde_json::Value;

use crate::replay::{Answer, Replay, sessions};
use crate::ses::message;

const SENT: &str = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult>\
                    </PublishResponse>";

async fn sns(replay: &Replay, topic: &str) -> Sns {
    let topic = format!("arn:aws:sns:eu-west-1:123456789012:{topic}");
    Sns::new("sns", sessions(replay, 1).await, Settings { topic }).unwrap()
}

/// A member of what was asked last.
fn asked(replay: &Replay, name: &str) -> Option<String> {
    let request = replay.requests().pop().unwrap();
    let body = request.split_once(' ').unwrap().1.to_owned();
    let value = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8().unwrap().into_owned())
}

#[tokio::test]
async fn people_get_text_and_programs_json() {
    let replay = Replay::of([Answer::ok(SENT)]);
    sns(&replay, "alerts").await.notify(&message()).await.unwrap();
    assert_eq!(asked(&replay, "Action").as_deref(), Some("Publish"));
    assert_eq!(asked(&replay, "MessageAttributes.entry.1.Name").as_deref(), Some("id"));
    let subject = asked(&replay, "Subject").unwrap();
    assert_eq!(subject, "[secmonkey] production (123456789012): 1 change");
    assert_eq!(asked(&replay, "MessageDeduplicationId"), None);
    let all: Value = serde_json::from_str(&asked(&replay, "Message").unwrap()).unwrap();
    assert!(all["default"].as_str().unwrap().contains("opened tcp/22 to 0.0.0.0/0"), "{all}");
    let json: Value = serde_json::from_str(all["sqs"].as_str().unwrap()).unwrap();
    assert_eq!(json["id"], Value::from(message().id));
    assert_eq!(all["sqs"], all["https"]);
}

#[tokio::test]
async fn a_storm_fits_and_a_fifo_topic_knows_a_repeated_message() {
    let mut storm = message();
    let one = storm.changes.pop().unwrap();
    for number in 0..2_000 {
        let mut one = one.clone();
        one.key.id = format!("sg-\"{number}\"");
        one.name = "\u{fc}\"ber\"".repeat(10);
        storm.changes.push(one);
    }
    let replay = Replay::of([Answer::ok(SENT)]);
    sns(&replay, "alerts.fifo").await.notify(&storm).await.unwrap();
    assert_eq!(asked(&replay, "MessageDeduplicationId"), Some(storm.id.clone()));
    assert_eq!(asked(&replay, "MessageGroupId").as_deref(), Some("123456789012"));
    let body = asked(&replay, "Message").unwrap();
    assert!(body.len() <= 256 * 1024, "{}", body.len());
    let all: Value = serde_json::from_str(&body).unwrap();
    let json: Value = serde_json::from_str(all["lambda"].as_str().unwrap()).unwrap();
    assert_eq!(json["shortened"], true);
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_known_before() {
    let replay = Replay::of([Answer::error(404, "NotFound", "Topic does not exist")]);
    let error = sns(&replay, "alerts").await.check().await.unwrap_err();
    assert!(matches!(&error, Error::Refused(why) if why.contains("does not exist")), "{error}");
    let replay = Replay::of([Answer::error(403, "AuthorizationError", "no")]);
    sns(&replay, "alerts").await.check().await.unwrap();

    let wrong = Settings { topic: "alerts".to_owned() };
    let error = Sns::new("sns", sessions(&replay, 1).await, wrong).unwrap_err();
    assert_eq!(error, "topic: `alerts` is not the ARN of a topic of SNS");
}
