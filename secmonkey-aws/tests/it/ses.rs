//! Mail through SES.

use jiff::Timestamp;
use secmonkey_aws::notify::ses::{Ses, Settings};
use secmonkey_core::event::{Actor, ScanId};
use secmonkey_core::notify::{ChangeKind, Error, ItemChange, Message, Notifier};
use secmonkey_core::render::Changed;
use serde_json::json;

use crate::replay::{Answer, Replay, sessions};

pub fn message() -> Message {
    let at = Timestamp::from_second(1_767_225_600).unwrap();
    let account = "123456789012".parse().unwrap();
    let mut message = Message::new(account, "production (123456789012)", ScanId::at(at), at);
    message.changes.push(ItemChange {
        key: "123456789012/security_group/eu-west-1/sg-1".parse().unwrap(),
        name: "web".to_owned(),
        arn: None,
        kind: ChangeKind::Changed,
        revision: 2,
        at,
        actor: Actor("cli".to_owned()),
        diff: vec![Changed::Added {
            pointer: "/IpPermissions/0".to_owned(),
            value: json!({ "IpProtocol": "tcp" }),
        }],
        summary: vec!["opened tcp/22 to 0.0.0.0/0".to_owned()],
        by: None,
    });
    message
}

async fn ses(replay: &Replay) -> Ses {
    let settings = Settings {
        from: "watch@example.com".to_owned(),
        to: vec!["team@example.com".to_owned()],
        region: "eu-west-1".to_owned(),
    };
    Ses::new("mail", sessions(replay, 1).await, settings)
}

#[tokio::test]
async fn a_mail_has_sender_receivers_text_and_coloured_page() {
    let sent = "<SendEmailResponse><SendEmailResult><MessageId>1</MessageId></SendEmailResult>\
                </SendEmailResponse>";
    let replay = Replay::of([Answer::ok(sent)]);
    ses(&replay).await.notify(&message()).await.unwrap();
    let requests = replay.requests();
    let request = requests.last().unwrap();
    for part in [
        "Action=SendEmail",
        "Source=watch%40example.com",
        "Destination.ToAddresses.member.1=team%40example.com",
        "Message.Subject.Data=%5Bsecmonkey%5D%20production%20%28123456789012%29%3A%201%20change",
        "Message.Body.Text.Data=",
        "Message.Body.Html.Data=",
        "%23dafbe1",
    ] {
        assert!(request.contains(part), "{part} is missing from {request}");
    }
}

#[tokio::test]
async fn what_may_work_later_is_told_from_what_never_will() {
    let replay = Replay::of([Answer::error(400, "MessageRejected", "Address is not verified")]);
    let error = ses(&replay).await.notify(&message()).await.unwrap_err();
    assert!(matches!(&error, Error::Refused(why) if why.contains("not verified")), "{error}");

    let replay = Replay::of([Answer::error(503, "ServiceUnavailable", "later")]);
    let error = ses(&replay).await.notify(&message()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn each_receiver_gets_a_mail_of_their_own_and_no_second_one() {
    let sent = "<SendEmailResponse><SendEmailResult><MessageId>1</MessageId></SendEmailResult>\
                </SendEmailResponse>";
    let replay = Replay::of([
        Answer::ok(sent),
        Answer::error(400, "MessageRejected", "Address is not verified"),
        Answer::ok(sent),
    ]);
    let settings = Settings {
        from: "watch@example.com".to_owned(),
        to: vec!["alice@example.com".to_owned(), "bob@example.com".to_owned()],
        region: "eu-west-1".to_owned(),
    };
    let ses = Ses::new("mail", sessions(&replay, 1).await, settings);
    let error = ses.notify(&message()).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
    ses.notify(&message()).await.unwrap();
    let to = |name: &str| format!("Destination.ToAddresses.member.1={name}%40example.com");
    let requests = replay.requests();
    let mails: Vec<_> = requests.iter().filter(|one| one.contains("Action=SendEmail")).collect();
    assert!(mails.iter().all(|one| !one.contains("member.2=")), "{mails:?}");
    let to: Vec<_> = ["alice", "bob"].map(to).into();
    let whom: Vec<_> =
        mails.iter().map(|one| to.iter().position(|to| one.contains(to)).unwrap()).collect();
    assert_eq!(whom, [0, 1, 1]);
}

#[tokio::test]
async fn whether_ses_sends_for_somebody_shows_before_it_does() {
    let answer = |status: &str| {
        let entry = format!(
            "<entry><key>example.com</key><value><VerificationStatus>{status}</VerificationStatus>\
             </value></entry>"
        );
        Answer::ok(format!(
            "<GetIdentityVerificationAttributesResponse><GetIdentityVerificationAttributesResult>\
             <VerificationAttributes>{entry}</VerificationAttributes>\
             </GetIdentityVerificationAttributesResult></GetIdentityVerificationAttributesResponse>"
        ))
    };
    let replay = Replay::of([answer("Success")]);
    ses(&replay).await.check().await.unwrap();
    let asked = replay.requests().pop().unwrap();
    assert!(
        asked.contains("member.1=watch%40example.com&Identities.member.2=example.com"),
        "{asked}"
    );

    let replay = Replay::of([answer("Pending")]);
    let error = ses(&replay).await.check().await.unwrap_err();
    assert!(error.to_string().contains("neither watch@example.com nor example.com"), "{error}");

    // Who may send need not be allowed to ask.
    let replay = Replay::of([Answer::error(403, "AccessDenied", "no")]);
    ses(&replay).await.check().await.unwrap();
}
