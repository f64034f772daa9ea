//! The watcher against recorded answers, through the real SDK client.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::base64;
use aws_smithy_types::body::SdkBody;
use secmonkey_core::account::Account;
use secmonkey_core::config::canonicalise;
use secmonkey_core::item::GLOBAL;
use secmonkey_core::watch::{Cause, Sighting};
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;

use super::*;
use crate::http::{Client as HttpClient, Limits};
use crate::session::Config;
use crate::watch::Facts;

macro_rules! recorded {
    ($path:literal) => {
        include_str!(concat!("../../../fixtures/", $path))
    };
}

const ACCOUNT: &str = "123456789012";

const REPORT: &str = recorded!("iam_user/credential_report.csv");

/// An account that answers what was recorded.
#[derive(Debug, Clone)]
struct Aws(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// By question: the action, then what is asked about, then the marker. A question
    /// that was given several answers gets one after the other, the last for ever.
    answers: HashMap<String, Vec<(u16, String)>>,
    asked: Vec<String>,
}

impl Aws {
    /// Three users, two roles, two groups and four policies, at noon of 1 June 2024; the
    /// credential report is of eight in the morning.
    fn new() -> Self {
        let aws = Self(Arc::new(Mutex::new(State { answers: HashMap::new(), asked: Vec::new() })));
        for (question, answer) in [
            (
                "GetAccountAuthorizationDetails",
                recorded!("iam_group/GetAccountAuthorizationDetails.xml"),
            ),
            (
                "GetAccountAuthorizationDetails users",
                recorded!("iam_user/GetAccountAuthorizationDetails.users.xml"),
            ),
            (
                "GetAccountAuthorizationDetails roles",
                recorded!("iam_role/GetAccountAuthorizationDetails.roles.xml"),
            ),
            (
                "GetAccountAuthorizationDetails policies",
                recorded!("iam_managed_policy/GetAccountAuthorizationDetails.policies.xml"),
            ),
            ("ListUsers", recorded!("iam_user/ListUsers.xml")),
            ("ListRoles", recorded!("iam_role/ListRoles.xml")),
            ("ListGroups", recorded!("iam_group/ListGroups.xml")),
            ("ListAccessKeys alice", recorded!("iam_user/ListAccessKeys.alice.xml")),
            ("ListAccessKeys bot", recorded!("iam_user/ListAccessKeys.bot.xml")),
            ("ListAccessKeys carol", recorded!("iam_user/ListAccessKeys.carol.xml")),
            (
                "GetAccessKeyLastUsed AKIABOT0000000000002",
                recorded!("iam_user/GetAccessKeyLastUsed.AKIABOT0000000000002.xml"),
            ),
            ("GetLoginProfile alice", recorded!("iam_user/GetLoginProfile.alice.xml")),
            ("ListMFADevices alice", recorded!("iam_user/ListMFADevices.alice.xml")),
            ("ListMFADevices bot", recorded!("iam_user/ListMFADevices.xml")),
            ("ListMFADevices carol", recorded!("iam_user/ListMFADevices.xml")),
            ("ListSigningCertificates bot", recorded!("iam_user/ListSigningCertificates.bot.xml")),
            ("ListSigningCertificates carol", recorded!("iam_user/ListSigningCertificates.xml")),
            ("GetUser alice", recorded!("iam_user/GetUser.alice.xml")),
            ("GetRole app", recorded!("iam_role/GetRole.app.xml")),
            ("GetGroup admins", recorded!("iam_group/GetGroup.admins.xml")),
            (
                "GetPolicy arn:aws:iam::123456789012:policy/deploy",
                recorded!("iam_managed_policy/GetPolicy.deploy.xml"),
            ),
            (
                "GetPolicy arn:aws:iam::aws:policy/AdministratorAccess",
                recorded!("iam_managed_policy/GetPolicy.AdministratorAccess.xml"),
            ),
            ("GenerateCredentialReport", recorded!("iam_user/GenerateCredentialReport.xml")),
            ("GetAccountSummary", recorded!("iam_account/GetAccountSummary.xml")),
            ("GetAccountPasswordPolicy", recorded!("iam_account/GetAccountPasswordPolicy.xml")),
            ("ListAccountAliases", recorded!("iam_account/ListAccountAliases.xml")),
            ("ListVirtualMFADevices", recorded!("iam_account/ListVirtualMFADevices.xml")),
            (
                "ListVirtualMFADevices page-2",
                recorded!("iam_account/ListVirtualMFADevices.page-2.xml"),
            ),
        ] {
            aws.answers(question, [(200, answer.to_owned())]);
        }
        aws.reports(REPORT);
        aws.answers(
            "GetCallerIdentity",
            [(
                200,
                concat!(
                    "<GetCallerIdentityResponse><GetCallerIdentityResult><UserId>AIDA</UserId>",
                    "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/me</Arn>",
                    "</GetCallerIdentityResult></GetCallerIdentityResponse>",
                )
                .to_owned(),
            )],
        );
        aws
    }

