//! How a company's record looks at terminals of several widths.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_aws::AWS;
use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::event::{IssueId, ItemCounts, ScanId};
use secmonkey_core::governance::{Ignore, Override};
use secmonkey_core::issue::{Justification, Status};
use secmonkey_core::item::Key;
use secmonkey_core::query::Gaps;
use secmonkey_core::record::{
    CheckRecord, CommentRecord, CoverageRecord, FailedRecord, IgnoreRecord, IssueDetailRecord,
    IssueRecord, ItemRecord, LastScanRecord, MatchRecord, Neighbours, OverrideRecord,
    OverviewRecord, PlaceRecord, RevisionRecord, StatusRecord, UndecidedItems, UnknownRecord,
    UnreadPart, WorstRecord,
};
use serde_json::json;

use crate::command::{account::row::AccountRow, issue, issues, overview, status};
use crate::context;
use crate::output::Row;
use crate::rows::Matched;
use crate::table::fitted;

fn at(text: &str) -> Timestamp {
    format!("2026-01-31T{text}Z").parse().unwrap()
}

const GROUP: &str = "123456789012/security_group/eu-west-1/sg-0a1b2c3d4e5f60718";
const BUCKET: &str = "123456789012/s3_bucket/global/arn:aws:s3:::lighthouse-customer-exports";
const ROLE: &str = "210987654321/iam_role/global/AROAEXAMPLEEXAMPLE123";

fn name(key: &Key) -> &'static str {
    match key.technology.as_str() {
        "security_group" => "bastion",
        "s3_bucket" => "lighthouse-customer-exports",
        _ => "a-role-with-a-name-that-somebody-made-rather-long-for-deployments",
    }
}

fn account_name(key: &Key) -> String {
    let is_first = key.account.as_str() == "123456789012";
    if is_first { "lighthouse" } else { "lighthouse-staging" }.to_owned()
}

fn item(key: &str, score: u32) -> ItemRecord {
    let key: Key = key.parse().unwrap();
    ItemRecord {
        account: key.account.clone(),
        account_name: Some(account_name(&key)),
        technology: key.technology.clone(),
        region: key.region.clone(),
        id: key.id.clone(),
        name: name(&key).to_owned(),
        arn: None,
        revision: 3,
        first_seen: at("08:00:00"),
        last_seen: at("14:00:00"),
        last_changed: at("12:30:00"),
        deleted: false,
        unwatched_since: None,
        ignored: None,
        score,
        issues: 2,
        matched: Vec::new(),
        key,
    }
}

fn issue(key: &str, check: &str, score: u8, detail: &str) -> IssueRecord {
    let key: Key = key.parse().unwrap();
    IssueRecord {
        id: IssueId::of(&key, check, ""),
        check: check.to_owned(),
        account: key.account.clone(),
        account_name: Some(account_name(&key)),
        technology: key.technology.clone(),
        region: key.region.clone(),
        resource_id: key.id.clone(),
        name: name(&key).to_owned(),
        arn: None,
        subject: String::new(),
        score,
        base_score: score,
        severity: secmonkey_core::check::severity(score),
        status: Status::Open,
        detail: detail.to_owned(),
        evidence: vec!["/IpPermissions/0".to_owned()],
        doubt: BTreeSet::new(),
        opened_at: Some(at("12:30:00")),
        reopened_at: None,
        resolved_at: None,
        resolved_reason: None,
        resolved_by: None,
        justification: None,
        suppressed: None,
        part_of: None,
        brought_by: None,
        is_part: false,
        key,
    }
}

fn all_issues() -> Vec<IssueRecord> {
    let doubtful = IssueRecord {
        doubt: BTreeSet::from(["/PublicAccessBlock".to_owned()]),
        ..issue(
            BUCKET,
            "s3_bucket.public",
            10,
            "lets everybody read the objects with the policy statement `PublicRead`",
        )
    };
    let justified = IssueRecord {
        status: Status::Justified,
        justification: Some(Justification {
            note: "until the migration is done".to_owned(),
            until: None,
            by: "cli".into(),
            at: at("13:00:00"),
        }),
        ..issue(
            ROLE,
            "iam_role.unknown_account",
            7,
            "lets in account 999999999999, which is unknown",
        )
    };
    vec![
        issue(
            GROUP,
            "security_group.admin_port_open_to_internet",
            10,
            "allows tcp/22 (SSH) from every IPv4 address (0.0.0.0/0), and is attached to 3 network \
             interfaces",
        ),
        doubtful,
        justified,
    ]
}

