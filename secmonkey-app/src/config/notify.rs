//! Who is told: `[notify.NAME]`, a table each.

use std::sync::Arc;

use secmonkey_aws::notify::ses::{self, Ses};
use secmonkey_aws::notify::sns::{self, Sns};
use secmonkey_aws::session::Sessions;
use secmonkey_core::nearest;
use secmonkey_core::notify::Notifier;
use secmonkey_notify::settings::{self, Declared, KINDS};

use super::Config;

/// The kinds that need a cloud's credentials.
const OWN: [&str; 2] = ["ses", "sns"];

impl Config {
    /// Who is told.
    ///
    /// # Errors
    /// What is wrong with the settings of one.
    pub fn notifiers(
        &self,
        sessions: &Sessions,
    ) -> Result<Vec<Arc<dyn Notifier>>, settings::Error> {
        self.notify.notifiers_and(&OWN, |name, declared| own(name, declared, sessions))
    }
}

/// Holds what is declared of a channel against what its kind takes.
pub fn check(name: &str, declared: &Declared) -> Result<(), String> {
    let kind = declared.kind(name);
    match (kind, declared.channel(name)?) {
        (_, Some(channel)) => channel.notifier(name).map(drop),
        ("ses", None) => mail(declared).map(drop),
        ("sns", None) => topic(declared).map(drop),
        _ => Err(nearest::unknown("kind", kind, KINDS.into_iter().chain(OWN))),
    }
}

/// The notifier of a kind that needs a cloud's credentials.
fn own(
    name: &str,
    declared: &Declared,
    sessions: &Sessions,
) -> Result<Option<Arc<dyn Notifier>>, String> {
    let sessions = sessions.clone();
    Ok(Some(match declared.kind(name) {
        "ses" => Arc::new(Ses::new(name, sessions, mail(declared)?)),
        "sns" => Arc::new(Sns::new(name, sessions, topic(declared)?)?),
        _ => return Ok(None),
    }))
}

fn topic(declared: &Declared) -> Result<sns::Settings, String> {
    let settings: sns::Settings = declared.settings()?;
    settings.check()?;
    Ok(settings)
}

fn mail(declared: &Declared) -> Result<ses::Settings, String> {
    let settings: ses::Settings = declared.settings()?;
    if settings.to.is_empty() {
        return Err("`to` is empty: name who gets the mail".to_owned());
    }
    Ok(settings)
}

/// The line in which the table of a channel begins: `line 3: `; nothing where it is written in
/// another way.
pub fn place(text: &str, name: &str) -> String {
    let heads = [format!("[notify.{name}]"), format!("[notify.\"{name}\"]")];
    let mut lines = text.lines().enumerate();
    let head = lines.find(|(_, line)| heads.iter().any(|head| line.trim_start().starts_with(head)));
    head.map_or_else(String::new, |(at, _)| format!("line {}: ", at + 1))
}