    fn answers(&self, question: &str, answers: impl IntoIterator<Item = (u16, String)>) {
        let answers = answers.into_iter().collect();
        self.0.lock().unwrap().answers.insert(question.to_owned(), answers);
    }

    fn refuses(&self, question: &str, status: u16, code: &str) {
        self.answers(question, [(status, refusal(code))]);
    }

    /// The same answer with something else in it.
    fn edits(&self, question: &str, from: &str, to: &str) {
        let mut state = self.0.lock().unwrap();
        let (_, body) = &mut state.answers.get_mut(question).unwrap()[0];
        assert!(body.contains(from), "{question} holds no {from}");
        *body = body.replace(from, to);
    }

    fn reports(&self, csv: &str) {
        self.answers("GetCredentialReport", [(200, report(csv))]);
    }

    /// What was asked, without who the caller is.
    fn asked(&self) -> Vec<String> {
        let mut asked = self.0.lock().unwrap().asked.clone();
        asked.retain(|question| question != "GetCallerIdentity");
        asked.sort();
        asked
    }
}

fn refusal(code: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message>\
         </Error><RequestId>1</RequestId></ErrorResponse>"
    )
}

fn report(csv: &str) -> String {
    format!(
        "<GetCredentialReportResponse><GetCredentialReportResult><Content>{}</Content>\
         <ReportFormat>text/csv</ReportFormat><GeneratedTime>2024-06-01T08:00:00Z\
         </GeneratedTime></GetCredentialReportResult></GetCredentialReportResponse>",
        base64::encode(csv)
    )
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let parameters: HashMap<_, _> =
            body.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let about =
            ["Action", "UserName", "RoleName", "GroupName", "PolicyArn", "AccessKeyId", "Marker"];
        let question: Vec<_> = about.iter().filter_map(|name| parameters.get(name)).collect();
        let question = question.into_iter().copied().collect::<Vec<_>>().join(" ");
        let question = question.replace("%3A", ":").replace("%2F", "/");
        let mut state = self.0.lock().unwrap();
        state.asked.push(question.clone());
        let (status, body) = match state.answers.get_mut(&question) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers[0].clone(),
            None => (404, refusal("NoSuchEntity")),
        };
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        HttpConnectorFuture::ready(Ok(response))
    }
}

async fn sessions(aws: &Aws) -> Sessions {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    Sessions::load(Config {
        max_attempts: Some(1),
        client: Some(HttpClient::over(aws.clone(), Limits::default())),
        credentials: Some(SharedCredentialsProvider::new(credentials)),
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        ..Config::default()
    })
    .await
}

fn scope() -> Scope {
    let account = Account::new(AWS, ACCOUNT.parse().unwrap(), "prod");
    Scope { account, region: GLOBAL.to_owned() }
}

/// What one sweep handed out.
#[derive(Debug)]
struct Seen {
    items: BTreeMap<String, Observed>,
    complete: Vec<String>,
    end: Result<(), Error>,
}

impl Seen {
    /// The configuration of an item by name, in canonical form, without what failed.
    fn config(&self, name: &str) -> Value {
        let item = &self.items[name];
        let mut config = item.config.clone();
        for (at, part) in &item.parts {
            if let Part::Known(value) = part {
                config[at.trim_start_matches('/')] = value.clone();
            }
        }
        let technologies = crate::watch::technologies();
        let technology = technologies.iter().find(|one| one.id == item.technology).unwrap();
        canonicalise(&mut config, technology);
        config
    }