fn list<T: Row>(rows: &[T], width: usize) -> String {
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    fitted(T::HEADINGS, T::SPARE, &cells, Some(width))
}

fn items() -> [ItemRecord; 3] {
    [item(GROUP, 13), item(BUCKET, 10), item(ROLE, 7)]
}

fn matched() -> [Matched; 2] {
    let place = |pointer: &str, rule: Option<&str>, cidr: &str| MatchRecord {
        pointer: pointer.to_owned(),
        cidr: cidr.parse().unwrap(),
        rule: rule.map(str::to_owned),
    };
    let [mut group, mut bucket, _] = items();
    group.matched = vec![place(
        "/IpPermissions/0/IpRanges/1/CidrIp",
        Some("ingress tcp/22 203.0.113.0/24"),
        "203.0.113.0/24",
    )];
    bucket.matched =
        vec![place("/Policy/Statement/0/Condition/IpAddress/aws:SourceIp", None, "203.0.113.7/32")];
    [Matched(group), Matched(bucket)]
}

fn history() -> [RevisionRecord; 2] {
    let step = |revision, time, kind, summary: &str| RevisionRecord {
        revision,
        position: secmonkey_core::event::Position(revision * 7),
        at: at(time),
        kind,
        patch: None,
        actor: "cli".to_owned(),
        attribution: None,
        summary: vec![summary.to_owned()],
    };
    [
        step(
            2,
            "12:30:00.250",
            "changed",
            "added /IpPermissions/0/IpRanges/1 {\"CidrIp\":\"0.0.0.0/0\",\"Description\":\"for the \
             contractor, remove by Friday\"}",
        ),
        step(1, "08:00:00", "discovered", "first seen as bastion"),
    ]
}

fn accounts() -> Vec<AccountRow> {
    let account = |id: &str, name: &str| Account::new(AWS, id.parse().unwrap(), name);
    let mut partner = account("999999999999", "partner");
    partner.third_party = true;
    partner.notes = "runs our backups; the contract ends in December 2026".to_owned();
    let own =
        [account("123456789012", "lighthouse"), account("210987654321", "lighthouse-staging")];
    own.iter().chain([&partner]).map(AccountRow::from).collect()
}

fn coverage() -> StatusRecord {
    let place = |technology: &str| CoverageRecord {
        account: "123456789012".parse().unwrap(),
        account_name: Some("lighthouse".to_owned()),
        provider: Some(AWS),
        technology: technology.to_owned(),
        last_complete: Some(at("14:00:00")),
        failed: Vec::new(),
        unread: Vec::new(),
        undecided: Vec::new(),
        not_judged: 0,
        never_looked_at: Vec::new(),
        unwatched_since: None,
    };
    let failed = FailedRecord {
        region: "eu-west-1".to_owned(),
        at: at("14:00:00"),
        operation: "ec2:DescribeSecurityGroups".to_owned(),
        item: None,
        part: None,
        reason: "access denied: not authorized to perform ec2:DescribeSecurityGroups, says an \
                 explicit deny in a service control policy"
            .to_owned(),
    };
    let unread =
        UnreadPart { pointer: "/PublicAccessBlock".to_owned(), items: 2, since: at("08:00:00") };
    let undecided = UndecidedItems {
        check: "s3_bucket.unknown_access".to_owned(),
        because: "/Policy was never read".to_owned(),
        items: 2,
    };
    StatusRecord {
        accounts: vec![
            CoverageRecord {
                unread: vec![unread],
                undecided: vec![undecided],
                ..place("s3_bucket")
            },
            CoverageRecord { failed: vec![failed], ..place("security_group") },
        ],
        unfinished_scans: Vec::new(),
    }
}

fn where_we_stand() -> OverviewRecord {
    let worst = |one: &IssueRecord| WorstRecord {
        id: one.id.clone(),
        check: one.check.clone(),
        score: one.score,
        items: one.name.clone(),
        detail: one.detail.clone(),
        issues: 1,
        fix: "Name the ranges that need it, or reach the hosts through Session Manager".to_owned(),
    };
    OverviewRecord {
        critical: 2,
        high: 0,
        medium: 4,
        low: 12,
        info: 3,
        worst: all_issues()[..2].iter().map(worst).collect(),
        unknown: vec![
            UnknownRecord { cidr: "203.0.113.0/24".parse().ok(), account: None, issues: 6 },
            UnknownRecord { cidr: None, account: "999999999999".parse().ok(), issues: 1 },
        ],
        last_scan: Some(LastScanRecord {
            scan: ScanId::at(at("14:00:00")),
            started_at: at("14:00:00"),
            ended_at: Some(at("14:00:05")),
            items: Some(ItemCounts { seen: 74, created: 1, changed: 2, deleted: 0, unchanged: 71 }),
            opened: 2,
            reopened: 1,
            resolved: 3,
        }),
        gaps: Gaps { failed: 1, unread: 2, undecided: 2, ..Gaps::default() },
    }
}

