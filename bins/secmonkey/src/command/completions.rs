//! `secmonkey completions`

use std::io::Write as _;

use clap_complete::Shell;
use clap_complete::env::Shells;
use secmonkey_app::error::{Error, Exit};

use crate::complete::VARIABLE;

pub fn run(shell: Shell) -> Result<Exit, Error> {
    // Into memory first: clap_complete panics where it cannot write.
    let mut script = Vec::new();
    let name = shell.to_string();
    let shells = Shells::builtins();
    let shell = shells
        .completer(&name)
        .ok_or_else(|| Error::usage(format!("no completions for {name}")))?;
    shell.write_registration(VARIABLE, "secmonkey", "secmonkey", "secmonkey", &mut script)?;
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}
