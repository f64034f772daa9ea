//! A cloud that answers from files, and what a watcher sees of it.

use std::collections::{BTreeMap, BTreeSet};
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
use secmonkey_aws::AWS;
use secmonkey_aws::budget::Rate;
use secmonkey_aws::http::{Client, Limits};
use secmonkey_aws::service::Rates;
use secmonkey_aws::session::{Config, Sessions};
use secmonkey_aws::watch::Facts;
use secmonkey_core::account::Account;
use secmonkey_core::config::canonicalise;
use secmonkey_core::item::{GLOBAL, Key};
use secmonkey_core::secret::DigestKey;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::watch::{
    Error, Found, Observed, Part, Scope, Sighting, Sweep, Wanted, Watcher,
};
use serde_json::{Value, json};

pub const ACCOUNT: &str = "123456789012";

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Ec2,
    Query,
    S3,
    S3Control,
    Json,
    RestJson,
    RestXml,
}

impl Protocol {
    /// Whether the path alone says what is asked.
    const fn is_rest(self) -> bool {
        matches!(self, Self::RestJson | Self::RestXml)
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub protocol: Protocol,
    /// The operation, where the protocol names it, else the sub-resource: `acl`.
    pub question: String,
    /// The page that is asked for; empty for the first.
    pub page: String,
    /// All parameters, of the query, the form and the JSON document.
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
        let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
        let (path, query) = request.uri().split_once('?').unwrap_or((request.uri(), ""));
        let path = path.splitn(4, '/').nth(3).unwrap_or_default().trim_end_matches('/');
        let body = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap();
        let document: Option<Value> = serde_json::from_str(body).ok();
        let form = if document.is_some() { "" } else { body };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let mut parameters: BTreeMap<_, _> = query
            .split('&')
            .chain(form.split('&'))
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect();
        for (name, value) in document.iter().filter_map(Value::as_object).flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            parameters.insert(name.clone(), text);
        }
        // ".../20240601/eu-west-1/ec2/aws4_request, SignedHeaders=..."
        let signed = header("authorization");
        let signed: Vec<_> = signed.split('/').collect();
        let signed_for = |at: usize| signed.get(at).copied().unwrap_or_default().to_owned();
        let target = header("x-amz-target");
        let protocol = match signed_for(3).as_str() {
            _ if !target.is_empty() => Protocol::Json,
            "ec2" => Protocol::Ec2,
            _ if parameters.contains_key("Action") => Protocol::Query,
            "s3" if path.starts_with("v20180820/") => Protocol::S3Control,
            "s3" => Protocol::S3,
            "cloudfront" | "route53" => Protocol::RestXml,
            _ => Protocol::RestJson,
        };
        let one_of = |names: &[&str]| names.iter().find_map(|name| parameters.get(*name)).cloned();
        let operation = target.rsplit('.').next().filter(|name| !name.is_empty());
        let named = operation.map(str::to_owned).or_else(|| one_of(&["Action"]));
        let question = named.unwrap_or_else(|| {
            let known = ["x-id", "continuation-token", "max-buckets", "prefix"];
            let asked = parameters.keys().find(|name| !known.contains(&name.as_str()));
            let asked = asked.filter(|_| !protocol.is_rest());
            let last = path.rsplit('/').next().filter(|last| !last.is_empty());
            asked.map(String::as_str).or(last).unwrap_or("buckets").to_owned()
        });
        Self {
            protocol,
            question,
            page: one_of(&["NextToken", "Marker", "continuation-token"]).unwrap_or_default(),
            path: path.to_owned(),
            region: signed_for(2),
            owner: Some(header("x-amz-expected-bucket-owner")).filter(|owner| !owner.is_empty()),
            parameters,
        }
    }

    /// An error as the service answers it.
    pub fn refused(&self, status: u16, code: &str) -> Answer {
        let error = format!("<Code>{code}</Code><Message>so it is</Message>");
        let body = match self.protocol {
            Protocol::Ec2 => format!(
                "<Response><Errors><Error>{error}</Error></Errors><RequestID>1</RequestID></Response>"
            ),
            Protocol::Query | Protocol::RestXml | Protocol::S3Control => format!(
                "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>1</RequestId>\
                 </ErrorResponse>"
            ),
            Protocol::S3 => format!("<Error>{error}</Error>"),
            Protocol::Json | Protocol::RestJson => {
                json!({ "__type": code, "message": "so it is" }).to_string()
            }
        };
        (status, body.into_bytes())
    }

    /// Whether the question is about this, by its whole name or the last part of it.
    fn is_about(&self, what: &str) -> bool {
        let is_it = |value: &str| {
            let end = value.strip_suffix(what);
            end.is_some_and(|before| before.is_empty() || before.ends_with(['/', ':']))
        };
        is_it(&self.path) || self.parameters.values().any(|value| is_it(value))
    }

    /// Whether the path names it anywhere: `zones/ZONE/records`.
    fn is_below(&self, what: &str) -> bool {
        self.path.split('/').any(|segment| segment == what)
    }
}

