//! Which item, issue or account somebody means.

use std::str::FromStr as _;

use secmonkey_core::account::{Account, AccountId, Accounts};
use secmonkey_core::item::Key;
use secmonkey_core::view::{Issue, ItemRow, Views};

use crate::error::Error;
use crate::nearest;

/// This many candidates are listed where a name fits several.
const LISTED: usize = 10;

/// The item that a key, an ARN, an id or a name stands for. What exists goes before
/// what is gone, present names before former ones.
pub fn item(views: &Views, name: &str) -> Result<ItemRow, Error> {
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
        found => Err(Error::usage(format!(
            "`{name}` names {} items, name one by its key: {}{}",
            found + more,
            rows.iter().map(|row| row.key.to_string()).collect::<Vec<_>>().join(", "),
            if more == 0 { String::new() } else { format!(" and {more} more") },
        ))),
    }
}

/// How well a name fits; the least fits best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Here,
    Gone,
    Formerly,
}

fn fit(row: &ItemRow, name: &str) -> Option<Fit> {
    let now = row.name == name || row.key.id == name || row.arn.as_deref() == Some(name);
    match (now, row.deleted) {
        (true, false) => Some(Fit::Here),
        (true, true) => Some(Fit::Gone),
        _ if row.former.contains(name) => Some(Fit::Formerly),
        _ => None,
    }
}

fn missing(views: &Views, name: &str) -> Result<Error, Error> {
    let names = views.items().map(|row| Ok(row?.name)).collect::<Result<Vec<_>, Error>>()?;
    if names.is_empty() {
        return Ok(Error::usage(format!(
            "no item `{name}`: nothing is recorded yet, see `secmonkey scan`"
        )));
    }
    let hint = nearest::hint(name, names.iter().map(String::as_str));
    Ok(Error::usage(format!("no item has the key, ARN, id or name `{name}`{hint}")))
}

/// The issue whose id starts so.
pub fn issue(views: &Views, start: &str) -> Result<Issue, Error> {
    let lower = start.to_lowercase();
    let found = if lower.is_empty() {
        Vec::new()
    } else {
        views.issues_starting(&lower).take(LISTED + 1).collect::<Result<Vec<_>, _>>()?
    };
    let list = |issues: &[Issue]| {
        issues
            .iter()
            .map(|issue| format!("{} ({})", issue.finding.issue, issue.finding.check))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match found.as_slice() {
        [] => {
            let ids = views
                .issues()
                .map(|issue| Ok(issue?.finding.issue.to_string()))
                .collect::<Result<Vec<_>, Error>>()?;
            // Only what starts alike can be meant: ids are random.
            let near = ids.iter().map(String::as_str).filter(|id| alike(id, &lower));
            let hint = match near.take(3).collect::<Vec<_>>() {
                near if near.is_empty() => ": see `secmonkey issues`".to_owned(),
                near => nearest::hint(&lower, near),
            };
            Err(Error::usage(format!("no issue starts with `{start}`{hint}")))
        }
        [issue] => Ok(issue.clone()),
        many if many.len() > LISTED => Err(Error::usage(format!(
            "more than {LISTED} issues start with `{start}`: {} and more",
            list(&many[..LISTED])
        ))),
        many => {
            Err(Error::usage(format!("{} issues start with `{start}`: {}", many.len(), list(many))))
        }
    }
}

/// Whether two ids have most of a start in common.
fn alike(id: &str, wanted: &str) -> bool {
    let same = id.bytes().zip(wanted.bytes()).filter(|(a, b)| a == b).count();
    same >= 4 && same + 2 >= wanted.len()
}

/// The registered account of this id or name.
pub fn account<'a>(accounts: &'a Accounts, name: &str) -> Result<&'a Account, Error> {
    accounts.find(name).ok_or_else(|| unknown_account(accounts, name))
}

