//! What went wrong, as one line, and what the exit code says.

use std::fmt;
use std::io;
use std::process::ExitCode;

use secmonkey_core::nearest::{Named, Nearest, Unknown};
use secmonkey_core::query::QueryError;
use secmonkey_core::render::pointed;
use secmonkey_core::watch::Cause;
use secmonkey_core::{decide, log, pipeline, plan, query, source, view};

use crate::signal::Signal;

/// The exit codes and what each says, as manuals have it.
pub const EXIT_CODES: [(&str, &str); 6] = [
    ("0", "It was done."),
    (
        "1",
        "`--fail-on` or `--fail-on-new` was reached, a check fails one of its examples, or `doctor` \
         found what does not work.",
    ),
    ("2", "The command line, the configuration or the credentials are wrong."),
    ("3", "It was done in part: what could not be read is named, and was left as it was."),
    ("4", "The store cannot be used, or the record is not as it was written."),
    (
        "129, 130, 143",
        "Somebody stopped it, by SIGHUP, SIGINT (Ctrl-C) or SIGTERM. What was recorded stays.",
    ),
];

/// How a command ended, by what the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Done,
    /// What was looked for is there: `--fail-on` or `--fail-on-new` was reached, `doctor` found
    /// what does not work.
    Reached,
    /// Done in part: something could not be read.
    Partly,
    /// The record is not as it was written.
    Edited,
    /// Somebody stopped it.
    Stopped(Signal),
}

impl Exit {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Reached => 1,
            Self::Partly => 3,
            Self::Edited => 4,
            Self::Stopped(signal) => signal.code(),
        }
    }

    /// Of two, the one that the exit code tells: what was found goes before what could
    /// not be read.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let weight = |exit| match exit {
            Self::Done => 0,
            Self::Partly => 1,
            Self::Reached => 2,
            Self::Edited => 3,
            Self::Stopped(_) => 4,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Error {
    /// What was asked for, or the configuration, cannot be: exit code 2.
    Usage(String),
    /// The same, at a place of a text: exit code 2.
    Pointed {
        /// What is wrong.
        said: String,
        /// The text with the place marked, on two lines.
        below: String,
    },
    /// The store cannot be used: exit code 4.
    Store(String),
    /// The log is not whole: exit code 4.
    Damaged(String),
    /// What somebody claims does not hold: exit code 4.
    Refuted(String),
    /// Another process holds the store: exit code 4.
    Held(String),
    /// Somebody stopped it before there was anything to tell: exit code 130, 143 or 129.
    Stopped(Signal),
    /// Nobody reads the output any more, which is no error.
    Pipe,
    /// The output cannot be written: exit code 2.
    Output(io::Error),
}

impl Error {
    /// A usage error.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// The clock is wrong.
    #[must_use]
    pub fn clock(reason: &str) -> Self {
        Self::Usage(format!("{reason}: set the clock, or pass --trust-clock"))
    }

    /// What had begun ended early.
    #[must_use]
    pub fn ended_early(error: pipeline::Error) -> Self {
        let begun = |text| format!("it ended early, what was recorded stays: {text}");
        match Self::from(error) {
            Self::Usage(text) => Self::Usage(begun(text)),
            Self::Store(text) => Self::Store(begun(text)),
            other => other,
        }
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Pipe => 0,
            Self::Usage(_) | Self::Pointed { .. } | Self::Output(_) => 2,
            Self::Store(_) | Self::Damaged(_) | Self::Refuted(_) | Self::Held(_) => 4,
            Self::Stopped(signal) => signal.code(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text)
            | Self::Store(text)
            | Self::Damaged(text)
            | Self::Refuted(text)
            | Self::Held(text) => f.write_str(&one_line(text)),
            Self::Pointed { said, below } => {
                // Whoever reads one line only reads the first.
                f.write_str(&one_line(said))?;
                below.lines().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Self::Stopped(_) => f.write_str("interrupted"),
            Self::Pipe => f.write_str("nobody reads the output"),
            Self::Output(error) => write!(f, "cannot write the output: {error}"),
        }
    }
}

/// A text in one line, without anything that steers a terminal.
#[must_use]
pub fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    secmonkey_core::render::visible(&words.join(" ")).into_owned()
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Pipe } else { Self::Output(error) }
    }
}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        Self::Pointed { said: error.to_string(), below: error.pointed() }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        let text = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            _ => Self::Output(io::Error::other(text)),
        }
    }
}

