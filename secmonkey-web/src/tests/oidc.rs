//! Signing in at a provider of OpenID Connect, which runs here.

use std::sync::Mutex;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secmonkey_core::governance::Role;
use std::collections::HashMap;

use super::access::{Web, send};
use super::*;
use crate::access::oidc::{Grant, OpenId, Provider};

/// What the next token is made of, beside what the daemon asked for.
#[derive(Default)]
struct Next {
    /// Claims instead of the right ones; `null` leaves one out.
    claims: HashMap<&'static str, Value>,
    /// Signed by somebody else.
    forged: bool,
    /// Signed with a secret that everybody knows.
    symmetric: bool,
    asked: HashMap<String, String>,
}

/// A provider that signs everybody in as ann, of the group `security`.
#[derive(Clone)]
struct Idp {
    issuer: String,
    /// What it signs with, and how that is called.
    key: Arc<Mutex<(&'static str, EncodingKey)>>,
    next: Arc<Mutex<Next>>,
    nonce: Arc<Mutex<String>>,
}

fn new_key() -> EncodingKey {
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    EncodingKey::from_ec_der(pkcs8.unwrap().as_ref())
}

impl Idp {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (next, nonce) = (Arc::default(), Arc::default());
        let key = Arc::new(Mutex::new(("one", new_key())));
        let idp = Self { issuer, key, next, nonce };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", axum::routing::get(described))
            .route("/keys", axum::routing::get(keys))
            .route("/token", post(token))
            .with_state(idp.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        idp
    }

    fn claims(&self) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({
            "iss": self.issuer, "aud": "secmonkey", "sub": "1", "exp": now + 600, "iat": now,
            "nonce": *self.nonce.lock().unwrap(), "email": "ann@example.com",
            "email_verified": true, "groups": ["staff", "security"],
        })
    }
}

async fn described(State(idp): State<Idp>) -> Json<Value> {
    let at = |path: &str| format!("{}/{path}", idp.issuer);
    Json(json!({
        "issuer": idp.issuer, "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"), "jwks_uri": at("keys"),
    }))
}

async fn keys(State(idp): State<Idp>) -> Json<Value> {
    let (name, key) = idp.key.lock().unwrap().clone();
    let mut key = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
    key.common.key_id = Some(name.to_owned());
    Json(json!({ "keys": [key] }))
}

async fn token(State(idp): State<Idp>, asked: String) -> Json<Value> {
    let asked = form_urlencoded::parse(asked.as_bytes()).into_owned().collect();
    let mut claims = idp.claims();
    let mut next = idp.next.lock().unwrap();
    next.asked = asked;
    for (name, value) in &next.claims {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(*name);
        } else {
            claims[*name] = value.clone();
        }
    }
    let (name, own) = idp.key.lock().unwrap().clone();
    let key = if next.forged { new_key() } else { own };
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(name.to_owned());
    let token = if next.symmetric {
        encode(&Header::default(), &claims, &EncodingKey::from_secret(b"secmonkey"))
    } else {
        encode(&header, &claims, &key)
    };
    Json(json!({ "id_token": token.unwrap(), "access_token": "x", "token_type": "Bearer" }))
}

fn grant() -> Grant {
    let scope = "name:sg-1".parse().unwrap();
    Grant { group: "security".to_owned(), role: Role::Justify, scope }
}

async fn web(idp: &Idp) -> Web {
    let mut web = Web::new().await;
    provide(&mut web, idp, grant());
    web
}

/// People sign in at a provider, where a group may this.
fn provide(web: &mut Web, idp: &Idp, grant: Grant) {
    let provider = Provider {
        issuer: idp.issuer.parse().unwrap(),
        client_id: "secmonkey".to_owned(),
        client_secret: Some("secret".to_owned()),
        scopes: vec!["email".to_owned(), "groups".to_owned()],
        user: "email".to_owned(),
        unverified_email: false,
        groups: "groups".to_owned(),
        grants: vec![grant],
        redirect: "https://secmonkey.example.com/auth/oidc/callback".parse().unwrap(),
    };
    web.service.open_id = Some(Arc::new(OpenId::new(provider).unwrap()));
    web.public = public(web.service.clone());
}

