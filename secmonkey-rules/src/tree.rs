//! What a rule calls, reads and defines, from the engine's tree of it.

use std::collections::BTreeSet;
use std::mem;

use serde_json::Value;

/// A module, as far as it is looked at before it runs.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// What it defines, and what it imports as the first of them.
    pub(crate) parts: Vec<Part>,
}

/// A rule, a function, or one of several definitions of the same.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Its name, without the package.
    pub(crate) name: String,
    pub(crate) is_function: bool,
    /// The functions that it calls.
    pub(crate) calls: Vec<Named>,
    /// What it names: variables, rules, `input` and `data`.
    pub(crate) reads: Vec<Named>,
    /// The variables that it declares.
    pub(crate) declares: BTreeSet<String>,
    /// Those that it gives a value where no rule is called so.
    pub(crate) binds: BTreeSet<String>,
}

impl Tree {
    /// Whether it defines a function of this name, or a rule.
    pub(crate) fn defines(&self, name: &str, is_function: bool) -> bool {
        self.parts.iter().any(|part| part.name == name && part.is_function == is_function)
    }

    /// The names of what it defines: of `a.b` the first.
    pub(crate) fn roots(&self) -> BTreeSet<&str> {
        self.parts.iter().filter_map(|part| part.name.split('.').next()).collect()
    }
}

/// A name with dots, as it stands at a place of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its first segment, and those after it; `None` is one that is not known before the
    /// rule runs.
    pub(crate) segments: Vec<Option<String>>,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column, from 1.
    pub(crate) column: usize,
}

impl Named {
    /// With dots, as far as it is known.
    pub(crate) fn dotted(&self) -> String {
        let known = self.segments.iter().map_while(Option::as_deref);
        known.collect::<Vec<_>>().join(".")
    }

    /// The segments behind these; `None` where it begins otherwise.
    pub(crate) fn behind(&self, first: &[&str]) -> Option<&[Option<String>]> {
        let (head, rest) = self.segments.split_at_checked(first.len())?;
        head.iter().map(Option::as_deref).eq(first.iter().copied().map(Some)).then_some(rest)
    }
}

/// Reads the tree of one module, as the engine writes it; `text` is the module's.
pub(crate) fn read(module: &Value, text: &str) -> Tree {
    let mut walk = Walk { text, part: Part::default(), aliases: Vec::new() };
    for import in module["imports"].as_array().into_iter().flatten() {
        let Some(named) = walk.name(&import["refr"]) else { continue };
        let alias = match &import["as"] {
            Value::Null => named.segments.last().cloned().flatten(),
            span => between(text, span),
        };
        walk.aliases.extend(alias.map(|alias| (alias, named.segments.clone())));
        // `rego.v1` is no member of anything.
        if named.segments.first() != Some(&Some("rego".to_owned())) {
            walk.part.reads.push(named);
        }
    }
    let mut parts = vec![mem::take(&mut walk.part)];
    for rule in module["rules"].as_array().into_iter().flatten() {
        walk.rule(rule);
        parts.push(mem::take(&mut walk.part));
    }
    Tree { parts }
}

/// The variables that a pattern gives a value: itself, or those in arrays and objects.
fn variables(pattern: &Value, found: &mut BTreeSet<String>) {
    match pattern {
        Value::Array(all) => all.iter().for_each(|one| variables(one, found)),
        Value::Object(all) => {
            if let Some(name) = all.get("Var").and_then(|var| var["value"].as_str()) {
                found.insert(name.to_owned());
            }
            if let Some(array) = all.get("Array") {
                variables(&array["items"], found);
            }
            for field in
                all.get("Object").and_then(|it| it["fields"].as_array()).into_iter().flatten()
            {
                variables(&field[2], found);
            }
        }
        _ => {}
    }
}

/// The text of a span.
fn between(text: &str, span: &Value) -> Option<String> {
    let at = |name: &str| span[name].as_u64().and_then(|at| usize::try_from(at).ok());
    text.get(at("start")?..at("end")?).map(str::to_owned)
}

struct Walk<'a> {
    text: &'a str,
    /// What is being read.
    part: Part,
    /// What is imported, by the name it has in the module.
    aliases: Vec<(String, Vec<Option<String>>)>,
}

