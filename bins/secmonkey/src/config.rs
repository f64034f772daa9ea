//! The configuration file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secmonkey_aws::notify::ses::Settings;
use serde::Deserialize;

use crate::error::Error;
use crate::nearest;

/// What the configuration file may hold; every setting may be left out.
///
/// ```toml
/// store = "/var/lib/secmonkey"
///
/// [scan]
/// role = "SecurityMonkey"
/// max_attempts = 8
/// timeout = 300
///
/// [notify.ses]
/// from = "secmonkey@example.org"
/// to = ["security@example.org"]
/// region = "eu-west-1"
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the store is.
    pub store: Option<PathBuf>,
    /// How scans read.
    pub scan: Scan,
    /// Who is told.
    pub notify: Notify,
}

/// How scans read.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scan {
    /// The role to assume in accounts that name none and are not the caller's own.
    pub role: Option<String>,
    /// Attempts per call, the first included.
    pub max_attempts: Option<u32>,
    /// Seconds for one call with all its attempts, and for a sweep to make progress.
    pub timeout: Option<u64>,
}

/// Who is told what scans find out.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// By mail, through SES.
    pub ses: Option<Settings>,
}

impl Config {
    /// Reads the file that was named, or else the one in the usual place, which need not
    /// be there.
    pub fn load(named: Option<&Path>) -> Result<Self, Error> {
        let usual = dirs().map(|dirs| dirs.config.join("config.toml"));
        let Some(path) = named.map(Path::to_owned).or(usual) else { return Ok(Self::default()) };
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text)
                .map_err(|reason| Error::usage(format!("{}: {reason}", path.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => {
                Ok(Self::default())
            }
            Err(error) => Err(Error::usage(format!("cannot read {}: {error}", path.display()))),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| explain(text, &error))?;
        if config.scan.max_attempts == Some(0) {
            return Err("scan.max_attempts is 0: nothing could be read".to_owned());
        }
        if config.scan.timeout == Some(0) {
            return Err("scan.timeout is 0: nothing could be read".to_owned());
        }
        if config.notify.ses.as_ref().is_some_and(|ses| ses.to.is_empty()) {
            return Err("notify.ses.to is empty: name who gets the mail".to_owned());
        }
        Ok(config)
    }
}

/// What is wrong with a file, in one line, and where.
fn explain(text: &str, error: &toml::de::Error) -> String {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or_else(String::new, |before| format!("line {}: ", before.matches('\n').count() + 1));
    let said = error.message();
    // serde words it so: unknown field `a`, expected one of `b`, `c`.
    let mut names = said.split('`').skip(1).step_by(2);
    match names.next() {
        Some(name) if said.starts_with("unknown field") => {
            format!("{line}{}", nearest::unknown("setting", name, names))
        }
        _ => format!("{line}{said}"),
    }
}

/// The folders of this program.
pub struct Dirs {
    /// Where its configuration is.
    pub config: PathBuf,
    /// Where its data are.
    pub data: PathBuf,
}

/// The folders of this program; `None` where nobody's home is known.
pub fn dirs() -> Option<Dirs> {
    use etcetera::BaseStrategy as _;
    let base = etcetera::choose_base_strategy().ok()?;
    Some(Dirs {
        config: base.config_dir().join("secmonkey"),
        data: base.data_dir().join("secmonkey"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_read() {
        let config = Config::parse(
            "store = '/s'\n[scan]\nrole = 'r'\nmax_attempts = 2\ntimeout = 9\n\
             [notify.ses]\nfrom = 'a@x'\nto = ['b@x']\nregion = 'eu-west-1'\n",
        )
        .unwrap();
        assert_eq!(config.store, Some(PathBuf::from("/s")));
        assert_eq!(config.scan.max_attempts, Some(2));
        assert_eq!(config.notify.ses.unwrap().to, ["b@x"]);
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, said) in [
            ("\nstroe = 'x'", "line 2: unknown setting `stroe`; nearest: `store`"),
            (
                "[scan]\nmax_atempts = 1",
                "line 2: unknown setting `max_atempts`; nearest: `max_attempts`",
            ),
            ("[notify.smtp]", "line 1: unknown setting `smtp`; there is `ses`"),
            ("[scan]\ntimeout = 0", "scan.timeout is 0: nothing could be read"),
        ] {
            assert_eq!(Config::parse(text).unwrap_err(), said);
        }
        for (text, part) in [
            ("store = ", "line 1: "),
            ("[notify.ses]\nfrom = 'a'\nto = []\nregion = 'r'", "notify.ses.to is empty"),
            ("[notify.ses]\nto = ['a']", "missing field `from`"),
            ("[scan]\ntimeout = 'long'", "line 2: invalid type"),
        ] {
            let said = Config::parse(text).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }
}
