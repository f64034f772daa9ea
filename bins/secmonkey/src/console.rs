//! What a scan says to the person who started it: first what is new, changed and
//! resolved, then what could not be read, then the rest in numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;
use secmonkey_core::account::AccountId;
use secmonkey_core::event::Failure;
use secmonkey_core::notify::{Message, text};
use secmonkey_core::pipeline::Summary;
use secmonkey_core::render::Line;

use crate::output::{BOLD, Cell, DIM, GREEN, RED, YELLOW, table};
use crate::table::wrap;

/// Lines of a diff with their signs in colour.
pub fn lines<'a>(lines: impl IntoIterator<Item = &'a Line>) -> String {
    let mut text = String::new();
    for line in lines {
        let style = match line.sign {
            '+' => GREEN,
            '-' => RED,
            _ => Style::new(),
        };
        let _ = match format!("{line}").trim_end() {
            "" => writeln!(text),
            line => writeln!(text, "{style}{line}{style:#}"),
        };
    }
    text
}

/// The messages of a scan: what is new in red, what is resolved in green.
pub fn messages(messages: &[Message], width: Option<usize>) -> String {
    let mut all = String::new();
    for message in messages {
        let body = text::news(message);
        if let Some((subject, rest)) = body.split_first() {
            let _ = writeln!(all, "{BOLD}{}{BOLD:#}", subject.text);
            for line in rest {
                all.push_str(&told(line, width));
            }
            all.push('\n');
        }
    }
    all
}

/// A line of a message, wrapped under what it says.
fn told(line: &Line, width: Option<usize>) -> String {
    let (style, hang) = match line.sign {
        '+' => (RED, text::SAID),
        '-' => (GREEN, text::SAID),
        _ => (Style::new(), line.text.len() - line.text.trim_start().len()),
    };
    let (head, said) = line.text.split_at_checked(hang).unwrap_or(("", &line.text));
    let room = width.unwrap_or(usize::MAX).saturating_sub(2 + hang).max(20);
    let mut all = String::new();
    for (at, part) in wrap(said, room).into_iter().enumerate() {
        let text = match at {
            0 => format!("{} {head}{part}", line.sign),
            _ => format!("  {:hang$}{part}", ""),
        };
        let _ = match text.trim_end() {
            "" => writeln!(all),
            text => writeln!(all, "{style}{text}{style:#}"),
        };
    }
    all
}

/// A scan as a person reads it.
pub fn scan(
    summary: &Summary,
    api_calls: u64,
    took: Duration,
    names: &Names,
    width: Option<usize>,
) -> String {
    let mut all = messages(&summary.messages, width);
    all.push_str(&failures(&summary.failures, names));
    all.push_str(&undecided(&summary.undecided));
    let id = summary.scan.as_ref().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(
        all,
        "{BOLD}Scan {id}{BOLD:#}{}: {} in {}, {}",
        if summary.interrupted { " was stopped before it was done" } else { "" },
        count(summary.sweeps, "sweep"),
        seconds(took),
        count(api_calls, "API call"),
    );
    let items = &summary.items;
    let _ = writeln!(
        all,
        "  items   {} seen: {} new, {} changed, {} deleted, {} unchanged",
        items.seen, items.created, items.changed, items.deleted, items.unchanged,
    );
    let issues = &summary.issues;
    let _ = writeln!(
        all,
        "  issues  {}, {}, {}",
        number(issues.opened, "opened", RED),
        number(issues.reopened, "reopened", RED),
        number(issues.resolved, "resolved", GREEN),
    );
    if summary.messages.iter().any(|message| message.baseline.is_some()) {
        let _ = writeln!(
            all,
            "{DIM}`secmonkey issues` lists what is wrong, `secmonkey items` what there is.{DIM:#}"
        );
    }
    all
}

/// A number in a style, where it is one.
fn number(number: u64, what: &str, style: Style) -> String {
    match number {
        0 => format!("0 {what}"),
        _ => format!("{style}{number} {what}{style:#}"),
    }
}

/// The names of accounts.
pub type Names = BTreeMap<AccountId, String>;

/// What could not be read. What an account fails at for one reason is one line, however
/// many places it concerns.
pub fn failures(failures: &[Failure], names: &Names) -> String {
    if failures.is_empty() {
        return String::new();
    }
    let mut groups: BTreeMap<(&AccountId, &str), Vec<&Failure>> = BTreeMap::new();
    for failure in failures {
        groups.entry((&failure.scope.account, &failure.reason)).or_default().push(failure);
    }
    let rows: Vec<_> = groups
        .into_iter()
        .map(|((account, reason), group)| {
            let operations: BTreeSet<_> = group.iter().map(|one| one.operation.as_str()).collect();
            vec![
                Cell::text(format!(
                    "  {}",
                    names.get(account).map_or(account.as_str(), String::as_str)
                )),
                Cell::text(some(operations)),
                Cell::text(places(&group)),
                Cell::text(reason),
            ]
        })
        .collect();
    let head = format!("{YELLOW}Not read{YELLOW:#}{DIM}; what was known of it stands{DIM:#}\n");
    head + &table(&["  ACCOUNT", "OPERATION", "WHERE", "WHY"], &rows) + "\n"
}

/// The checks that could not decide because something could not be read.
fn undecided(checks: &BTreeMap<String, u64>) -> String {
    if checks.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = checks
        .iter()
        .map(|(check, items)| {
            vec![Cell::text(format!("  {check}")), Cell::text(count(*items, "item"))]
        })
        .collect();
    let head = format!("{YELLOW}Undecided{YELLOW:#}{DIM}, because of what was not read{DIM:#}\n");
    head + &table(&["  CHECK", "ABOUT"], &rows) + "\n"
}