/// What to do about a log that is not whole.
const DAMAGED: &str = ": nothing was changed in it; restore it from a backup, or keep what can \
                       be read with `secmonkey salvage FROM TO`";

impl From<secmonkey_store::Error> for Error {
    fn from(error: secmonkey_store::Error) -> Self {
        use secmonkey_store::Error as Store;
        let damaged = match &error {
            Store::Corrupt { path, .. } => path.ends_with("log"),
            Store::LostTail { .. } | Store::OtherHistory { .. } | Store::BehindViews { .. } => true,
            _ => false,
        };
        let hint = match &error {
            Store::Missing(_) => ": `secmonkey scan` makes one",
            Store::Exists(_)
            | Store::NoFolder(_)
            | Store::Log(log::Error::Cut(_))
            | Store::NoSegments(_)
            | Store::OtherRange { .. }
            | Store::NoEvents { .. } => return Self::Usage(error.to_string()),
            Store::Segment { .. } | Store::Behind { .. } | Store::OtherLog { .. } => {
                return Self::Refuted(error.to_string());
            }
            Store::Held { .. } => {
                return Self::Held(format!(
                    "{error}: try again, or wait longer with --wait SECONDS"
                ));
            }
            Store::OtherHistory { .. } => {
                ": nothing was changed in it; put back the log and the `heads.log` that belong \
                 together"
            }
            Store::BehindViews { .. } => "; nothing was changed in it",
            _ if damaged => DAMAGED,
            Store::Corrupt { .. } => ": nothing was changed in it; restore it from a backup",
            _ => "",
        };
        let text = format!("{error}{hint}");
        if damaged { Self::Damaged(text) } else { Self::Store(text) }
    }
}

impl From<secmonkey_rules::Error> for Error {
    fn from(error: secmonkey_rules::Error) -> Self {
        use secmonkey_rules::Error as Rules;
        let said = error.to_string();
        match error {
            // At the end of a file there is nothing to point at.
            Rules::Rule { text, column, .. } if !text.trim().is_empty() => {
                let at = text.char_indices().nth(column.saturating_sub(1));
                let span = at.map_or(text.len()..text.len(), |(at, c)| at..at + c.len_utf8());
                Self::Pointed { said, below: pointed(&text, span) }
            }
            _ => Self::Usage(said),
        }
    }
}

