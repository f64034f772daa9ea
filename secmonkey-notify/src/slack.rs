//! Slack, by an incoming webhook.

use std::path::PathBuf;

use async_trait::async_trait;
use secmonkey_core::notify::{Error, Message, Notifier, text};
use secmonkey_core::render::short;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Http;
use crate::outline::{Outline, Part, end, link};
use crate::secret::Secret;

/// Slack takes so many blocks.
const BLOCKS: usize = 50;
/// So many characters in a header.
const HEADER: usize = 150;
/// So many characters in a section.
const SECTION: usize = 3000;
/// What a message may be long, in characters: Slack cuts at 40,000.
const ALL: usize = 30_000;

/// Which channel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the incoming webhook. Who has it can write to the channel: it is a secret.
    pub url: Secret,
    /// Whether it may be an address of one's own network, `http://` included.
    #[serde(default)]
    pub allow_private: bool,
    /// A file of certificate authorities to trust beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

/// Writes messages to a channel of Slack, as blocks.
#[derive(Debug)]
pub struct Slack {
    name: String,
    settings: Settings,
    http: Http,
}

impl Slack {
    /// A channel of this name.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(name: impl Into<String>, settings: Settings) -> Result<Self, String> {
        let http = Http::new(settings.allow_private, settings.ca.as_deref())?;
        Ok(Self { name: name.into(), settings, http })
    }
}

#[async_trait]
impl Notifier for Slack {
    fn name(&self) -> &str {
        &self.name
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        self.http.tell(&self.settings.url, &blocks(message)).await
    }

    async fn check(&self) -> Result<(), Error> {
        self.http.reaches(&self.settings.url).await
    }
}

/// A message as blocks.
pub(crate) fn blocks(message: &Message) -> Value {
    let subject = text::subject(message);
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": short(&subject, HEADER), "emoji": false },
    })];
    let outline = Outline::of(message);
    let mut room = ALL;
    let mut shown = 0;
    for part in &outline.parts {
        let text = section(part);
        let length = text.chars().count();
        // Two more: what is left out, and the end.
        if blocks.len() + 2 >= BLOCKS || length > room {
            break;
        }
        room -= length;
        shown += 1;
        blocks.push(json!({
            "type": "section",
            // Nothing in it becomes a link or a mention that was not written as one.
            "text": { "type": "mrkdwn", "text": text, "verbatim": true },
        }));
    }
    let left = outline.left(shown);
    if left > 0 {
        blocks.push(context(&format!("... and {left} more than fit here")));
    }
    let mut end: Vec<_> = end(message).iter().map(|line| escaped(line)).collect();
    if let Some(link) = link(message) {
        end[0] = format!("<{}|Open in secmonkey>", escaped(link));
    }
    blocks.push(context(&end.join("\n")));
    json!({ "text": escaped(&short(&subject, SECTION)), "blocks": blocks })
}

fn context(text: &str) -> Value {
    let text = cut(text, SECTION);
    json!({
        "type": "context",
        "elements": [{ "type": "mrkdwn", "text": text, "verbatim": true }],
    })
}

/// A part as one section.
fn section(part: &Part) -> String {
    let text = match part {
        Part::Title(title) => format!("*{title}*"),
        Part::Fact { mark, score, severity, what, lines, small, .. } => {
            let sign = if *mark == '-' { ":white_check_mark:" } else { circle(severity) };
            let mut text = format!("{sign} *{score} {severity}* {}", escaped(what));
            for line in lines {
                text.extend(["\n", &escaped(line)]);
            }
            text.extend(["\n_", &escaped(small), "_"]);
            text
        }
        Part::Change { heading, lines, diff } => {
            let mut text = format!("*{}*", escaped(heading));
            for line in lines {
                text.extend(["\n", &escaped(line)]);
            }
            if !diff.is_empty() {
                let room = SECTION.saturating_sub(text.len() + 16);
                let diff: Vec<_> =
                    diff.iter().map(|line| escaped(line).replace('`', "'")).collect();
                text.extend(["\n```", &cut(&diff.join("\n"), room), "```"]);
            }
            text
        }
        Part::Said(lines) => lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n"),
    };
    cut(&text, SECTION)
}

fn circle(severity: &str) -> &'static str {
    match severity {
        "critical" => ":red_circle:",
        "high" => ":large_orange_circle:",
        "medium" => ":large_yellow_circle:",
        _ => ":white_circle:",
    }
}

/// A text in which nothing is a link or a mention.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The start of a text, in characters; an escape is left whole.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let mut start: String = text.chars().take(longest.saturating_sub(1)).collect();
    if let Some(at) = start.rfind('&')
        && !start[at..].contains(';')
    {
        start.truncate(at);
    }
    start.push('…');
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_cut_fits_and_leaves_escapes_whole(
            text in "([<>&;]|[a-z]|ü){0,60}", longest in 1_usize..120,
        ) {
            let cut = cut(&escaped(&text), longest);
            prop_assert!(cut.chars().count() <= longest);
            prop_assert!(!cut.contains(['<', '>']));
            let rest = cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
            prop_assert!(!rest.contains('&'), "{}", cut);
        }
    }
}
