//! What shells complete: names from the store, read at once or not at all.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use secmonkey_app::config::{self, Config};
use secmonkey_aws::compliance;
use secmonkey_core::Timestamp;
use secmonkey_core::issue::Status;
use secmonkey_core::query::item_of;
use secmonkey_core::query::language::FIELDS;
use secmonkey_core::view::{self, Views};
use secmonkey_store::{OpenOptions, Store};

use crate::args::Args;
use crate::context;

/// The variable by which a shell asks.
pub const VARIABLE: &str = "SECMONKEY_COMPLETE";
/// No shell shows more.
const MOST: usize = 500;
/// How long a store may take to open: somebody waits at a prompt.
const PATIENCE: Duration = Duration::from_secs(2);

/// The command line, with what completes its arguments.
pub fn command() -> Command {
    completed(Args::command())
}

fn completed(command: Command) -> Command {
    command.mut_args(argument).mut_subcommands(completed)
}

fn argument(arg: Arg) -> Arg {
    let kind: Option<fn(&Views) -> Found> = match (arg.get_long(), arg.get_id().as_str()) {
        (Some("account"), _) => Some(accounts),
        (Some("technology" | "resource-type"), _) => Some(|_| Ok(technologies())),
        (Some("region" | "skip-region"), _) => Some(regions),
        (Some("check"), _) | (None, "check") => Some(|_| Ok(checks())),
        (Some("framework"), _) => Some(|_| Ok(frameworks())),
        (Some("with"), _) => Some(items),
        (None, "issue" | "issues") => Some(issues),
        (None, "query") => Some(terms),
        (None, _) if is_called(&arg, "ITEM") => Some(items),
        (None, _) if is_called(&arg, "ID-or-NAME") => Some(accounts),
        _ => None,
    };
    match kind {
        Some(kind) => arg.add(ArgValueCompleter::new(move |start: &OsStr| offered(kind, start))),
        None => arg,
    }
}

fn is_called(arg: &Arg, name: &str) -> bool {
    arg.get_value_names().is_some_and(|names| names.iter().any(|one| one == name))
}

/// Names, each with a few words about it.
type Found = Result<Vec<(String, String)>, view::Error>;

/// What begins as somebody typed it. Where the store cannot be read, what needs none.
fn offered(kind: fn(&Views) -> Found, start: &OsStr) -> Vec<CompletionCandidate> {
    let Some(start) = start.to_str() else { return Vec::new() };
    let line = std::env::args_os().collect::<Vec<_>>();
    let config = Config::load(named(&line, "--config", "SECMONKEY_CONFIG").as_deref()).ok();
    // Where the rules are wrong, what is built in is offered all the same.
    let _ = config.as_ref().map(context::declare);
    // The store is held for as long as it is looked into, and no longer.
    let store = store(&line, config);
    let views =
        store.as_ref().map_or_else(Views::in_memory, |store| Views::new(store.views.clone()));
    let mut found = kind(&views).unwrap_or_default();
    found.retain(|(name, _)| name.starts_with(start) && is_plain(name));
    found.truncate(MOST);
    let candidate = |(name, help): (String, String)| {
        let help = secmonkey_core::render::visible(&help).into_owned();
        CompletionCandidate::new(name).help((!help.is_empty()).then(|| StyledStr::from(help)))
    };
    found.into_iter().map(candidate).collect()
}

/// Whether a shell takes a word as it stands. Bash puts what is offered into the line without
/// quoting it, and who gives a resource its name is anybody: `web$(curl ...)` would run.
fn is_plain(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphanumeric() || "._:/@+=,-".contains(c))
}

