//! Writes a container image of the release binaries, as a folder in OCI's image layout: no
//! container engine is needed to make it, and every one takes it (`skopeo copy`).
//!
//! The image holds the binaries, the shared libraries that they are loaded with, certificates,
//! time zones, and nothing else: no shell, no package manager. What is not ours comes from the
//! machine that builds, which therefore runs the Linux that the image is of. The same inputs make
//! the same bytes: files are in order, and belong to nobody in particular at no time.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

mod layout;
mod libraries;
mod machine;
mod tree;

use layout::{About, Layout};
use tree::Tree;

use crate::revision;

/// Who the daemon runs as: nobody's number on any machine, and the one that images without
/// root mostly have.
const USER: u32 = 65532;
/// The home of that user, a volume.
const HOME: &str = "var/lib/secmonkey";
/// The programs.
const PROGRAMS: [&str; 2] = ["secmonkey", "secmonkeyd"];
/// What the image is, in its labels.
const DESCRIPTION: &str = "Watches cloud accounts: every configuration, every change, every risk";

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the binaries [default: `release` beside the folder of this one]
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// The image: a new folder, or an image, which is replaced
    #[arg(long, value_name = "DIR", default_value = "target/image")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let binaries = match &arguments.binaries {
        Some(folder) => folder.clone(),
        None => revision::binaries()?,
    };
    let programs = PROGRAMS.map(|name| binaries.join(name));
    let first = &programs[0];
    ensure!(
        first.is_file(),
        "there is no {}: `cargo build --release --workspace` makes it",
        first.display()
    );
    let about = About {
        architecture: machine::architecture(first)?,
        created: revision::date()?,
        revision: revision::name(),
        version: env!("CARGO_PKG_VERSION"),
        description: DESCRIPTION,
    };
    let written = write(&arguments.output, &about, &machine::root(&programs)?, &own(&programs)?)?;
    println!("{} {written}", arguments.output.display());
    Ok(())
}

/// Writes the image; gives the digest of its manifest, which is its name wherever it goes.
fn write(output: &Path, about: &About, machine: &Tree, own: &Tree) -> anyhow::Result<String> {
    if output.exists() && !Layout::is_one(output) {
        bail!("{} is no image: name a new folder with --output", output.display());
    }
    // Whole or not at all: nobody pushes half an image.
    let unfinished = output.with_extension("unfinished");
    let layout = Layout::create(&unfinished)?;
    let machine = layout.layer("what the programs need of a system", machine)?;
    let own = layout.layer("secmonkey", own)?;
    let digest = layout.finish(about, &[machine, own])?;
    if output.exists() {
        std::fs::remove_dir_all(output)?;
    }
    std::fs::rename(&unfinished, output)
        .with_context(|| format!("cannot write {}", output.display()))?;
    Ok(digest)
}

/// What is ours: another release changes this layer alone.
fn own(programs: &[PathBuf]) -> anyhow::Result<Tree> {
    let mut tree = Tree::default();
    for program in programs {
        let name = program.file_name().and_then(|name| name.to_str()).context("no name")?;
        tree.copy(&format!("usr/bin/{name}"), 0o755, program)?;
    }
    let root = revision::root()?;
    tree.copy("usr/share/doc/secmonkey/copyright", 0o644, &root.join("LICENSE"))?;
    tree.copy(
        "usr/share/doc/secmonkey/examples/secmonkey.toml",
        0o644,
        &root.join("secmonkey-app/secmonkey.toml"),
    )?;
    // Where a configuration is mounted.
    tree.folder("etc/secmonkey", 0o755, 0);
    tree.folder(HOME, 0o700, USER);
    Ok(tree)
}

#[cfg(test)]
mod tests;
