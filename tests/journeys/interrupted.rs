//! Scans that are stopped, killed, or come second.

use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lab::{Lab, Ran, item_events};
use crate::proxy::{Answer, Call, Fault};

fn start(lab: &Lab) -> Child {
    let mut scan = lab.command(&["scan"]);
    scan.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(name).arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
}

/// Waits for the first call of an operation.
fn reached(lab: &Lab, operation: &str) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while !lab.proxy.calls().iter().any(|call| call.operation == operation) {
        assert!(Instant::now() < deadline, "{operation} is never called");
        sleep(Duration::from_millis(10));
    }
}

/// Whatever was interrupted: the next scan carries on, and the one after it finds nothing.
fn continues(lab: &Lab) {
    lab.proxy.pass();
    lab.scan();
    let recorded = lab.log().len();
    lab.scan();
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
    lab.run(&["verify"]).expect(0);
}

#[test]
fn ctrl_c_ends_a_scan_with_130_and_the_next_continues() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.proxy.tell(hanging_policies);
    let scan = start(&lab);
    reached(&lab, "s3:GET ?policy");
    let asked = Instant::now();
    signal(&scan, "-INT");
    let ran = Ran::new(finished(scan), &["scan"]).expect(130);
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}: {ran}", asked.elapsed());
    assert_eq!(ran.stderr().lines().count(), 1, "{ran}");
    let kept = lab.log();
    assert!(kept.iter().all(|event| event["event"]["type"] != "scan_finished"));
    continues(&lab);
    // What was appended before stayed: nothing is discovered twice.
    let log = lab.log();
    let mut discovered: Vec<&str> = item_events(&log)
        .iter()
        .filter(|event| event["event"]["type"] == "item_discovered")
        .map(|event| event["stream"].as_str().unwrap())
        .collect();
    let all = discovered.len();
    discovered.sort_unstable();
    discovered.dedup();
    assert_eq!(discovered.len(), all);
    assert_eq!(log[..kept.len()], kept[..]);
}

#[test]
fn every_signal_ends_a_scan_in_order() {
    let lab = Lab::holding("s3.create_bucket(Bucket='plain')").in_regions(&["us-east-1"]);
    for (name, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        lab.proxy.tell(hanging_policies);
        let scan = start(&lab);
        reached(&lab, "s3:GET ?policy");
        let asked = Instant::now();
        signal(&scan, name);
        let ran = Ran::new(finished(scan), &["scan", name]).expect(code);
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}: {ran}", asked.elapsed());
        assert!(ran.stdout().contains("was stopped before it was done"), "{ran}");
        let log = lab.log();
        assert_eq!(log.last().unwrap()["event"]["type"], "scan_interrupted", "{ran}");
    }

    // While it waits for a store that is held, too, for however long.
    let holder = start(&lab);
    reached(&lab, "s3:GET ?policy");
    let mut waiting = lab.command(&["scan", "--wait", "18446744073709551615"]);
    let waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    sleep(Duration::from_millis(500));
    signal(&waiting, "-TERM");
    Ran::new(finished(waiting), &["scan", "--wait"]).expect(143).error();
    signal(&holder, "-INT");
    assert_eq!(finished(holder).status.code(), Some(130));

    // What whoever started it wants ignored is ignored: this is what `nohup` does.
    lab.proxy.tell(|_| Answer::Late(Duration::from_millis(200)));
    let mut deaf = Command::new("sh");
    let command = lab.command(&["scan"]);
    deaf.args(["-c", "trap '' HUP INT; exec \"$0\" scan"]).arg(command.get_program()).env_clear();
    deaf.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let deaf = deaf.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    reached(&lab, "sts:GetCallerIdentity");
    signal(&deaf, "-HUP");
    signal(&deaf, "-INT");
    Ran::new(finished(deaf), &["nohup scan"]).expect(0);
}

/// The policies of buckets are never answered.
fn hanging_policies(call: &Call) -> Answer {
    if call.operation == "s3:GET ?policy" { Answer::Broken(Fault::Hang) } else { Answer::Genuine }
}

