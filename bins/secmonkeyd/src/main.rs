//! `secmonkeyd`: the daemon.

mod args;
mod control;
mod daemon;
mod discovery;
mod events;
mod library;
mod logging;
mod manual;
mod scanner;
mod setup;
mod size;
mod systemd;
mod telling;
mod users;

use std::io::Write as _;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser as _;
use secmonkey_app::error::one_line;
use secmonkey_app::{Error, Exit, Place, arguments, signal};
use setup::Setup;

/// Folding the log into views makes and drops millions of small values: glibc's takes twice as
/// long for that, and keeps more of it.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Threads that drive what waits; what takes long runs on others.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            return fail(&Error::usage(arguments::explain(&error)));
        }
        // The help, or the version.
        Err(asked) => asked.exit(),
    };
    if let Some(Command::Manual { folder }) = &args.command {
        return manual::write(folder).map_or_else(|error| fail(&error), ExitCode::from);
    }
    let named = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
    let (file, store) = (named(args.config), named(args.store));
    let setup = match Setup::load(file.as_deref()) {
        Ok(setup) => setup,
        Err(error) => return fail(&error),
    };
    if matches!(args.command, Some(Command::CheckConfig)) {
        return check_config(file.as_deref());
    }
    let path = match setup.config.store(store) {
        Ok(path) => path,
        Err(error) => return fail(&error),
    };
    let command = args.command.unwrap_or_default();
    let is_daemon = matches!(command, Command::Run);
    if logging::listen(setup.config.daemon.log, args.verbose, is_daemon).is_err() {
        return fail(&Error::usage("a defect of secmonkeyd, please report it: two write the log"));
    }
    panic::set_hook(Box::new(|defect| {
        let defect = one_line(&defect.to_string());
        tracing::error!(defect, "a defect of secmonkeyd, please report it");
    }));
    // A runtime panics, and a store hangs, where threads cannot be had.
    if let Err(error) = secmonkey_store::probe_threads() {
        return fail(&error.into());
    }
    let started =
        tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let runtime = match started {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::usage(format!("cannot start: {error}"))),
    };
    let place = Place { path, wait: args.wait, command: "secmonkeyd".to_owned() };
    let done = runtime.block_on(async {
        signal::outlive_limit_of_files()
            .map_err(|error| Error::usage(format!("cannot listen to signals: {error}")))?;
        match command {
            Command::User(command) => users::users(&place, setup, command).await,
            Command::Token(command) => users::tokens(&place, setup, command).await,
            Command::Run | Command::CheckConfig | Command::Manual { .. } => {
                daemon::run(place.clone(), file, setup).await
            }
        }
    });
    runtime.shutdown_background();
    match done {
        Ok(exit) => exit.into(),
        Err(error) => fail(&place.name(error)),
    }
}

/// The file was read already: it is right.
fn check_config(file: Option<&Path>) -> ExitCode {
    let path = secmonkey_app::Config::path(file).filter(|path| path.exists());
    let said = match path {
        Some(path) => format!("{} is right\n", path.display()),
        None => {
            "there is no configuration file: everything is as it is if nobody says\n".to_owned()
        }
    };
    let _ = std::io::stdout().write_all(said.as_bytes());
    Exit::Done.into()
}

/// Says what went wrong, in one line.
fn fail(error: &Error) -> ExitCode {
    if !matches!(error, Error::Stopped(_)) {
        let _ = writeln!(std::io::stderr().lock(), "error: {error}");
    }
    error.code().into()
}
