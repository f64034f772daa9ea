//! Whoever sees one account learns nothing of another: every operation of the document is asked
//! for what belongs to the other, as path, parameter and body.

use std::collections::BTreeSet;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secmonkey_core::account::Account;
use secmonkey_core::testing::{Look, PROVIDER};
use tokio::time::timeout;

use super::access::{Answer, ORIGIN, Web};
use super::api::{GROUP, scene};
use super::*;

/// What everything is called that is the other account's.
const MARK: &str = "zebra";
const OTHER: &str = "444455556666";
/// A name that is nearly one of theirs, and does not have the mark: what is unknown is often
/// told with what is nearest.
const NEAR: &str = "zebr-vault";

/// What is the other account's: what names it, and what must be in no answer.
struct Theirs {
    named: Vec<String>,
    hidden: BTreeSet<String>,
}

/// Two accounts, one of which ann sees: what was decided is about the other.
async fn two_accounts() -> (Web, Theirs) {
    let mut scene = scene().await;
    scene.account = Account::new(PROVIDER, OTHER.parse().unwrap(), "zebra-vault");
    let group = |number: u8, config| Look::at(&GROUP).item(&format!("sg-zebra{number}"), config);
    let open = || json!({ "Open": "all", "Note": "zebra-config" });
    scene.scan(group(1, json!({ "Note": "zebra-before" })).item("sg-zebra-gone", json!({}))).await;
    scene.scan(group(1, open()).item("sg-zebra2", open())).await;
    let entry = Entry { public_url: Some(ORIGIN.to_owned()), ..Entry::default() };
    let access = Access::open(Arc::new(crate::access::Forgetful::default()), entry).unwrap();
    let web = Web::over(scene, access);
    let key = format!("{OTHER}/group/eu-west-1/sg-zebra1");
    let item = format!("items/{}", encoded(&key));
    let issues = web.owner("GET", &format!("{item}/issues"), Value::Null).await.body;
    let issue = issues[0]["id"].as_str().unwrap().to_owned();
    let query = "name:sg-zebra2";
    let decided = [
        ("PUT", format!("issues/{issue}/justification"), json!({ "note": "zebra-note" })),
        ("POST", format!("issues/{issue}/comments"), json!({ "text": "zebra-said" })),
        ("POST", format!("{item}/comments"), json!({ "text": "zebra-said" })),
        (
            "POST",
            "overrides".to_owned(),
            json!({ "check": "group.open", "score": 3, "query": query, "reason": "zebra-over" }),
        ),
        ("POST", "ignores".to_owned(), json!({ "query": query, "reason": "zebra-ignored" })),
        ("POST", "networks".to_owned(), json!({ "name": "zebra-net", "cidr": "192.0.2.0/24" })),
        (
            "POST",
            "subscriptions".to_owned(),
            json!({ "name": "zebra-sub", "outlet": "mail", "query": "account:zebra-vault" }),
        ),
        ("PUT", "silence".to_owned(), json!({ "reason": "zebra-night" })),
        (
            "PUT",
            "schedule".to_owned(),
            json!({ "account": OTHER, "interval": "15m", "reason": "zebra-often" }),
        ),
        ("PATCH", format!("accounts/{OTHER}"), json!({ "notes": "zebra-notes" })),
        (
            "POST",
            "tokens".to_owned(),
            json!({ "name": "zebra-token", "role": "view", "service": true }),
        ),
    ];
    for (method, path, body) in decided {
        let done = web.owner(method, &path, body).await;
        assert!(done.status.is_success(), "{method} {path}: {}", done.body);
    }
    web.add("zebra-root", "admin", "").await;
    web.add("ann", "admin", "account:production").await;
    web.cookie("zebra-root").await;
    let mut named = vec![key, issue.clone(), OTHER.to_owned(), "zebra-vault".to_owned()];
    named.extend(
        ["zebra-root", "zebra-net", "zebra-sub", "zebra-token", "group.open", NEAR]
            .map(str::to_owned),
    );
    let mut hidden = BTreeSet::from([MARK.to_owned(), OTHER.to_owned()]);
    let issues = "issues?q=account:zebra-vault%20status:any";
    for list in ["overrides", "ignores", "tokens", "sessions", "scans", issues] {
        let rows = web.owner("GET", list, Value::Null).await.body;
        let theirs = rows.as_array().unwrap().iter();
        let theirs = theirs.filter(|row| list != "scans" || row.to_string().contains(OTHER));
        let ids = theirs.filter_map(|row| row["id"].as_str().or(row["scan"].as_str()));
        let ids: Vec<_> = ids.map(str::to_owned).collect();
        assert!(!ids.is_empty(), "{list}");
        hidden.extend(ids.iter().cloned());
        named.extend(ids.into_iter().take(1));
    }
    (web, Theirs { named, hidden })
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A request for something of somebody else's.
struct Probe {
    method: String,
    path: String,
    body: Value,
    /// What it names: an answer may say this again.
    about: String,
}

/// Every operation, with what is somebody else's as its path, as each of its parameters, and as
/// each text of its body.
fn probes(theirs: &Theirs) -> Vec<Probe> {
    let document = serde_json::to_value(crate::api::openapi()).unwrap();
    let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
    for (template, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // These sign in and out.
            if template == "/api/v1/session" && method != "get" {
                continue;
            }
            for about in &theirs.named {
                let filled = template.split('/').map(|part| match part.strip_prefix('{') {
                    Some(_) => encoded(about),
                    None => part.to_owned(),
                });
                let path = filled.collect::<Vec<_>>().join("/");
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                let bodies = bodies(&document, schema, about);
                for query in queries(&operation["parameters"], about) {
                    for body in &bodies {
                        let (method, path) = (method.to_uppercase(), format!("{path}{query}"));
                        // What names nothing is asked once.
                        if seen.insert((method.clone(), path.clone(), body.to_string())) {
                            let (body, about) = (body.clone(), about.clone());
                            all.push(Probe { method, path, body, about });
                        }
                    }
                }
            }
        }
    }
    all
}

