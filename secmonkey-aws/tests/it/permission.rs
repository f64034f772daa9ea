//! What IAM says of what may be called.

use std::collections::BTreeSet;

use secmonkey_aws::permission::denied;
use secmonkey_aws::session::Caller;
use secmonkey_aws::settings;
use secmonkey_core::watch::Cause;

use crate::replay::{Answer, Replay, account, sessions};

fn caller(arn: &str) -> Caller {
    Caller {
        account: "123456789012".parse().unwrap(),
        arn: arn.to_owned(),
        partition: "aws".to_owned(),
    }
}

const USER: &str = "arn:aws:iam::123456789012:user/ops/alice";

fn decided(decisions: &[(&str, &str)], marker: Option<&str>) -> Answer {
    let member = |(action, decision): &(&str, &str)| {
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}\
             </EvalDecision></member>"
        )
    };
    let members: String = decisions.iter().map(member).collect();
    let more =
        marker.map(|marker| format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"));
    Answer::ok(format!(
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>\
         {members}</EvaluationResults>{}</SimulatePrincipalPolicyResult>\
         </SimulatePrincipalPolicyResponse>",
        more.unwrap_or_default()
    ))
}

async fn asked(
    answers: impl IntoIterator<Item = Answer>,
    arn: &str,
    role: Option<&str>,
) -> (Result<BTreeSet<String>, Cause>, Vec<String>) {
    let replay = Replay::of(answers);
    let mut account = account();
    if let Some(role) = role {
        account.set(settings::ROLE, role);
    }
    let operations = BTreeSet::from(["s3:GetBucketAcl", "s3:ListAllMyBuckets", "sqs:ListQueues"]);
    let denied = denied(&sessions(&replay, 1).await, &account, &caller(arn), &operations).await;
    (denied.map_err(|error| error.cause), replay.requests())
}

#[tokio::test]
async fn every_operation_is_asked_about_and_what_is_not_allowed_is_denied() {
    let answers = [
        decided(
            &[("s3:GetBucketAcl", "implicitDeny"), ("s3:ListAllMyBuckets", "allowed")],
            Some("m"),
        ),
        decided(&[("sqs:ListQueues", "explicitDeny")], None),
    ];
    let (denied, requests) = asked(answers, USER, None).await;
    let expected = ["s3:GetBucketAcl", "sqs:ListQueues"].map(str::to_owned);
    assert_eq!(denied, Ok(expected.into()));
    let first = requests.iter().find(|one| one.contains("SimulatePrincipalPolicy")).unwrap();
    assert!(
        first.contains("PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fops%2Falice")
    );
    assert!(first.contains("ActionNames.member.3=sqs%3AListQueues"), "{first}");
    assert!(requests.last().unwrap().contains("Marker=m"));
}

#[tokio::test]
async fn a_session_is_judged_by_its_role() {
    let role = "<GetRoleResponse><GetRoleResult><Role><Path>/ops/</Path>\
                <RoleName>Reader</RoleName><RoleId>AROA</RoleId>\
                <Arn>arn:aws:iam::123456789012:role/ops/Reader</Arn>\
                <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult>\
                </GetRoleResponse>";
    let session = "arn:aws:sts::123456789012:assumed-role/Reader/i-0123456789";
    let answers = [Answer::ok(role), decided(&[("s3:GetBucketAcl", "allowed")], None)];
    let (denied, requests) = asked(answers, session, None).await;
    assert_eq!(denied, Ok(BTreeSet::new()));
    assert!(requests.last().unwrap().contains("role%2Fops%2FReader"), "{requests:?}");
}

#[tokio::test]
async fn root_may_do_everything_and_whoever_may_not_ask_is_told() {
    let (denied, requests) = asked([], "arn:aws:iam::123456789012:root", None).await;
    assert_eq!((denied, requests.len()), (Ok(BTreeSet::new()), 0));

    let no = Answer::error(403, "AccessDenied", "is not authorized to perform");
    assert_eq!(asked([no], USER, None).await.0, Err(Cause::Denied));
}
