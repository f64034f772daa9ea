//! What is refused when a rule is loaded: what could answer otherwise the next time, what
//! would be undefined without a word, and what would never end.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::Declared;
use secmonkey_core::config::pattern;
use secmonkey_core::nearest::Nearest;

use crate::error::Fault;
use crate::functions::{ALLOWED, refusal};
use crate::tree::{Named, Tree};

/// The rule of a module that says what it found.
pub(crate) const FINDINGS: &str = "findings";

/// So deep may rules and functions of a module lie in each other.
const DEEPEST: usize = 16;

/// The members of `input.item`.
const ITEM: &[&str] = &["account", "arn", "config", "id", "key", "name", "region", "technology"];

/// Holds a rule against what it declares. Answers with the names of the data files it reads.
///
/// `package` is its own, as `data.rules.unused`; `data` holds the names of all data files.
pub(crate) fn vet(
    tree: &Tree,
    package: &str,
    declared: &Declared,
    data: &BTreeSet<&str>,
) -> Result<BTreeSet<String>, Fault> {
    if !tree.defines(FINDINGS, false) {
        return Err(Fault {
            line: 1,
            column: 1,
            reason: format!(
                "it defines no rule `{FINDINGS}`: `{FINDINGS} contains {{\"detail\": \
                             \"...\"}} if {{ ... }}`"
            ),
        });
    }
    let package: Vec<&str> = package.split('.').collect();
    let roots = tree.roots();
    let mut links = BTreeMap::<&str, BTreeMap<String, &Named>>::new();
    let mut used = BTreeSet::new();
    for part in &tree.parts {
        let mut link = |name: String, at| {
            links.entry(&part.name).or_default().entry(name).or_insert(at);
        };
        for called in &part.calls {
            let name = own(called, &package).unwrap_or_else(|| called.dotted());
            if tree.defines(&name, true) {
                link(name, called);
            } else if !ALLOWED.contains(&name.as_str()) {
                let functions = tree.parts.iter().filter(|part| part.is_function);
                let reason = refusal(&name, functions.map(|part| part.name.as_str()));
                return Err(fault(called, reason));
            }
        }
        for named in &part.reads {
            let Some(Some(root)) = named.segments.first() else { continue };
            match root.as_str() {
                _ if part.declares.contains(root) || root.starts_with('_') => {}
                "input" => of_input(named, declared)?,
                "data" => match own(named, &package) {
                    Some(name) => link(name, named),
                    None => drop(used.insert(of_data(named, data)?)),
                },
                _ if roots.contains(root.as_str()) => link(named.dotted(), named),
                _ if part.binds.contains(root) => {}
                _ => return Err(fault(named, format!("nothing gives `{root}` a value"))),
            }
        }
    }
    let mut depths = BTreeMap::new();
    for part in &tree.parts {
        depth(&links, &part.name, &mut Vec::new(), &mut depths)?;
    }
    Ok(used)
}

/// What a name of the module's own package names in it.
fn own(named: &Named, package: &[&str]) -> Option<String> {
    let rest = named.behind(package)?;
    let known = rest.iter().map_while(Option::as_deref).collect::<Vec<_>>();
    (!known.is_empty()).then(|| known.join("."))
}

/// How many rules and functions lie in each other below one: each takes room on the stack.
fn depth<'a>(
    links: &'a BTreeMap<&str, BTreeMap<String, &Named>>,
    name: &'a str,
    above: &mut Vec<&'a str>,
    known: &mut BTreeMap<&'a str, usize>,
) -> Result<usize, Fault> {
    if let Some(depth) = known.get(name) {
        return Ok(*depth);
    }
    let mut deepest = 0;
    above.push(name);
    for (needed, at) in links.get(name).into_iter().flatten() {
        // `a.b` may be a member of the rule `a`.
        let Some((needed, _)) = links
            .get_key_value(needed.as_str())
            .or_else(|| links.get_key_value(needed.split('.').next().unwrap_or_default()))
        else {
            deepest = deepest.max(1);
            continue;
        };
        if above.contains(needed) {
            return Err(fault(at, format!("`{needed}` needs itself: it might never end")));
        }
        if above.len() >= DEEPEST {
            return Err(fault(at, format!("rules lie more than {DEEPEST} deep in each other")));
        }
        deepest = deepest.max(1 + depth(links, needed, above, known)?);
    }
    above.pop();
    if deepest > DEEPEST {
        let reason = format!("below `{name}`, rules lie more than {DEEPEST} deep in each other");
        return Err(Fault { line: 1, column: 1, reason });
    }
    known.insert(name, deepest);
    Ok(deepest)
}

