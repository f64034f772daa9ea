//! A folder of rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secmonkey_core::check::page::{Example, Page, Verdict};
use secmonkey_core::check::{Check, Declared, Findings, Rule, Undecided, World};
use secmonkey_core::config::Digest;
use secmonkey_core::item::Item;
use secmonkey_core::nearest::{Named, Nearest, Unknown};
use secmonkey_core::registry::Registry;
use serde_json::json;

use crate::error::Error;
use crate::input::{Seen, input, value};
use crate::program::{Program, parse};
use crate::tree;
use crate::vet::vet;

/// Raised when the way rules are run changes what they find.
const ENGINE: u32 = 1;

/// Folders may lie so deep in each other.
const DEEPEST: usize = 8;

/// So many bytes one file may hold.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// What data files hold, by their names.
pub(crate) type Data = BTreeMap<String, serde_json::Value>;

/// A rule as it stands in its two files.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) page: String,
}

/// The files of a folder.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) sources: Vec<Source>,
    pub(crate) data: Data,
}

/// Where the page of a rule stands.
pub(crate) fn page_of(rule: &Path) -> PathBuf {
    rule.with_extension("md")
}

impl Files {
    /// Reads a folder and those below it.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let mut all = BTreeSet::new();
        collect(folder, DEEPEST, &mut all)?;
        let mut files = Self::default();
        let mut stems = BTreeMap::new();
        for path in &all {
            let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
            match extension {
                "rego" => {
                    let page = page_of(path);
                    if !all.contains(&page) {
                        let reason = format!(
                            "a rule has a page beside it, and there is no {}",
                            page.file_name().unwrap_or_default().to_string_lossy()
                        );
                        return Err(Error::File { path: path.clone(), reason });
                    }
                    let (text, page) = (read(path)?, read(&page)?);
                    files.sources.push(Source { path: path.clone(), text, page });
                }
                "json" => {
                    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    let held = serde_json::from_str(&read(path)?).map_err(|error| Error::File {
                        path: path.clone(),
                        reason: format!("it is no JSON: {error}"),
                    })?;
                    if let Some(other) = stems.insert(stem.clone(), path) {
                        let reason = format!("{} is `data.{stem}` already", other.display());
                        return Err(Error::File { path: path.clone(), reason });
                    }
                    files.data.insert(stem, held);
                }
                "md" if !all.contains(&path.with_extension("rego")) => is_no_page(path)?,
                _ => {}
            }
        }
        if files.sources.is_empty() {
            let reason = "no rule (*.rego) is in it".to_owned();
            return Err(Error::File { path: folder.to_owned(), reason });
        }
        Ok(files)
    }
}

/// The files in a folder and those below it.
fn collect(folder: &Path, deepest: usize, all: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let unreadable = |error: std::io::Error| Error::Unreadable {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        // What editors and version control keep beside the files.
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            continue;
        }
        if !path.is_dir() {
            all.insert(path);
        } else if deepest == 0 {
            let reason = format!("it lies more than {DEEPEST} folders deep");
            return Err(Error::File { path, reason });
        } else {
            collect(&path, deepest - 1, all)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Error> {
    let unreadable = |reason: String| Error::Unreadable { path: path.to_owned(), reason };
    let bytes = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if bytes > MOST_BYTES {
        return Err(unreadable(format!("it holds {bytes} bytes, more than {MOST_BYTES}")));
    }
    fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))
}

/// A text that no rule lies beside declares none.
fn is_no_page(path: &Path) -> Result<(), Error> {
    match Page::parse(&read(path)?) {
        Ok(page) if page.check.is_some() => {
            let rule = path.with_extension("rego");
            let rule = rule.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let reason = format!("it declares a check, and there is no {rule} beside it");
            Err(Error::File { path: path.to_owned(), reason })
        }
        _ => Ok(()),
    }
}

/// Makes the rule that stands in two files.
pub(crate) fn load(source: &Source, data: &Data, registry: &Registry) -> Result<Rule, Error> {
    let page = Page::parse(&source.page).map_err(|invalid| Error::Page {
        path: page_of(&source.path),
        line: invalid.line,
        reason: invalid.reason,
    })?;
    let page_fault = |reason: String| {
        let line = line_of_check(&source.page);
        Error::Page { path: page_of(&source.path), line, reason }
    };
    let declared = declared(&page, registry).map_err(page_fault)?;
    let name = source.path.display().to_string();
    let fault = |fault: crate::error::Fault| fault.of_file(source.path.clone(), &source.text);
    let parsed = parse(&name, &source.text).map_err(fault)?;
    let names: BTreeSet<&str> = data.keys().map(String::as_str).collect();
    let tree = tree::read(&parsed.tree, &source.text);
    let used = vet(&tree, &parsed.package, &declared, &names).map_err(fault)?;
    let used: Data = data.iter().filter(|(name, _)| used.contains(*name)).map(owned).collect();
    let version = version(&source.text, &declared, &used);
    let mut held = BTreeMap::new();
    for (name, one) in used {
        let one = value(one)
            .map_err(|error| fault(crate::error::Fault::of(&format!("{name}.json: {error}"))))?;
        held.insert(name.into(), one);
    }
    let program = Program::new(parsed, held).map_err(fault)?;
    let check = declared.check(&source.page, version);
    Ok(rule(check, program))
}