    fn configs(&self) -> BTreeMap<&str, Value> {
        self.items.keys().map(|name| (name.as_str(), self.config(name))).collect()
    }

    /// The parts that failed, by item.
    fn failed(&self) -> Vec<(&str, &str, Cause)> {
        let failed = |part: &Part| match part {
            Part::Failed(error) => Some(error.cause),
            _ => None,
        };
        let parts = self.items.iter().flat_map(|(name, item)| {
            item.parts
                .iter()
                .filter_map(|(at, part)| Some((name.as_str(), at.as_ref(), failed(part)?)))
        });
        parts.collect()
    }
}

async fn look(aws: &Aws) -> Seen {
    let (out, sightings) = Sweep::channel(1);
    look_for(aws, out, sightings).await
}

async fn look_for(aws: &Aws, out: Sweep, mut sightings: Receiver<Sighting>) -> Seen {
    let watcher = Identities::new(&sessions(aws).await);
    let scope = scope();
    let sweep = async move { watcher.sweep(&scope, &out).await };
    let collect = async {
        let (mut items, mut complete) = (BTreeMap::new(), Vec::new());
        while let Some(sighting) = sightings.recv().await {
            match sighting {
                Sighting::Item(item) => {
                    let before = items.insert(item.name.clone(), *item);
                    assert!(before.is_none(), "{before:?} came twice");
                }
                Sighting::Complete { technology, .. } => complete.push(technology.into_owned()),
                other => panic!("no resource of IAM is unread as a whole: {other:?}"),
            }
        }
        (items, complete)
    };
    let (end, (items, complete)) = join!(sweep, collect);
    Seen { items, complete, end }
}

/// Which of these are gone; the error where a look failed.
async fn gone(aws: &Aws, facts: &Facts, wanted: &[Wanted]) -> Result<Vec<String>, Error> {
    assert!(wanted.iter().all(|one| one.technology == facts.id));
    let looked = Identities::new(&sessions(aws).await).look(&scope(), wanted).await?;
    assert_eq!(looked.len(), wanted.len());
    let mut gone = Vec::new();
    for one in looked {
        match one.found {
            Found::Gone => gone.push(one.id),
            Found::Failed(error) => return Err(error),
            Found::There(_) | Found::Exists => {}
        }
    }
    Ok(gone)
}

fn wanted(facts: &Facts, id: &str, name: &str, arn: &str) -> Wanted {
    Wanted::new(&facts.technology(), id).called(name, Some(arn.to_owned()))
}

/// The estate as it was recorded: three users, two roles, two groups, four policies.
const HOLDINGS: Holdings = Holdings {
    users: 3,
    roles: 2,
    groups: 2,
    policies: 4,
    virtual_devices: 2,
    stale_report: false,
    unreported_keys: 1,
    certificate_users: 2,
};

#[tokio::test]
async fn no_call_is_made_twice_or_for_nothing() {
    let aws = Aws::new();
    look(&aws).await.end.unwrap();
    insta::assert_json_snapshot!(aws.asked());
    // One listing was recorded in four pages, one in two.
    assert_eq!(aws.asked().len(), fewest_calls(HOLDINGS) + 4);

    aws.answers("GetCredentialReport", [(410, refusal("ReportExpired")), (200, report(REPORT))]);
    let before = aws.asked().len();
    look(&aws).await.end.unwrap();
    let stale = Holdings { stale_report: true, ..HOLDINGS };
    assert_eq!(aws.asked().len() - before, fewest_calls(stale) + 4);
}

#[test]
fn the_fewest_calls_grow_by_the_page_and_by_the_user() {
    assert_eq!(fewest_calls(Holdings::default()), 8);
    let users = |users| fewest_calls(Holdings { users, ..Holdings::default() });
    assert_eq!(users(1000), 3008);
    assert_eq!(users(1001), 3003 + 10);
}