fn fault(at: &Named, reason: String) -> Fault {
    Fault { line: at.line, column: at.column, reason }
}

/// Which data file is read.
fn of_data(named: &Named, data: &BTreeSet<&str>) -> Result<String, Fault> {
    match named.segments.get(1) {
        Some(Some(name)) if data.contains(name.as_str()) => Ok(name.clone()),
        Some(Some(name)) => {
            let nearest = Nearest::of(name, data);
            Err(fault(named, format!("there is no file `{name}.json` for `data.{name}`{nearest}")))
        }
        _ => Err(fault(
            named,
            "name the file that is read: `data.NAME` is what `NAME.json` holds".to_owned(),
        )),
    }
}

/// What is read of the input has to be there, and declared: else it is undefined, and the
/// rule finds nothing without a word.
fn of_input(named: &Named, declared: &Declared) -> Result<(), Fault> {
    let Some(Some(part)) = named.segments.get(1) else { return Ok(()) };
    let rest = named.segments.get(2..).unwrap_or_default();
    let first = rest.first().and_then(Option::as_deref);
    match part.as_str() {
        "item" => match first {
            None => Ok(()),
            Some("config") => is_read(named, rest, declared),
            Some(member) => one_of(named, "input.item", member, ITEM),
        },
        "as_of" if !declared.timed => Err(fault(
            named,
            "`input.as_of` is there for a rule that is timed: `\"timed\": true` in its page"
                .to_owned(),
        )),
        "as_of" => Ok(()),
        "world" => match (first, rest.get(1)) {
            (Some("items"), Some(Some(technology))) => is_declared(named, technology, declared),
            (Some("items") | None, _) => Ok(()),
            (Some(part @ ("accounts" | "networks")), _) => is_declared(named, part, declared),
            (Some(part), _) => {
                one_of(named, "input.world", part, &["accounts", "items", "networks"])
            }
        },
        "parameters" => match first {
            Some(name) if declared.parameters.iter().all(|one| one.name != name) => {
                let nearest = Nearest::of(name, declared.parameters.iter().map(|it| &*it.name));
                let reason = "is not in the `parameters` that its page declares";
                Err(fault(named, format!("`{name}` {reason}{nearest}")))
            }
            _ => Ok(()),
        },
        part => one_of(named, "input", part, &["as_of", "item", "parameters", "world"]),
    }
}

fn one_of(named: &Named, of: &str, part: &str, all: &[&str]) -> Result<(), Fault> {
    if all.contains(&part) {
        return Ok(());
    }
    let nearest = Nearest::of(part, all);
    Err(fault(named, format!("`{of}` has no `{part}`{nearest}")))
}

fn is_declared(named: &Named, what: &str, declared: &Declared) -> Result<(), Fault> {
    if declared.world.iter().any(|one| one == what) {
        return Ok(());
    }
    Err(fault(named, format!("`{what}` is not in the `world` that its page declares")))
}

/// Whether what is read of the configuration is in `reads`.
fn is_read(named: &Named, rest: &[Option<String>], declared: &Declared) -> Result<(), Fault> {
    let mut at = String::new();
    for segment in rest.iter().skip(1) {
        // Beyond what is not known before the rule runs, anything may be meant.
        let Some(name) = segment else { break };
        at.push('/');
        at.push_str(&name.replace('~', "~0").replace('/', "~1"));
    }
    if at.is_empty() || declared.reads.iter().any(|read| pattern::meets(read, &at)) {
        return Ok(());
    }
    let nearest = Nearest::of(&at, &declared.reads);
    Err(fault(named, format!("`{at}` is not in the `reads` that its page declares{nearest}")))
}