fn unknown_account(accounts: &Accounts, name: &str) -> Error {
    if accounts.iter().next().is_none() {
        return Error::usage(format!("unknown account `{name}`: none is registered"));
    }
    let known = accounts.iter().flat_map(|account| [account.id.as_str(), account.name.as_str()]);
    // Few as they may be, ids without names tell nobody anything.
    let hint = nearest::hint(name, known);
    let hint = if hint.starts_with("; nearest") {
        hint
    } else {
        nearest::hint(name, accounts.iter().map(|account| account.name.as_str()))
    };
    Error::usage(format!("unknown account `{name}`{hint}"))
}

/// The id of an account of which something may be recorded, registered or no more.
pub fn account_id(views: &Views, accounts: &Accounts, name: &str) -> Result<AccountId, Error> {
    if let Some(account) = accounts.find(name) {
        return Ok(account.id.clone());
    }
    if let Ok(id) = AccountId::from_str(name)
        && let Some(row) = views.items_of(&id).next()
    {
        row?;
        return Ok(id);
    }
    Err(unknown_account(accounts, name))
}

/// Whether a text fits a pattern in which `*` stands for anything. Case does not matter.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut pieces = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use secmonkey_core::Timestamp;
    use secmonkey_core::config::Digest;
    use secmonkey_core::event::{
        Actor, Change, Discovered, Event, IssueId, NewEvent, Opened, StreamId,
    };
    use secmonkey_core::log::memory::Memory;
    use secmonkey_core::log::{Append, EventLog as _, Expected};
    use secmonkey_core::view;
    use serde_json::json;

    use super::*;

    const ACCOUNT: &str = "123456789012";

    fn key(id: &str) -> Key {
        format!("{ACCOUNT}/security_group/eu-west-1/{id}").parse().unwrap()
    }

    fn discovered(name: &str, arn: &str) -> Event {
        let config = json!({});
        Event::ItemDiscovered(Discovered {
            name: name.to_owned(),
            arn: Some(arn.to_owned()),
            shape: 1,
            digest: Digest::of(&config),
            config,
            unread: std::collections::BTreeSet::new(),
        })
    }

    fn renamed(name: &str) -> Event {
        Event::ItemChanged(Change {
            patch: json_patch::Patch::default(),
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
            grounds: std::collections::BTreeSet::new(),
        })
    }

    async fn views(streams: Vec<(&str, Vec<Event>)>) -> Views {
        let log = Memory::default();
        for (id, events) in streams {
            let new = |event| NewEvent {
                event,
                observed_at: Timestamp::UNIX_EPOCH,
                actor: Actor("cli".to_owned()),
                scan: None,
            };
            let stream = StreamId::item(&key(id));
            let events = events.into_iter().map(new).collect();
            log.append(vec![Append { stream, expected: Expected::Any, events }]).await.unwrap();
        }
        let views = Views::new(Arc::new(view::Memory::default()));
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
        let said = item(&views, "webb").unwrap_err().to_string();
        assert_eq!(said, "no item has the key, ARN, id or name `webb`; nearest: `web`");
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
        assert_eq!(said, "no issue starts with `0000`: see `secmonkey issues`");
        assert!(issue(&views, "").is_err());
    }

    #[test]
    fn accounts_that_nobody_knows() {
        let none = account(&Accounts::default(), "x").unwrap_err().to_string();
        assert_eq!(none, "unknown account `x`: none is registered");
        let accounts =
            std::iter::once(Account::new(ACCOUNT.parse().unwrap(), "lighthouse")).collect();
        let near = account(&accounts, "lighthose").unwrap_err().to_string();
        assert_eq!(near, "unknown account `lighthose`; nearest: `lighthouse`");
        let near = account(&accounts, "123456789021").unwrap_err().to_string();
        assert_eq!(near, "unknown account `123456789021`; nearest: `123456789012`");
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text) in [
            ("web", "web"),
            ("WEB", "web"),
            ("web-*", "web-1"),
            ("*-prod", "web-prod"),
            ("*", ""),
            ("w*b*1", "web-b-1"),
            ("a*a", "aa"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("web", "web-1"), ("a*a", "a"), ("*x", "y"), ("w*b", "wx"), ("", "a")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
