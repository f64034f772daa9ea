//! Which item, issue or account somebody means.

use std::str::FromStr as _;

use super::Error;
use crate::account::{AccountId, Accounts};
use crate::issue::Issue;
use crate::item::Key;
use crate::nearest::{Nearest, Search, Unknown};
use crate::replay::ItemRow;
use crate::view::{self, Views};

/// This many candidates are listed where a name fits several.
const LISTED: usize = 10;

/// So much of an issue's id names its item, where no item is called so: less is more likely
/// a slip in a name.
const ISSUE: usize = 6;

/// The item that a key, an ARN, an id or a name stands for; where none is called so, the item
/// of the issue whose id this is. What exists goes before what is gone, present names before
/// former ones.
///
/// # Errors
/// Where there is none, or where there are several.
pub fn item(views: &Views, name: &str) -> Result<ItemRow, Error> {
    match called(views, name) {
        Err(Error::UnknownItem { .. }) if name.len() >= ISSUE && issue(views, name).is_ok() => {
            item_of(views, &issue(views, name)?)
        }
        found => found,
    }
}

/// Whether a name is the id of an issue, or the start of one, and no item is called so.
///
/// # Errors
/// Where the views cannot be read.
pub fn is_issue(views: &Views, name: &str) -> Result<bool, Error> {
    match called(views, name) {
        Err(Error::UnknownItem { .. }) => match issue(views, name) {
            Ok(_) => Ok(true),
            Err(Error::UnknownIssue { .. } | Error::AmbiguousIssue { .. }) => Ok(false),
            Err(error) => Err(error),
        },
        _ => Ok(false),
    }
}

/// The item that is called so.
fn called(views: &Views, name: &str) -> Result<ItemRow, Error> {
    if let Ok(key) = Key::from_str(name)
        && let Some(row) = views.item(&key)?
    {
        return Ok(row);
    }
    let mut best: Option<Fit> = None;
    let mut rows: Vec<ItemRow> = Vec::new();
    let mut more = 0_usize;
    for row in views.items() {
        let row = row?;
        let Some(fit) = fit(&row, name) else { continue };
        if best.is_none_or(|best| fit < best) {
            (best, more) = (Some(fit), 0);
            rows.clear();
        }
        if best == Some(fit) {
            if rows.len() < LISTED { rows.push(row) } else { more += 1 }
        }
    }
    match rows.len() {
        0 => Err(missing(views, name)?),
        1 => Ok(rows.remove(0)),
        _ => Err(Error::AmbiguousItem {
            name: name.to_owned(),
            candidates: rows.into_iter().map(|row| row.key).collect(),
            more,
        }),
    }
}

/// How well a name fits; the least fits best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Present,
    Gone,
    Former,
}

fn fit(row: &ItemRow, name: &str) -> Option<Fit> {
    let now = row.name == name || row.key.id == name || row.arn.as_deref() == Some(name);
    match (now, row.deleted) {
        (true, false) => Some(Fit::Present),
        (true, true) => Some(Fit::Gone),
        _ if row.former.contains(name) => Some(Fit::Former),
        _ => None,
    }
}

fn missing(views: &Views, name: &str) -> Result<Error, view::Error> {
    let mut search = Search::new(name);
    for row in views.items() {
        search.offer(&row?.name);
    }
    let name = name.to_owned();
    Ok(match search.end() {
        Nearest::Empty => Error::NothingRecorded(name),
        nearest => Error::UnknownItem { name, nearest },
    })
}

/// The issue whose id starts so, in whatever case.
///
/// # Errors
/// Where there is none, or where there are several.
pub fn issue(views: &Views, start: &str) -> Result<Issue, Error> {
    let lower = start.to_lowercase();
    let mut found = if lower.is_empty() {
        Vec::new()
    } else {
        views.issues_starting(&lower).take(LISTED + 1).collect::<Result<Vec<_>, _>>()?
    };
    match found.len() {
        0 => {
            let mut search = Search::new(&lower);
            for issue in views.issues() {
                let id = issue?.finding.issue;
                // Only what starts alike can be meant: ids are random.
                if is_alike(id.as_str(), &lower) {
                    search.offer(id.as_str());
                }
            }
            let nearest = match search.end() {
                Nearest::All(ids) => Nearest::Alike(ids),
                nearest => nearest,
            };
            Err(Error::UnknownIssue { start: start.to_owned(), nearest })
        }
        1 => Ok(found.remove(0)),
        all => {
            let named = |issue: Issue| (issue.finding.issue, issue.finding.check);
            Err(Error::AmbiguousIssue {
                start: start.to_owned(),
                candidates: found.into_iter().take(LISTED).map(named).collect(),
                is_cut: all > LISTED,
            })
        }
    }
}

/// Whether two ids have most of a start in common.
fn is_alike(id: &str, wanted: &str) -> bool {
    let same = id.bytes().zip(wanted.bytes()).filter(|(a, b)| a == b).count();
    same >= 4 && same + 2 >= wanted.len()
}

/// The item of an issue.
///
/// # Errors
/// Where the views cannot be read.
pub fn item_of(views: &Views, issue: &Issue) -> Result<ItemRow, Error> {
    views.item(&issue.key)?.ok_or_else(|| Error::Orphan(issue.key.clone()))
}

