//! `secmonkey import --security-monkey`: what people decided in Netflix's Security Monkey.
//!
//! A folder holds, in any order and at any depth, what the original gives away:
//!
//! - the answers of its API to `GET /api/1/issues?justified=True`, page by page, as JSON,
//! - what its page of issues exports as CSV (`/export/issues`),
//! - what `manage.py backup_config_to_json` writes: `ACCOUNT/TECHNOLOGY/NAME.json`.
//!
//! The backup has no justifications, and the others no ARNs: it helps to find items that are
//! called otherwise today. Its configurations are not recorded, because their shapes are the
//! original's: the next scan would take every member for changed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::account::Account;
use secmonkey_core::issue::{Issue, Status};
use secmonkey_core::query::{self, IssueState, Known};
use secmonkey_core::render::visible;
use secmonkey_core::replay::ItemRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::families::{Family, technology_of};
use crate::console::count;
use crate::context::{self, Context};
use crate::output::{self, GREEN, YELLOW};

mod families;

/// The members of the original's configurations that name an item for ever.
const IDS: [&str; 7] = ["Arn", "arn", "id", "UserId", "RoleId", "GroupId", "PolicyId"];

/// A justified issue, as the original tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Justified {
    account: String,
    technology: String,
    region: String,
    name: String,
    issue: String,
    notes: String,
    justification: String,
    /// Who justified it, where that is told,
    user: Option<String>,
    /// and when.
    at: Option<String>,
}

/// A record of the API.
#[derive(Deserialize)]
struct ApiRecord {
    account: String,
    technology: String,
    region: Option<String>,
    name: Option<String>,
    issue: Option<String>,
    notes: Option<String>,
    justified: bool,
    justification: Option<String>,
    justified_user: Option<String>,
    justified_date: Option<String>,
    #[serde(default)]
    fixed: bool,
}

/// A line of the CSV. Python writes `None` where there is nothing.
#[derive(Deserialize)]
struct CsvRecord {
    #[serde(rename = "item/technology/name")]
    technology: String,
    #[serde(rename = "item/account/name")]
    account_name: String,
    #[serde(rename = "item/account/identifier")]
    account: String,
    #[serde(rename = "item/region")]
    region: String,
    #[serde(rename = "item/name")]
    name: String,
    issue: String,
    notes: String,
    justified: String,
    #[serde(rename = "user/email")]
    user: String,
    justification: String,
}

/// What a folder holds.
#[derive(Debug, Default)]
struct Folder {
    justified: Vec<Justified>,
    /// The files of the backup, by account, technology and name.
    backup: BTreeMap<(String, String, String), PathBuf>,
}

/// A justification that finds no issue here.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Unmatched {
    #[serde(flatten)]
    justified: Justified,
    why: String,
}

/// An issue here, and what was decided about it there.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Matched {
    /// The issue's id.
    id: String,
    check: String,
    subject: String,
    /// What it is about.
    item: String,
    note: String,
    /// Whether it was justified here before: then nothing is decided anew.
    already: bool,
}

#[derive(Serialize)]
struct Report {
    /// How many justifications the folder holds.
    justifications: u64,
    justified: Vec<Matched>,
    unmatched: Vec<Unmatched>,
    /// How many configurations it holds, which are not recorded.
    configurations: u64,
}

/// Takes over the justifications that a folder holds.
pub async fn import(context: &Context, path: &Path, dry_run: bool) -> Result<Exit, Error> {
    let folder = Folder::read(path)?;
    let opened = context.open().await?;
    let known = opened.known(None).await?;
    let (mut justified, mut unmatched) = (Vec::new(), Vec::new());
    let decisions = context::decisions(&opened);
    for one in &folder.justified {
        match find(&known, one, &folder) {
            Ok(issue) => {
                let already = issue.status(known.now) == Status::Justified;
                let (note, id) = (one.note(), issue.finding.issue.clone());
                if !already && !dry_run {
                    // What is only a part of it goes with it.
                    let state: IssueState = known.issue_state(issue.clone())?;
                    let family = query::with_parts(&known, context::registry(), vec![state])?;
                    let open = family.into_iter().filter(|one| one.status == Status::Open);
                    let ids: Vec<_> = open.map(|one| one.issue.finding.issue).collect();
                    decisions.justify_all(&ids, &note, None).await?;
                }
                justified.push(Matched {
                    id: id.to_string(),
                    check: issue.finding.check.clone(),
                    subject: issue.finding.subject.clone(),
                    item: issue.key.to_string(),
                    note,
                    already,
                });
            }
            Err(why) => unmatched.push(Unmatched { justified: one.clone(), why }),
        }
    }
    let report = Report {
        justifications: folder.justified.len() as u64,
        justified,
        unmatched,
        configurations: folder.backup.len() as u64,
    };
    if report.configurations > 0 {
        context.output.note(format!(
            "{} of the backup are not recorded, their shapes are the original's: `secmonkey scan` \
             reads them anew",
            count(report.configurations, "configuration")
        ));
    }
    if context.output.is_table() {
        output::print(&text(&report, dry_run))?;
    } else {
        context.output.object(&report)?;
    }
    Ok(if report.unmatched.is_empty() { Exit::Done } else { Exit::Partly })
}

