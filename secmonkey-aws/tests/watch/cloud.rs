//! A cloud that answers from files, and what a sweep of it sees.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use percent_encoding::percent_decode_str;
use secmonkey_aws::budget::Rate;
use secmonkey_aws::http::{Client, Limits};
use secmonkey_aws::session::{Config, Sessions};
use secmonkey_core::account::Account;
use secmonkey_core::config::canonicalise;
use secmonkey_core::item::GLOBAL;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::watch::{Error, Missing, Observed, Part, Scope, Sighting, Sweep, Watcher};
use serde_json::{Value, json};

pub const ACCOUNT: &str = "123456789012";

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The operation, where the protocol names it, else the sub-resource: `acl`.
    pub question: String,
    /// The page that is asked for; empty for the first.
    pub page: String,
    /// All parameters, of the query and the form.
    pub parameters: BTreeMap<String, String>,
    /// The path, percent-encoding and all.
    pub path: String,
    /// The region it is signed for.
    pub region: String,
    /// The account that a bucket has to be owned by.
    pub owner: Option<String>,
}

impl Request {
    fn of(request: &HttpRequest) -> Self {
        let (path, query) = request.uri().split_once('?').unwrap_or((request.uri(), ""));
        let path = path.splitn(4, '/').nth(3).unwrap_or_default().trim_end_matches('/');
        let form = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let parameters: BTreeMap<_, _> = query
            .split('&')
            .chain(form.split('&'))
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect();
        let one_of = |names: &[&str]| names.iter().find_map(|name| parameters.get(*name)).cloned();
        let question = one_of(&["Action"]).unwrap_or_else(|| {
            let known = ["x-id", "continuation-token", "max-buckets"];
            let asked = parameters.keys().find(|name| !known.contains(&name.as_str()));
            let last = path.rsplit('/').next().filter(|last| !last.is_empty());
            asked.map(String::as_str).or(last).unwrap_or("buckets").to_owned()
        });
        let signed = request.headers().get("authorization").unwrap_or_default();
        Self {
            question,
            page: one_of(&["NextToken", "continuation-token"]).unwrap_or_default(),
            path: path.to_owned(),
            region: signed.split('/').nth(2).unwrap_or_default().to_owned(),
            owner: request.headers().get("x-amz-expected-bucket-owner").map(str::to_owned),
            parameters,
        }
    }
}

/// What is answered: status and body.
pub type Answer = (u16, Vec<u8>);

/// The recorded answer: `fixtures/TECHNOLOGY/QUESTION[.PAGE].xml`.
pub fn recorded(technology: &str, request: &Request) -> Answer {
    let stem = match request.page.as_str() {
        "" => request.question.clone(),
        page => format!("{}.{page}", request.question),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(technology);
    let file = |ending: &str| folder.join(format!("{stem}.{ending}"));
    let answer = fs::read(file("xml")).or_else(|_| fs::read(file("json")));
    (200, answer.unwrap_or_else(|error| panic!("{technology}/{stem}: {error}")))
}

/// A recorded answer with something in it replaced.
pub fn edited(technology: &str, request: &Request, from: &str, to: &str) -> Answer {
    let (status, body) = recorded(technology, request);
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    (status, text.replace(from, to).into_bytes())
}

/// An error as S3 answers it.
pub fn refused(status: u16, code: &str) -> Answer {
    (status, format!("<Error><Code>{code}</Code><Message>so it is</Message></Error>").into_bytes())
}

/// An error as EC2 answers it.
pub fn refused_ec2(status: u16, code: &str) -> Answer {
    let body = format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>so it is</Message></Error></Errors>\
         <RequestID>1</RequestID></Response>"
    );
    (status, body.into_bytes())
}

/// An error as the services of the query protocol answer it.
pub fn refused_query(status: u16, code: &str) -> Answer {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>so it is</Message>\
         </Error><RequestId>1</RequestId></ErrorResponse>"
    );
    (status, body.into_bytes())
}

/// A cloud that answers by a function, and remembers what it was asked.
#[derive(Clone)]
pub struct Cloud {
    answer: Arc<dyn Fn(&Request) -> Answer + Send + Sync>,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cloud")
    }
}

