//! `secmonkeyd manual`: its own manual pages, for whoever packages it.

use std::path::Path;

use clap::CommandFactory as _;
use secmonkey_app::manual::{ENVIRONMENT, Manual, Terms};
use secmonkey_app::{Error, Exit};

use crate::args::Args;

const EXIT_CODES: Terms<'_> = &[
    ("0", "A signal ended it, or the configuration file is right."),
    ("2", "The command line, the configuration or the credentials are wrong."),
    ("4", "The store cannot be used: started again, it goes on once it can."),
    ("129, 130, 143", "A signal ended it before it had begun."),
];

const FILES: Terms<'_> = &[
    (
        "/etc/secmonkey/config.toml",
        "The configuration file of the systemd unit; without `--config`, and without a unit, it is \
         ~/.config/secmonkey/config.toml. The annotated `secmonkey.toml` has every setting.",
    ),
    (
        "/etc/secmonkey/environment",
        "Credentials and secrets for the unit, a line each, such as AWS_PROFILE=watcher; for root \
         alone to read.",
    ),
    (
        "/var/lib/secmonkey/store",
        "The store of the unit; without `--store`, and without a unit, it is \
         ~/.local/share/secmonkey.",
    ),
    (
        "STORE/daemon.socket",
        "Where `secmonkey` reaches it, and whoever may: the owner of the store, and root.",
    ),
];

/// Writes them.
pub fn write(folder: &Path) -> Result<Exit, Error> {
    let manual = Manual {
        section: "8",
        exit_codes: EXIT_CODES,
        environment: ENVIRONMENT,
        files: FILES,
        see_also: &["secmonkey(1)"],
    };
    manual.write(Args::command(), folder)
}