/// The path that an option of a line names, or else a variable.
fn named(line: &[OsString], option: &str, variable: &str) -> Option<PathBuf> {
    given(line, option)
        .or_else(|| std::env::var_os(variable))
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

/// The store that is meant, if nobody holds it.
fn store(line: &[OsString], config: Option<Config>) -> Option<Store> {
    let path = named(line, "--store", "SECMONKEY_STORE")
        .or_else(|| config?.store.or_else(|| config::dirs().map(|dirs| dirs.data)))?;
    let options = OpenOptions {
        wait: Duration::ZERO,
        command: "secmonkey completions".to_owned(),
        create: false,
        deadline: PATIENCE,
        ..OpenOptions::default()
    };
    Store::open(path, options).ok()
}

/// The value of an option in a line that is being written.
fn given(line: &[OsString], option: &str) -> Option<OsString> {
    let mut words = line.iter();
    while let Some(word) = words.next() {
        if word == option {
            return words.next().cloned();
        }
        let value = word.to_str().and_then(|word| word.strip_prefix(option)?.strip_prefix('='));
        if let Some(value) = value {
            return Some(value.into());
        }
    }
    None
}

fn frameworks() -> Vec<(String, String)> {
    let named =
        |one: &compliance::Framework| (one.id.clone(), format!("{} {}", one.name, one.version));
    compliance::frameworks().iter().map(named).collect()
}

fn technologies() -> Vec<(String, String)> {
    let all = context::registry().technologies();
    all.map(|one| (one.id.to_string(), one.title.to_string())).collect()
}

fn checks() -> Vec<(String, String)> {
    let all = context::registry().checks();
    all.map(|one| (one.id.to_string(), one.title().to_owned())).collect()
}

fn accounts(views: &Views) -> Found {
    let accounts = views.accounts()?;
    Ok(accounts.iter().map(|one| (one.name.clone(), one.id.to_string())).collect())
}

fn regions(views: &Views) -> Found {
    let mut all = Vec::new();
    for scope in views.scopes() {
        all.push((scope?.scope.region, String::new()));
    }
    all.retain(|(region, _)| region != "*");
    all.sort();
    all.dedup();
    Ok(all)
}

/// The fields of a query, and the names that some of them can have.
fn terms(views: &Views) -> Found {
    let fields = FIELDS.iter().map(|field| (format!("{}:", field.name), field.value.to_owned()));
    let mut all: Vec<_> = fields.collect();
    let statuses = ["open", "justified", "resolved", "any"];
    for (field, names) in [
        ("account", accounts(views)?),
        ("check", checks()),
        ("region", regions(views)?),
        ("status", statuses.map(|status| (status.to_owned(), String::new())).into()),
        ("technology", technologies()),
    ] {
        all.extend(names.into_iter().map(|(name, help)| (format!("{field}:{name}"), help)));
    }
    Ok(all)
}

/// Items by name; by key where several have the name, or a shell would not take it as it stands.
fn items(views: &Views) -> Found {
    let mut all = Vec::new();
    for row in views.items() {
        let row = row?;
        let key = &row.key;
        let place = format!("{} in {}, {}", key.technology, key.region, key.account);
        all.push((row.name, key.to_string(), place));
    }
    all.sort();
    let is_alone = |at: usize| {
        let name = |at: usize| all.get(at).map(|one| &one.0);
        name(at) != name(at + 1) && (at == 0 || name(at) != name(at - 1))
    };
    let alone: Vec<_> = (0..all.len()).map(is_alone).collect();
    let rows = all.into_iter().zip(alone);
    let offered = |((name, key, place), alone): ((String, String, String), bool)| {
        (if alone && is_plain(&name) { name } else { key }, place)
    };
    Ok(rows.map(offered).collect())
}

/// Issues that stand, the strongest first.
fn issues(views: &Views) -> Found {
    let mut all = Vec::new();
    for issue in views.issues() {
        let issue = issue?;
        if issue.status(Timestamp::now()) != Status::Resolved {
            let name = item_of(views, &issue).map(|row| row.name).unwrap_or_default();
            let finding = issue.finding;
            let words = format!("{} {name}: {}", finding.score, finding.detail);
            all.push((std::cmp::Reverse(finding.score), finding.issue.to_string(), words));
        }
    }
    all.sort();
    Ok(all.into_iter().map(|(_, id, words)| (id, words)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_of_the_line_is_meant() {
        let line = |text: &str| -> Vec<OsString> { text.split(' ').map(OsString::from).collect() };
        assert_eq!(given(&line("secmonkey --store /a show"), "--store"), Some("/a".into()));
        assert_eq!(given(&line("secmonkey show --store=/b"), "--store"), Some("/b".into()));
        assert_eq!(given(&line("secmonkey show --stored /b"), "--store"), None);
        assert_eq!(given(&line("secmonkey --store"), "--store"), None);
    }

    #[test]
    fn nothing_is_offered_that_a_shell_would_run() {
        let hostile = ["web$(touch x)", "web;ls", "web\u{1b}[2J", "web\u{b}b", "web b*", "web`id`"];
        for name in hostile {
            assert!(!is_plain(name), "{name}");
        }
        let offered = offered(
            |_| {
                let all = ["web$(touch x)", "web-1", "web;ls", "111122223333/vpc/eu-west-1/vpc-1"];
                Ok(all.map(|name| (name.to_owned(), String::new())).into())
            },
            OsStr::new(""),
        );
        let offered: Vec<_> = offered.iter().map(|one| one.get_value().to_owned()).collect();
        assert_eq!(offered, ["web-1", "111122223333/vpc/eu-west-1/vpc-1"]);
    }

    #[test]
    fn what_needs_no_store_is_always_offered() {
        let names = |kind, start: &str| -> Vec<String> {
            let all = offered(kind, OsStr::new(start)).into_iter();
            all.map(|one| one.get_value().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(|_| Ok(technologies()), "sqs"), ["sqs_queue"]);
        assert!(names(|_| Ok(checks()), "security_group.").len() > 3);
        assert_eq!(names(terms, "tech")[0], "technology:");
        assert_eq!(names(terms, "technology:sqs"), ["technology:sqs_queue"]);
    }

    #[test]
    fn every_filter_has_something_that_completes_it() {
        fn missing(command: &Command, at: &str) -> Vec<String> {
            let mut all = Vec::new();
            for arg in command.get_arguments() {
                let long = arg.get_long().unwrap_or_default();
                let wanted = ["account", "technology", "region", "check"].contains(&long)
                    || is_called(arg, "ITEM")
                    || ["issue", "issues", "query"].contains(&arg.get_id().as_str());
                if wanted && arg.get::<ArgValueCompleter>().is_none() {
                    all.push(format!("{at} {}", arg.get_id()));
                }
            }
            for one in command.get_subcommands() {
                all.extend(missing(one, &format!("{at} {}", one.get_name())));
            }
            all
        }
        let none: [String; 0] = [];
        assert_eq!(missing(&command(), "secmonkey"), none);
    }
}
