//! A way to send requests that gives recorded answers.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use secmonkey_aws::AWS;
use secmonkey_aws::budget::Rate;
use secmonkey_aws::http::{Client, Limits};
use secmonkey_aws::service::Rates;
use secmonkey_aws::session::{Config, Sessions};
use secmonkey_core::account::Account;

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub announced: Option<usize>,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, announced: None, headers: Vec::new(), body: body.into() }
    }

    /// The error of a service that speaks the query protocol.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let mut body = String::from("<ErrorResponse><Error>");
        write!(body, "<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>").unwrap();
        body.push_str("</Error><RequestId>1</RequestId></ErrorResponse>");
        Self { status, ..Self::ok(body) }
    }

    /// The error of EC2.
    pub fn ec2_error(status: u16, code: &str, message: &str) -> Self {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let body = format!("<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>");
        Self { status, ..Self::ok(body) }
    }

    /// The error of S3.
    pub fn plain_error(status: u16, code: &str, message: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Self { status, ..Self::ok(body) }
    }
}

/// Gives answers in order, the last one for ever, and keeps the requests. Who asks for
/// the caller's identity is always told.
#[derive(Debug, Clone, Default)]
pub struct Replay(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Answer>,
    requests: Vec<String>,
}

impl Replay {
    pub fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let replay = Self::default();
        replay.set(answers);
        replay
    }

    pub fn set(&self, answers: impl IntoIterator<Item = Answer>) {
        self.0.lock().unwrap().answers = answers.into_iter().collect();
    }

    /// What was asked: the URI, and the body after a space.
    pub fn requests(&self) -> Vec<String> {
        self.0.lock().unwrap().requests.clone()
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let mut state = self.0.lock().unwrap();
        let answer = if body.contains("Action=GetCallerIdentity") {
            Answer::ok(fixture("sts/GetCallerIdentity.xml"))
        } else if state.answers.len() > 1 {
            state.answers.pop_front().unwrap()
        } else {
            state.answers.front().cloned().expect("an answer")
        };
        state.requests.push(format!("{} {body}", request.uri()));
        let mut response =
            HttpResponse::new(answer.status.try_into().unwrap(), SdkBody::from(answer.body));
        for (name, value) in answer.headers {
            response.headers_mut().insert(name, value);
        }
        if let Some(length) = answer.announced {
            response.headers_mut().insert("content-length", length.to_string());
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for Replay {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Sessions of account 123456789012 over recorded answers, with so many attempts a call.
pub async fn sessions(replay: &Replay, attempts: u32) -> Sessions {
    Sessions::load(Config {
        client: Some(Client::over(replay.clone(), Limits::default())),
        ..config(attempts)
    })
    .await
}

/// A quick configuration that depends on nothing around it.
pub fn config(attempts: u32) -> Config {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    Config {
        max_attempts: Some(attempts),
        initial_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(2),
        credentials: Some(SharedCredentialsProvider::new(credentials)),
        rates: Rates::all(Rate::new(1e9, 1e9)),
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        ..Config::default()
    }
}

pub fn account() -> Account {
    Account::new(AWS, "123456789012".parse().unwrap(), "prod")
}

pub fn wire() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire")
}

/// A recorded answer: `ec2/DescribeRegions.xml`.
pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(wire().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
