//! What webhooks reach, and what they never do.

use std::net::TcpListener;

use secmonkey_core::notify::Error;
use secmonkey_notify::Channels;

use crate::http::given;
use crate::message::{channel, rich};

fn fault(settings: &str) -> String {
    let channels: Channels = toml::from_str(settings).unwrap();
    channels.notifiers().map(drop).unwrap_err().to_string()
}

#[test]
fn addresses_of_ones_own_network_are_refused_however_they_are_written() {
    for (host, what) in [
        ("127.0.0.1", "127.0.0.1, which is loopback"),
        ("127.1", "127.0.0.1, which is loopback"),
        ("0x7f.1", "127.0.0.1, which is loopback"),
        ("2130706433", "127.0.0.1, which is loopback"),
        ("0177.0.0.1", "127.0.0.1, which is loopback"),
        ("127.0.0.1.", "127.0.0.1, which is loopback"),
        ("[::1]", "::1, which is loopback"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1, which is loopback"),
        ("169.254.169.254", "169.254.169.254, which is link-local"),
        ("[fd00:ec2::254]", "fd00:ec2::254, which is private"),
        ("10.1.2.3", "10.1.2.3, which is private"),
        ("0.0.0.0", "0.0.0.0, which is no address"),
    ] {
        let said = fault(&format!("[webhook]\nurl = 'https://{host}/'"));
        let expected = format!(
            "notify.webhook: url: the address is {what}: set allow_private = true where that is \
             meant"
        );
        assert_eq!(said, expected, "{host}");
    }
}

#[tokio::test]
async fn names_that_lead_into_ones_own_network_are_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let named = channel(&format!("[webhook]\nurl = 'https://localhost:{port}/'"));
    let error = named.notify(&rich()).await.unwrap_err();
    let Error::Refused(said) = &error else { panic!("{error:?}") };
    assert!(said.contains("which is loopback: set allow_private = true"), "{said}");
    // An address that is a secret is looked at when it is read.
    let url = given(&format!("https://127.0.0.1:{port}/"));
    let channel = channel(&format!("[slack]\nurl = {}", url.toml));
    let Error::Refused(said) = channel.notify(&rich()).await.unwrap_err() else { panic!() };
    assert!(said.contains("127.0.0.1, which is loopback"), "{said}");
    assert!(listener.accept().is_err(), "somebody came");
}

#[test]
fn what_is_not_encrypted_stays_in_ones_own_network() {
    let url = |url: &str, more: &str| fault(&format!("[webhook]\nurl = '{url}'\n{more}"));
    let said = url("http://example.org/", "");
    assert!(said.contains("http:// is not encrypted"), "{said}");
    let said = url("http://1.1.1.1/", "allow_private = true");
    assert!(said.contains("1.1.1.1 in the internet, which is told nothing without TLS"), "{said}");
    for other in ["file:///etc/passwd", "ftp://example.org/", "example.org", "", "https://"] {
        let said = url(other, "allow_private = true");
        assert!(said.contains("that is no"), "{other}: {said}");
    }
    let said = url("https://me:hunter2hunter2@example.org/", "");
    assert!(said.contains("an address holds no credentials") && !said.contains("hunter2"));
}