#[tokio::test]
async fn a_page_that_is_refused_or_comes_twice_completes_nothing() {
    let aws = Aws::new();
    aws.refuses("GetAccountAuthorizationDetails policies", 403, "AccessDenied");
    let seen = look(&aws).await;
    assert_eq!(seen.end.unwrap_err().cause, Cause::Denied);
    assert!(seen.complete.is_empty());

    let aws = Aws::new();
    aws.edits("GetAccountAuthorizationDetails roles", ">policies<", ">roles<");
    let seen = look(&aws).await;
    assert_eq!(seen.end.unwrap_err().cause, Cause::Garbled);
    assert!(seen.complete.is_empty());
}

#[tokio::test]
async fn what_one_call_is_refused_fails_one_part() {
    let refused = [
        (
            "ListUsers",
            vec!["alice /PasswordLastUsed", "bot /PasswordLastUsed", "carol /PasswordLastUsed"],
        ),
        (
            "ListRoles",
            vec![
                "AWSServiceRoleForSupport /Description",
                "AWSServiceRoleForSupport /MaxSessionDuration",
                "AWSServiceRoleForSupport /SourceRoleTemplate",
                "app /Description",
                "app /MaxSessionDuration",
                "app /SourceRoleTemplate",
            ],
        ),
        ("GetAccountPasswordPolicy", vec!["123456789012 /PasswordPolicy"]),
        ("GetAccountSummary", vec!["123456789012 /SummaryMap"]),
        ("ListAccountAliases", vec!["123456789012 /AccountAliases"]),
        ("ListVirtualMFADevices page-2", vec!["123456789012 /RootVirtualMFADevices"]),
        ("ListAccessKeys alice", vec!["alice /AccessKeys"]),
        ("GetLoginProfile bot", vec!["bot /LoginProfile"]),
        ("ListMFADevices carol", vec!["carol /MFADevices"]),
        ("ListSigningCertificates bot", vec!["bot /SigningCertificates"]),
        // Without the last use, the key would read as never used.
        ("GetAccessKeyLastUsed AKIABOT0000000000002", vec!["bot /AccessKeys"]),
    ];
    let whole =
        look(&Aws::new()).await.configs().into_iter().map(owned).collect::<BTreeMap<_, _>>();
    for (question, expected) in refused {
        let aws = Aws::new();
        aws.refuses(question, 403, "AccessDenied");
        let seen = look(&aws).await;
        seen.end.as_ref().unwrap();
        assert_eq!(seen.complete.len(), 5);
        assert!(seen.failed().iter().all(|(.., cause)| *cause == Cause::Denied));
        let failed: Vec<_> =
            seen.failed().iter().map(|(name, at, _)| format!("{name} {at}")).collect();
        assert_eq!(failed, expected, "{question}");
        // Everything else is as ever.
        for (name, config) in seen.configs() {
            let mut expected = whole[name].clone();
            for (item, at, _) in seen.failed() {
                if item == name {
                    expected.as_object_mut().unwrap().remove(at.trim_start_matches('/'));
                }
            }
            assert_eq!(config, expected, "{question}: {name}");
        }
    }
}

fn owned((name, config): (&str, Value)) -> (String, Value) {
    (name.to_owned(), config)
}

#[tokio::test]
async fn a_token_that_comes_twice_fails_the_part_of_the_user() {
    let aws = Aws::new();
    let again = "<IsTruncated>true</IsTruncated><Marker>again</Marker>";
    aws.edits("ListAccessKeys alice", "<IsTruncated>false</IsTruncated>", again);
    let page = aws.0.lock().unwrap().answers["ListAccessKeys alice"].clone();
    aws.answers("ListAccessKeys alice again", page);
    let seen = look(&aws).await;
    seen.end.as_ref().unwrap();
    assert_eq!(seen.failed(), [("alice", "/AccessKeys", Cause::Garbled)]);
}

#[tokio::test]
async fn a_user_deleted_during_the_sweep_is_neither_an_item_nor_a_failure() {
    for question in ["ListAccessKeys bot", "ListMFADevices bot", "ListSigningCertificates bot"] {
        let aws = Aws::new();
        aws.refuses(question, 404, "NoSuchEntity");
        let seen = look(&aws).await;
        seen.end.as_ref().unwrap();
        assert!(!seen.items.contains_key("bot"), "{question}");
        assert_eq!(seen.failed(), []);
        assert_eq!((seen.items.len(), seen.complete.len()), (10, 5));
    }
}

