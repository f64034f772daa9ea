//! Inputs with the right answer: `tests/cases/judgement`, whose README says what a row means.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::lab::binary;

struct Case {
    id: String,
    run: String,
    owner: String,
    must: String,
}

/// What the binary says of a case.
struct Answer {
    json: Value,
    /// For machines, and to people.
    machine: String,
    shown: String,
    stderr: String,
    code: Option<i32>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/judgement")
}

fn cases() -> Vec<Case> {
    let mut reader = csv::Reader::from_path(folder().join("cases.csv")).unwrap();
    let read = |row: csv::StringRecord| Case {
        id: row[0].to_owned(),
        run: row[1].to_owned(),
        owner: row[2].to_owned(),
        must: row[4].to_owned(),
    };
    reader.records().map(|row| read(row.unwrap())).collect()
}

impl Case {
    fn output(&self, format: &str) -> Output {
        let file = folder().join("inputs").join(format!("{}.json", self.id));
        let file = file.to_str().unwrap();
        let (kind, rest) = self.run.split_once(':').unwrap_or((&self.run, ""));
        let owner = self.owner.as_str();
        let mut arguments = match kind {
            "audit" => vec!["audit", "--file", file, "--technology", rest],
            _ => vec!["policy", "explain", file],
        };
        match kind {
            "audit" => {}
            "identity" => arguments.push("--identity"),
            "bucket" => {
                arguments.extend(["--account", owner, "--resource", "arn:aws:s3:::acme-reports"]);
            }
            "role" => arguments.extend(["--account", owner, "--resource-type", "iam_role"]),
            "type" => arguments.extend(["--account", owner, "--resource-type", rest]),
            "resource" => arguments.extend(["--account", owner, "--resource", rest]),
            other => panic!("{}: unknown run `{other}`", self.id),
        }
        // No store, and nothing of the environment of the tests.
        Command::new(binary())
            .args(["--format", format, "--store", "/nonexistent/store"])
            .args(&arguments)
            .env_clear()
            .output()
            .unwrap()
    }