fn text(report: &Report, dry_run: bool) -> String {
    let mut text = String::new();
    for one in &report.justified {
        let (style, what) = if one.already {
            (GREEN, "justified before")
        } else if dry_run {
            (YELLOW, "would be justified")
        } else {
            (GREEN, "justified")
        };
        let _ = writeln!(
            text,
            "{style}{what}{style:#}: {} {} on {}",
            one.id,
            one.check,
            visible(&one.item)
        );
    }
    for Unmatched { justified: one, why } in &report.unmatched {
        let _ = writeln!(
            text,
            "{YELLOW}not matched{YELLOW:#}: {} on {} {} in {}: {}",
            visible(&one.issue),
            visible(&one.technology),
            visible(&one.name),
            visible(&one.account),
            visible(why)
        );
    }
    text + &format!(
        "{}: {} found an issue here, {} did not.\n",
        count(report.justifications, "justification"),
        report.justified.len(),
        report.unmatched.len()
    )
}

impl Justified {
    /// What is written down here: who decides it in this record is who imports it.
    fn note(&self) -> String {
        let said = match self.justification.trim() {
            "" => "no reason was given",
            said => said,
        };
        let day = self.at.as_deref().map(|at| at.split([' ', 'T']).next().unwrap_or(at));
        let by: Vec<_> = self.user.as_deref().into_iter().chain(day).collect();
        match by.as_slice() {
            [] => format!("{said} (from Security Monkey)"),
            by => format!("{said} (from Security Monkey: {})", by.join(", ")),
        }
    }
}

/// The issue of ours that a justification is about, or why there is none.
fn find(known: &Known, one: &Justified, folder: &Folder) -> Result<Issue, String> {
    let family = Family::of(&one.issue, &one.notes).ok_or_else(|| {
        format!("`{}` does not say which check it was: see `secmonkey justify`", one.issue)
    })?;
    let failed = |error: secmonkey_core::view::Error| error.to_string();
    let accounts = known.views.accounts().map_err(failed)?;
    let account =
        accounts.find(&one.account).ok_or("its account is registered under no such id or name")?;
    let technology = technology_of(&one.technology)
        .ok_or_else(|| format!("the technology `{}` has none here", one.technology))?;
    let ids = folder.ids(one, account);
    let mut rows = Vec::new();
    for row in known.views.items_of(&account.id) {
        let row = row.map_err(failed)?;
        let fits = row.key.technology == technology && !row.deleted && is_in(&row, &one.region);
        if fits && is_called(&row, &one.name, &ids) {
            rows.push(row);
        }
    }
    let row = match rows.as_slice() {
        [] => return Err("no such item is recorded: scan first".to_owned()),
        [row] => row,
        many => return Err(format!("{} items are called so", many.len())),
    };
    let mut issues = known.views.issues_of(&row.key).map_err(failed)?;
    issues.retain(|issue| {
        issue.status(known.now) != Status::Resolved
            && family.has(&row.key.technology, &issue.finding.check)
    });
    if issues.is_empty() {
        return Err("nothing of the kind is wrong with it now".to_owned());
    }
    if let Some(entity) = &family.entity {
        issues.retain(|issue| entity.is(&issue.finding.subject));
    }
    match issues.as_slice() {
        [] => Err("what is wrong with it now is about somebody else".to_owned()),
        [issue] => Ok(issue.clone()),
        many => {
            let ids: Vec<_> = many.iter().map(|one| one.finding.issue.to_string()).collect();
            Err(format!("it may be any of {}", ids.join(", ")))
        }
    }
}

/// Whether an item is in a region of the original, which calls `universal` what has none.
fn is_in(row: &ItemRow, region: &str) -> bool {
    row.key.region == secmonkey_core::item::GLOBAL || region.is_empty() || row.key.region == region
}

/// Whether an item is called so there: by its name, id or ARN, or by name and id,
/// `web (sg-1 in vpc-1)`.
fn is_called(row: &ItemRow, name: &str, ids: &[String]) -> bool {
    let of_row = [Some(&row.name), Some(&row.key.id), row.arn.as_ref()];
    let of_row = || of_row.into_iter().flatten();
    of_row().any(|own| own == name)
        || ids.iter().any(|id| of_row().any(|own| own == id))
        || name.split(['(', ')', ' ']).skip(1).any(|word| word == row.key.id)
}

