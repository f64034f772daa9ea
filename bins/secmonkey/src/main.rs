//! `secmonkey`: the command line tool.

mod args;
mod changes;
mod command;
mod complete;
mod console;
mod context;
mod daemon;
mod markdown;
mod output;
#[cfg(test)]
mod pages;
mod rows;
mod silence;
mod stderr;
mod table;
mod time;

use std::fs::File;
use std::io;
use std::panic;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use clap_complete::CompleteEnv;

use args::Args;
use secmonkey_app::error::{Error, one_line};
use secmonkey_app::{arguments, config, signal};

/// Folding the log into views makes and drops millions of small values: glibc's takes twice as
/// long for that, and keeps more of it.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // A shell that asks wants candidates, and nothing else.
    CompleteEnv::with_factory(complete::command).var(complete::VARIABLE).complete();
    if let Some(zone) = config::zone_of_times() {
        time::choose(zone);
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    watch_over(args.global.verbose, args.global.quiet);
    if let Err(error) = room() {
        return fail(&error);
    }
    // A runtime panics, and a store hangs, where threads cannot be had.
    if let Err(error) = secmonkey_store::probe_threads() {
        return fail(&error.into());
    }
    // A scan waits for answers most of its time: a second thread would cost more to wake than
    // it does. What takes long runs on threads that may block.
    let started = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match started {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::usage(format!("cannot start: {error}"))),
    };
    let done = runtime.block_on(async {
        signal::outlive_limit_of_files()
            .map_err(|error| Error::usage(format!("cannot listen to signals: {error}")))?;
        command::run(args).await
    });
    if let Err(Error::Stopped(_)) = done {
        // Whoever stopped it does not want to wait for a store that another process holds.
        runtime.shutdown_background();
    }
    match done {
        Ok(exit) => exit.into(),
        Err(error) => fail(&error),
    }
}

/// Files and connections that every command may have open at once, and some more: a scan
/// opens connections by the dozen.
const OPEN: usize = 64;

/// Whether there is room for the files that it takes: the runtime panics where there is
/// none.
fn room() -> Result<(), Error> {
    let probe = if cfg!(unix) { "/dev/null" } else { "NUL" };
    let mut open = Vec::with_capacity(OPEN);
    for _ in 0..OPEN {
        match File::open(probe) {
            Ok(file) => open.push(file),
            // Not there, in some container: that says nothing about the room.
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => {
                return Err(Error::usage(format!(
                    "no more than {} files can be opened ({error}), and secmonkey needs {OPEN}: \
                     raise the limit, see `ulimit -n`",
                    open.len(),
                )));
            }
        }
    }
    Ok(())
}

/// Says what went wrong, in one line.
fn fail(error: &Error) -> ExitCode {
    match error {
        Error::Pipe => {}
        Error::Stopped(_) => say("interrupted: what was recorded stays, the next scan continues"),
        error => say(&error.to_string()),
    }
    error.code().into()
}

fn say(text: &str) {
    use output::RED;
    stderr::say(&format!("{RED}error:{RED:#} {text}"));
}

/// Prints the help that was asked for, or what is wrong with the arguments.
fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            if let Err(error) = error.print() {
                return fail(&error.into());
            }
        }
        _ => say(&one_line(&arguments::explain(error))),
    }
    if error.use_stderr() { 2.into() } else { ExitCode::SUCCESS }
}

/// Sends what the libraries tell to standard error, and a defect in one line.
fn watch_over(verbose: u8, quiet: bool) {
    panic::set_hook(Box::new(|defect| {
        say(&one_line(&format!("a defect of secmonkey, please report it: {defect}")));
    }));
    if stderr::listen(verbose, quiet).is_err() {
        say("a defect of secmonkey, please report it: two listen to the log");
    }
}
