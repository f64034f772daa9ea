//! `secmonkey checks test`

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::check::Check;
use secmonkey_core::check::page::Page;
use secmonkey_core::nearest;
use serde::Serialize;

use crate::command::account::read;
use crate::console::count;
use crate::context::{self, Context};
use crate::output::{Cell, Row};

/// An example that a check answers otherwise than its page says.
#[derive(Serialize)]
struct Mismatch {
    file: String,
    line: usize,
    check: String,
    reason: String,
}

impl Row for Mismatch {
    const FIELDS: &'static [&'static str] = &["file", "line", "check", "reason"];
    const HEADINGS: &'static [&'static str] = &["FILE", "LINE", "CHECK", "WHAT"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.file),
            Cell::number(self.line as u64),
            Cell::text(&self.check),
            Cell::text(&self.reason),
        ]
    }
}

/// A page to hold against checks.
struct Tested {
    file: String,
    page: Page,
    checks: Vec<&'static Check>,
}

/// Runs the examples of pages; nothing is said before all of them can be read.
pub fn run(context: &Context, which: &[String]) -> Result<Exit, Error> {
    let mut tested = Vec::new();
    if which.is_empty() {
        for check in context::registry().checks() {
            tested.push(of_check(check)?);
        }
    }
    let mut pages = BTreeSet::new();
    for one in which {
        if let Some(check) = context::registry().check(one) {
            tested.push(of_check(check)?);
        } else if Path::new(one).exists() || one == "-" {
            collect(Path::new(one), &mut pages)?;
        } else {
            let unknown = nearest::unknown("check", one, ids());
            return Err(Error::usage(format!("there is no file {one}, and it is an {unknown}")));
        }
    }
    for path in &pages {
        let page = parsed(path)?;
        let checks = of(path, &page)?;
        tested.push(Tested { file: path.display().to_string(), page, checks });
    }
    if tested.is_empty() {
        return Err(Error::usage(format!("no page (*.md) is in {}", which.join(", "))));
    }
    let mut wrong = Vec::new();
    let (mut examples, mut checks) = (0, BTreeSet::new());
    let pages = tested.len() as u64;
    for Tested { file, page, checks: of } in tested {
        for check in of {
            checks.insert(check.id.as_ref());
            examples += test(&file, check, page.clone(), &mut wrong)?;
        }
    }
    let is_wrong = !wrong.is_empty();
    if is_wrong || !context.output.is_table() {
        context.output.list(wrong.into_iter().map(Ok))?;
    }
    context.output.note(format!(
        "{} of {} on {}{}",
        count(examples, "example"),
        count(checks.len() as u64, "check"),
        count(pages, "page"),
        if is_wrong { "" } else { ": all as the pages say" },
    ));
    Ok(if is_wrong { Exit::Reached } else { Exit::Done })
}

fn ids() -> impl Iterator<Item = &'static str> {
    context::registry().checks().map(|check| check.id.as_ref())
}

/// The page of a check, as this binary or the folder of rules has it.
fn of_check(check: &'static Check) -> Result<Tested, Error> {
    let page =
        Page::parse(&check.page).map_err(|error| Error::usage(format!("{}: {error}", check.id)))?;
    let rule = context::rules().and_then(|rules| rules.page_of(&check.id));
    let file = rule.map_or_else(|| "built in".to_owned(), |path| path.display().to_string());
    Ok(Tested { file, page, checks: vec![check] })
}

