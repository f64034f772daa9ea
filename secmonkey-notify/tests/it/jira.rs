//! Tickets in a Jira that remembers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use secmonkey_core::event::Resolution;
use secmonkey_core::notify::{IssueKind, Message};
use serde_json::{Value, json};

use crate::http::given;
use crate::message::{channel, decision, empty, finding, issue, rich};
use crate::server::{Answer, Request, Server, answer};

const CHECK: &str = "security_group.internet_accessible";

/// What it holds: tickets by key.
#[derive(Debug, Default)]
struct Board {
    tickets: BTreeMap<String, Ticket>,
    /// Whether what was made is found: an index takes its time.
    is_slow: bool,
}

#[derive(Debug, Default)]
struct Ticket {
    fields: Value,
    comments: Vec<Value>,
    property: Option<Value>,
    is_done: bool,
}

impl Board {
    fn answer(&mut self, request: &Request) -> Answer {
        let ok = |value: Value| answer(200, value.to_string());
        let path = request.path.split_once("/rest/api/3/").unwrap().1;
        let path = path.split('?').next().unwrap();
        let words: Vec<_> = path.split('/').collect();
        match (request.method.as_str(), &words[..]) {
            ("POST", ["search", "jql"]) => {
                let jql = request.json()["jql"].as_str().unwrap().to_owned();
                let found = self.tickets.iter().find(|(_, ticket)| {
                    let label = ticket.fields["labels"][1].as_str().unwrap();
                    !self.is_slow
                        && jql.contains(&format!("project = \"SEC\" AND labels = \"{label}\""))
                });
                ok(json!({ "issues": found.map(shown).into_iter().collect::<Vec<_>>() }))
            }
            ("POST", ["issue"]) => {
                let key = format!("SEC-{}", self.tickets.len() + 1);
                let fields = request.json()["fields"].clone();
                self.tickets.insert(key.clone(), Ticket { fields, ..Ticket::default() });
                answer(201, json!({ "key": key }).to_string())
            }
            (method, ["issue", key, rest @ ..]) => {
                let Some(ticket) = self.tickets.get_mut(*key) else { return answer(404, "{}") };
                match (method, rest) {
                    ("GET", []) => ok(shown((&(*key).to_owned(), ticket))),
                    ("POST", ["comment"]) => {
                        ticket.comments.push(request.json()["body"].clone());
                        answer(201, "{}")
                    }
                    ("GET", ["properties", "secmonkey"]) => match &ticket.property {
                        Some(value) => ok(json!({ "key": "secmonkey", "value": value })),
                        None => answer(404, "{}"),
                    },
                    ("PUT", ["properties", "secmonkey"]) => {
                        ticket.property = Some(request.json());
                        answer(201, "")
                    }
                    ("GET", ["transitions"]) => ok(json!({ "transitions": [
                        { "id": "1", "name": "Work", "to": { "statusCategory": { "key": "new" } } },
                        { "id": "2", "name": "Done", "to": { "statusCategory": { "key": "done" } } },
                    ]})),
                    ("POST", ["transitions"]) => {
                        ticket.is_done = request.json()["transition"]["id"] == "2";
                        answer(204, "")
                    }
                    _ => answer(405, "{}"),
                }
            }
            _ => answer(404, "{}"),
        }
    }
}

fn shown((key, ticket): (&String, &Ticket)) -> Value {
    let category = if ticket.is_done { "done" } else { "new" };
    json!({ "key": key, "fields": { "status": { "statusCategory": { "key": category } } } })
}

async fn start() -> (Server, Arc<Mutex<Board>>) {
    let board = Arc::<Mutex<Board>>::default();
    let same = Arc::clone(&board);
    (Server::start(move |request| same.lock().unwrap().answer(request)).await, board)
}

fn settings(port: u16, token: &str) -> String {
    format!(
        "[jira]\nurl = 'http://127.0.0.1:{port}/'\nuser = 'me@example.org'\ntoken = {token}\n\
         project = 'SEC'\nallow_private = true"
    )
}

/// A message about one issue.
fn about(id: &str, kind: IssueKind) -> Message {
    let mut message = empty(&format!("about/{id}/{kind:?}"));
    message.issues = vec![issue(id, id, finding(id, CHECK, "tcp/22", 9, "SSH is open"), kind)];
    message
}

#[tokio::test]
async fn a_check_has_one_ticket_in_an_account_from_its_first_issue_to_its_last() {
    let (server, board) = start().await;
    let token = given("correct-horse-battery");
    let settings = settings(server.port, &token.toml);
    // What ends and was never told makes no ticket.
    channel(&settings)
        .notify(&about("sg-0", IssueKind::Resolved(Resolution::Fixed)))
        .await
        .unwrap();
    assert!(board.lock().unwrap().tickets.is_empty());

    for (message, comments, is_done) in [
        (about("sg-1", IssueKind::Opened), 0, false),
        (about("sg-2", IssueKind::Opened), 1, false),
        (about("sg-1", IssueKind::Resolved(Resolution::Fixed)), 2, false),
        (about("sg-2", IssueKind::Resolved(Resolution::Fixed)), 3, true),
        (about("sg-2", IssueKind::Reopened), 4, false),
    ] {
        // Twice is once, whoever runs.
        for _ in 0..2 {
            channel(&settings).notify(&message).await.unwrap();
            let board = board.lock().unwrap();
            let ticket = &board.tickets["SEC-1"];
            assert_eq!((ticket.comments.len(), ticket.is_done), (comments, is_done));
            assert_eq!(board.tickets.len(), 1);
        }
    }
    let asked = server.asked();
    let basic = "Basic bWVAZXhhbXBsZS5vcmc6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5";
    assert!(asked.iter().all(|request| request.headers["authorization"] == basic));
}

#[tokio::test]
async fn what_was_just_made_is_not_made_again() {
    let (server, board) = start().await;
    board.lock().unwrap().is_slow = true;
    let token = given("correct-horse-battery");
    let channel = channel(&settings(server.port, &token.toml));
    channel.notify(&about("sg-1", IssueKind::Opened)).await.unwrap();
    channel.notify(&about("sg-2", IssueKind::Opened)).await.unwrap();
    let board = board.lock().unwrap();
    assert_eq!((board.tickets.len(), board.tickets["SEC-1"].comments.len()), (1, 1));
}

#[tokio::test]
async fn tickets_say_what_there_is_and_nothing_in_them_is_markup() {
    let (server, board) = start().await;
    let token = given("correct-horse-battery");
    let channel = channel(&settings(server.port, &token.toml));
    channel.notify(&rich()).await.unwrap();
    // Acceptable is as good as mended, here.
    channel.notify(&decision()).await.unwrap();
    let board = board.lock().unwrap();
    let tickets: Vec<_> = board
        .tickets
        .values()
        .map(|ticket| {
            let Ticket { fields, comments, property, is_done } = ticket;
            json!({ "fields": fields, "comments": comments, "property": property, "done": is_done })
        })
        .collect();
    insta::assert_json_snapshot!("jira", tickets);
}