    fn answer(&self) -> Answer {
        let (json, table) = (self.output("json"), self.output("table"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let machine = text(&json.stdout);
        Answer {
            json: serde_json::from_str(&machine).unwrap_or_default(),
            machine,
            shown: text(&table.stdout) + &text(&table.stderr),
            stderr: text(&json.stderr),
            code: json.status.code(),
        }
    }

    /// The clauses that do not hold.
    fn broken(&self, answer: &Answer) -> Vec<&str> {
        let mut clauses: Vec<_> = self.must.split(';').map(str::trim).collect();
        if !clauses.iter().any(|clause| clause.starts_with("exit=")) {
            clauses.push("exit=0 || exit=3");
        }
        clauses.retain(|clause| !clause.split("||").any(|atom| holds(answer, atom.trim())));
        clauses
    }
}

/// A finding: check, score, detail.
fn findings(json: &Value) -> Vec<(String, i64, String)> {
    fn collect(json: &Value, found: &mut Vec<(String, i64, String)>) {
        match json {
            Value::Array(all) => all.iter().for_each(|one| collect(one, found)),
            Value::Object(members) => {
                if let (Some(check), Some(score)) =
                    (members.get("check").and_then(Value::as_str), members.get("score"))
                {
                    let detail = members.get("detail").and_then(Value::as_str).unwrap_or_default();
                    found.push((
                        check.to_owned(),
                        score.as_i64().unwrap_or_default(),
                        detail.to_owned(),
                    ));
                } else {
                    members.values().for_each(|one| collect(one, found));
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(json, &mut found);
    found
}

fn holds(answer: &Answer, atom: &str) -> bool {
    let lower = |text: &str| text.to_lowercase();
    let has_text = |text: &str, wanted: &str| lower(text).contains(&lower(wanted));
    let quoted = || atom.split('"').nth(1).unwrap_or_else(|| panic!("no text in `{atom}`"));
    let found = findings(&answer.json);
    let (word, rest) = atom.split_once(' ').unwrap_or((atom, ""));
    match word {
        "has" => count(&found, rest) > 0,
        "no" => count(&found, rest) == 0,
        "count" => {
            let at = rest.find(['<', '>', '=']).unwrap();
            let number = found.iter().filter(|one| named(&rest[..at], &one.0)).count();
            compared(i64::try_from(number).unwrap(), &rest[at..])
        }
        "tells" => {
            let check = rest.split('"').next().unwrap().trim();
            found.iter().any(|one| named(check, &one.0) && has_text(&one.2, quoted()))
        }
        "says" => has_text(&answer.machine, quoted()) || has_text(&answer.stderr, quoted()),
        "never" => !has_text(&answer.machine, quoted()) && !has_text(&answer.stderr, quoted()),
        "json" => has_text(&answer.machine, quoted()),
        "shows" => has_text(&answer.shown, quoted()),
        "hides" => !has_text(&answer.shown, quoted()),
        "clean" => !answer.shown.chars().any(|c| c.is_control() && c != '\n'),
        "one" => answer.stderr.trim().lines().count() == 1,
        "who" => who(&answer.json, rest),
        _ => member(answer, &found, atom),
    }
}

fn member(answer: &Answer, found: &[(String, i64, String)], atom: &str) -> bool {
    let letters = |text: &str| -> String {
        text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
    };
    if let Some(wanted) = atom.strip_prefix("escalation~") {
        return letters(&answer.json["privilege_escalation"].to_string())
            .contains(&letters(wanted));
    }
    let at = atom.find(['<', '>', '=']).unwrap_or_else(|| panic!("unknown atom `{atom}`"));
    let (name, wanted) = atom.split_at(at);
    match name {
        "max" => compared(found.iter().map(|one| one.1).max().unwrap_or(0), wanted),
        "findings" => {
            let grave = found.iter().filter(|one| one.1 >= 1).count();
            compared(i64::try_from(grave).unwrap(), wanted)
        }
        "exit" => compared(answer.code.unwrap_or(-1).into(), wanted),
        "escalation" => {
            let none = answer.json["privilege_escalation"].as_array().is_none_or(Vec::is_empty);
            none == (wanted == "=none")
        }
        name => serde_json::from_str(&wanted[1..])
            .is_ok_and(|wanted: Value| answer.json[name] == wanted),
    }
}

/// How many findings a pattern with a score, `CHECK>=N`, fits.
fn count(found: &[(String, i64, String)], wanted: &str) -> usize {
    let at = wanted.find(['<', '>', '=']).unwrap_or(wanted.len());
    let (check, score) = wanted.split_at(at);
    found
        .iter()
        .filter(|one| named(check.trim(), &one.0) && (score.is_empty() || compared(one.1, score)))
        .count()
}

fn compared(number: i64, wanted: &str) -> bool {
    let value = |text: &str| text.trim().parse::<i64>().unwrap();
    if let Some(limit) = wanted.strip_prefix(">=") {
        number >= value(limit)
    } else if let Some(limit) = wanted.strip_prefix("<=") {
        number <= value(limit)
    } else {
        number == value(wanted.strip_prefix('=').unwrap())
    }
}

/// Whether alternatives with `*` and `?` name a check.
fn named(patterns: &str, check: &str) -> bool {
    fn fits(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                fits(rest, text) || !text.is_empty() && fits(pattern, &text[1..])
            }
            (Some((b'?', rest)), Some((_, text))) => fits(rest, text),
            (Some((a, rest)), Some((b, text))) => a == b && fits(rest, text),
            _ => false,
        }
    }
    patterns.split('|').any(|pattern| fits(pattern.trim().as_bytes(), check.as_bytes()))
}

fn who(json: &Value, wanted: &str) -> bool {
    let let_in = json["who"].as_array().or_else(|| json["grants"].as_array());
    let let_in = let_in.map(Vec::as_slice).unwrap_or_default();
    if wanted == "none" {
        return let_in.is_empty();
    }
    let (kind, text) = wanted.split_once('=').unwrap();
    let_in.iter().any(|one| {
        let one = one.to_string().to_lowercase();
        one.contains(kind) && one.contains(text)
    })
}

#[test]
fn handed_cases_are_judged_rightly() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let answer = case.answer();
        let broken = case.broken(&answer);
        if !broken.is_empty() {
            wrong.push(format!("{}: {}", case.id, broken.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "of {} wrong:\n{}", cases.len(), wrong.join("\n"));
    assert!(!cases.is_empty(), "there are cases");
}
