//! The manual: every example of it is right, and every kind has one.

use std::collections::BTreeSet;
use std::fs;

use secmonkey_notify::Channels;
use secmonkey_notify::settings::KINDS;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    notify: Channels,
}

#[test]
fn every_example_of_the_manual_is_right() {
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/channels.md");
    let manual = fs::read_to_string(manual).unwrap();
    let mut kinds = BTreeSet::new();
    for example in manual.split("```toml\n").skip(1) {
        let (example, _) = example.split_once("```").unwrap();
        // What stands in a comment may be written, too, as far as it names no file.
        let all = example.replace("# allow_private", "allow_private");
        let all = all.replace("# close", "close").replace("# hostname", "hostname");
        let config: Config = toml::from_str(&all).unwrap_or_else(|error| panic!("{error}\n{all}"));
        for (name, declared) in config.notify.iter() {
            let kind = declared.kind(name).to_owned();
            match declared.channel(name) {
                Ok(Some(channel)) => drop(channel.notifier(name).unwrap()),
                // Another crate has it.
                Ok(None) => assert!(["ses", "sns"].contains(&kind.as_str())),
                Err(error) => panic!("{error}\n{all}"),
            }
            kinds.insert(kind);
        }
    }
    for kind in KINDS {
        assert!(kinds.contains(kind), "no example of {kind}");
    }
}

/// What is said of settings.
fn fault(settings: &str) -> String {
    let channels: Channels = match toml::from_str(settings) {
        Ok(channels) => channels,
        Err(error) => return error.message().to_owned(),
    };
    channels.notifiers().map(drop).unwrap_err().to_string()
}

#[test]
fn what_is_wrong_with_settings_is_said_in_a_line() {
    let all = [
        "[slakc]",
        "[page]\nkind = 'pager'",
        "[page]\nkind = 3",
        "[slack]",
        "[slack]\nurl = 'https://hooks.slack.com/services/hunter2hunter2'",
        "[slack]\nurl = { env = 'A' }\nchanel = '#a'",
        "[pagerduty]\nrouting_key = { env = 'A' }\nurl = 'http://example.org/'",
        "[jira]\nurl = 'https://j.example.org'\ntoken = { env = 'A' }\nproject = 'SEC'",
        "[jira]\nurl = 'https://j.example.org'\ntoken = { env = 'A' }\nproject = 'a b'\nuser = 'a'",
        "[smtp]\nhost = 'h'\nfrom = 'nobody'",
        "[smtp]\nhost = 'h'\nfrom = 'a@b.example'\nto = ['c@d.example', 'c d']",
        "[smtp]\nhost = 'h'\nfrom = 'a@b.example'\nuser = 'a'",
        "[smtp]\nhost = 'h'\nfrom = 'a@b.example'\nsecurity = 'none'",
        "[smtp]\nhost = 'localhost'\nfrom = 'a@b.example'\nsecurity = 'none'\nuser = 'a'\n\
         password = { env = 'A' }",
        "[smtp]\nhost = 'h'\nfrom = 'a@b.example'\nsecurity = 'opportunistic'",
        "[smtp]\nhost = 'h'\nfrom = 'a@b.example'\npassword = 'hunter2hunter2'\nuser = 'a'",
        "[smtp]\nhost = 'h'\nfrom = 'a@b.example'\nca = '/no/such/file'",
        "[webhook]\nurl = 'https://example.org/'\nheaders = { X-Api-Key = 'hunter2hunter2' }",
        "[webhook]\nurl = 'https://example.org/'\nheaders = { webhook-id = '1' }",
        "[webhook]\nurl = 'https://example.org/'\nheaders = { 'a b' = '1' }",
        "[webhook]\nurl = 'https://example.org/'\nheaders = { A = \"a\\nb\" }",
        "[webhook]\nurl = 'https://example.org/'\nverify = false",
        "[exec]\ncommand = []",
        "[exec]\ncommand = 'a'",
        "[exec]\ncommand = ['a']\ntimeout_seconds = 0",
        "[syslog]\nhost = 'h'\nfacility = 'local8'",
        "[syslog]\nhost = 'h'\ntransport = 'udp'\nca = '/etc/ssl/own.pem'",
        "[console]\nformat = 'xml'",
    ];
    let said: Vec<_> = all.iter().map(|one| format!("{one}\n  -> {}", fault(one))).collect();
    let said = said.join("\n\n");
    for line in said.lines().filter(|line| line.starts_with("  -> ")) {
        assert!(!line.contains("hunter2"), "{line}");
    }
    insta::assert_snapshot!(said);
}