impl HttpConnector for Cloud {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = Request::of(&request);
        let (status, body) = if request.question == "GetCallerIdentity" {
            let body = format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/scan</Arn>\
                 <Account>{ACCOUNT}</Account><UserId>AIDA</UserId></GetCallerIdentityResult>\
                 </GetCallerIdentityResponse>"
            );
            (200, body.into_bytes())
        } else {
            let answer = (self.answer)(&request);
            self.asked.lock().unwrap().push(request);
            answer
        };
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl Cloud {
    pub fn new(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), asked: Arc::default() }
    }

    /// Everything as recorded.
    pub fn recorded(technology: &'static str) -> Self {
        Self::new(move |request| recorded(technology, request))
    }

    pub async fn sessions(&self) -> Sessions {
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
        Sessions::load(Config {
            max_attempts: Some(1),
            call: Duration::from_mins(1),
            rate: |_| Rate { burst: 1e6, per_second: 1e6 },
            client: Some(Client::over(self.clone(), Limits::default())),
            credentials: Some(SharedCredentialsProvider::new(credentials)),
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            ..Config::default()
        })
        .await
    }

    /// What was asked, apart from who asks.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.asked().len()
    }
}

/// What a sweep handed out.
#[derive(Debug)]
pub struct Seen {
    /// By id.
    pub items: BTreeMap<String, Observed>,
    /// By id.
    pub unread: BTreeMap<String, Error>,
    pub complete: bool,
    pub end: Result<(), Error>,
}

impl Seen {
    /// The only item.
    pub fn only(&self) -> &Observed {
        assert_eq!(self.items.len(), 1, "{:?}", self.items.keys());
        self.items.values().next().unwrap()
    }

    /// The error that ended the sweep without anything being concluded from it.
    pub fn failed(&self) -> &Error {
        assert!(!self.complete, "a sweep that failed proves nothing");
        self.end.as_ref().unwrap_err()
    }
}

pub fn scope(watcher: &dyn Watcher) -> Scope {
    let region = match watcher.technologies()[0].reach {
        Reach::Global => GLOBAL,
        Reach::Regional => "eu-west-1",
    };
    let account = Account::new(ACCOUNT.parse().unwrap(), "prod");
    Scope { account, region: region.to_owned() }
}

pub async fn sweep(watcher: &dyn Watcher) -> Seen {
    sweep_in(watcher, &scope(watcher)).await
}

pub async fn sweep_in(watcher: &dyn Watcher, scope: &Scope) -> Seen {
    let (out, mut sightings) = Sweep::channel(10_000);
    let end = watcher.sweep(scope, &out).await;
    drop(out);
    let mut seen = Seen { items: BTreeMap::new(), unread: BTreeMap::new(), complete: false, end };
    while let Some(sighting) = sightings.recv().await {
        match sighting {
            Sighting::Item(item) => {
                let twice = seen.items.insert(item.id.clone(), *item);
                assert!(twice.is_none(), "handed out twice: {twice:?}");
            }
            Sighting::Unread { id, error, .. } => {
                seen.unread.insert(id, error);
            }
            Sighting::Complete { technology } => {
                assert_eq!(technology, watcher.technologies()[0].id);
                seen.complete = true;
            }
        }
    }
    seen
}

/// Which of these names, missing from a listing, are gone.
pub async fn gone(
    watcher: &dyn Watcher,
    ids_and_names: &[(&str, &str)],
) -> Result<Vec<String>, Error> {
    let missing: Vec<_> = ids_and_names
        .iter()
        .map(|(id, name)| Missing { id: (*id).to_owned(), name: (*name).to_owned(), arn: None })
        .collect();
    let mut gone = watcher.gone(&scope(watcher), &watcher.technologies()[0], &missing).await?;
    gone.sort();
    Ok(gone)
}

/// A part, by its pointer.
pub fn part<'a>(item: &'a Observed, at: &str) -> &'a Part {
    let (_, part) = item.parts.iter().find(|(name, _)| *name == at).expect(at);
    part
}

/// The failed parts and why.
pub fn failures(item: &Observed) -> BTreeMap<&'static str, Error> {
    let failed = item.parts.iter().filter_map(|(at, part)| match part {
        Part::Failed(error) => Some((*at, error.clone())),
        Part::Known(_) | Part::Absent => None,
    });
    failed.collect()
}

/// The whole configuration in canonical form; nothing of it may have failed.
pub fn config(item: &Observed, technology: &Technology) -> Value {
    let mut config = item.config.clone();
    for (at, part) in &item.parts {
        match part {
            Part::Known(value) => config[&at[1..]] = value.clone(),
            Part::Absent => {}
            Part::Failed(error) => panic!("{at}: {error}"),
        }
    }
    canonicalise(&mut config, technology);
    config
}

/// Items as people see them.
pub fn shown(seen: &Seen, technology: &Technology) -> Value {
    let items = seen.items.values().map(|item| {
        json!({
            "id": item.id,
            "name": item.name,
            "arn": item.arn,
            "config": config(item, technology),
        })
    });
    items.collect()
}
