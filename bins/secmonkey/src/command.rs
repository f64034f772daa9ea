//! The commands, one file a verb.

use clap::CommandFactory as _;
use secmonkey_app::error::{Error, Exit};

use crate::args::{Args, Command};
use crate::context::Context;
use crate::output;

pub mod account;
mod apply;
mod audit;
mod backup;
mod blame;
mod checkpoint;
pub mod checks;
mod comment;
mod compact;
mod completions;
mod decisions;
mod diff;
mod doctor;
mod exposure;
mod history;
mod ignore;
pub mod issue;
pub mod issues;
mod items;
mod keys;
mod log;
mod manual;
mod moving;
mod network;
mod notifications;
pub mod overview;
mod permissions;
mod policy;
mod prove;
mod report;
mod rule;
mod scan;
mod setup;
mod show;
pub mod status;
mod subscription;
mod technologies;
mod verify;

/// Runs a command.
pub async fn run(args: Args) -> Result<Exit, Error> {
    let Args { global, command } = args;
    let command = match command {
        // They need nothing, and have to work where nothing is set up.
        Some(Command::Completions { shell }) => return completions::run(shell),
        Some(Command::Manual { folder }) => return manual::run(&folder),
        command => command,
    };
    let Some(command) = command else {
        let context = Context::new(global, "secmonkey")?;
        if !context.place.path.exists() {
            // Nothing to tell yet: what can be done.
            let help = Args::command().render_help();
            output::print(&help.ansi().to_string())?;
            return Ok(Exit::Done);
        }
        let done = overview::run(&context).await;
        return done.map_err(|error| context.name(error));
    };
    let context = Context::new(global, command.name())?;
    let done = match command {
        Command::Account(command) => account::run(&context, command).await,
        Command::Scan(args) => scan::run(&context, args).await,
        Command::Items(args) => items::run(&context, args).await,
        Command::Show(args) => show::run(&context, args).await,
        Command::History(args) => history::run(&context, args).await,
        Command::Blame(args) => blame::run(&context, args).await,
        Command::Exposure(args) => exposure::run(&context, args).await,
        Command::Diff(args) => diff::run(&context, args).await,
        Command::Issue(args) => issue::run(&context, args).await,
        Command::Issues(args) => issues::run(&context, args).await,
        Command::Status(args) => status::run(&context, args).await,
        Command::Doctor(args) => doctor::run(&context, args).await,
        Command::Report(args) => report::run(&context, args).await,
        Command::Justify(args) => decisions::justify(&context, args).await,
        Command::Unjustify(args) => decisions::unjustify(&context, args).await,
        Command::Apply(args) => apply::run(&context, args).await,
        Command::Comment(args) => comment::run(&context, args).await,
        Command::Ignore(command) => ignore::run(&context, command).await,
        Command::Subscription(command) => subscription::run(&context, command).await,
        Command::Notifications(command) => notifications::run(&context, command).await,
        Command::Setup(command) => setup::run(command),
        Command::Checks(command) => checks::run(&context, command).await,
        Command::Technologies => technologies::run(&context),
        Command::Network(command) => network::run(&context, command).await,
        Command::Audit(args) => audit::run(&context, args).await,
        Command::Policy(command) => policy::run(&context, command).await,
        Command::Log(args) => log::run(&context, args).await,
        Command::Verify(args) => verify::run(&context, args).await,
        Command::Checkpoint(args) => checkpoint::run(&context, args).await,
        Command::Prove(args) => prove::prove(&context, args).await,
        Command::CheckProof(args) => prove::check(&context, &args),
        Command::Keys(command) => keys::run(&context, command).await,
        Command::Backup(args) => backup::backup(&context, args).await,
        Command::Export(args) => moving::export(&context, args).await,
        Command::Import(args) => moving::import(&context, args).await,
        Command::Compact(args) => compact::run(&context, args).await,
        Command::Salvage(args) => backup::salvage(&context, args).await,
        Command::Permissions(args) => permissions::run(&context, &args),
        Command::Completions { shell } => completions::run(shell),
        Command::Manual { folder } => manual::run(&folder),
    };
    done.map_err(|error| context.name(error))
}