/// What may stand behind the `?`: nothing, and each parameter that is a text.
fn queries(parameters: &Value, about: &str) -> Vec<String> {
    let all: Vec<_> = parameters.as_array().into_iter().flatten().collect();
    let of_query = all.iter().filter(|one| one["in"] == "query");
    let mut required = String::new();
    for one in of_query.clone().filter(|one| one["required"] == json!(true)) {
        required.push_str(&["&", one["name"].as_str().unwrap(), "=", &encoded(about)].concat());
    }
    let mut queries = vec![required.replacen('&', "?", 1)];
    for one in of_query {
        let name = one["name"].as_str().unwrap();
        if ["limit", "sort", "revision", "after", "cursor"].contains(&name) {
            continue;
        }
        for text in texts(name, about) {
            queries.push(format!("?{name}={}{required}", encoded(&text)));
        }
    }
    queries.dedup();
    queries
}

/// What is asked in the place of a text: something itself, and what a query says of it.
fn texts(name: &str, about: &str) -> Vec<String> {
    match name {
        "q" | "query" => {
            ["account:", "name:", ""].map(|term| format!("{term}\"{about}\"")).to_vec()
        }
        "at" | "since" | "until" => vec!["yesterday".to_owned(), about.to_owned()],
        _ => vec![about.to_owned()],
    }
}

/// The bodies of an operation: one with what it takes, and one for each other text.
fn bodies(document: &Value, schema: &Value, about: &str) -> Vec<Value> {
    let name = schema["$ref"].as_str();
    let Some(schema) = name.and_then(|name| document.pointer(name.trim_start_matches('#'))) else {
        return vec![Value::Null];
    };
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    let (mut least, mut others) = (serde_json::Map::new(), Vec::new());
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let is = |kind: &str| {
            let kinds = &member["type"];
            *kinds == json!(kind) || kinds.as_array().is_some_and(|all| all.contains(&json!(kind)))
        };
        let values = if is("string") {
            texts(name, about).into_iter().map(Value::from).collect()
        } else if is("array") {
            vec![json!([about])]
        } else if is("boolean") {
            vec![json!(true)]
        } else if is("integer") {
            vec![json!(1)]
        } else {
            // A word of a few.
            let few = member["$ref"].as_str().or(member["oneOf"][1]["$ref"].as_str());
            let few = few.and_then(|few| document.pointer(few.trim_start_matches('#')));
            few.map(|few| few["enum"][0].clone()).into_iter().collect()
        };
        if required.contains(&&json!(name)) {
            least.insert(name.clone(), values.first().cloned().unwrap_or_default());
        }
        others.extend(values.into_iter().map(|value| (name.clone(), value)));
    }
    let with = |(name, value): (String, Value)| {
        let mut body = least.clone();
        body.insert(name, value);
        Value::from(body)
    };
    let mut all: Vec<_> = others.into_iter().map(with).collect();
    all.push(Value::from(least.clone()));
    all
}

