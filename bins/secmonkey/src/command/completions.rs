//! `secmonkey completions`

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Args;
use crate::error::{Error, Exit};

pub fn run(shell: Shell) -> Result<Exit, Error> {
    // Into memory first: clap_complete panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "secmonkey", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}
