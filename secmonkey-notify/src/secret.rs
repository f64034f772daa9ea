//! Secrets: never in the settings, read where they are used.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secmonkey_core::notify::Error;
use secmonkey_core::outside::keep_out;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::program::{self, Program};

/// The longest secret, in bytes.
const LONGEST: usize = 16 * 1024;
/// How long the command may take that prints one.
const PATIENCE: Duration = Duration::from_secs(20);

/// A secret, as settings may hold it: where it is, never what it is.
///
/// ```toml
/// password = { env = "SMTP_PASSWORD" }
/// password = { file = "/run/credentials/secmonkeyd.service/smtp" }
/// password = { command = ["pass", "show", "smtp"] }
/// ```
///
/// It is read anew for each message, so a secret that is changed counts without a restart.
/// Blanks around it are no part of it. What shows itself of it is where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Source);

#[derive(Clone, PartialEq, Eq)]
enum Source {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
}

/// What is said of settings that hold the secret itself. They never appear in it.
const NOT_HERE: &str = "a secret is not written here: say where it is, \
     { env = \"NAME\" }, { file = \"/PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }";

impl Secret {
    /// The secret in an environment variable.
    #[must_use]
    pub fn env(name: impl Into<String>) -> Self {
        Self(Source::Env(name.into()))
    }

    /// The secret that a file holds, and nothing else.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Source::File(path.into()))
    }

    /// The secret that a program prints.
    #[must_use]
    pub fn command(command: impl IntoIterator<Item = String>) -> Self {
        Self(Source::Command(command.into_iter().collect()))
    }

    /// Reads it, and keeps it out of everything that is said from now on
    /// ([`keep_out`]).
    ///
    /// # Errors
    /// [`Error::Refused`] where it is not there; [`Error::Unavailable`] where the command did
    /// not print it this time.
    pub async fn read(&self) -> Result<Exposed, Error> {
        let text = match &self.0 {
            Source::Env(name) => std::env::var(name)
                .map_err(|_| Error::Refused(format!("{self} is not set, or no text")))?,
            Source::File(path) => {
                let read = tokio::fs::read(path).await;
                let bytes =
                    read.map_err(|error| Error::Refused(format!("cannot read {self}: {error}")))?;
                self.text(bytes)?
            }
            Source::Command(command) => {
                let ended = Program { command, input: &[], environment: None, patience: PATIENCE };
                // What it prints beside the secret is not told: it may be about it.
                let ended = ended.run().await.map_err(|error| match error {
                    program::Error::NotStarted(_) => Error::Refused(format!("{self}: {error}")),
                    program::Error::Late(_) => Error::Unavailable(format!("{self}: {error}")),
                })?;
                if !ended.status.success() {
                    return Err(Error::Unavailable(format!("{self} ended with {}", ended.status)));
                }
                self.text(ended.out)?
            }
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::Refused(format!("{self} is empty")));
        }
        keep_out(text);
        Ok(Exposed(text.to_owned()))
    }

    fn text(&self, bytes: Vec<u8>) -> Result<String, Error> {
        if bytes.len() > LONGEST {
            return Err(Error::Refused(format!("{self} holds more than {LONGEST} bytes")));
        }
        String::from_utf8(bytes).map_err(|_| Error::Refused(format!("{self} holds no text")))
    }
}

/// Where it is, for errors.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Env(name) => write!(f, "the environment variable {name}"),
            Source::File(path) => write!(f, "the file {}", path.display()),
            Source::Command(command) => {
                write!(f, "the command {}", command.first().map_or("", String::as_str))
            }
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As a whole first: what serde says of a value that it did not expect repeats it.
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(de::Error::custom)
    }
}

impl Secret {
    /// A secret as settings name it.
    pub(crate) fn from_value(value: &Value) -> Result<Self, String> {
        let not_here = || NOT_HERE.to_owned();
        let members = value.as_object().filter(|members| members.len() == 1);
        let (kind, value) = members.and_then(|all| all.iter().next()).ok_or_else(not_here)?;
        let source = match (kind.as_str(), value) {
            ("env", Value::String(name)) if name.contains(['=', '\0']) || name.is_empty() => {
                return Err("that is no name of an environment variable".to_owned());
            }
            ("env", Value::String(name)) => Source::Env(name.clone()),
            ("file", Value::String(path)) if !path.starts_with('/') => {
                return Err("the file of a secret is named by its whole path".to_owned());
            }
            ("file", Value::String(path)) => Source::File(path.into()),
            ("command", Value::Array(words)) => {
                let words: Option<Vec<_>> =
                    words.iter().map(|word| word.as_str().map(str::to_owned)).collect();
                let words = words.filter(|words| !words.is_empty());
                Source::Command(words.ok_or("the command of a secret is a list of words")?)
            }
            _ => return Err(not_here()),
        };
        Ok(Self(source))
    }
}