/// A file, or the pages in a folder and those below it.
fn collect(path: &Path, pages: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let fails = |error| Error::usage(format!("cannot read {}: {error}", path.display()));
    if !path.is_dir() {
        pages.insert(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(fails)? {
        let entry = entry.map_err(fails)?.path();
        if entry.is_dir() || entry.extension().is_some_and(|it| it == "md") {
            collect(&entry, pages)?;
        }
    }
    Ok(())
}

fn parsed(path: &Path) -> Result<Page, Error> {
    let text = read(path)?;
    Page::parse(&text).map_err(|error| Error::usage(format!("{}: {error}", path.display())))
}

/// The checks that a page is of: what it declares, else by its id, else by its title.
fn of(path: &Path, page: &Page) -> Result<Vec<&'static Check>, Error> {
    let registry = context::registry();
    if let Some(declared) = &page.check {
        let known = context::rules().and_then(|rules| rules.page_of(&declared.id));
        return match registry.check(&declared.id).filter(|_| known.is_some()) {
            Some(check) => Ok(vec![check]),
            None => Err(Error::usage(format!(
                "{}: the rule `{}` is not in the folder that `rules` names in the configuration \
                 file",
                path.display(),
                declared.id
            ))),
        };
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let by_id = registry.check(&name).or_else(|| registry.check(&format!("{folder}.{name}")));
    if let Some(check) = by_id {
        return Ok(vec![check]);
    }
    let all: Vec<_> = registry.checks().filter(|check| check.title() == page.title).collect();
    if all.is_empty() {
        return Err(Error::usage(format!(
            "{}: no check has the id {folder}.{name} or the title `{}` (see `secmonkey checks list`)",
            path.display(),
            page.title
        )));
    }
    Ok(all)
}

/// How many examples there are; those that are answered otherwise are added.
fn test(file: &str, check: &Check, page: Page, wrong: &mut Vec<Mismatch>) -> Result<u64, Error> {
    let own = context::rules().filter(|rules| rules.page_of(&check.id).is_some());
    let (examples, mismatches) = if let Some(rules) = own {
        rules.test(check, &page)?
    } else {
        let technology = context::technology(&check.technology);
        let examples = secmonkey_aws::check::examples(check, page);
        let catalogue = secmonkey_aws::check::catalogue();
        let tests = examples.iter().map(|it| it.test(&catalogue, check, &technology));
        (examples.len(), tests.filter_map(Result::err).collect())
    };
    wrong.extend(mismatches.into_iter().map(|mismatch| Mismatch {
        file: file.to_owned(),
        line: mismatch.line,
        check: mismatch.check,
        reason: mismatch.reason,
    }));
    Ok(examples as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page::parse(text).unwrap()
    }

    #[test]
    fn a_page_is_found_by_its_place_by_its_id_and_by_its_title() {
        let other = page("# Something else\n");
        for path in ["pages/security_group/unused.md", "security_group.unused.md"] {
            let all = of(Path::new(path), &other).unwrap();
            assert_eq!(
                all.iter().map(|check| &*check.id).collect::<Vec<_>>(),
                ["security_group.unused"]
            );
        }
        let queue = context::registry().check("sqs_queue.internet_accessible").unwrap();
        let family = of(Path::new("draft.md"), &page(&queue.page)).unwrap();
        assert!(
            family.len() > 2 && family.iter().all(|it| it.id.ends_with(".internet_accessible"))
        );
        let error = of(Path::new("a/draft.md"), &other).unwrap_err().to_string();
        assert!(error.contains("a.draft") && error.contains("`Something else`"), "{error}");
    }

    #[test]
    fn an_example_that_is_answered_otherwise_is_told_with_its_line() {
        let check = context::registry().check("security_group.default_group_has_rules").unwrap();
        let text = format!(
            "{}\n```json pass\n{{ \"GroupName\": \"default\", \"IpPermissions\": [{{}}] }}\n```\n",
            check.page
        );
        let line = check.page.lines().count() + 2;
        let mut wrong = Vec::new();
        let examples = test("p.md", check, page(&text), &mut wrong).unwrap();
        assert_eq!(examples, 5);
        let [mismatch] = wrong.as_slice() else { panic!() };
        assert_eq!((mismatch.line, mismatch.check.as_str()), (line, check.id.as_ref()));
        let found = "the check finds: the default group has rules that let traffic in";
        assert!(mismatch.reason.contains(found), "{}", mismatch.reason);
    }
}