/// What is answered: status and body.
pub type Answer = (u16, Vec<u8>);

/// What was recorded of technologies: `fixtures/TECHNOLOGY/OPERATION[.ABOUT][.STATUS].xml`
/// or `.json`, or `answers.json`, an object of all of them by these names. `ABOUT` is the
/// value of any parameter, such as a name or the token of a page;
/// a file without it answers all other questions. The status is 200 where none is said.
#[derive(Debug, Clone, Default)]
pub struct Recorded(Arc<Vec<File>>);

#[derive(Debug)]
struct File {
    name: String,
    question: String,
    about: String,
    status: u16,
    body: Vec<u8>,
}

impl File {
    /// What is recorded under `OPERATION[.ABOUT][.STATUS]`.
    fn new(technology: &str, stem: &str, body: Vec<u8>) -> Self {
        let (question, rest) = stem.split_once('.').unwrap_or((stem, ""));
        let (about, status) = match rest.rsplit_once('.').unwrap_or(("", rest)) {
            (about, last) if last.len() == 3 && last.parse::<u16>().is_ok() => {
                (about, last.parse().unwrap())
            }
            _ => (rest, 200),
        };
        Self {
            name: format!("{technology}/{stem}"),
            question: question.to_owned(),
            about: about.to_owned(),
            status,
            body,
        }
    }
}

impl Recorded {
    pub fn of<'a>(technologies: impl IntoIterator<Item = &'a str>) -> Self {
        let mut files = Vec::new();
        for technology in technologies {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(technology);
            let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{technology}: {e}"));
            for entry in entries {
                let path = entry.unwrap().path();
                let file = path.file_name().unwrap().to_str().unwrap();
                let stem = file.strip_suffix(".xml").or_else(|| file.strip_suffix(".json"));
                let Some(stem) = stem else { continue };
                let body = fs::read(&path).unwrap();
                if stem == "answers" {
                    let all: BTreeMap<String, Value> = serde_json::from_slice(&body).unwrap();
                    files.extend(all.iter().map(|(stem, body)| {
                        File::new(technology, stem, serde_json::to_vec_pretty(body).unwrap())
                    }));
                } else {
                    files.push(File::new(technology, stem, body));
                }
            }
        }
        Self(Arc::new(files))
    }

    fn find(&self, request: &Request) -> &File {
        let answers = |question: &str| {
            let files = || self.0.iter().filter(|file| file.question == question);
            let about = |is_it: fn(&Request, &str) -> bool| {
                files().find(|one| !one.about.is_empty() && is_it(request, &one.about))
            };
            about(Request::is_about)
                .or_else(|| about(Request::is_below))
                .or_else(|| files().find(|file| file.about.is_empty()))
        };
        // REST names the resource after its kind: `functions/NAME`.
        let segments = request.path.rsplit('/').find_map(answers);
        let found = answers(&request.question).or(segments);
        found.unwrap_or_else(|| panic!("nothing was recorded for {request:?}"))
    }

    /// The recorded answer.
    pub fn answer(&self, request: &Request) -> Answer {
        let file = self.find(request);
        (file.status, file.body.clone())
    }

    /// The file of the answer.
    pub fn name(&self, request: &Request) -> &str {
        &self.find(request).name
    }

    /// The length of an answer without the blanks around it.
    pub fn length(&self, name: &str) -> usize {
        let file = self.0.iter().find(|file| file.name == name).unwrap();
        file.body.trim_ascii_end().len()
    }
}