impl Folder {
    fn read(path: &Path) -> Result<Self, Error> {
        let mut folder = Self::default();
        let mut open = vec![path.to_owned()];
        while let Some(path) = open.pop() {
            let entries = fs::read_dir(&path).map_err(|error| cannot(&path, &error))?;
            for entry in entries {
                let path = entry.map_err(|error| cannot(&path, &error))?.path();
                let ending = path.extension().and_then(|ending| ending.to_str());
                match ending.map(str::to_ascii_lowercase).as_deref() {
                    _ if path.is_dir() => open.push(path),
                    Some("json") => folder.json(&path)?,
                    Some("csv") => folder.csv(&path)?,
                    _ => {}
                }
            }
        }
        // A page that was kept twice decides nothing twice.
        folder.justified.sort();
        folder.justified.dedup();
        if folder.justified.is_empty() {
            return Err(Error::usage(format!(
                "{} holds no justification: put there what the original answers to GET \
                 /api/1/issues?justified=True&count=1000, as .json, or the CSV that its page of \
                 issues exports{}",
                path.display(),
                if folder.backup.is_empty() {
                    ""
                } else {
                    "; the backup of configurations has none"
                }
            )));
        }
        Ok(folder)
    }

    fn json(&mut self, path: &Path) -> Result<(), Error> {
        let text = fs::read_to_string(path).map_err(|error| cannot(path, &error))?;
        let value: Value = serde_json::from_str(&text)
            .map_err(|error| Error::usage(format!("{}: {error}", path.display())))?;
        let records = match &value {
            Value::Object(members) if members.contains_key("auth") => members.get("items"),
            Value::Array(_) => Some(&value),
            _ => None,
        };
        let is_issue =
            |one: &Value| one.get("justified").is_some() && one.get("technology").is_some();
        match records.and_then(Value::as_array) {
            Some(all) if !all.is_empty() && all.iter().all(is_issue) => {
                for (number, one) in all.iter().enumerate() {
                    let record = ApiRecord::deserialize(one).map_err(|error| {
                        Error::usage(format!("{}: issue {}: {error}", path.display(), number + 1))
                    })?;
                    self.justified.extend(record.justified());
                }
            }
            Some(_) if value.is_object() => {}
            _ => self.backup(path),
        }
        Ok(())
    }

    fn csv(&mut self, path: &Path) -> Result<(), Error> {
        let wrong = |error: &csv::Error| Error::usage(format!("{}: {error}", path.display()));
        let mut reader = csv::Reader::from_path(path).map_err(|error| wrong(&error))?;
        let headers = reader.headers().map_err(|error| wrong(&error))?;
        if !headers.iter().any(|name| name == "justification") {
            // The export of items, or something else.
            return Ok(());
        }
        for record in reader.deserialize() {
            let record: CsvRecord = record.map_err(|error| wrong(&error))?;
            self.justified.extend(record.justified());
        }
        Ok(())
    }

    /// Remembers a file of the backup.
    fn backup(&mut self, path: &Path) {
        let mut names = path.iter().rev().filter_map(|name| name.to_str()).map(str::to_owned);
        if let (Some(file), Some(technology), Some(account)) =
            (names.next(), names.next(), names.next())
        {
            let name = file.strip_suffix(".json").unwrap_or(&file).to_owned();
            self.backup.insert((account, technology, name), path.to_owned());
        }
    }

    /// What names an item for ever, as its configuration in the backup says.
    fn ids(&self, one: &Justified, account: &Account) -> Vec<String> {
        let file = one.name.replace('/', "_");
        let place = |account: &str| (account.to_owned(), one.technology.clone(), file.clone());
        let names = [one.account.as_str(), &account.name, account.id.as_str()];
        let found = names.into_iter().find_map(|name| self.backup.get(&place(name)));
        let config = found
            .and_then(|path| fs::read_to_string(path).ok())
            .and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let text = |config: &Value, name: &str| config.get(name)?.as_str().map(str::to_owned);
        config.iter().flat_map(|config| IDS.iter().filter_map(|name| text(config, name))).collect()
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::usage(format!("cannot read {}: {error}", path.display()))
}

impl ApiRecord {
    fn justified(self) -> Option<Justified> {
        (self.justified && !self.fixed).then(|| Justified {
            account: self.account,
            technology: self.technology,
            region: self.region.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            issue: self.issue.unwrap_or_default(),
            notes: self.notes.unwrap_or_default(),
            justification: self.justification.unwrap_or_default(),
            user: self.justified_user,
            at: self.justified_date,
        })
    }
}

impl CsvRecord {
    fn justified(self) -> Option<Justified> {
        let told = |text: String| Some(text).filter(|text| text != "None" && !text.is_empty());
        (self.justified == "True").then(|| Justified {
            account: told(self.account).unwrap_or(self.account_name),
            technology: self.technology,
            region: told(self.region).unwrap_or_default(),
            name: told(self.name).unwrap_or_default(),
            issue: self.issue,
            notes: told(self.notes).unwrap_or_default(),
            justification: told(self.justification).unwrap_or_default(),
            user: told(self.user),
            at: None,
        })
    }
}
