//! A rule that is ready to be asked.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, LimitError, Value};
use secmonkey_core::check::Undecided;
use serde::Deserialize;

use crate::error::{Fault, TAB};
use crate::functions::{DAYS, days_of};
use crate::vet::FINDINGS;

/// How long a rule may take for one item. Most take a ten-thousandth of it.
const BUDGET: Duration = Duration::from_secs(1);

/// After so many items for which it took longer, a rule is not asked any more: a scan would
/// not end otherwise.
const OVERRUNS: u32 = 10;

/// The clock is looked at each so many steps.
const STEPS: NonZeroU32 = NonZeroU32::new(64).expect("it is above zero");

/// So many findings one item may have of one rule, and so many bytes the texts of one.
const MOST_FINDINGS: usize = 1_000;
const MOST_BYTES: usize = 4_096;

/// What a rule says it found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Found {
    #[serde(default)]
    pub(crate) subject: String,
    pub(crate) detail: String,
    #[serde(default)]
    pub(crate) evidence: Vec<String>,
    pub(crate) score: Option<u8>,
}

/// A module, and the engines that run it: each runs one question at a time.
pub(crate) struct Program {
    engine: Mutex<Engine>,
    idle: Mutex<Vec<Engine>>,
    entry: String,
    /// The items for which it took too long.
    overruns: AtomicU32,
    budget: Duration,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// A module that has been read: its tree as the engine writes it, and its package.
pub(crate) struct Parsed {
    pub(crate) engine: Engine,
    pub(crate) package: String,
    pub(crate) tree: serde_json::Value,
}

/// So many bytes a module may hold.
const MOST_TEXT: usize = 64 * 1024;

/// Room for a definition of nothing but signs, of which little is used by others.
const STACK: usize = 64 * 1024 * 1024;

/// Brackets may lie so deep in each other: the engine reads each pair twice.
const MOST_BRACKETS: usize = 10;

/// So many signs a definition may hold: the engine may go down a level at each of them.
const MOST_SIGNS: usize = 1_000;

/// Reads a module.
pub(crate) fn parse(name: &str, text: &str) -> Result<Parsed, Fault> {
    let refuse = |reason: String| Err(Fault { line: 1, column: 1, reason });
    if text.len() > MOST_TEXT {
        return refuse(format!("it holds {} bytes, more than {MOST_TEXT}", text.len()));
    }
    // The engine has no limit of its own everywhere, and an overflow ends the process.
    if let Some(fault) = too_deep(text) {
        return Err(fault);
    }
    let (name, text) = (name.to_owned(), text.to_owned());
    let thread = thread::Builder::new().name("rules".to_owned()).stack_size(STACK);
    match thread.spawn(move || parse_here(&name, &text)).map(thread::JoinHandle::join) {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(_)) => refuse("it cannot be read".to_owned()),
        Err(error) => refuse(format!("no thread to read it with: {error}")),
    }
}