#[tokio::test]
async fn what_a_listing_misses_is_asked_for_by_name() {
    let aws = Aws::new();
    aws.edits("ListUsers", "AIDAALICEAAAAAAAAAAAA", "AIDAOTHERAAAAAAAAAAAA");
    aws.edits("ListRoles", "AROAAPPAAAAAAAAAAAAAA", "AROAOTHERAAAAAAAAAAAA");
    let seen = look(&aws).await;
    assert_eq!(seen.configs(), look(&Aws::new()).await.configs());
    let asked = aws.asked();
    assert!(["GetUser alice", "GetRole app"].iter().all(|one| asked.iter().any(|a| a == one)));
}

#[tokio::test]
async fn another_resource_of_the_same_name_is_not_the_one_that_was_listed() {
    let aws = Aws::new();
    for (listing, look_up, id) in [
        ("ListUsers", "GetUser alice", "AIDAALICEAAAAAAAAAAAA"),
        ("ListRoles", "GetRole app", "AROAAPPAAAAAAAAAAAAAA"),
    ] {
        aws.edits(listing, id, "RECREATEDAAAAAAAAAAAA");
        aws.edits(look_up, id, "RECREATEDAAAAAAAAAAAA");
    }
    let seen = look(&aws).await;
    seen.end.as_ref().unwrap();
    assert_eq!(seen.failed(), []);
    assert!(!seen.items.contains_key("alice") && !seen.items.contains_key("app"));
}

/// Without the rows of what was made after eight, and with those of what was deleted.
#[tokio::test]
async fn a_report_of_four_hours_ago_gives_what_a_fresh_one_gives() {
    let old = look(&Aws::new()).await;
    let aws = Aws::new();
    let (kept, _) = REPORT.split_once("dave,").unwrap();
    let none = "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
    let fresh = kept.replace(
        "2024-03-02T10:00:01+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A",
        "2024-03-02T10:00:01+00:00,N/A,N/A,N/A,true,2024-06-01T11:58:00+00:00,\
         2024-06-01T11:58:30+00:00,us-east-1,sts",
    ) + &format!(
        "carol,arn:aws:iam::123456789012:user/carol,2024-06-01T11:59:00+00:00,\
         false,N/A,N/A,N/A,false,{none}\n"
    );
    aws.reports(&fresh);
    let fresh = look(&aws).await;
    assert_eq!(fresh.configs(), old.configs());
    assert_eq!((fresh.failed(), old.failed()), (vec![], vec![]));
    let by_key = |question: &String| question.starts_with("GetAccessKeyLastUsed");
    assert!(!aws.asked().iter().any(by_key), "the fresh report tells of all keys");
}

#[tokio::test]
async fn without_a_report_each_key_is_asked_for_and_certificates_stay_unread() {
    let aws = Aws::new();
    aws.refuses("GetCredentialReport", 403, "AccessDenied");
    for key in ["AKIAALICE00000000001", "AKIABOT0000000000001"] {
        let never = recorded!("iam_user/GetAccessKeyLastUsed.AKIABOT0000000000002.xml")
            .replace("<LastUsedDate>2024-06-01T11:58:30Z</LastUsedDate>", "")
            .replace(">sts<", ">N/A<")
            .replace(">us-east-1<", ">N/A<");
        aws.answers(&format!("GetAccessKeyLastUsed {key}"), [(200, never)]);
    }
    let seen = look(&aws).await;
    seen.end.as_ref().unwrap();
    let certificates = |name| (name, "/SigningCertificates", Cause::Denied);
    let account = ["/ConsoleUsers", "/RootUser"].map(|at| (ACCOUNT, at, Cause::Denied));
    let certificates = ["alice", "bot", "carol"].map(certificates);
    assert_eq!(seen.failed(), [&account[..], &certificates].concat());
    let normal = look(&Aws::new()).await;
    assert_eq!(seen.config("bot")["AccessKeys"], normal.config("bot")["AccessKeys"]);
    assert_eq!(seen.config("alice")["AccessKeys"][0]["AccessKeyLastUsed"], json!({}));
}

