//! `secmonkey manual`: its own manual pages, for whoever packages it.

use std::path::Path;

use clap::CommandFactory as _;
use secmonkey_app::error::{EXIT_CODES, Error, Exit};
use secmonkey_app::manual::{ENVIRONMENT, Manual, Terms};

use crate::args::Args;

/// What it reads beside what both programs do.
const ITS_OWN: Terms<'_> = &[
    (
        "SECMONKEY_AUTHOR",
        "The name under which decisions are recorded, instead of that of the session.",
    ),
    ("NO_COLOR", "Where it is set, nothing is coloured."),
    ("TZ", "The zone of times at terminals, where the configuration file names none."),
];

const FILES: Terms<'_> = &[
    (
        "~/.config/secmonkey/config.toml",
        "The configuration file, if nobody says. The annotated `secmonkey.toml` has every setting.",
    ),
    ("~/.local/share/secmonkey", "The store, if nobody says: a folder for its owner alone."),
    (
        "STORE/digest.key",
        "The key that secret values are digested with. It is in no backup: keep it in another \
         place, as long as the store.",
    ),
    ("STORE/keys", "The keys that sign the record. They are in no backup, either."),
];

pub fn run(folder: &Path) -> Result<Exit, Error> {
    let manual = Manual {
        section: "1",
        exit_codes: &EXIT_CODES,
        environment: &[ENVIRONMENT, ITS_OWN].concat(),
        files: FILES,
        see_also: &["secmonkeyd(8)"],
    };
    manual.write(Args::command(), folder)
}