/// The first of them, and how many more.
fn some(all: BTreeSet<&str>) -> String {
    let more = all.len().saturating_sub(2);
    let first: Vec<_> = all.into_iter().take(2).collect();
    if more == 0 { first.join(", ") } else { format!("{} and {more} more", first.join(", ")) }
}

fn places(group: &[&Failure]) -> String {
    let of = |what: fn(&Failure) -> Option<&str>| -> BTreeSet<&str> {
        group.iter().filter_map(|one| what(one)).collect()
    };
    let technologies = of(|one| Some(&one.scope.technology));
    let regions = of(|one| Some(&one.scope.region));
    let items = of(|one| one.item.as_deref());
    let parts = of(|one| one.part.as_deref());
    let mut said = some(technologies);
    if !parts.is_empty() {
        let _ = write!(said, " {}", some(parts));
    }
    match items.len() {
        0 => {}
        1 => said.extend(items.iter().flat_map(|item| [" of ", item])),
        many => {
            let _ = write!(said, " of {many} items");
        }
    }
    match (regions.len(), regions.first()) {
        (1, Some(&"global")) => {}
        (1, Some(&"*")) => said.push_str(" in every region"),
        (1, Some(region)) => {
            let _ = write!(said, " in {region}");
        }
        (many, _) => {
            let many = many - usize::from(regions.contains("global"));
            let _ = write!(said, " in {}", count(many as u64, "region"));
        }
    }
    said
}

/// A number of bytes, as people say it.
pub fn bytes(number: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut tenths = number.saturating_mul(10);
    let mut unit = "bytes";
    for next in units {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = (tenths / 1_024, next);
    }
    if unit == "bytes" {
        return count(number, "byte");
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// `3 sweeps`, `1 sweep`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use secmonkey_core::Timestamp;
    use secmonkey_core::event::{IssueCounts, ItemCounts, ScanId, ScopeId};
    use secmonkey_core::notify::Baseline;

    use super::*;

    const ACCOUNT: &str = "123456789012";

    fn failure(
        place: &str,
        operation: &str,
        item: Option<&str>,
        part: Option<&str>,
        reason: &str,
    ) -> Failure {
        let (technology, region) = place.split_once('/').unwrap();
        Failure {
            scope: ScopeId {
                account: ACCOUNT.parse().unwrap(),
                technology: technology.to_owned(),
                region: region.to_owned(),
            },
            operation: operation.to_owned(),
            cause: None,
            item: item.map(str::to_owned),
            part: part.map(str::to_owned),
            reason: reason.to_owned(),
        }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_first_scan_is_told_in_numbers() {
        let started_at: Timestamp = "2026-01-31T14:00:00Z".parse().unwrap();
        let scan_id = ScanId::at(started_at);
        let mut message =
            Message::new(ACCOUNT.parse().unwrap(), "lighthouse", scan_id.clone(), started_at);
        message.title = format!("lighthouse ({ACCOUNT})");
        message.baseline = Some(Baseline { items: 74, issues: 33, ..Baseline::default() });
        let mut summary = Summary::default();
        summary.scan = Some(scan_id);
        summary.started_at = started_at;
        summary.sweeps = 34;
        summary.failures = vec![
            failure(
                "security_group/eu-west-1",
                "ec2:DescribeSecurityGroups",
                None,
                None,
                "access denied",
            ),
            failure(
                "security_group/us-east-1",
                "ec2:DescribeSecurityGroups",
                None,
                None,
                "access denied",
            ),
            failure(
                "s3_bucket/global",
                "s3:GetBucketPolicy",
                Some("arn:aws:s3:::a"),
                Some("/Policy"),
                "throttled",
            ),
            failure("ses_identity/*", "ec2:DescribeRegions", None, None, "no answer in time"),
        ];
        summary.undecided = BTreeMap::from([("s3_bucket.unknown_access".to_owned(), 1)]);
        summary.items = ItemCounts { seen: 74, created: 74, ..ItemCounts::default() };
        summary.issues = IssueCounts { opened: 33, ..IssueCounts::default() };
        summary.messages = vec![message];
        let names = Names::from([(ACCOUNT.parse().unwrap(), "lighthouse".to_owned())]);
        assert_snapshot!(plain(&scan(&summary, 210, Duration::from_millis(4210), &names, None)));
    }

    #[test]
    fn identical_denials_of_an_account_are_one_line() {
        let same: Vec<_> = (0..17)
            .map(|n| {
                failure(
                    &format!("security_group/r-{n}"),
                    "ec2:DescribeSecurityGroups",
                    None,
                    None,
                    "denied",
                )
            })
            .chain(["iam_user", "iam_role", "iam_group"].map(|one| {
                failure(
                    &format!("{one}/global"),
                    "iam:GetAccountAuthorizationDetails",
                    None,
                    None,
                    "denied",
                )
            }))
            .collect();
        assert_snapshot!(plain(&failures(&same, &Names::new())));
    }

    #[test]
    fn what_opens_is_red_what_is_resolved_green_and_both_wrap_under_what_they_say() {
        let line = |sign| Line { sign, text: "10 critical web: open to everybody".to_owned() };
        assert_eq!(
            told(&line('+'), None),
            format!("{RED}+ 10 critical web: open to everybody{RED:#}\n")
        );
        let wrapped = format!(
            "{GREEN}- 10 critical web: open to{GREEN:#}\n{GREEN}              everybody{GREEN:#}\n"
        );
        assert_eq!(told(&line('-'), Some(34)), wrapped);
    }

    #[test]
    fn long_scans_are_told_in_minutes() {
        assert_eq!(seconds(Duration::from_millis(1240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }
}
