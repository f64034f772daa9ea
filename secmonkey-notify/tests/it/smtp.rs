//! Mail to a real server.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use secmonkey_core::notify::Error;
use serde_json::Value;

use crate::authority::Authority;
use crate::http::given;
use crate::message::{channel, rich};

/// A server that says what it took.
struct Server {
    child: Child,
    said: BufReader<ChildStdout>,
    port: u64,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = here.join("../.venv/bin/python");
        assert!(python.exists(), "no {}: run tests/estate/venv", python.display());
        let mut child = Command::new(python)
            .arg(here.join("tests/it/smtpd.py"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).expect("aiosmtpd: run tests/estate/venv");
        Self { child, said, port: started["port"].as_u64().unwrap() }
    }

    /// The next mail that it took.
    fn mail(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// How many more it took, after its end.
    fn rest(mut self) -> usize {
        self.child.kill().unwrap();
        (&mut self.said).lines().count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Arguments for a server with this authority's certificate.
fn with(authority: &Authority) -> [String; 4] {
    let path = |name| authority.path(name).to_str().unwrap().to_owned();
    ["--certificate".to_owned(), path("certificate.pem"), "--key".to_owned(), path("key.pem")]
}

fn start(authority: &Authority, more: &[&str]) -> Server {
    let certificate = with(authority);
    let all: Vec<_> = certificate.iter().map(String::as_str).chain(more.iter().copied()).collect();
    Server::start(&all)
}

fn settings(port: u64, more: &str) -> String {
    format!(
        "[mail]\nkind = 'smtp'\nhost = 'localhost'\nport = {port}\n\
         from = 'secmonkey <secmonkey@example.org>'\n{more}"
    )
}

const TO: &str = "to = ['alice@example.org', 'Bob Ü <bob@example.org>']";

#[tokio::test]
async fn each_receiver_gets_a_mail_of_their_own_over_an_encrypted_connection() {
    let authority = Authority::new();
    let password = given("correct-horse-battery\n");
    let log_in = ["--user", "secmonkey", "--password", "correct-horse-battery"];
    for (security, mode) in [("starttls", "starttls"), ("tls", "tls")] {
        let mut server = start(&authority, &[&["--mode", mode], &log_in[..]].concat());
        let more = format!(
            "security = '{security}'\nuser = 'secmonkey'\npassword = {}\nca = '{}'\n{TO}",
            password.toml,
            authority.ca(),
        );
        let channel = channel(&settings(server.port, &more));
        channel.notify(&rich()).await.unwrap();
        for address in ["alice@example.org", "bob@example.org"] {
            let mail = server.mail();
            assert_eq!(mail["from"], "secmonkey@example.org");
            assert_eq!(mail["to"], serde_json::json!([address]));
            assert_eq!((&mail["encrypted"], &mail["authenticated"]), (&true.into(), &true.into()));
            let text = mail["mail"].as_str().unwrap();
            assert!(text.len() < 100_000 && text.is_ascii());
            let other = if address.starts_with('a') { "bob@" } else { "alice@" };
            assert!(!text.contains(other) && !text.contains("correct-horse"));
            if mode == "tls" && address.starts_with('a') {
                let lines = text.lines().filter(|line| !line.starts_with("Date: "));
                insta::assert_snapshot!("mail", lines.collect::<Vec<_>>().join("\n"));
            }
        }
        assert_eq!(server.rest(), 0);
    }
}

#[tokio::test]
async fn what_a_message_holds_makes_no_header() {
    let authority = Authority::new();
    let mut server = start(&authority, &[]);
    let mut message = rich();
    message.id = "1\r\nBcc: all@example.org\r\n\r\n<b>".to_owned();
    message.title = "prod\r\nBcc: all@example.org\r\n".to_owned();
    let more = format!("ca = '{}'\n{TO}", authority.ca());
    let channel = channel(&settings(server.port, &more));
    channel.notify(&message).await.unwrap();
    let mail = server.mail();
    let text = mail["mail"].as_str().unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let names: BTreeSet<_> = head
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split_once(':').unwrap().0)
        .collect();
    let known = [
        "Auto-Submitted",
        "Content-Type",
        "Date",
        "From",
        "List-Id",
        "MIME-Version",
        "Message-ID",
        "References",
        "Subject",
        "To",
    ];
    assert_eq!(names, BTreeSet::from(known));
    // Who subscribed is no way in, either.
    message.to = Some("alice@example.org>\r\nRCPT TO:<all@example.org".to_owned());
    assert!(matches!(channel.notify(&message).await, Err(Error::Refused(_))));
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_told_nothing() {
    let authority = Authority::new();
    let server = Server::start(&["--mode", "plain"]);
    let more = format!("ca = '{}'\n{TO}", authority.ca());
    let error = channel(&settings(server.port, &more)).notify(&rich()).await.unwrap_err();
    assert!(error.to_string().contains("STARTTLS is not supported"), "{error}");
    assert_eq!(server.rest(), 0);

    // Nor one that is another.
    let stranger = Authority::new();
    for trusted in [format!("ca = '{}'\n", stranger.ca()), String::new()] {
        let server = start(&authority, &[]);
        let channel = channel(&settings(server.port, &format!("{trusted}{TO}")));
        let error = channel.notify(&rich()).await.unwrap_err();
        assert!(error.to_string().contains("certificate"), "{error}");
        assert_eq!(server.rest(), 0);
    }
    let other = Authority::of("example.org");
    let server = start(&other, &[]);
    let more = format!("ca = '{}'\n{TO}", other.ca());
    let error = channel(&settings(server.port, &more)).notify(&rich()).await.unwrap_err();
    assert!(error.to_string().contains("not valid for name"), "{error}");
    assert_eq!(server.rest(), 0);
}

#[tokio::test]
async fn only_who_did_not_get_it_is_tried_again() {
    let authority = Authority::new();
    let mut server =
        start(&authority, &["--later-once", "bob@example.org", "--refuse", "eve@example.org"]);
    let more = format!(
        "ca = '{}'\nto = ['alice@example.org', 'bob@example.org', 'eve@example.org']",
        authority.ca()
    );
    let channel = channel(&settings(server.port, &more));
    let later = channel.notify(&rich()).await.unwrap_err();
    let Error::Unavailable(said) = &later else { panic!("{later:?}") };
    assert!(said.starts_with("bob@example.org: ") && said.contains("come back later"), "{said}");
    let refused = channel.notify(&rich()).await.unwrap_err();
    let Error::Refused(said) = &refused else { panic!("{refused:?}") };
    assert!(said.starts_with("eve@example.org: ") && said.contains("nobody here"), "{said}");

    let (first, second) = (server.mail(), server.mail());
    assert_eq!(first["to"][0], "alice@example.org");
    assert_eq!(second["to"][0], "bob@example.org");
    // Whom a message is for, and nobody else.
    let mut own = rich();
    own.to = Some("carol@example.org".to_owned());
    channel.notify(&own).await.unwrap();
    assert_eq!(server.mail()["to"][0], "carol@example.org");
    assert_eq!(server.rest(), 0);
}

#[tokio::test]
async fn wrong_passwords_are_refused_and_not_repeated() {
    let authority = Authority::new();
    let server = start(&authority, &["--user", "secmonkey", "--password", "another"]);
    let password = given("correct-horse-battery");
    let more = format!(
        "user = 'secmonkey'\npassword = {}\nca = '{}'\n{TO}",
        password.toml,
        authority.ca(),
    );
    let error = channel(&settings(server.port, &more)).notify(&rich()).await.unwrap_err();
    let Error::Refused(said) = &error else { panic!("{error:?}") };
    assert!(said.contains("535") && !said.contains("horse"), "{said}");
    // Nor what the server repeats of them, as they were sent.
    assert!(said.contains("not right: *** ***"), "{said}");
}

#[tokio::test]
async fn a_server_that_is_not_there_may_be_there_later() {
    // Nobody listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let channel = channel(&settings(port.into(), TO));
    let error = channel.notify(&rich()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}
