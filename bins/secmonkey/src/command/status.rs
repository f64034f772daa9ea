//! `secmonkey status`

use std::fmt::Write as _;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::event::Interruption;
use secmonkey_core::query;
use secmonkey_core::query::language::Term;
use secmonkey_core::record::{CoverageRecord, Gap, GapKind, Records, StatusRecord};

use crate::args::{Status, any_of};
use crate::context::{self, Context};
use crate::output::{self, BOLD, Cell, DIM, GREEN, RED, YELLOW};
use crate::table::{fitted, width};
use crate::time;

pub async fn run(context: &Context, args: Status) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(args.at).await?;
    let registry = context::registry();
    let query = any_of(args.accounts, Term::Account);
    let query = query.and(any_of(args.technologies, Term::Technology));
    let selection = query.select(&known.views, registry)?;
    let coverage = query::coverage(&known, &context.reads(), &selection)?;
    let record = Records::new(&known, registry)?.status(&coverage);
    if context.output.is_table() {
        output::print(&text(&record, width()))?;
    } else {
        context.output.object(&record)?;
    }
    Ok(Exit::Done)
}

/// What is worth saying: what was not looked at, read or judged.
pub fn text(status: &StatusRecord, width: Option<usize>) -> String {
    if status.accounts.is_empty() {
        return "Nothing was ever looked at: see `secmonkey scan`\n".to_owned();
    }
    let mut text = String::new();
    for scan in &status.unfinished_scans {
        let how = match scan.ended {
            Some(Interruption::Stopped) => "was stopped",
            Some(Interruption::Failed) => "failed",
            Some(_) => "died",
            None => "has no end yet",
        };
        let id = &scan.scan;
        let _ = writeln!(text, "{YELLOW}Scan {id} {how}{YELLOW:#}; the next one continues");
    }
    let rows: Vec<_> = status.accounts.iter().flat_map(rows).collect();
    if !rows.is_empty() {
        let headings = ["ACCOUNT", "TECHNOLOGY", "LAST COMPLETE", "WHAT"];
        text.push_str(&fitted(&headings, &[], &rows, width));
    }
    // What is unwatched is worth a line, and is no gap: nobody means to look.
    let is_well = |one: &CoverageRecord| one.unwatched_since.is_some() || gaps(one).is_empty();
    if status.unfinished_scans.is_empty() && status.accounts.iter().all(is_well) {
        let looked = status.accounts.iter().filter(|one| one.unwatched_since.is_none());
        let oldest = looked.filter_map(|one| one.last_complete).min();
        let since = oldest
            .map(|at| format!("{DIM}, last at {}{DIM:#}", time::short(at)))
            .unwrap_or_default();
        let _ = writeln!(text, "{GREEN}Everything was looked at, read and judged{GREEN:#}{since}");
    }
    text
}

/// A line for each thing that is worth saying of a technology of an account.
fn rows(place: &CoverageRecord) -> Vec<Vec<Cell>> {
    let said = gaps(place);
    let mut first = true;
    said.into_iter()
        .map(|what| {
            let is_first = std::mem::replace(&mut first, false);
            let shown = |text: &str| Cell::text(if is_first { text } else { "" });
            let last = place.last_complete.map_or_else(|| "never".to_owned(), time::short);
            vec![
                shown(place.account_name.as_deref().unwrap_or(place.account.as_str())),
                shown(&place.technology),
                shown(&last),
                what,
            ]
        })
        .collect()
}

/// What was not looked at, read or judged of a technology of an account.
fn gaps(place: &CoverageRecord) -> Vec<Cell> {
    if let Some(since) = place.unwatched_since {
        let text = format!("unwatched since {}", time::short(since));
        return vec![Cell::text(text).styled(DIM)];
    }
    let styled = |gap: Gap| {
        let style = match gap.kind {
            GapKind::Failed => RED,
            GapKind::NotJudged => BOLD,
            _ => YELLOW,
        };
        Cell::text(gap.text).styled(style)
    };
    place.gaps().into_iter().map(styled).collect()
}

#[cfg(test)]
mod tests {
    use secmonkey_core::Timestamp;
    use secmonkey_core::event::ScanId;
    use secmonkey_core::record::{FailedRecord, UndecidedItems, UnfinishedRecord, UnreadPart};

    use super::*;

    fn place(technology: &str) -> CoverageRecord {
        CoverageRecord {
            account: "123456789012".parse().unwrap(),
            account_name: Some("lighthouse".to_owned()),
            provider: Some(secmonkey_aws::AWS),
            technology: technology.to_owned(),
            last_complete: Some("2026-01-31T14:00:00Z".parse().unwrap()),
            failed: Vec::new(),
            unread: Vec::new(),
            undecided: Vec::new(),
            not_judged: 0,
            never_looked_at: Vec::new(),
            unwatched_since: None,
        }
    }

    fn plain(accounts: Vec<CoverageRecord>, unfinished_scans: Vec<UnfinishedRecord>) -> String {
        let text = text(&StatusRecord { accounts, unfinished_scans }, None);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn where_all_is_well_one_line_says_so() {
        assert_eq!(
            plain(vec![place("iam_user"), place("s3_bucket")], Vec::new()),
            "Everything was looked at, read and judged, last at 2026-01-31T14:00:00Z\n",
        );
        assert_eq!(
            plain(Vec::new(), Vec::new()),
            "Nothing was ever looked at: see `secmonkey scan`\n"
        );
    }

    #[test]
    fn what_is_missing_is_told_by_account_and_technology() {
        let at: Timestamp = "2026-01-31T14:00:00Z".parse().unwrap();
        let failed = |region: &str| FailedRecord {
            region: region.to_owned(),
            at,
            operation: "ec2:DescribeSecurityGroups".to_owned(),
            item: None,
            part: None,
            reason: "access denied".to_owned(),
        };
        let groups = CoverageRecord {
            last_complete: None,
            failed: ["eu-west-1", "eu-west-2", "us-east-1", "us-east-2"].map(failed).to_vec(),
            never_looked_at: vec!["sa-east-1".to_owned()],
            not_judged: 1,
            ..place("security_group")
        };
        let buckets = CoverageRecord {
            unread: vec![UnreadPart { pointer: "/Policy".to_owned(), items: 2, since: at }],
            undecided: vec![UndecidedItems {
                check: "s3_bucket.unknown_access".to_owned(),
                because: "/Policy was never read".to_owned(),
                items: 2,
            }],
            ..place("s3_bucket")
        };
        let old = CoverageRecord { unwatched_since: Some(at), ..place("ses_identity") };
        let never = CoverageRecord {
            last_complete: None,
            never_looked_at: vec!["*".to_owned()],
            ..place("vpc")
        };
        let scan = UnfinishedRecord {
            scan: ScanId::at(at),
            started_at: at,
            ended_at: Some(at),
            ended: Some(Interruption::Died),
        };
        let all = vec![buckets, place("iam_user"), groups, old, never];
        insta::assert_snapshot!(plain(all, vec![scan]));
    }
}