#[test]
fn a_scan_killed_at_any_time_leaves_a_store_that_works() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.proxy.remember();
    let mut kept: Vec<Value> = Vec::new();
    for round in 1..=20 {
        let mut scan = start(&lab);
        sleep(Duration::from_millis(35 * round));
        scan.kill().unwrap();
        scan.wait().unwrap();
        let log = lab.log();
        assert_eq!(log[..kept.len()], kept[..], "round {round}: what was read is still there");
        kept = log;
    }
    continues(&lab);
}

#[test]
fn a_store_that_is_held_names_its_holder() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.proxy.tell(|_| Answer::Broken(Fault::Hang));
    let holder = start(&lab);
    reached(&lab, "sts:GetCallerIdentity");
    for arguments in [&["scan", "--wait", "0"], &["verify", "--wait", "1"]] {
        let ran = lab.run(arguments).expect(4);
        let said = ran.error();
        assert!(said.contains(&holder.id().to_string()), "{said}");
    }
    signal(&holder, "-INT");
    assert_eq!(finished(holder).status.code(), Some(130));

    // A command that needs it for itself waits for one that is about to end.
    lab.proxy.tell(|_| Answer::Late(Duration::from_millis(20)));
    let holder = start(&lab);
    reached(&lab, "sts:GetCallerIdentity");
    lab.run(&["verify"]).expect(0);
    assert_eq!(finished(holder).status.code(), Some(0));
}

/// A scan may take hours: nobody waits for it to ask, or to decide.
#[test]
fn others_ask_and_decide_while_a_scan_runs() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.scan();
    let asked = [
        &["items"][..],
        &["issues"],
        &["show", "bastion"],
        &["history", "bastion"],
        &["blame", "bastion"],
        &["items", "name:bas*"],
        &["checks", "list"],
        &["account", "list"],
    ];
    let answers = |wait: &[&str]| -> Vec<Value> {
        asked.iter().map(|one| lab.json(&[wait, one].concat())).collect()
    };
    let alone = answers(&[]);
    lab.proxy.tell(hanging_policies);
    lab.proxy.calls();
    let scan = start(&lab);
    reached(&lab, "s3:GET ?policy");
    assert_eq!(answers(&["--wait", "0"]), alone);
    lab.run(&["--wait", "0", "status"]).expect(0);

    // What is decided meanwhile is in the log once, whatever the scan records.
    let id = alone[1][0]["id"].as_str().unwrap();
    lab.run(&["--wait", "0", "justify", id, "--note", "known"]).expect(0);
    lab.run(&["--wait", "0", "comment", "bastion", "--text", "hm"]).expect(0);
    lab.run(&["--wait", "0", "network", "add", "--name", "o", "--cidr", "203.0.113.0/24"])
        .expect(0);
    let justified = lab.json(&["--wait", "0", "issues", "--status", "justified"]);
    assert_eq!(justified[0]["id"], id);
    let log = lab.run(&["--wait", "0", "--format", "jsonl", "log"]).expect(0).lines();
    let of = |kind: &str, log: &[Value]| {
        log.iter().filter(|event| event["event"]["type"] == kind).count()
    };
    for kind in ["commented", "network_known"] {
        assert_eq!(of(kind, &log), 1, "{kind}");
    }
    // With the parts of what it is the whole of.
    let justified = of("issue_justified", &log);
    assert!(justified > 0);
    assert_eq!(lab.run(&["--wait", "0", "issues", "nothing:like-it"]).expect(2).stdout(), "");

    signal(&scan, "-INT");
    assert_eq!(finished(scan).status.code(), Some(130));
    assert!(!lab.store().join("socket").exists());
    lab.run(&["verify"]).expect(0);
    let log = lab.log();
    assert_eq!(of("issue_justified", &log), justified);

    // A holder that is killed leaves a socket that nobody answers.
    let mut scan = start(&lab);
    reached(&lab, "s3:GET ?policy");
    scan.kill().unwrap();
    scan.wait().unwrap();
    assert_eq!(lab.log()[..log.len()], log);
}

fn finished(child: Child) -> Output {
    child.wait_with_output().unwrap()
}