impl Walk<'_> {
    fn rule(&mut self, rule: &Value) {
        let spec = &rule["Spec"];
        if spec.is_null() {
            let default = &rule["Default"];
            self.part.name = self.head(&default["refr"]).unwrap_or_default();
            self.part.is_function = default["args"].as_array().is_some_and(|it| !it.is_empty());
            self.declare(&default["args"]);
            self.any(&default["value"]);
            return;
        }
        let Some((kind, head)) = spec["head"].as_object().and_then(|all| all.iter().next()) else {
            return;
        };
        self.part.name = self.head(&head["refr"]).unwrap_or_default();
        self.part.is_function = kind == "Func";
        self.declare(&head["args"]);
        for part in ["key", "args", "assign"] {
            self.any(&head[part]);
        }
        self.any(&spec["bodies"]);
    }

    /// The name that a head defines: `deny` of `deny[x]`.
    fn head(&mut self, refr: &Value) -> Option<String> {
        let named = self.name(refr)?;
        Some(named.dotted())
    }

    /// The variables in a pattern are declared by what it belongs to.
    fn declare(&mut self, pattern: &Value) {
        variables(pattern, &mut self.part.declares);
    }

    /// What a literal or an expression of this kind declares, or gives a value.
    fn bind(&mut self, kind: &str, of: &Value) {
        match kind {
            "SomeIn" => {
                self.declare(&of["key"]);
                self.declare(&of["value"]);
            }
            "SomeVars" | "Every" => {
                let every = [&of["key"], &of["value"]];
                let some = of["vars"].as_array().into_iter().flatten();
                let names = some.chain(every).filter_map(|span| between(self.text, span));
                self.part.declares.extend(names);
            }
            "AssignExpr" if of["op"] == "ColEq" => self.declare(&of["lhs"]),
            "AssignExpr" => {
                variables(&of["lhs"], &mut self.part.binds);
                variables(&of["rhs"], &mut self.part.binds);
            }
            // `walk(x, [path, value])` gives them values one after the other.
            "Call" if of["fcn"]["Var"]["value"] == "walk" => {
                variables(&of["params"][1], &mut self.part.binds);
            }
            "RefBrack" => variables(&of["index"], &mut self.part.binds),
            _ => {}
        }
    }

    /// Whatever stands somewhere.
    fn any(&mut self, value: &Value) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| self.any(one)),
            Value::Object(all) => {
                for (kind, of) in all {
                    self.bind(kind, of);
                }
                if let Some(call) = all.get("Call") {
                    if let Some(named) = self.name(&call["fcn"]) {
                        self.part.calls.push(named);
                    }
                    self.any(&call["params"]);
                } else if ["Var", "RefDot", "RefBrack"].iter().any(|kind| all.contains_key(*kind)) {
                    match self.name(value) {
                        Some(named) => self.part.reads.push(named),
                        // Such as a member of what a call answers.
                        None => all.values().for_each(|inner| {
                            self.any(&inner["refr"]);
                            self.any(&inner["index"]);
                        }),
                    }
                } else {
                    all.values().for_each(|one| self.any(one));
                }
            }
            _ => {}
        }
    }

    /// A chain of members that begins with a name. What stands in brackets is walked, too.
    fn name(&mut self, value: &Value) -> Option<Named> {
        let mut behind = Vec::new();
        let mut here = value;
        let mut indexes = Vec::new();
        loop {
            let (kind, inner) = here.as_object()?.iter().next()?;
            match kind.as_str() {
                "Var" => {
                    let place = |name: &str| {
                        inner["span"][name].as_u64().and_then(|at| usize::try_from(at).ok())
                    };
                    let root = inner["value"].as_str()?.to_owned();
                    let alias = self.aliases.iter().find(|(alias, _)| *alias == root);
                    let root = alias.map_or_else(|| vec![Some(root)], |(_, full)| full.clone());
                    let segments = root.into_iter().chain(behind.into_iter().rev()).collect();
                    for index in indexes {
                        self.any(index);
                    }
                    return Some(Named { segments, line: place("line")?, column: place("col")? });
                }
                "RefDot" => {
                    behind.push(Some(inner["field"][1].as_str()?.to_owned()));
                    here = &inner["refr"];
                }
                "RefBrack" => {
                    self.bind(kind, inner);
                    let index = &inner["index"];
                    let fixed = ["String", "RawString"]
                        .iter()
                        .find_map(|kind| index[*kind]["value"].as_str())
                        .map(str::to_owned);
                    if fixed.is_none() {
                        indexes.push(index);
                    }
                    behind.push(fixed);
                    here = &inner["refr"];
                }
                _ => return None,
            }
        }
    }
}
