//! Who is told: `[notify.NAME]`, a table each.

use std::sync::Arc;

use secmonkey_aws::notify::ses::{self, Ses};
use secmonkey_aws::session::Sessions;
use secmonkey_core::nearest;
use secmonkey_core::notify::Notifier;
use secmonkey_notify::settings::{self, Declared, KINDS};

use super::Config;

/// The kinds that need a cloud's credentials.
const OWN: [&str; 1] = ["ses"];

impl Config {
    /// Who is told.
    ///
    /// # Errors
    /// What is wrong with the settings of one.
    pub fn notifiers(
        &self,
        sessions: &Sessions,
    ) -> Result<Vec<Arc<dyn Notifier>>, settings::Error> {
        self.notify.notifiers_and(&OWN, |kind, declared| match kind {
            "ses" => {
                let ses = Ses::new(sessions.clone(), mail(declared)?);
                Ok(Some(Arc::new(ses) as Arc<dyn Notifier>))
            }
            _ => Ok(None),
        })
    }
}

/// Holds what is declared of a channel against what its kind takes.
pub fn check(name: &str, declared: &Declared) -> Result<(), String> {
    let kind = declared.kind(name);
    if kind == "ses" {
        return mail(declared).map(drop);
    }
    match declared.channel(name)? {
        Some(channel) => channel.notifier(name).map(drop),
        None => Err(nearest::unknown("kind", kind, KINDS.into_iter().chain(OWN))),
    }
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