fn owned((name, value): (&String, &serde_json::Value)) -> (String, serde_json::Value) {
    (name.clone(), value.clone())
}

/// The line of a page at which it declares its check, else the first.
pub(crate) fn line_of_check(page: &str) -> usize {
    let mut lines = page.lines().zip(1..);
    lines.find_map(|(line, at)| line.starts_with("```json check").then_some(at)).unwrap_or(1)
}

/// The number that stands for all that decides over what a rule finds.
fn version(text: &str, declared: &Declared, data: &Data) -> u32 {
    let digest = Digest::of(&json!([ENGINE, text, declared, data])).to_string();
    let number = digest.get(..8).and_then(|text| u32::from_str_radix(text, 16).ok());
    number.unwrap_or_default().max(1)
}

/// What a page declares, where it says all that a page has to.
fn declared(page: &Page, registry: &Registry) -> Result<Declared, String> {
    let Some(declared) = page.check.clone() else {
        return Err("it declares no check: add a block ```json check with `id`, `technology`, \
                    `score` and `reads`"
            .to_owned());
    };
    let Declared { id, technology, score, reads, world, doubts, part_of, parameters, .. } =
        &declared;
    registry.find_technology(technology).map_err(|unknown| unknown.to_string())?;
    let name = id.strip_prefix(technology.as_str()).and_then(|rest| rest.strip_prefix('.'));
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.is_some_and(|name| !name.is_empty() && name.chars().all(fits)) {
        return Err(format!(
            "`{id}` is no id of a check of `{technology}`: take `{technology}.NAME`, of small \
             letters, digits and `_`"
        ));
    }
    if registry.check(id).is_some() {
        return Err(format!("there is a check `{id}` already: take another id"));
    }
    if *score > 10 {
        return Err(format!("the score {score} is none: 0 to 10"));
    }
    if let Some(read) = reads.iter().find(|read| !read.is_empty() && !read.starts_with('/')) {
        return Err(format!("`{read}` is no pointer: it begins with `/`, as `/{read}`"));
    }
    for what in world {
        is_in_world(what, registry)?;
    }
    if let Some(doubt) = doubts.iter().find(|one| !reads.contains(one) && !world.contains(one)) {
        let nearest = Nearest::of(doubt, reads.iter().chain(world));
        return Err(format!("`{doubt}` of `doubts` is neither in `reads` nor in `world`{nearest}"));
    }
    let names: BTreeSet<_> = parameters.iter().map(|one| &one.name).collect();
    if names.len() < parameters.len() {
        return Err("two of its `parameters` have the same name".to_owned());
    }
    if part_of.as_ref() == Some(id) {
        return Err(format!("`{id}` is part of itself"));
    }
    if page.text.split_once("**Fix:**").is_none_or(|(_, fix)| fix.trim().is_empty()) {
        return Err("it does not say how to mend it: begin a paragraph with `**Fix:**`".to_owned());
    }
    let has = |wanted: fn(&Verdict) -> bool| page.examples.iter().any(|it| wanted(&it.verdict));
    for (is_there, block) in [
        (has(|it| matches!(it, Verdict::Fail(_))), "json fail: WORDS OF THE DETAIL"),
        (has(|it| matches!(it, Verdict::Pass)), "json pass"),
    ] {
        if !is_there {
            return Err(format!("it has no example ```{block}"));
        }
    }
    Ok(declared)
}

fn is_in_world(what: &str, registry: &Registry) -> Result<(), String> {
    const OTHERS: [&str; 2] = ["accounts", "networks"];
    if what == "known" {
        return Err("a rule cannot ask whose a name or an address is (`known`): it has \
                    `accounts`, `networks` and technologies"
            .to_owned());
    }
    if OTHERS.contains(&what) || registry.technology(what).is_some() {
        return Ok(());
    }
    let all = registry.technologies().map(|one| one.id.as_ref()).chain(OTHERS);
    Err(Unknown::new(Named::Technology, what, all).to_string())
}

/// The rule as auditors run it.
fn rule(check: Check, program: Program) -> Rule {
    let (facts, seen) = (check.clone(), Arc::new(Seen::default()));
    Rule::new(check, move |item: &Item, world: &World<'_>, found: &mut Findings| {
        let (input, doubts) = input(&facts, item, world, &seen)?;
        for one in program.ask(input)? {
            let score = one.score.unwrap_or(facts.score);
            if score > facts.score {
                return Err(Undecided::Failed(format!(
                    "a finding has the score {score}, more than the {} of its check",
                    facts.score
                )));
            }
            let finding = found.add(one.subject, one.detail).score(score);
            for at in one.evidence {
                finding.at(at);
            }
            for doubt in &doubts {
                finding.doubt(doubt);
            }
        }
        Ok(())
    })
}

/// What the data files hold in the place of an example.
pub(crate) fn data_of(example: &Example) -> Option<Data> {
    let data = example.world.as_ref()?.data.as_ref()?;
    Some(data.iter().map(owned).collect())
}
