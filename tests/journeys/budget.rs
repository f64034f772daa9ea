//! What a scan costs: calls of the account's API, and memory.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::lab::Lab;

/// The fewest calls that read the company in two regions, by the formulas in the
/// documentation of the watchers. The pages are one each: the company is small.
fn fewest_calls(report_is_old: bool) -> u64 {
    let (regions, users, buckets, with_policy) = (2, 4, 5, 2);
    let identities = [2, 1];
    let whose = 1;
    let security_groups = 2 * regions;
    // Addresses, NAT gateways, VPCs and their endpoints.
    let networks = 4 * regions;
    let iam = 3 + if report_is_old { 3 } else { 1 } + 3 * users;
    // moto does not list the region of a bucket, and neither does AWS.
    let s3 = 1 + (20 + 1) * buckets + with_policy + 1;
    let ses: u64 = identities.iter().map(|here| 1 + 4 + here).sum();
    whose + security_groups + networks + iam + s3 + ses
}

#[test]
fn a_scan_asks_little_and_keeps_little() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    for (round, report_is_old) in [("first", true), ("unchanged", false)] {
        lab.proxy.calls();
        let mut command = lab.command(&["--format", "json", "scan"]);
        let mut scan = command.stdout(Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", scan.id());
        let mut peak = 0;
        while scan.try_wait().unwrap().is_none() {
            // It never falls: the last reading is the peak.
            peak =
                fs::read_to_string(&status).ok().and_then(|text| high_water(&text)).unwrap_or(peak);
            sleep(Duration::from_millis(5));
        }
        let output = scan.wait_with_output().unwrap();
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
        assert!(peak > 0 && peak < 100_000, "{peak} kB");
    }
}

/// The most memory a process ever had, in kB.
fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