/// Where a definition may go too deep. What stands in texts and comments is left aside.
fn too_deep(text: &str) -> Option<Fault> {
    let (mut depth, mut signs, mut line, mut column) = (0_usize, 0, 1, 0);
    // What ends the text or the comment that is being read.
    let mut until = None;
    let mut is_escaped = false;
    for c in text.chars() {
        column += if c == '\t' { TAB } else { 1 };
        match (until, c) {
            _ if is_escaped => is_escaped = false,
            (Some('"'), '\\') => is_escaped = true,
            (Some(end), _) if c == end => until = None,
            (None, '"' | '`') => until = Some(c),
            (None, '#') => until = Some('\n'),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if until.is_none() && column == 1 && c.is_alphabetic() {
            signs = 0;
        }
        signs += usize::from(until.is_none() && "+-*/%&|([{.".contains(c));
        let fault = |reason| Some(Fault { line, column, reason });
        if depth > MOST_BRACKETS {
            return fault(format!("brackets lie more than {MOST_BRACKETS} deep in each other"));
        }
        if signs > MOST_SIGNS {
            return fault(format!(
                "one definition holds more than {MOST_SIGNS} signs and brackets: divide it, or put \
                 what it knows into a file `NAME.json`"
            ));
        }
        if c == '\n' {
            (line, column) = (line + 1, 0);
        }
    }
    None
}

fn parse_here(name: &str, text: &str) -> Result<Parsed, Fault> {
    let fault = |said: String| Fault::of(&said);
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    let package = engine
        .add_policy(name.to_owned(), text.to_owned())
        .map_err(|error| fault(error.to_string()))?;
    let tree = serde_json::to_value(engine.get_modules().first())
        .map_err(|error| fault(error.to_string()))?;
    // Nothing overflows from here on.
    if is_deep(&tree) {
        return Err(fault("expressions lie too deep in each other".to_owned()));
    }
    Ok(Parsed { engine, package, tree })
}

/// Whether a tree is deeper than rules that people write: an expression takes two to three of
/// its levels.
fn is_deep(tree: &serde_json::Value) -> bool {
    const DEEPEST: usize = 128;
    let mut waiting = vec![(tree, 0)];
    while let Some((value, depth)) = waiting.pop() {
        if depth > DEEPEST {
            return true;
        }
        match value {
            serde_json::Value::Array(all) => waiting.extend(all.iter().map(|it| (it, depth + 1))),
            serde_json::Value::Object(all) => {
                waiting.extend(all.values().map(|it| (it, depth + 1)));
            }
            _ => {}
        }
    }
    false
}

impl Program {
    /// A module that may be run, with what its data files hold.
    pub(crate) fn new(parsed: Parsed, data: BTreeMap<Value, Value>) -> Result<Self, Fault> {
        let fault = |said: String| Fault::of(&said);
        let Parsed { mut engine, package, .. } = parsed;
        engine
            .add_extension(
                DAYS.to_owned(),
                2,
                Box::new(|arguments: Vec<Value>| Ok(days_of(&arguments).map_err(Refused)?)),
            )
            .map_err(|error| fault(error.to_string()))?;
        engine.add_data(Value::from(data)).map_err(|error| fault(error.to_string()))?;
        let entry = format!("{package}.{FINDINGS}");
        // Finds what reading did not: variables that nothing binds, say.
        engine
            .compile_with_entrypoint(&entry.as_str().into())
            .map_err(|error| fault(error.to_string()))?;
        let mut program = Self {
            engine: Mutex::new(engine),
            idle: Mutex::default(),
            entry,
            overruns: AtomicU32::new(0),
            budget: BUDGET,
        };
        program.allow(BUDGET);
        Ok(program)
    }

    /// Sets how long it may take for one item.
    pub(crate) fn allow(&mut self, budget: Duration) {
        self.budget = budget;
        let config = ExecutionTimerConfig { limit: budget, check_interval: STEPS };
        let engine = self.engine.get_mut().unwrap_or_else(PoisonError::into_inner);
        engine.set_execution_timer_config(config);
        self.idle.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What it finds in an input.
    pub(crate) fn ask(&self, input: Value) -> Result<Vec<Found>, Undecided> {
        if self.overruns.load(Ordering::Relaxed) >= OVERRUNS {
            return Err(self.too_long());
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut engine = idle
            .unwrap_or_else(|| self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone());
        engine.set_input(input);
        let answer = engine.eval_rule(self.entry.clone());
        // It is not kept: the memory of the process would be that of the largest items.
        engine.set_input(Value::Undefined);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
        let answer = answer.map_err(|error| {
            if error.chain().any(|cause| {
                matches!(cause.downcast_ref(), Some(LimitError::TimeLimitExceeded { .. }))
            }) {
                self.overruns.fetch_add(1, Ordering::Relaxed);
                return self.too_long();
            }
            let Fault { line, reason, .. } = Fault::of(&error.to_string());
            Undecided::Failed(format!("line {line}: {reason}"))
        })?;
        found(&answer)
    }

    fn too_long(&self) -> Undecided {
        Undecided::Failed(format!("it takes longer than {} ms", self.budget.as_millis()))
    }
}

/// What an extension refuses.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// The findings in what a rule answers.
fn found(answer: &Value) -> Result<Vec<Found>, Undecided> {
    let failed = |reason: String| Undecided::Failed(format!("`{FINDINGS}`: {reason}"));
    let count = match answer {
        Value::Undefined => return Ok(Vec::new()),
        Value::Set(all) => all.len(),
        Value::Array(all) => all.len(),
        _ => return Err(failed("it is no set of objects".to_owned())),
    };
    if count > MOST_FINDINGS {
        return Err(failed(format!("there are {count}, more than {MOST_FINDINGS}")));
    }
    let all = serde_json::to_value(answer)
        .and_then(serde_json::from_value::<Vec<Found>>)
        .map_err(|error| failed(error.to_string()))?;
    for one in &all {
        let Found { subject, detail, evidence, .. } = one;
        if detail.trim().is_empty() {
            return Err(failed("a `detail` is empty".to_owned()));
        }
        if let Some(at) = evidence.iter().find(|at| !at.is_empty() && !at.starts_with('/')) {
            return Err(failed(format!("`{at}` is no pointer: it begins with `/`, as `/{at}`")));
        }
        let bytes: usize = evidence.iter().map(String::len).sum();
        if bytes + subject.len() + detail.len() > MOST_BYTES {
            return Err(failed(format!("one is longer than {MOST_BYTES} bytes")));
        }
    }
    Ok(all)
}