/// Goes to the provider. Gives what the browser keeps, and what it was sent with.
async fn begin(web: &Web, idp: &Idp, to: &str) -> (String, HashMap<String, String>) {
    let begun = send(&web.public, "GET", &format!("/auth/oidc?to={to}"), &[], Value::Null).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let (address, query) = begun.header("location").split_once('?').unwrap();
    assert_eq!(address, format!("{}/authorize", idp.issuer));
    let sent: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    idp.nonce.lock().unwrap().clone_from(&sent["nonce"]);
    (begun.cookie(), sent)
}

async fn back(web: &Web, cookie: &str, state: &str) -> super::access::Answer {
    let path = format!("/auth/oidc/callback?code=c0de&state={state}");
    send(&web.public, "GET", &path, &[("cookie", cookie)], Value::Null).await
}

#[tokio::test]
async fn somebody_signs_in_at_the_provider() {
    let idp = Idp::start().await;
    let web = web(&idp).await;
    let (cookie, sent) = begin(&web, &idp, "/items").await;
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["scope"], "openid email groups");
    assert_eq!(sent["code_challenge_method"], "S256");
    let answer = back(&web, &cookie, &sent["state"]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/items"));
    // Who asks for the code proves that it is who began.
    let asked = idp.next.lock().unwrap().asked.clone();
    let challenge = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        <sha2::Sha256 as sha2::Digest>::digest(&asked["code_verifier"]),
    );
    assert_eq!((&challenge, asked["client_secret"].as_str()), (&sent["code_challenge"], "secret"));
    let cookie = answer.cookie();
    let who = web.get("session", &[("cookie", &cookie)]).await.body;
    assert_eq!(who["actor"], json!("user:ann@example.com"));
    assert_eq!((&who["role"], &who["query"]), (&json!("justify"), &json!("name:sg-1")));
    // Another time nothing is decided anew.
    let before = web.events().await;
    let (cookie, sent) = begin(&web, &idp, "").await;
    assert_eq!(back(&web, &cookie, &sent["state"]).await.header("location"), "/");
    assert_eq!(web.events().await, before);
    // What was begun once ends once.
    let again = back(&web, &cookie, &sent["state"]).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_not_this_provider_s_for_this_sign_in_lets_nobody_in() {
    let idp = Idp::start().await;
    let web = web(&idp).await;
    let hour_ago = jiff::Timestamp::now().as_second() - 3_600;
    let wrong = |claims: &[(&'static str, Value)]| Next {
        claims: claims.iter().cloned().collect(),
        ..Next::default()
    };
    let all = [
        (wrong(&[("nonce", json!("x"))]), "of another signing in"),
        (wrong(&[("nonce", json!(null))]), "of another signing in"),
        (wrong(&[("iss", json!("https://evil.example"))]), "of another provider"),
        (wrong(&[("iss", json!(null))]), "none that can be used"),
        (wrong(&[("aud", json!("somebody"))]), "for somebody else"),
        (wrong(&[("aud", json!(["secmonkey", "other"]))]), "made for somebody else"),
        (wrong(&[("azp", json!("other"))]), "made for somebody else"),
        (wrong(&[("exp", json!(hour_ago))]), "is over"),
        (wrong(&[("exp", json!(null))]), "none that can be used"),
        (wrong(&[("email_verified", json!(false))]), "not verified the mail address"),
        (wrong(&[("email_verified", json!(null))]), "not verified the mail address"),
        (wrong(&[("email", json!(null))]), "has no `email`"),
        (Next { forged: true, ..Next::default() }, "not signed by it"),
        (Next { symmetric: true, ..Next::default() }, "not signed with a public key"),
    ];
    for (next, said) in all {
        *idp.next.lock().unwrap() = next;
        let (cookie, sent) = begin(&web, &idp, "").await;
        let answer = back(&web, &cookie, &sent["state"]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{said}: {}", answer.body);
        assert!(answer.body["detail"].as_str().unwrap().contains(said), "{said}: {}", answer.body);
        assert!(answer.header("set-cookie").is_empty());
    }
    *idp.next.lock().unwrap() = wrong(&[("groups", json!(["staff"]))]);
    let (cookie, sent) = begin(&web, &idp, "").await;
    assert_eq!(back(&web, &cookie, &sent["state"]).await.status, StatusCode::FORBIDDEN);
    // Somebody else's browser, or a state that was guessed.
    *idp.next.lock().unwrap() = Next::default();
    let (_, sent) = begin(&web, &idp, "").await;
    assert_eq!(back(&web, "", &sent["state"]).await.status, StatusCode::UNAUTHORIZED);
    let (cookie, _) = begin(&web, &idp, "").await;
    assert_eq!(back(&web, &cookie, "guessed").await.status, StatusCode::UNAUTHORIZED);
    let users = web.owner("GET", "users", Value::Null).await.body;
    assert_eq!(users, json!([]));
}

/// Somebody of these groups signs in at the provider.
async fn of_groups(web: &Web, idp: &Idp, groups: &[&str]) -> super::access::Answer {
    let claims = HashMap::from([("groups", json!(groups))]);
    *idp.next.lock().unwrap() = Next { claims, ..Next::default() };
    let (cookie, sent) = begin(web, idp, "").await;
    back(web, &cookie, &sent["state"]).await
}

#[tokio::test]
async fn who_leaves_the_group_loses_what_it_gave_them() {
    let idp = Idp::start().await;
    let web = web(&idp).await;
    let cookie = of_groups(&web, &idp, &["security"]).await.cookie();
    let token = web.token(&cookie, json!({ "name": "nightly" })).await;
    let ways = [("cookie", cookie.as_str()), ("authorization", token.as_str())];
    for way in ways {
        assert_eq!(web.get("items", &[way]).await.status, StatusCode::OK);
    }
    let refused = of_groups(&web, &idp, &["staff"]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let said = refused.body["detail"].as_str().unwrap();
    assert_eq!(said, "`ann@example.com` is let in no longer: none of their groups is");
    for way in ways {
        assert_eq!(web.get("items", &[way]).await.status, StatusCode::UNAUTHORIZED, "{way:?}");
    }
    for list in ["users", "tokens"] {
        assert_eq!(web.owner("GET", list, Value::Null).await.body, json!([]), "{list}");
    }
    let events = web.owner("GET", "events?limit=1000", Value::Null).await.body;
    let last = events.as_array().unwrap().last().unwrap();
    assert_eq!((&last["actor"], &last["event"]["type"]), (&json!("oidc"), &json!("user_removed")));
    // Who comes back into the group is somebody new.
    assert_eq!(of_groups(&web, &idp, &["security"]).await.status, StatusCode::SEE_OTHER);
    for way in ways {
        assert_eq!(web.get("items", &[way]).await.status, StatusCode::UNAUTHORIZED, "{way:?}");
    }
}

#[tokio::test]
async fn the_last_who_may_do_everything_loses_what_lets_them_in() {
    let idp = Idp::start().await;
    let mut web = Web::new().await;
    let everything = Grant { role: Role::Admin, scope: "".parse().unwrap(), ..grant() };
    provide(&mut web, &idp, everything);
    let cookie = of_groups(&web, &idp, &["security"]).await.cookie();
    let token = web.token(&cookie, json!({ "name": "nightly" })).await;
    assert_eq!(of_groups(&web, &idp, &[]).await.status, StatusCode::FORBIDDEN);
    for way in [("cookie", cookie.as_str()), ("authorization", token.as_str())] {
        assert_eq!(web.get("users", &[way]).await.status, StatusCode::UNAUTHORIZED, "{way:?}");
    }
}

#[tokio::test]
async fn what_a_person_decided_stands_whatever_the_groups() {
    let idp = Idp::start().await;
    let web = web(&idp).await;
    let role = async |cookie: String| {
        web.get("session", &[("cookie", &cookie)]).await.body["role"].as_str().unwrap().to_owned()
    };
    // Added by hand: with what was decided, in a group or in none.
    let ann = json!({ "name": "ann@example.com", "role": "comment" });
    assert_eq!(web.owner("POST", "users", ann).await.status, StatusCode::CREATED);
    for groups in [&["security"] as &[&str], &[]] {
        let signed = of_groups(&web, &idp, groups).await;
        assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);
        assert_eq!(role(signed.cookie()).await, "comment");
    }
    // Once they are removed by hand their groups decide again,
    let ann = "users/ann%40example.com";
    assert_eq!(web.owner("DELETE", ann, Value::Null).await.status, StatusCode::OK);
    assert_eq!(of_groups(&web, &idp, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(role(of_groups(&web, &idp, &["security"]).await.cookie()).await, "justify");
    // until somebody changes that.
    let less = web.owner("PATCH", ann, json!({ "role": "view" })).await;
    assert_eq!(less.status, StatusCode::OK, "{}", less.body);
    for groups in [&["security"] as &[&str], &[]] {
        assert_eq!(role(of_groups(&web, &idp, groups).await.cookie()).await, "view");
    }
}

#[tokio::test]
async fn a_provider_may_sign_with_another_key_at_any_time() {
    let idp = Idp::start().await;
    let web = web(&idp).await;
    assert_eq!(of_groups(&web, &idp, &["security"]).await.status, StatusCode::SEE_OTHER);
    *idp.key.lock().unwrap() = ("two", new_key());
    assert_eq!(of_groups(&web, &idp, &["security"]).await.status, StatusCode::SEE_OTHER);
    // What is signed with a key that it does not have does not make it say them all the time.
    *idp.key.lock().unwrap() = ("three", new_key());
    let refused = of_groups(&web, &idp, &["security"]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.body);
    let said = refused.body["detail"].as_str().unwrap();
    assert_eq!(said, "not signed in: the provider's token is signed with no key of it");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let idp = Idp::start().await;
    let web = web(&idp).await;
    for to in
        ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", "evil"]
    {
        let (cookie, sent) = begin(&web, &idp, to).await;
        let answer = back(&web, &cookie, &sent["state"]).await;
        assert_eq!(answer.header("location"), "/", "{to}");
    }
}

#[tokio::test]
async fn a_provider_that_is_another_than_it_says_is_not_believed() {
    let idp = Idp::start().await;
    let mut idp = idp;
    let real = idp.issuer.clone();
    idp.issuer = real.replace("127.0.0.1", "localhost");
    let web = web(&idp).await;
    let begun = send(&web.public, "GET", "/auth/oidc", &[], Value::Null).await;
    assert_eq!(begun.status, StatusCode::SERVICE_UNAVAILABLE, "{}", begun.body);
    assert!(begun.body["detail"].as_str().unwrap().contains("calls itself"), "{}", begun.body);
}

#[tokio::test]
async fn settings_name_the_provider_and_no_secret() {
    let idp = Idp::start().await;
    let web = web(&idp).await;
    let settings = web.owner("GET", "settings", Value::Null).await.body;
    let oidc = &settings["sign_in"]["oidc"];
    assert_eq!(oidc["issuer"], json!(format!("{}/", idp.issuer)));
    let role = json!({ "group": "security", "role": "justify", "query": "name:sg-1" });
    assert_eq!((&oidc["client_id"], &oidc["roles"]), (&json!("secmonkey"), &json!([role])));
    let texts = oidc.as_object().unwrap().values().filter_map(Value::as_str);
    assert!(texts.into_iter().all(|text| text != "secret"), "{oidc}");
}