/// The id of an account of which something may be recorded, registered or no more.
///
/// # Errors
/// Where nobody knows such an account.
pub fn account_id(views: &Views, accounts: &Accounts, name: &str) -> Result<AccountId, Error> {
    let unknown: Unknown = match accounts.require(name) {
        Ok(account) => return Ok(account.id.clone()),
        Err(unknown) => unknown,
    };
    if let Ok(id) = AccountId::from_str(name)
        && let Some(row) = views.items_of(&id).next()
    {
        row?;
        return Ok(id);
    }
    Err(unknown.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use json_patch::Patch;
    use serde_json::json;

    use super::*;
    use crate::config::Digest;
    use crate::event::{Actor, Change, Discovered, Event, IssueId, Opened, StreamId};
    use crate::log::memory::Memory;
    use crate::log::{Append, EventLog as _, Expected};

    fn key(id: &str) -> Key {
        format!("123456789012/security_group/eu-west-1/{id}").parse().unwrap()
    }

    fn discovered(name: &str, arn: &str) -> Event {
        let config = json!({});
        Event::ItemDiscovered(Discovered {
            name: name.to_owned(),
            arn: Some(arn.to_owned()),
            shape: 1,
            digest: Digest::of(&config),
            config,
            unread: BTreeSet::new(),
        })
    }

    fn renamed(name: &str) -> Event {
        Event::ItemChanged(Change {
            patch: Patch::default(),
            digest: Digest::of(&json!({})),
            full: None,
            name: Some(name.to_owned()),
            arn: None,
        })
    }

    fn opened(id: &str, check: &str) -> Event {
        Event::IssueOpened(Opened {
            issue: IssueId::of(&key(id), check, ""),
            check: check.to_owned(),
            subject: String::new(),
            score: 5,
            detail: String::new(),
            evidence: Vec::new(),
            grounds: BTreeSet::new(),
            doubt: BTreeSet::new(),
            parameters: std::collections::BTreeMap::new(),
        })
    }

    async fn views(streams: Vec<(&str, Vec<Event>)>) -> Views {
        let log = Memory::default();
        let (actor, now) = (Actor::from("cli"), Timestamp::UNIX_EPOCH);
        for (id, events) in streams {
            let stream = StreamId::item(&key(id));
            let append = Append::new(stream, Expected::Any, &actor, now, events);
            log.append(vec![append]).await.unwrap();
        }
        let views = Views::in_memory();
        views.catch_up(&log).await.unwrap();
        views
    }

    #[tokio::test]
    async fn an_item_goes_by_key_arn_id_and_name_now_and_once() {
        let views = views(vec![
            ("sg-1", vec![discovered("web", "arn:1")]),
            ("sg-2", vec![discovered("old", "arn:2"), renamed("new")]),
            ("sg-3", vec![discovered("web", "arn:3"), Event::ItemDeleted]),
            ("sg-4", vec![discovered("gone", "arn:4"), Event::ItemDeleted]),
        ])
        .await;
        let found = |name: &str| item(&views, name).unwrap().key.id;
        assert_eq!(found(&key("sg-1").to_string()), "sg-1");
        assert_eq!(found("arn:2"), "sg-2");
        assert_eq!(found("sg-3"), "sg-3");
        // The deleted namesake is only meant where it is the only one.
        assert_eq!(found("web"), "sg-1");
        assert_eq!(found("gone"), "sg-4");
        assert_eq!(found("new"), "sg-2");
        assert_eq!(found("old"), "sg-2");
        let opened = opened("sg-5", "group.open");
        let id = IssueId::of(&key("sg-5"), "group.open", "").to_string();
        let views_with = self::views(vec![("sg-5", vec![discovered("e", "arn:5"), opened])]).await;
        assert_eq!(item(&views_with, &id).unwrap().key.id, "sg-5");
        assert_eq!(item(&views_with, &id[..ISSUE]).unwrap().key.id, "sg-5");
        assert!(is_issue(&views_with, &id).unwrap() && !is_issue(&views_with, "e").unwrap());
        let said = item(&views_with, &id[..ISSUE - 1]).unwrap_err().to_string();
        assert!(said.starts_with("no item has the key"), "{said}");
        let said = item(&views, "webb").unwrap_err().to_string();
        assert_eq!(said, "no item has the key, ARN, id or name `webb`; nearest: `web`");
    }

    #[tokio::test]
    async fn where_nothing_is_recorded_no_name_is_wrong() {
        let said = item(&Views::in_memory(), "web").unwrap_err();
        assert!(matches!(said, Error::NothingRecorded(name) if name == "web"));
    }

    #[tokio::test]
    async fn a_name_that_several_have_lists_them() {
        let streams = ["sg-1", "sg-2"].map(|id| (id, vec![discovered("web", id)]));
        let said = item(&views(streams.into()).await, "web").unwrap_err().to_string();
        assert_eq!(
            said,
            format!("`web` names 2 items, name one by its key: {}, {}", key("sg-1"), key("sg-2")),
        );
    }

    #[tokio::test]
    async fn an_issue_goes_by_any_start_that_is_its_own() {
        let ids: Vec<String> = (0..40).map(|n| format!("sg-{n}")).collect();
        let streams = ids
            .iter()
            .map(|id| (id.as_str(), vec![discovered("x", id), opened(id, "c")]))
            .collect();
        let views = views(streams).await;
        let all: Vec<String> =
            views.issues().map(|issue| issue.unwrap().finding.issue.to_string()).collect();
        for id in &all {
            for start in [id.as_str(), &id[..8], &id.to_uppercase()] {
                assert_eq!(issue(&views, start).unwrap().finding.issue.as_str(), id);
            }
        }
        // Forty ids do not start with forty letters.
        let twice = all.windows(2).find(|two| two[0][..1] == two[1][..1]).unwrap();
        let said = issue(&views, &twice[0][..1]).unwrap_err().to_string();
        assert!(said.contains(&twice[0]) && said.contains(&twice[1]), "{said}");
        let said = issue(&views, "0000").unwrap_err().to_string();
        assert_eq!(said, "no issue starts with `0000`");
        assert!(issue(&views, "").is_err());
    }
}