#[tokio::test]
async fn a_report_in_the_making_is_waited_for_and_not_for_ever() {
    let read = async |aws: &Aws, waits: usize| {
        let iam = sessions(aws).await.iam(&scope().account);
        CredentialReport::read(&iam, &vec![Duration::ZERO; waits]).await
    };
    let absent = (410, refusal("ReportNotPresent"));
    let making = (404, refusal("ReportInProgress"));
    let made = (200, report(REPORT));

    let aws = Aws::new();
    aws.answers("GetCredentialReport", [absent.clone(), making.clone(), making.clone(), made]);
    read(&aws, 3).await.unwrap();
    let asked = ["GenerateCredentialReport"; 1].into_iter().chain(["GetCredentialReport"; 4]);
    assert_eq!(aws.asked(), asked.collect::<Vec<_>>());

    for never in [making, absent] {
        let aws = Aws::new();
        aws.answers("GetCredentialReport", [never]);
        assert_eq!(read(&aws, 3).await.unwrap_err().operation, "iam:GetCredentialReport");
        assert!(aws.asked().len() <= 6, "{:?}", aws.asked());
        let generated = aws.asked().iter().filter(|one| one.starts_with("Generate")).count();
        assert!(generated <= 1, "a report is made once in four hours");
    }

    let aws = Aws::new();
    aws.refuses("GetCredentialReport", 410, "ReportExpired");
    aws.refuses("GenerateCredentialReport", 403, "AccessDenied");
    let error = read(&aws, 3).await.unwrap_err();
    assert_eq!(
        (error.operation.as_ref(), error.cause),
        (credential_report::GENERATE.permission, Cause::Denied)
    );
}

#[tokio::test]
async fn a_policy_named_without_its_id_is_asked_for() {
    let aws = Aws::new();
    let listing = "GetAccountAuthorizationDetails policies";
    aws.edits(listing, "<PolicyId>ANPADEPLOYAAAAAAAAAAA</PolicyId>", "");
    aws.edits(listing, "<PolicyName>deploy</PolicyName>", "");
    let seen = look(&aws).await;
    assert_eq!(seen.items["deploy"].id, "ANPADEPLOYAAAAAAAAAAA");
    assert_eq!(seen.configs(), look(&Aws::new()).await.configs());

    // And without an answer it is not known what was listed.
    let policy = "GetPolicy arn:aws:iam::123456789012:policy/deploy";
    aws.refuses(policy, 403, "AccessDenied");
    let seen = look(&aws).await;
    assert_eq!(seen.end.unwrap_err().operation, "iam:GetPolicy");
    assert!(seen.complete.is_empty());
}

#[tokio::test]
async fn a_policy_without_a_document_keeps_the_last_one() {
    let aws = Aws::new();
    let listing = "GetAccountAuthorizationDetails policies";
    aws.edits(listing, "<IsDefaultVersion>true</IsDefaultVersion>", "");
    let seen = look(&aws).await;
    seen.end.as_ref().unwrap();
    let failed = |name| (name, "/Document", Cause::Garbled);
    assert_eq!(seen.failed(), ["PowerUserAccess", "ReadOnlyAccess", "deploy"].map(failed));
}

#[tokio::test]
async fn a_listed_resource_without_an_id_fails_the_sweep() {
    for (listing, id) in [
        ("GetAccountAuthorizationDetails users", "<UserId>AIDABOTAAAAAAAAAAAAAA</UserId>"),
        ("GetAccountAuthorizationDetails roles", "<RoleId>AROASUPPORTAAAAAAAAAA</RoleId>"),
        ("GetAccountAuthorizationDetails", "<GroupId>AGPAADMINSAAAAAAAAAAA</GroupId>"),
    ] {
        let aws = Aws::new();
        aws.edits(listing, id, "");
        let seen = look(&aws).await;
        assert_eq!(seen.end.unwrap_err().cause, Cause::Garbled, "{id}");
        assert!(seen.complete.is_empty());
    }
}