fn one_issue() -> IssueDetailRecord {
    let registry = context::registry();
    let [issue, other, third] = all_issues().try_into().unwrap();
    let check = registry.check("security_group.admin_port_open_to_internet").unwrap();
    let manual = check.manual();
    let [change, _] = history();
    IssueDetailRecord {
        issue,
        title: check.title().to_owned(),
        why: manual.why,
        fix: manual.fix,
        parameters: BTreeMap::new(),
        shown: vec![PlaceRecord {
            pointer: "/IpPermissions/0".to_owned(),
            value: json!({
                "FromPort": 22, "ToPort": 22, "IpProtocol": "tcp",
                "IpRanges": [{ "CidrIp": "0.0.0.0/0" }],
            }),
        }],
        change: Some(change),
        brought_by_change: true,
        comments: vec![CommentRecord {
            text: "asked the network team: the vendor still needs it until the end of the quarter"
                .to_owned(),
            revision: None,
            issue: None,
            by: "alice".into(),
            at: at("13:30:00"),
        }],
        neighbours: Neighbours {
            same_item: vec![third.into()],
            same_check: vec![other.into()],
            same_check_total: 1,
        },
    }
}

fn overrides() -> Vec<OverrideRecord> {
    let rule = |check: &str, scope: &str, score| Override {
        score,
        disabled: score.is_none(),
        ..Override::new(check, scope.parse().unwrap(), "accepted by the security board")
    };
    let made = |rule: Override| OverrideRecord {
        by: Some("alice".into()),
        at: Some(at("13:00:00")),
        items: Some(12),
        ..OverrideRecord::from(&rule)
    };
    vec![
        made(rule("s3_bucket.versioning_disabled", "", Some(1))),
        made(rule("iam_user.no_mfa", "account.notes:*sandbox* tag:env=test", None)),
    ]
}

fn ignored() -> Vec<IgnoreRecord> {
    let scope = "technology:ec2_instance name:asg-*".parse().unwrap();
    let rule = Ignore { until: Some(at("23:00:00")), ..Ignore::new(scope, "they come and go") };
    vec![IgnoreRecord { items: Some(240), ..IgnoreRecord::from(&rule) }]
}

/// Every page at a width.
fn pages(width: usize) -> String {
    let registry = context::registry();
    let checks: Vec<_> =
        registry.checks().take(6).map(|check| CheckRecord::new(check, registry)).collect();
    let pages = [
        ("secmonkey", overview::text(&where_we_stand(), Some(width))),
        ("secmonkey items", list(&items(), width)),
        ("secmonkey items --cidr 203.0.113.7", list(&matched(), width)),
        ("secmonkey issues --flat", list(&all_issues(), width)),
        ("secmonkey issues", issues::page(all_issues(), width)),
        ("secmonkey checks overrides", list(&overrides(), width)),
        ("secmonkey ignore list", list(&ignored(), width)),
        ("secmonkey issue", issue::text(&one_issue(), Some(width)).unwrap()),
        ("secmonkey history bastion", list(&history(), width)),
        ("secmonkey account list", list(&accounts(), width)),
        ("secmonkey status", status::text(&coverage(), Some(width))),
        ("secmonkey checks list", list(&checks, width)),
    ];
    let told = pages.map(|(command, page)| format!("$ {command}\n{page}"));
    anstream::adapter::strip_str(&told.join("\n")).to_string()
}

#[test]
fn pages_fit_80_columns() {
    insta::assert_snapshot!(pages(80));
}

#[test]
fn pages_fit_120_columns() {
    insta::assert_snapshot!(pages(120));
}

#[test]
fn pages_fit_200_columns() {
    insta::assert_snapshot!(pages(200));
}

#[test]
fn what_csv_and_json_hold_of_an_issue_is_the_same() {
    let [mut issue, ..] = all_issues().try_into().map(|all: [IssueRecord; 3]| all).unwrap();
    issue.doubt.insert("/Policy".to_owned());
    issue.reopened_at = Some(at("09:00:00"));
    crate::rows::assert_agrees(&issue);
    let [matched, _] = matched();
    crate::rows::assert_agrees(&matched);
}
