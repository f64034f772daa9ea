//! Generators, run as `cargo xtask NAME`. Nothing depends on them at run time: what they
//! write is committed, and `--check` tells whether it is still what they would write, or it is
//! packaged: the image, the manual pages.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod actions;
mod dictionary;
mod docs;
mod image;
mod manual;
mod revision;
mod shapes;

#[derive(Parser)]
#[command(about = "Generators of secmonkey")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Lists AWS's actions with their access levels
    Actions(actions::Arguments),
    /// Trains the dictionary that the store compresses events with
    Dictionary(dictionary::Arguments),
    /// Writes the pages of what is read, judged and needed
    Docs(docs::Arguments),
    /// Writes a container image of the release binaries, as a folder in OCI's layout
    Image(image::Arguments),
    /// Writes the manual pages and the completions of the release binaries
    Manual(manual::Arguments),
    /// Lists the members of AWS's structures, and which service exists in which region
    Shapes(shapes::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Actions(arguments) => actions::run(&arguments),
        Task::Dictionary(arguments) => dictionary::run(&arguments),
        Task::Docs(arguments) => docs::run(&arguments),
        Task::Image(arguments) => image::run(&arguments),
        Task::Manual(arguments) => manual::run(&arguments),
        Task::Shapes(arguments) => shapes::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
