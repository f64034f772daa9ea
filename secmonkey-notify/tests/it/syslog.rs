//! Records to servers of syslog.

use std::sync::Arc;

use secmonkey_core::notify::Error;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;
use crate::message::{channel, rich};

const NAMED: &str = "facility = 'authpriv'\nhostname = 'watch er'";

fn settings(transport: &str, port: u16, more: &str) -> String {
    format!(
        "[syslog]\nhost = 'localhost'\nport = {port}\ntransport = '{transport}'\n{NAMED}\n{more}"
    )
}

/// Records, with a number for the process.
fn shown(records: &[String]) -> String {
    let process = format!(" secmonkey {} ", std::process::id());
    records.join("\n").replace(&process, " secmonkey [process] ")
}

/// The records in what a server has read.
fn counted(mut read: &str) -> Vec<String> {
    let mut records = Vec::new();
    while !read.is_empty() {
        let (length, rest) = read.split_once(' ').unwrap();
        let (record, rest) = rest.split_at(length.parse().unwrap());
        records.push(record.to_owned());
        read = rest;
    }
    records
}

#[tokio::test]
async fn records_over_udp_are_a_datagram_each() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let settings = settings("udp", port, "").replace("localhost", "127.0.0.1");
    let mut message = rich();
    message.changes[0].summary = vec!["ü".repeat(1000); 9];
    message.changes[0].key.id = "]\"\\ü".repeat(400);
    channel(&settings).notify(&message).await.unwrap();
    let mut records = Vec::new();
    for _ in 0..5 {
        let mut datagram = vec![0; 65_536];
        let length = server.recv(&mut datagram).await.unwrap();
        assert!(length <= 2048);
        records.push(String::from_utf8(datagram[..length].to_vec()).unwrap());
    }
    insta::assert_snapshot!(shown(&records[..3]));
}

/// The members of a record's structured data, as RFC 5424 reads them, and the text behind it.
fn read(record: &str) -> (Vec<(String, String)>, &str) {
    let mut rest = record.split_once("[secmonkey@32473").expect("structured data").1;
    let mut members = Vec::new();
    while let Some(member) = rest.strip_prefix(' ') {
        let (name, quoted) = member.split_once("=\"").expect("a value");
        let (mut value, mut letters) = (String::new(), quoted.char_indices());
        rest = loop {
            match letters.next().expect("its end") {
                (_, '\\') => value.push(letters.next().expect("what is escaped").1),
                (at, '"') => break &quoted[at + 1..],
                (_, ']') => panic!("a bracket that is not escaped: {record}"),
                (_, letter) => value.push(letter),
            }
        };
        members.push((name.to_owned(), value));
    }
    (members, rest.strip_prefix("] \u{feff}").expect("the end of it"))
}

#[tokio::test]
async fn structured_data_is_whole_whatever_stands_in_it() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let settings = settings("udp", port, "").replace("localhost", "127.0.0.1");
    for long in ["]\"\\", "ü", "नि", "🐒", "\u{202e}", "a"] {
        let long = long.repeat(2_000);
        let mut message = rich();
        message.id = long.clone();
        let (issue, change) = (&mut message.issues[0], &mut message.changes[0]);
        issue.finding.check = long.clone();
        for key in [&mut issue.key, &mut change.key] {
            (key.technology, key.region, key.id) = (long.clone(), long.clone(), long.clone());
        }
        change.actor.0 = long;
        channel(&settings).notify(&message).await.unwrap();
        for _ in 0..5 {
            let mut datagram = vec![0; 65_536];
            let length = server.recv(&mut datagram).await.unwrap();
            let record = std::str::from_utf8(&datagram[..length]).unwrap();
            let (members, said) = read(record);
            assert!(members.len() >= 7 && length <= 2048, "{record}");
            assert!(said.len() > 40, "{record}");
        }
    }
}

#[tokio::test]
async fn records_over_tcp_and_tls_are_counted() {
    let authority = Authority::new();
    let ca = format!("ca = '{}'", authority.ca());
    let mut all = Vec::new();
    for transport in ["tcp", "tls"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::clone(&authority.server));
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = String::new();
            if transport == "tls" {
                let mut stream = acceptor.accept(stream).await.unwrap();
                stream.read_to_string(&mut read).await.unwrap();
            } else {
                stream.read_to_string(&mut read).await.unwrap();
            }
            read
        });
        let settings = settings(transport, port, if transport == "tls" { &ca } else { "" });
        channel(&settings).notify(&rich()).await.unwrap();
        all.push(counted(&server.await.unwrap()));
    }
    assert_eq!(all[0], all[1]);
    insta::assert_snapshot!(shown(&all[0]));
}

#[tokio::test]
async fn only_a_server_that_is_trusted_is_told() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::clone(&authority.server));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        assert!(acceptor.accept(stream).await.is_err());
    });
    let error = channel(&settings("tls", port, "")).notify(&rich()).await.unwrap_err();
    let Error::Unavailable(said) = &error else { panic!("{error:?}") };
    assert!(said.starts_with("localhost: ") && said.contains("certificate"), "{said}");
    // Nobody is there any more.
    let gone = channel(&settings("tcp", port, "")).notify(&rich()).await;
    assert!(matches!(gone, Err(Error::Unavailable(_))), "{gone:?}");
}