/// The recorded answer of one technology.
pub fn recorded(technology: &str, request: &Request) -> Answer {
    Recorded::of([technology]).answer(request)
}

/// A recorded answer with something in it replaced.
pub fn edited(technology: &str, request: &Request, from: &str, to: &str) -> Answer {
    let (status, body) = recorded(technology, request);
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    (status, text.replace(from, to).into_bytes())
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

    /// Everything as recorded of one technology.
    pub fn recorded(technology: &str) -> Self {
        let recorded = Recorded::of([technology]);
        Self::new(move |request| recorded.answer(request))
    }

    pub async fn sessions(&self) -> Sessions {
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
        Sessions::load(Config {
            max_attempts: Some(1),
            call: Duration::from_mins(1),
            rates: Rates::all(Rate::new(1e6, 1e6)),
            client: Some(Client::over(self.clone(), Limits::default())),
            credentials: Some(SharedCredentialsProvider::new(credentials)),
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            ..Config::default()
        })
        .await
    }

    /// The watcher that reads a technology here.
    pub async fn watcher(&self, facts: &Facts) -> Arc<dyn Watcher> {
        let watchers = secmonkey_aws::watch::watchers(&self.sessions().await);
        let reads = |one: &Arc<dyn Watcher>| one.technologies().iter().any(|it| it.id == facts.id);
        watchers.into_iter().find(reads).unwrap()
    }

    /// What a sweep by the watcher of a technology sees here.
    pub async fn sweep(&self, facts: &Facts) -> Seen {
        sweep(self.watcher(facts).await.as_ref()).await
    }

    /// What a look at resources of a technology finds here, by id.
    pub async fn look(&self, facts: &Facts, wanted: &[Wanted]) -> BTreeMap<String, Found> {
        let watcher = self.watcher(facts).await;
        let looked = watcher.look(&scope(watcher.as_ref()), wanted).await;
        match looked {
            Ok(looked) => looked.into_iter().map(|one| (one.id, one.found)).collect(),
            Err(error) => {
                let failed = |one: &Wanted| (one.id.clone(), Found::Failed(error.clone()));
                wanted.iter().map(failed).collect()
            }
        }
    }

    /// Which of these ids (or ids and names) are gone; the others are there.
    pub async fn gone(&self, facts: &Facts, wanted: &[Wanted]) -> Vec<String> {
        let found = self.look(facts, wanted).await;
        assert_eq!(found.len(), wanted.len());
        let failed = |found: &Found| matches!(found, Found::Failed(_));
        assert!(!found.values().any(failed), "{found:?}");
        found.into_iter().filter(|(_, found)| *found == Found::Gone).map(|(id, _)| id).collect()
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

/// Resources of a technology by their ids.
pub fn wanted<'a>(facts: &Facts, ids: impl IntoIterator<Item = &'a str>) -> Vec<Wanted> {
    let technology = facts.technology();
    ids.into_iter().map(|id| Wanted::new(&technology, id)).collect()
}

/// What a sweep handed out.
#[derive(Debug)]
pub struct Seen {
    /// By id.
    pub items: BTreeMap<String, Observed>,
    /// By id.
    pub unread: BTreeMap<String, Error>,
    /// The technologies that were listed to the end.
    pub complete: BTreeSet<String>,
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
        assert!(self.complete.is_empty(), "a sweep that failed proves nothing");
        self.end.as_ref().unwrap_err()
    }

    /// Whether the sweep came to its end.
    pub fn is_complete(&self) -> bool {
        self.end.is_ok() && !self.complete.is_empty()
    }

    /// Everything that failed.
    pub fn failures(&self) -> Vec<&Error> {
        let parts = self.items.values().flat_map(|item| &item.parts);
        let parts = parts.filter_map(|(_, part)| match part {
            Part::Failed(error) => Some(error),
            Part::Known(_) | Part::Absent => None,
        });
        parts.chain(self.unread.values()).chain(self.end.as_ref().err()).collect()
    }

    /// The items of one technology as people see them.
    pub fn shown(&self, technology: &Technology) -> Value {
        let items = self.items.values().filter(|item| item.technology == technology.id);
        let items = items.map(|item| {
            json!({
                "id": item.id,
                "name": item.name,
                "arn": item.arn,
                "config": config(item, technology),
            })
        });
        items.collect()
    }
}

