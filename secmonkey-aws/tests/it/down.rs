//! Services that are down: found out soon, left alone, and found again. The clock is
//! paused: what takes time takes none.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use futures::future::join_all;
use futures::{StreamExt as _, stream};
use secmonkey_aws::error::failed;
use secmonkey_aws::http::{Client, Limits};
use secmonkey_aws::session::{Config, Error, Sessions};
use secmonkey_core::watch::Cause;
use tokio::time::{Instant, sleep};

use crate::replay::{Answer, account, config, fixture};

/// What becomes of a request.
#[derive(Debug, Clone)]
enum Fate {
    Answered(Answer),
    Refused,
    Silence,
}

/// A network that decides by the service of the request.
#[derive(Clone)]
struct Network(Arc<Mutex<State>>);

struct State {
    fate: Box<dyn Fn(&str) -> Fate + Send>,
    requests: usize,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network")
    }
}

impl Network {
    fn new(fate: impl Fn(&str) -> Fate + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(State { fate: Box::new(fate), requests: 0 })))
    }

    fn becomes(&self, fate: impl Fn(&str) -> Fate + Send + 'static) {
        self.0.lock().unwrap().fate = Box::new(fate);
    }

    /// The requests since this was asked last.
    fn requests(&self) -> usize {
        std::mem::take(&mut self.0.lock().unwrap().requests)
    }
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // Credential=KEY/DAY/REGION/SERVICE/aws4_request
        let signature = request.headers().get("authorization").unwrap_or_default();
        let service = signature.split('/').nth(3).unwrap_or_default();
        let mut state = self.0.lock().unwrap();
        state.requests += 1;
        let fate = (state.fate)(service);
        HttpConnectorFuture::new(async move {
            sleep(Duration::from_millis(20)).await;
            match fate {
                Fate::Answered(answer) => {
                    let status = answer.status.try_into().unwrap();
                    Ok(HttpResponse::new(status, SdkBody::from(answer.body)))
                }
                Fate::Refused => {
                    Err(ConnectorError::io("tcp connect error: Connection refused".into()))
                }
                Fate::Silence => std::future::pending().await,
            }
        })
    }
}

/// Sessions with the patience that everybody has, over a network.
async fn sessions(network: &Network) -> Sessions {
    let usual = Config::default();
    Sessions::load(Config {
        client: Some(Client::over(network.clone(), Limits::default())),
        max_attempts: None,
        initial_backoff: usual.initial_backoff,
        max_backoff: usual.max_backoff,
        ..config(1)
    })
    .await
}

fn unavailable() -> Fate {
    Fate::Answered(Answer::ec2_error(503, "ServiceUnavailable", "Try later"))
}

fn well(service: &str) -> Fate {
    Fate::Answered(match service {
        "sts" => Answer::ok(fixture("sts/GetCallerIdentity.xml")),
        "ses" => Answer::ok(fixture("../ses_identity/ListIdentities.xml")),
        "iam" => Answer::ok(fixture("iam/ListUsers.xml")),
        "s3" => Answer::ok(fixture("s3/ListBuckets.xml")),
        _ => Answer::ok(fixture("ec2/DescribeRegions.xml")),
    })
}

/// What a scan of an account with seventeen regions asks first, as many at a time as a
/// scan does, where it has to ask which regions there are and where it has not. Returns
/// how long the longer one takes.
async fn scan(network: &Network) -> Duration {
    let mut longest = Duration::ZERO;
    for named in [false, true] {
        let sessions = sessions(network).await;
        let account = &account();
        let began = Instant::now();
        let _ = sessions.caller().await;
        let regions: Vec<_> = if named || sessions.regions(account).await.is_ok() {
            (0..17).map(|number| format!("eu-west-{number}")).collect()
        } else {
            Vec::new()
        };
        let regional = (0..6)
            .flat_map(|technology| regions.iter().map(move |region| (technology, region.as_str())));
        stream::iter(regional.chain([(6, "global"), (7, "global")]))
            .for_each_concurrent(16, async |(technology, region)| match technology {
                0 => drop(sessions.ses(account, region).list_identities().send().await),
                1..6 => drop(sessions.ec2(account, region).describe_vpcs().send().await),
                6 => drop(sessions.iam(account).list_users().send().await),
                _ => drop(sessions.s3_home(account).list_buckets().send().await),
            })
            .await;
        longest = longest.max(began.elapsed());
    }
    longest
}

