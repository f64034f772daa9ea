//! What a scan costs: calls of the account's API, and memory.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Seek as _};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use crate::lab::Lab;
use crate::proxy::Answer;

/// The fewest calls that read the company in two regions, by the formulas in the
/// documentation of the watchers. The pages are one each: the company is small.
fn fewest_calls(report_is_old: bool) -> u64 {
    let (regions, users, buckets, with_policy) = (2, 4, 5, 2);
    let identities = [2, 1];
    let whose = 1;
    let security_groups = 2 * regions;
    // Addresses, NAT gateways, VPCs and their endpoints.
    let networks = 4 * regions;
    // Certificates, classic load balancers, the others, and their target groups.
    let front_doors = 4 * regions;
    // Functions and what feeds them, keys and aliases, prefix lists, queues, topics: there are
    // none, which a listing each tells.
    let none = 7 * regions;
    // The rest of EC2: images, instances, volumes, snapshots, keys, interfaces, subnets, tables,
    // ACLs, gateways, flow logs, peerings, VPNs and options.
    let ec2 = 15 * regions;
    // Trails, Config, databases of all kinds, containers, secrets, logs, domains, vaults,
    // connections, access points: a listing each, and twelve types by Cloud Control.
    let elsewhere = (21 + 12) * regions;
    // Distributions, providers and server certificates, accounts and policies of the
    // organization of fourteen types, zones and query logging, domains, multi-region access
    // points.
    let global = 1 + 3 + 15 + 2 + 1 + 1;
    let iam = 3 + if report_is_old { 3 } else { 1 } + 3 * users;
    // moto does not list the region of a bucket, and neither does AWS.
    let s3 = 1 + (20 + 1) * buckets + with_policy + 1;
    let ses: u64 = identities.iter().map(|here| 1 + 4 + here).sum();
    whose
        + security_groups
        + networks
        + front_doors
        + none
        + ec2
        + elsewhere
        + global
        + iam
        + s3
        + ses
}

#[test]
fn a_scan_asks_little_and_keeps_little() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    for (round, report_is_old) in [("first", true), ("unchanged", false)] {
        lab.proxy.calls();
        let (output, peak) = measured(lab.command(&["--format", "json", "scan"]));
        assert_eq!(output.status.code(), Some(0));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();

        let mut calls: BTreeMap<String, u64> = BTreeMap::new();
        for call in lab.proxy.calls() {
            *calls.entry(call.operation).or_default() += 1;
        }
        let made: u64 = calls.values().sum();
        let bound = fewest_calls(report_is_old);
        println!("{round}: {made} calls, at least {bound}; peak memory {peak} kB");
        assert!(made * 10 <= bound * 11, "{made} calls where {bound} do: {calls:#?}");
        assert_eq!(told["api_calls"], made);
        assert!(peak > 0 && peak < 40_000, "{peak} kB");
    }
}

/// AWS has no such policies and groups; whoever answers in its place may.
#[test]
fn what_is_far_too_large_is_told_and_keeps_little() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.scan();
    lab.proxy.tell(|call| match call.operation.as_str() {
        "s3:GET ?policy" if call.names("lighthouse-invoices") => Answer::edited(|_| {
            let action = format!("\"s3:{}\"", "x".repeat(1_000));
            let actions = vec![action; 57_000].join(",");
            let statement = format!("{{\"Effect\":\"Allow\",\"Action\":[{actions}]}}");
            format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{statement}]}}")
        }),
        "ec2:DescribeSecurityGroups" => Answer::edited(|genuine| {
            let rule = |n: u32| {
                format!(
                    "<item><ipProtocol>tcp</ipProtocol><fromPort>{n}</fromPort><toPort>{n}</toPort>\
                     <ipRanges><item><cidrIp>10.0.{}.{}/32</cidrIp>\
                     <description>{}</description></item></ipRanges></item>",
                    n / 256,
                    n % 256,
                    "why ".repeat(20)
                )
            };
            let rules: String = (0..50_000).map(rule).collect();
            genuine.replacen("<ipPermissions>", &format!("<ipPermissions>{rules}"), 1)
        }),
        _ => Answer::Genuine,
    });
    for (technology, recorded) in [("s3_bucket", 1), ("security_group", 2)] {
        let scan = ["--format", "json", "scan", "--technology", technology];
        let (output, peak) = measured(lab.command(&scan));
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(3), "{told}");
        println!("{technology}: peak memory {peak} kB");
        assert!(peak > 0 && peak < 160_000, "{peak} kB");
        assert_eq!(told.matches("too large to keep").count(), 1, "{told}");
        let log = lab.log();
        let large = log.iter().filter(|event| event["event"]["type"] == "item_too_large");
        assert_eq!(large.count(), recorded);
    }
    lab.run(&["verify"]).expect(0);
}

/// Runs a command, and the most memory it was seen to have of its own, in kB. What is mapped
/// of the binary is not its own: of this one, which is not optimised, it is more than all else.
fn measured(mut command: Command) -> (Output, u64) {
    // A pipe that nobody empties would stop it.
    let mut told = tempfile::tempfile().unwrap();
    let mut running = command.stdout(told.try_clone().unwrap()).spawn().unwrap();
    let status = format!("/proc/{}/status", running.id());
    let mut peak = 0;
    while running.try_wait().unwrap().is_none() {
        let now = fs::read_to_string(&status).ok().and_then(|text| anonymous(&text));
        peak = peak.max(now.unwrap_or_default());
        sleep(Duration::from_millis(5));
    }
    let mut output = running.wait_with_output().unwrap();
    told.rewind().unwrap();
    told.read_to_end(&mut output.stdout).unwrap();
    (output, peak)
}

/// The memory that no file backs, in kB.
fn anonymous(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
