//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::users::{TokenCommand, UserCommand};

/// Watches cloud accounts all the time.
///
/// It scans every account that is registered on a schedule, records what changed, judges it
/// and tells whoever wants to know. While it runs, `secmonkey` works as ever: it asks and
/// decides through the daemon, and `secmonkey scan` makes it look at once.
#[derive(Debug, Parser)]
#[command(name = "secmonkeyd", version, max_term_width = 100)]
pub struct Args {
    /// The folder of the store; made where there is none.
    #[arg(long, value_name = "DIR", env = "SECMONKEY_STORE", global = true)]
    pub store: Option<PathBuf>,
    /// The configuration file. Changes of it take effect while the daemon runs.
    #[arg(long, value_name = "FILE", env = "SECMONKEY_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Seconds to wait for a process that holds the store.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub wait: Duration,
    /// Tells more: what it reads; twice: everything.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do; it runs if nobody says.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Clone, Default, Subcommand)]
pub enum Command {
    /// Runs until it is stopped.
    #[default]
    Run,
    /// Reads the configuration file and says what is wrong with it.
    CheckConfig,
    /// Decides who may sign in over a network.
    #[command(subcommand)]
    User(UserCommand),
    /// Decides which programs are let in over a network, by a token.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Writes the manual pages: for whoever packages it.
    #[command(hide = true)]
    Manual {
        /// A folder.
        folder: PathBuf,
    },
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u32>().map_err(|_| format!("`{text}` is no number of seconds"))?;
    Ok(Duration::from_secs(seconds.into()))
}