impl From<secmonkey_notify::settings::Error> for Error {
    fn from(error: secmonkey_notify::settings::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<Unknown> for Error {
    fn from(error: Unknown) -> Self {
        Self::Usage(of_service(&error).unwrap_or_else(|| error.to_string()))
    }
}

/// What to name in place of a service, whose name is taken for that of a technology.
fn of_service(unknown: &Unknown) -> Option<String> {
    let all = secmonkey_aws::watch::facts().filter(|facts| {
        matches!(unknown.what, Named::Technology)
            && facts.service.id.eq_ignore_ascii_case(&unknown.name)
    });
    let ids: Vec<_> = all.map(|facts| format!("`{}`", facts.id)).collect();
    let name = &unknown.name;
    (!ids.is_empty())
        .then(|| format!("`{name}` is a service, name one of its technologies: {}", ids.join(", ")))
}

impl From<query::Error> for Error {
    fn from(error: query::Error) -> Self {
        use query::Error as Query;
        let error = match error {
            Query::Unknown(unknown) => return unknown.into(),
            error => error,
        };
        let hint = match &error {
            Query::NothingRecorded(_) => ", see `secmonkey scan`",
            Query::UnknownIssue { nearest: Nearest::Empty | Nearest::Far, .. } => {
                ": see `secmonkey issues`"
            }
            Query::Log(log::Error::Cut(_)) | Query::View(view::Error::Log(log::Error::Cut(_))) => {
                ""
            }
            Query::Log(_) | Query::View(_) | Query::Patch(_) | Query::Orphan(_) => {
                return Self::Store(error.to_string());
            }
            _ => "",
        };
        Self::Usage(format!("{error}{hint}"))
    }
}

impl From<plan::Error> for Error {
    fn from(error: plan::Error) -> Self {
        use plan::Error as Plan;
        let change =
            |account: &str, option| format!(": see `secmonkey account edit {account} {option}`");
        let hint = match &error {
            Plan::ThirdParty(account) => change(&account.name, "--ours"),
            Plan::Inactive(account) => change(&account.name, "--active"),
            Plan::Off(_) => {
                ": see `off` under `[technologies]` in the configuration file".to_owned()
            }
            Plan::NoneActive => {
                ": see `secmonkey account list` and `account edit --active`".to_owned()
            }
            Plan::Unknown(unknown) => return unknown.clone().into(),
            Plan::Nothing => " (--region global)".to_owned(),
            _ => String::new(),
        };
        Self::Usage(format!("{error}{hint}"))
    }
}

impl From<decide::Error> for Error {
    fn from(error: decide::Error) -> Self {
        use decide::Error as Decide;
        let hint = match error {
            Decide::Query(error) => return error.into(),
            Decide::Append(error) => return error.into(),
            Decide::Log(error) => return error.into(),
            Decide::View(error) => return error.into(),
            Decide::EmptyNote => ": say why with --note",
            Decide::Source { error: source::Error::NoList(_), .. } => {
                ": use credentials of the organization's management account, or name that with \
                 --account"
            }
            Decide::Source { error: source::Error::Denied(_), .. } => {
                ": use its credentials, or name it with --account"
            }
            Decide::Source { error: source::Error::Unread(ref error), .. }
                if error.cause == Cause::Denied =>
            {
                ": see `secmonkey permissions --discover`"
            }
            Decide::Registered(_) => ": see `secmonkey account edit`",
            Decide::OtherOrigin { .. } => ": leave --origin out",
            Decide::KnownNetwork { .. } => ": `secmonkey network remove` it first",
            _ => "",
        };
        Self::Usage(format!("{error}{hint}"))
    }
}

impl From<log::Error> for Error {
    fn from(error: log::Error) -> Self {
        match error {
            log::Error::Cut(_) => Self::Usage(error.to_string()),
            error => Self::Store(error.to_string()),
        }
    }
}

impl From<log::AppendError> for Error {
    fn from(error: log::AppendError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<view::Error> for Error {
    fn from(error: view::Error) -> Self {
        match error {
            view::Error::Log(error) => error.into(),
            error => Self::Store(error.to_string()),
        }
    }
}

impl From<pipeline::Error> for Error {
    fn from(error: pipeline::Error) -> Self {
        match error {
            pipeline::Error::Wiring(error) => Self::Usage(error.to_string()),
            pipeline::Error::Clock(reason) => Self::clock(&reason),
            pipeline::Error::EndedEarly { error, .. } => Self::ended_early(*error),
            error => Self::Store(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_is_in_the_manual() {
        let told: Vec<_> = EXIT_CODES.iter().flat_map(|(codes, _)| codes.split(", ")).collect();
        let signals = [Signal::HangUp, Signal::Interrupt, Signal::Terminate];
        let ends = [Exit::Done, Exit::Reached, Exit::Partly, Exit::Edited].map(Exit::code);
        let mut codes: Vec<_> = ends.into_iter().chain(signals.map(Signal::code)).collect();
        codes.push(Error::usage("").code());
        codes.sort_unstable();
        assert_eq!(told, codes.iter().map(ToString::to_string).collect::<Vec<_>>());
    }

    #[test]
    fn what_was_found_goes_before_what_could_not_be_read() {
        use Exit::{Done, Edited, Partly, Reached, Stopped};
        for (one, other, told) in [
            (Done, Done, 0),
            (Done, Partly, 3),
            (Reached, Partly, 1),
            (Reached, Done, 1),
            (Edited, Reached, 4),
            (Stopped(Signal::Terminate), Reached, 143),
        ] {
            assert_eq!(one.or(other).code(), told);
            assert_eq!(other.or(one).code(), told);
        }
    }

    #[test]
    fn an_error_is_one_line_that_steers_no_terminal() {
        let error = Error::usage("no item `\u{1b}[2J`\n  in the store");
        assert_eq!(error.to_string(), "no item `\\u{1b}[2J` in the store");
    }

    #[test]
    fn a_query_is_told_with_the_place_that_is_wrong() {
        let error = "web regoin:eu-1".parse::<secmonkey_core::query::Query>().unwrap_err();
        let error = Error::from(error);
        assert_eq!(
            error.to_string(),
            "the query does not parse: unknown field `regoin`; nearest: `region`; a text with a \
             colon needs quotes\n  web regoin:eu-1\n      ^^^^^^"
        );
        assert_eq!(error.code(), 2);
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let broken = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Error::from(broken).code(), 0);
    }
}