pub fn scope(watcher: &dyn Watcher) -> Scope {
    let region = match watcher.technologies()[0].reach {
        Reach::Global => GLOBAL,
        Reach::Regional => "eu-west-1",
    };
    let account = Account::new(AWS, ACCOUNT.parse().unwrap(), "prod");
    Scope { account, region: region.to_owned() }
}

pub async fn sweep(watcher: &dyn Watcher) -> Seen {
    sweep_in(watcher, &scope(watcher)).await
}

pub async fn sweep_in(watcher: &dyn Watcher, scope: &Scope) -> Seen {
    let (out, mut sightings) = Sweep::channel(10_000);
    let end = watcher.sweep(scope, &out).await;
    drop(out);
    let mut seen =
        Seen { items: BTreeMap::new(), unread: BTreeMap::new(), complete: BTreeSet::new(), end };
    while let Some(sighting) = sightings.recv().await {
        match sighting {
            Sighting::Item(item) => {
                let twice = seen.items.insert(item.id.clone(), *item);
                assert!(twice.is_none(), "handed out twice: {twice:?}");
            }
            Sighting::Unread { id, error, .. } => {
                seen.unread.insert(id, error);
            }
            Sighting::Complete { technology, operation } => {
                let known = watcher.technologies().iter().find(|one| one.id == technology);
                assert!(known.unwrap().listed_by.contains(&operation), "{operation}");
                seen.complete.insert(technology.into_owned());
            }
            other => panic!("what is {other:?}?"),
        }
    }
    seen
}

/// A part, by its pointer.
pub fn part<'a>(item: &'a Observed, at: &str) -> &'a Part {
    let (_, part) = item.parts.iter().find(|(name, _)| name == at).expect(at);
    part
}

/// The failed parts and why.
pub fn failures(item: &Observed) -> BTreeMap<&str, Error> {
    let failed = item.parts.iter().filter_map(|(at, part)| match part {
        Part::Failed(error) => Some((at.as_ref(), error.clone())),
        Part::Known(_) | Part::Absent => None,
    });
    failed.collect()
}

/// The whole configuration as it was read; nothing of it may have failed.
pub fn raw(item: &Observed) -> Value {
    let mut config = item.config.clone();
    for (at, part) in &item.parts {
        match part {
            Part::Known(value) => config[&at[1..]] = value.clone(),
            Part::Absent => {}
            Part::Failed(error) => panic!("{at}: {error}"),
        }
    }
    config
}

/// An item as it is recorded: what is secret of it as digests.
pub fn concealed(item: &Observed, technology: &Technology) -> String {
    let key = Key {
        account: ACCOUNT.parse().unwrap(),
        technology: technology.id.to_string(),
        region: "eu-west-1".to_owned(),
        id: item.id.clone(),
    };
    let mut item = item.clone();
    DigestKey::new([1; 32]).conceal(&key, technology, &mut item);
    config(&item, technology).to_string()
}

/// The whole configuration in canonical form.
pub fn config(item: &Observed, technology: &Technology) -> Value {
    let mut config = raw(item);
    canonicalise(&mut config, technology);
    config
}