const ALICE: &str = "AIDAALICEAAAAAAAAAAAA";
const APP: &str = "AROAAPPAAAAAAAAAAAAAA";
const ADMINS: &str = "AGPAADMINSAAAAAAAAAAA";
const DEPLOY: &str = "ANPADEPLOYAAAAAAAAAAA";

/// One resource of each technology that exists, and the question that tells.
fn existing() -> [(Facts, Wanted, &'static str); 4] {
    let policy = "arn:aws:iam::123456789012:policy/deploy";
    [
        (user::USER, wanted(&user::USER, ALICE, "alice", ""), "GetUser alice"),
        (role::ROLE, wanted(&role::ROLE, APP, "app", ""), "GetRole app"),
        (group::GROUP, wanted(&group::GROUP, ADMINS, "admins", ""), "GetGroup admins"),
        (
            managed_policy::MANAGED_POLICY,
            wanted(&managed_policy::MANAGED_POLICY, DEPLOY, "deploy", policy),
            "GetPolicy arn:aws:iam::123456789012:policy/deploy",
        ),
    ]
}

#[tokio::test]
async fn what_answers_to_its_name_is_not_gone() {
    for (technology, resource, question) in existing() {
        let aws = Aws::new();
        assert_eq!(gone(&aws, &technology, &[resource]).await, Ok(vec![]));
        assert_eq!(aws.asked(), [question]);
    }
}

#[tokio::test]
async fn what_answers_to_no_name_and_is_in_no_listing_is_gone() {
    for (technology, resource, question) in existing() {
        let aws = Aws::new();
        aws.refuses(question, 404, "NoSuchEntity");
        aws.edits("ListUsers", ALICE, "AIDAOTHERAAAAAAAAAAAA");
        aws.edits("ListGroups", ADMINS, "AGPAOTHERAAAAAAAAAAAA");
        let id = resource.id.clone();
        assert_eq!(gone(&aws, &technology, &[resource]).await, Ok(vec![id]));
    }
}

#[tokio::test]
async fn what_was_made_again_under_its_name_is_gone() {
    for (technology, resource, question) in existing() {
        let aws = Aws::new();
        aws.edits(question, &resource.id, "RECREATEDAAAAAAAAAAAA");
        aws.edits("ListUsers", ALICE, "RECREATEDAAAAAAAAAAAA");
        aws.edits("ListGroups", ADMINS, "RECREATEDAAAAAAAAAAAA");
        let id = resource.id.clone();
        assert_eq!(gone(&aws, &technology, &[resource]).await, Ok(vec![id]));
    }
}

#[tokio::test]
async fn what_was_renamed_is_not_gone() {
    for (technology, mut resource, _) in existing() {
        if [user::USER.id, group::GROUP.id].contains(&technology.id) {
            resource.name = Some("before".to_owned());
            assert_eq!(gone(&Aws::new(), &technology, &[resource]).await, Ok(vec![]));
        }
    }
}

#[tokio::test]
async fn a_look_up_that_fails_concludes_nothing() {
    for (technology, resource, question) in existing() {
        let aws = Aws::new();
        aws.refuses(question, 403, "AccessDenied");
        let deleted =
            wanted(&technology, "DELETED", "deleted", "arn:aws:iam::123456789012:policy/deleted");
        let error = gone(&aws, &technology, &[deleted, resource]).await.unwrap_err();
        assert_eq!(error.cause, Cause::Denied);
    }
    for (technology, listing) in [(user::USER, "ListUsers"), (group::GROUP, "ListGroups")] {
        let aws = Aws::new();
        aws.refuses(listing, 403, "AccessDenied");
        let error = gone(&aws, &technology, &[wanted(&technology, "DELETED", "deleted", "")])
            .await
            .unwrap_err();
        assert_eq!(
            (error.operation, error.cause),
            (format!("iam:{listing}").into(), Cause::Denied)
        );
    }
}

#[tokio::test]
async fn a_policy_of_aws_is_gone_once_nothing_uses_it() {
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let technology = managed_policy::MANAGED_POLICY;
    let policy = [wanted(&technology, "ANPAADMINISTRATORAAAA", "AdministratorAccess", arn)];
    let question = format!("GetPolicy {arn}");
    let aws = Aws::new();
    let id = policy[0].id.clone();
    assert_eq!(gone(&aws, &technology, &policy).await, Ok(vec![id]));
    for count in ["AttachmentCount", "PermissionsBoundaryUsageCount"] {
        let aws = Aws::new();
        aws.edits(&question, &format!("<{count}>0<"), &format!("<{count}>1<"));
        assert_eq!(gone(&aws, &technology, &policy).await, Ok(vec![]), "{count}");
    }
}

#[tokio::test]
async fn an_account_without_a_password_policy_is_known_to_have_none() {
    let aws = Aws::new();
    aws.refuses("GetAccountPasswordPolicy", 404, "NoSuchEntity");
    let seen = look(&aws).await;
    assert_eq!(seen.failed(), []);
    assert_eq!(
        seen.items[ACCOUNT].parts.iter().filter(|(_, part)| *part == Part::Absent).count(),
        1
    );
    assert!(seen.config(ACCOUNT).get("PasswordPolicy").is_none());
}

/// Counts change with every user, and each user is an item: no revision of the account.
#[tokio::test]
async fn what_the_summary_counts_does_not_change_the_account() {
    let aws = Aws::new();
    let before = look(&aws).await.config(ACCOUNT);
    aws.edits(
        "GetAccountSummary",
        "<key>Users</key>\n        <value>3</value>",
        "<key>Users</key>\n        <value>4</value>",
    );
    assert_eq!(look(&aws).await.config(ACCOUNT), before);
    aws.edits(
        "GetAccountSummary",
        "<key>AccountMFAEnabled</key>\n        <value>1</value>",
        "<key>AccountMFAEnabled</key>\n        <value>0</value>",
    );
    assert_ne!(look(&aws).await.config(ACCOUNT), before);
}

/// Were it taken for nothing, root would pass for one that has no MFA, or no key.
#[tokio::test]
async fn a_summary_or_a_report_without_root_is_no_answer() {
    let aws = Aws::new();
    aws.edits("GetAccountSummary", "AccountMFAEnabled", "MFAEnabled");
    let rows = REPORT.lines().filter(|line| !line.starts_with("<root_account>"));
    aws.reports(&rows.collect::<Vec<_>>().join("\n"));
    let seen = look(&aws).await;
    let failed = ["/ConsoleUsers", "/RootUser", "/SummaryMap"];
    assert_eq!(seen.failed(), failed.map(|at| (ACCOUNT, at, Cause::Garbled)));
}

#[tokio::test]
async fn root_and_its_console_users_are_told_by_the_report() {
    let aws = Aws::new();
    let told = |config: &Value| (config["ConsoleUsers"].clone(), config["RootUser"].clone());
    let used = json!({
        "AccessKeyLastUsed": "2020-01-04T12:00:00Z",
        "PasswordLastUsed": "2024-01-01T00:00:00Z",
    });
    assert_eq!(told(&look(&aws).await.config(ACCOUNT)), (json!(true), used));
    let never = REPORT
        .replace(",true,2024-06-01T06:00:00+00:00", ",false,N/A")
        .replace(",true,2024-05-30T00:00:00+00:00", ",false,N/A")
        .replace("not_supported,2024-01-01T00:00:00+00:00", "not_supported,no_information")
        .replace("2020-01-04T12:00:00+00:00", "N/A");
    aws.reports(&never);
    let seen = look(&aws).await;
    assert_eq!(seen.failed(), []);
    assert_eq!(told(&seen.config(ACCOUNT)), (json!(false), Value::Null));
}

#[tokio::test]
async fn for_users_alone_nothing_is_asked_about_the_account() {
    let aws = Aws::new();
    let (out, sightings) = Sweep::channel(1);
    let seen = look_for(&aws, out.only(&[user::USER.technology()]), sightings).await;
    seen.end.unwrap();
    assert!(seen.items.contains_key("alice") && !seen.items.contains_key(ACCOUNT));
    let of_the_account = |one: &String| one.contains("Account") && !one.contains("Details");
    assert!(!aws.asked().iter().any(of_the_account), "{:?}", aws.asked());
}
