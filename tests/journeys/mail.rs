//! Mail through SES: what is announced, to whom, and how often.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use serde_json::Value;

use crate::lab::Lab;

const MAIL: &str = "[notify.ses]\n\
    from = 'invoices@lighthouse.example'\n\
    to = ['security@lighthouse.example']\n\
    region = 'us-east-1'\n";

/// Mails that were sent since this was asked last: the texts, as a receiver has them.
fn mails(lab: &Lab) -> Vec<String> {
    let text = |call: crate::proxy::Call| call.parameter("Message.Body.Text.Data").unwrap();
    lab.proxy
        .calls()
        .into_iter()
        .filter(|call| call.operation == "ses:SendEmail")
        .map(text)
        .collect()
}

/// The id in the last line of a mail, by which a receiver knows what it already has.
fn id(mail: &str) -> &str {
    mail.lines().last().unwrap().trim().strip_prefix("message ").unwrap()
}

#[test]
fn a_mail_says_what_the_scan_prints() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.configure(MAIL);
    lab.scan();
    // Who starts to ask is told what there is, in numbers.
    let first = mails(&lab);
    assert_eq!(first.len(), 1, "{first:?}");
    lab.scan();
    assert_eq!(mails(&lab), [] as [&str; 0]);

    lab.moto.company("change");
    let printed = lab.run(&["scan"]).expect(0).stdout();
    let sent = mails(&lab);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_ne!(id(&sent[0]), id(&first[0]));
    for line in sent[0].lines().filter(|line| !line.contains(id(&sent[0]))) {
        // Indented otherwise: a line that starts with a sign leaves room for it in a mail.
        assert!(printed.contains(line.trim()), "{line}\nis not in\n{printed}");
    }
    assert!(sent[0].contains("changed security_group bastion"), "{}", sent[0]);
}

#[test]
fn a_mail_that_is_refused_is_told_and_sent_again() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.configure(MAIL);
    lab.scan();
    mails(&lab);
    lab.moto.company("change");
    lab.proxy.tell(|call| {
        if call.operation == "ses:SendEmail" {
            crate::proxy::Answer::Error(503, "ServiceUnavailable")
        } else {
            crate::proxy::Answer::Genuine
        }
    });
    let ran = lab.run(&["scan"]).expect(0);
    assert!(ran.stderr().contains("ses:SendEmail"), "{ran}");
    let refused = mails(&lab);
    lab.proxy.pass();
    lab.scan();
    let sent = mails(&lab);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0], refused[0], "the same message, by the same id");
}

/// An estate changes all the time, and scans of it are killed at any time: whatever
/// appeared is recorded once and announced by one message.
#[test]
fn kills_lose_nothing_and_announce_nothing_twice() {
    let kills: u64 = std::env::var("SECMONKEY_TEST_KILLS").map_or(60, |n| n.parse().unwrap());
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.configure(MAIL);
    let only = ["scan", "--technology", "security_group"];
    lab.run(&only).expect(0);
    // How long a scan takes here: kills come anywhere in it, its end included.
    let start = Instant::now();
    lab.run(&only).expect(0);
    let whole = start.elapsed();
    mails(&lab);

    let mut seed = 0x9e37_79b9_u64;
    thread::scope(|scope| {
        let estate = scope.spawn(|| {
            lab.moto.python(&format!(
                "import time\n\
                 for n in range({kills}):\n \
                 ec2.create_security_group(GroupName=f'round-{{n}}', Description='round')\n \
                 time.sleep({})\n",
                whole.as_secs_f64() * 0.55
            ));
        });
        let mut killed = 0;
        while killed < kills || !estate.is_finished() {
            let mut scan = lab.command(&only);
            let mut scan = scan.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            thread::sleep(
                whole.mul_f64(1.1 * f64::from((seed >> 48) as u16) / f64::from(u16::MAX)),
            );
            scan.kill().unwrap();
            scan.wait().unwrap();
            killed += 1;
        }
    });
    lab.run(&only).expect(0);
    lab.run(&["verify"]).expect(0);

    let log = lab.log();
    let mut recorded: BTreeMap<&str, usize> = BTreeMap::new();
    for event in log.iter().filter(|event| event["event"]["type"] == "item_discovered") {
        let name = event["event"]["name"].as_str().unwrap();
        if name.starts_with("round-") {
            *recorded.entry(name).or_default() += 1;
        }
    }
    assert_eq!(recorded.len() as u64, kills, "{recorded:?}");
    assert!(recorded.values().all(|count| *count == 1), "{recorded:?}");

    // A receiver keeps the first mail of an id and drops what it has.
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for mail in mails(&lab) {
        let name = id(&mail).to_owned();
        let first = kept.entry(name).or_insert_with(|| mail.clone());
        assert_eq!(*first, mail, "an id names one message");
    }
    let announced: Vec<&str> = kept
        .values()
        .flat_map(|mail| mail.lines())
        .filter_map(|line| line.trim().strip_prefix("discovered security_group "))
        .filter_map(|rest| rest.split(' ').next())
        .filter(|name| name.starts_with("round-"))
        .collect();
    let once: BTreeSet<&str> = announced.iter().copied().collect();
    assert_eq!(announced.len(), once.len(), "announced twice: {announced:?}");
    assert_eq!(once, recorded.keys().copied().collect(), "not announced");

    // What killed scans left open is closed: they died.
    let ended = |kind: &str| -> Vec<&Value> {
        log.iter().filter(|event| event["event"]["type"] == kind).collect()
    };
    assert_eq!(
        ended("scan_started").len(),
        ended("scan_finished").len() + ended("scan_interrupted").len()
    );
    assert!(ended("scan_interrupted").iter().all(|event| event["event"]["by"] == "died"));
}