/// What an answer says, but for what was asked, however that is written.
fn said(answer: &Answer, about: &str) -> String {
    let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n"));
    let all = headers.chain([answer.text.clone()]).collect::<String>().to_lowercase();
    let about = about.to_lowercase();
    let form = form_urlencoded::byte_serialize(about.as_bytes()).collect::<String>();
    [encoded(&about).to_lowercase(), form.to_lowercase(), about]
        .iter()
        .fold(all, |all, about| all.replace(about, ""))
}

fn found<'a>(theirs: &'a Theirs, said: &str) -> Option<&'a str> {
    theirs.hidden.iter().map(String::as_str).find(|hidden| said.contains(&hidden.to_lowercase()))
}

#[tokio::test]
async fn no_operation_tells_or_changes_anything_of_another_account() {
    let (web, theirs) = two_accounts().await;
    let cookie = web.cookie("ann").await;
    let token = web.token(&cookie, json!({ "name": "ann-s" })).await;
    let ways: [&[(&str, &str)]; 2] =
        [&[("cookie", &cookie), ("origin", ORIGIN)], &[("authorization", &token)]];
    let probes = probes(&theirs);
    assert!(probes.len() > 1_000, "{}", probes.len());
    let before = web.events().await;
    let mut faults = Vec::new();
    for (Probe { method, path, body, about }, way) in probes.iter().zip(ways.into_iter().cycle()) {
        let asked = web.ask(method, path, way, body.clone());
        let answer = timeout(Duration::from_secs(10), asked).await;
        let answer = answer.unwrap_or_else(|_| panic!("{method} {path} goes on"));
        let told = said(&answer, about);
        let status = answer.status;
        if let Some(leak) = found(&theirs, &told) {
            faults.push(format!("{method} {path} {body}: {status}: `{leak}` in {told}"));
        }
        let is_own = ["/api/v1/tokens", "/api/v1/justifications"].contains(&path.as_str());
        let may = method == "GET" || is_own;
        let is_right =
            matches!(status.as_u16(), 403 | 404 | 409 | 422) || may && status.is_success();
        if !is_right {
            faults.push(format!("{method} {path} {body}: {status}: {}", answer.text));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    // Nothing came of it but what is ann's own.
    let path = format!("events?limit=1000&after={before}");
    let since = web.owner("GET", &path, Value::Null).await.body;
    for event in since.as_array().unwrap() {
        let stream = event["stream"].as_str().unwrap();
        let is_own = stream.starts_with("item/111122223333/") || event["event"]["user"] == "ann";
        assert!(is_own && event["actor"] == "user:ann", "{event}");
    }
}

#[tokio::test]
async fn what_is_asked_of_another_account_is_there_for_who_sees_it() {
    let (web, theirs) = two_accounts().await;
    let cookie = web.cookie("zebra-root").await;
    let mut told = BTreeSet::new();
    for Probe { method, path, about, .. } in probes(&theirs) {
        // What has no end.
        if method != "GET" || path.contains("/stream") {
            continue;
        }
        let answer = web.get(&path, &[("cookie", &cookie)]).await;
        if answer.status.is_success() && found(&theirs, &said(&answer, &about)).is_some() {
            let path = path.split('?').next().unwrap();
            told.insert(path.split('/').nth(3).unwrap().to_owned());
        }
    }
    let all = [
        "account-states",
        "accounts",
        "checks",
        "decisions",
        "events",
        "export",
        "ignores",
        "issues",
        "items",
        "networks",
        "overrides",
        "overview",
        "reports",
        "scans",
        "schedule",
        "sessions",
        "silence",
        "status",
        "subscriptions",
        "tokens",
        "users",
    ];
    let missing: Vec<_> = all.iter().filter(|one| !told.contains(**one)).collect();
    assert!(missing.is_empty(), "not asked so that it would be told: {missing:?}");
}
