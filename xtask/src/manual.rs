//! Writes what a package holds beside the binaries: their manual pages and completions for shells,
//! which they make themselves, of what they are.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use flate2::{Compression, GzBuilder};

use crate::revision;

/// The shells, and where each looks for completions of `secmonkey`.
const SHELLS: [(&str, &str); 3] =
    [("bash", "secmonkey"), ("fish", "secmonkey.fish"), ("zsh", "_secmonkey")];

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the binaries [default: `release` beside the folder of this one]
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// Where it is written [default: `manual` beside the binaries]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let binaries = match &arguments.binaries {
        Some(folder) => folder.clone(),
        None => revision::binaries()?,
    };
    let output = match &arguments.output {
        Some(folder) => folder.clone(),
        None => binaries.join("manual"),
    };
    if output.exists() {
        // Pages of commands that are no more would be packaged with the others.
        ensure!(
            output.join("man").is_dir(),
            "{} is something else: name a new folder with --output",
            output.display()
        );
        fs::remove_dir_all(&output)?;
    }
    let pages = output.join("man");
    for program in ["secmonkey", "secmonkeyd"] {
        ask(&binaries.join(program), &["manual", &pages.display().to_string()])?;
    }
    let found = fs::read_dir(&pages)?.map(|page| Ok(page?.path()));
    for page in found.collect::<io::Result<Vec<_>>>()? {
        pack(&page)?;
    }
    for (shell, name) in SHELLS {
        let folder = output.join("completions").join(shell);
        fs::create_dir_all(&folder)?;
        let script = ask(&binaries.join("secmonkey"), &["completions", shell])?;
        fs::write(folder.join(name), script)?;
    }
    println!("{}", output.display());
    Ok(())
}

/// Packs a page, as `man` is given them.
fn pack(page: &Path) -> anyhow::Result<()> {
    let text = fs::read(page)?;
    let mut name = page.as_os_str().to_owned();
    name.push(".gz");
    let mut packed = GzBuilder::new().write(File::create(name)?, Compression::best());
    packed.write_all(&text)?;
    packed.finish()?;
    fs::remove_file(page)?;
    Ok(())
}

fn ask(binary: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let asked = || format!("{} {}", binary.display(), arguments.join(" "));
    let date = revision::date()?.as_second().to_string();
    let output =
        Command::new(binary).args(arguments).env(revision::DATE, date).output().with_context(
            || format!("cannot run {}: `cargo build --release --workspace` makes it", asked()),
        )?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", asked());
    Ok(output.stdout)
}
