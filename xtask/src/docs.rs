//! Writes `docs/technologies.md`, `docs/checks.md` and `docs/permissions.md`.
//!
//! What is read, judged and needed says the binary, as it says it to everybody; what a
//! technology records and leaves out, and why, stands beside its facts in the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

mod pages;
mod source;

#[derive(clap::Args)]
pub struct Arguments {
    /// Change nothing; fail where a file is not what would be written
    #[arg(long)]
    check: bool,
    /// The binary that is asked [default: `secmonkey` beside this one]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => std::env::current_exe()?.with_file_name("secmonkey"),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no workspace")?;
    let technologies = listed(ask(&binary, &["technologies"])?)?;
    let checks = listed(ask(&binary, &["checks", "list"])?)?;
    let policies = match ask(&binary, &["permissions"])? {
        Value::Array(policies) => policies,
        policy => vec![policy],
    };
    let facts = source::facts(&root.join("secmonkey-aws"))?;
    let found = source::pages(root, Path::new("secmonkey-aws/src/check"))?;

    let written = BTreeMap::from([
        ("docs/technologies.md", pages::technologies(&technologies, &facts)?),
        ("docs/checks.md", pages::checks(&technologies, &checks, &found)?),
        ("docs/permissions.md", pages::permissions(&policies)?),
    ]);
    let mut stale = Vec::new();
    for (path, text) in written {
        let file = root.join(path);
        if fs::read_to_string(&file).unwrap_or_default() == text {
            continue;
        }
        if arguments.check {
            stale.push(path);
        } else {
            fs::create_dir_all(root.join("docs"))?;
            fs::write(&file, text).with_context(|| format!("cannot write {path}"))?;
            println!("{path}");
        }
    }
    ensure!(stale.is_empty(), "not what `cargo xtask docs` writes: {}", stale.join(", "));
    Ok(())
}

/// What the binary answers, as it is where nobody configured anything.
fn ask(binary: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let asked = || format!("{} {}", binary.display(), arguments.join(" "));
    let output = Command::new(binary)
        .args(["--format", "json", "--config", "/dev/null"])
        .args(arguments)
        .output()
        .with_context(|| {
            format!("cannot run {}: `cargo build --workspace --all-targets` makes it", asked())
        })?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", asked());
    serde_json::from_slice(&output.stdout).with_context(asked)
}

fn listed(answer: Value) -> anyhow::Result<Vec<Value>> {
    match answer {
        Value::Array(all) => Ok(all),
        other => anyhow::bail!("this is no list: {other}"),
    }
}
