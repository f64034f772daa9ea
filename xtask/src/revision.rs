//! What is being built: where it is, of which commit, and of when.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use jiff::Timestamp;

/// Says when what is built was made, where somebody knows better than the commit: by it, what is
/// built twice is the same. <https://reproducible-builds.org/specs/source-date-epoch/>
pub const DATE: &str = "SOURCE_DATE_EPOCH";

/// The folder of the workspace.
///
/// # Errors
/// Never, as this crate lies in it.
pub fn root() -> anyhow::Result<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask has no workspace")?.to_owned())
}

/// The folder of the release binaries, beside that of this one.
///
/// # Errors
/// Where nobody knows where this binary is.
pub fn binaries() -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let target = here.parent().and_then(|folder| folder.parent());
    Ok(target.context("this binary is in no target folder")?.join("release"))
}

/// When it was made: as `SOURCE_DATE_EPOCH` says, or else the commit.
///
/// # Errors
/// Where neither tells.
pub fn date() -> anyhow::Result<Timestamp> {
    let said = match std::env::var(DATE) {
        Ok(said) if !said.is_empty() => said,
        _ => git(&["log", "-1", "--format=%ct"]).with_context(|| {
            format!("no commit tells when this was made: set {DATE} to seconds since 1970")
        })?,
    };
    let seconds = said.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    seconds.with_context(|| format!("{DATE} is `{said}`: set it to seconds since 1970"))
}

/// The commit, marked where files differ from it; `None` outside of a repository.
pub fn name() -> Option<String> {
    git(&["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root().ok()?).args(arguments).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !said.is_empty()).then_some(said)
}