/// A secret that was read. It shows itself to nobody.
pub struct Exposed(String);

impl Exposed {
    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A text in settings that may be a secret, or hold one: an address, the value of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// It is no secret.
    Plain(String),
    /// It is one.
    Secret(Secret),
}

impl Text {
    /// Reads it.
    ///
    /// # Errors
    /// As [`Secret::read`].
    pub async fn read(&self) -> Result<String, Error> {
        match self {
            Self::Plain(text) => Ok(text.clone()),
            Self::Secret(secret) => Ok(secret.read().await?.0),
        }
    }

    /// The text, where it is no secret.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Secret(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Plain(text)),
            other => Secret::from_value(&other).map(Self::Secret).map_err(de::Error::custom),
        }
    }
}

/// Reads a table of texts.
pub(crate) async fn read_all(
    texts: &BTreeMap<String, Text>,
) -> Result<BTreeMap<String, String>, Error> {
    let mut read = BTreeMap::new();
    for (name, text) in texts {
        read.insert(name.clone(), text.read().await?);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Settings {
        password: Secret,
    }

    fn settings(text: &str) -> Result<Settings, toml::de::Error> {
        toml::from_str(text)
    }

    #[tokio::test]
    async fn secrets_are_read_from_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "correct horse\n").unwrap();
        let path = path.display();
        for text in [
            format!("password = {{ file = '{path}' }}"),
            format!("password = {{ command = ['cat', '{path}'] }}"),
        ] {
            let secret = settings(&text).unwrap().password;
            let read = secret.read().await.unwrap();
            assert_eq!(read.expose(), "correct horse");
            assert_eq!(format!("{read:?}"), "***");
            assert!(!format!("{secret:?} {secret}").contains("horse"));
        }
        assert_eq!(secmonkey_core::outside::line("said correct horse"), "said ***");
        let env = settings("password = { env = 'PATH' }").unwrap().password;
        assert_eq!(env.read().await.unwrap().expose(), std::env::var("PATH").unwrap());
    }

    #[tokio::test]
    async fn what_is_not_there_is_said_without_what_it_would_be() {
        let said = async |secret: Secret| secret.read().await.unwrap_err().to_string();
        assert_eq!(
            said(Secret::env("SECMONKEY_NO_SUCH")).await,
            "refused: the environment variable SECMONKEY_NO_SUCH is not set, or no text",
        );
        let no_file = said(Secret::file("/no/such/file")).await;
        assert!(no_file.starts_with("refused: cannot read the file /no/such/file: No such"));
        let command = |words: &[&str]| Secret::command(words.iter().map(|&word| word.to_owned()));
        assert_eq!(
            said(command(&["sh", "-c", "echo hunter2hunter2 >&2; exit 3"])).await,
            "not delivered now: the command sh ended with exit status: 3",
        );
        assert_eq!(said(command(&["true"])).await, "refused: the command true is empty");
        let unknown = said(command(&["/no/such/program"])).await;
        assert!(unknown.contains("the command /no/such/program: "), "{unknown}");
    }

    #[test]
    fn a_secret_in_the_settings_is_refused_and_not_repeated() {
        for inline in [
            "'hunter2hunter2'",
            "1234567890",
            "12345.67890",
            "true",
            "['hunter2hunter2']",
            "{ value = 'hunter2hunter2' }",
            "{ env = 'A', file = '/hunter2hunter2' }",
            "{ env = 'hunter2=hunter2' }",
            "{ file = 'hunter2hunter2' }",
            "{ command = 'hunter2hunter2' }",
            "{ command = [] }",
            "1979-05-27",
        ] {
            let error = settings(&format!("password = {inline}")).unwrap_err();
            let said = error.message();
            for part in ["hunter2", "12345", "1979"] {
                assert!(!said.contains(part), "{said}");
            }
        }
        assert_eq!(settings("password = 'x'").unwrap_err().message(), NOT_HERE);
    }
}