#[tokio::test(start_paused = true)]
async fn an_address_that_cannot_be_reached_is_named_within_half_a_minute() {
    let network = Network::new(|_| Fate::Refused);
    let sessions = sessions(&network).await;
    let began = Instant::now();
    let error = sessions.caller().await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let Error::Unreachable(reason) = error else { panic!("{error}") };
    assert_eq!(reason, "cannot reach 127.0.0.1:1: tcp connect error: Connection refused");

    // Whatever else is there is not looked for again and again.
    let began = Instant::now();
    network.requests();
    let asked = join_all((0..20).map(async |n| {
        sessions.ec2(&account(), &format!("eu-west-{n}")).describe_vpcs().send().await
    }));
    for asked in asked.await {
        let error = failed("ec2:DescribeVpcs", &asked.unwrap_err());
        assert_eq!(error.cause, Cause::Unreachable);
        assert!(error.reason.ends_with(&reason), "{error}");
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(network.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_answers_nothing_is_named() {
    let sessions = sessions(&Network::new(|_| Fate::Silence)).await;
    let began = Instant::now();
    let error = sessions.caller().await.unwrap_err();
    assert!(error.to_string().ends_with("no answer from 127.0.0.1:1 within 30 s"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(90), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn no_scan_of_what_is_dead_lasts_over_two_minutes() {
    for fate in [Fate::Refused, Fate::Silence, unavailable()] {
        let said = format!("{fate:?}");
        let network = Network::new(move |_| fate.clone());
        let took = scan(&network).await;
        assert!(took < Duration::from_mins(2), "{took:?}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_scan_lasts_over_two_minutes_where_one_service_is_dead() {
    for dead in ["ec2", "iam", "s3", "ses", "sts"] {
        for fate in [unavailable(), Fate::Answered(Answer::plain_error(503, "SlowDown", "no"))] {
            let network = Network::new(
                move |service| {
                    if service == dead { fate.clone() } else { well(service) }
                },
            );
            let took = scan(&network).await;
            assert!(took < Duration::from_mins(2), "{took:?}: {dead}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_at_a_time_asks_whether_a_service_is_back() {
    let down = Fate::Answered(Answer::plain_error(503, "ServiceUnavailable", "Try later"));
    let network =
        Network::new(move |service| if service == "s3" { down.clone() } else { well(service) });
    let sessions = sessions(&network).await;
    let s3 = sessions.s3_home(&account());
    let began = Instant::now();
    s3.list_buckets().send().await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());

    let many = async || {
        let all = join_all((0..50).map(|_| s3.list_buckets().send())).await;
        all.into_iter()
            .map(|asked| asked.map_err(|error| failed("s3:ListAllMyBuckets", &error).reason))
            .collect::<Vec<_>>()
    };
    network.requests();
    sleep(Duration::from_secs(5)).await;
    let began = Instant::now();
    let mut reasons: Vec<_> = many().await.into_iter().map(Result::unwrap_err).collect();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(network.requests(), 1);
    reasons.sort();
    reasons.dedup();
    assert_eq!(
        reasons,
        [
            "not asked, because the service fails: 503 ServiceUnavailable",
            "the service failed: ServiceUnavailable: Try later"
        ]
    );

    // Other regions and services are asked as ever, and this one as soon as it is back.
    sessions.ec2(&account(), "eu-west-1").describe_regions().send().await.unwrap();
    network.becomes(well);
    sleep(Duration::from_secs(5)).await;
    s3.list_buckets().send().await.unwrap();
    assert!(many().await.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn a_bad_moment_is_waited_out() {
    let began = Instant::now();
    let network = Network::new(move |service| {
        let bad = service == "s3" && began.elapsed() < Duration::from_secs(8);
        if bad { unavailable() } else { well(service) }
    });
    let s3 = sessions(&network).await.s3_home(&account());
    for asked in join_all((0..10).map(|_| s3.list_buckets().send())).await {
        asked.unwrap();
    }
}
