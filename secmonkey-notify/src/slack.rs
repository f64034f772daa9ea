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
/// So many characters in one block, and in a text.
const SECTION: usize = 3000;
/// What a message may be long, in characters: Slack refuses what has more than about 12,000 in
/// all of its blocks.
const ALL: usize = 10_000;

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
///
/// All of it is text that Slack shows as it stands: in `mrkdwn`, names from the cloud would be
/// markup, and look like what we say.
pub(crate) fn blocks(message: &Message) -> Value {
    let subject = text::subject(message);
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": short(&subject, HEADER), "emoji": false },
    })];
    let outline = Outline::of(message);
    let end = footer(message);
    let mut room = ALL - HEADER - end.length;
    let mut shown = 0;
    for part in &outline.parts {
        let block = Rich::of(part);
        // Two more: what is left out, and the end.
        if blocks.len() + 2 >= BLOCKS || block.length > room {
            break;
        }
        room -= block.length;
        shown += 1;
        blocks.push(block.into());
    }
    let left = outline.left(shown);
    if left > 0 {
        let mut more = Rich::default();
        more.text(&format!("... and {left} more than fit here"), Style::Italic);
        blocks.push(more.into());
    }
    blocks.push(end.into());
    json!({
        // What is shown where blocks are not, in a notification: text with markup.
        "text": escaped(&short(&subject, SECTION)),
        "mrkdwn": false,
        // Nobody is shown what an address leads to that somebody put into a name.
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
}

/// Where there is more, why the message came, and how to get no more of it.
fn footer(message: &Message) -> Rich {
    let mut block = Rich::default();
    let mut lines = end(message);
    if let Some(link) = link(message) {
        block.link("Open in secmonkey", link);
        // It says the same.
        lines[0].clear();
    }
    block.text(&lines.join("\n"), Style::Plain);
    block
}

/// How text looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Bold,
    Italic,
}

/// A block of text.
#[derive(Default)]
struct Rich {
    runs: Vec<Value>,
    /// What stands below them, every letter in its column.
    lines: Option<String>,
    /// How many characters it has.
    length: usize,
}

impl Rich {
    fn of(part: &Part) -> Self {
        let mut block = Self::default();
        match part {
            Part::Title(title) => block.text(title, Style::Bold),
            Part::Fact { mark, score, severity, what, lines, small, .. } => {
                block.emoji(if *mark == '-' { "white_check_mark" } else { circle(severity) });
                block.text(&format!(" {score} {severity}"), Style::Bold);
                block.text(&format!(" {what}\n{}\n", lines.join("\n")), Style::Plain);
                block.text(small, Style::Italic);
            }
            Part::Change { heading, lines, diff } => {
                block.text(heading, Style::Bold);
                for line in lines {
                    block.text(&format!("\n{line}"), Style::Plain);
                }
                let diff = block.fitting(&diff.join("\n"));
                block.lines = (!diff.is_empty()).then_some(diff);
            }
            Part::Said(lines) => block.text(&lines.join("\n"), Style::Plain),
        }
        block
    }

    /// As much of a text as there is room for.
    fn fitting(&mut self, text: &str) -> String {
        let text = short(text, SECTION.saturating_sub(self.length)).into_owned();
        self.length += text.chars().count();
        text
    }

    fn text(&mut self, text: &str, style: Style) {
        let mut run = json!({ "type": "text", "text": self.fitting(text) });
        // Slack refuses what is empty.
        if run["text"] == "" {
            return;
        }
        match style {
            Style::Plain => {}
            Style::Bold => run["style"] = json!({ "bold": true }),
            Style::Italic => run["style"] = json!({ "italic": true }),
        }
        self.runs.push(run);
    }

    fn emoji(&mut self, name: &str) {
        self.runs.push(json!({ "type": "emoji", "name": name }));
    }

    fn link(&mut self, text: &str, url: &str) {
        self.runs.push(json!({ "type": "link", "text": text, "url": url }));
    }
}

impl From<Rich> for Value {
    fn from(block: Rich) -> Self {
        let mut elements = vec![json!({ "type": "rich_text_section", "elements": block.runs })];
        if let Some(lines) = block.lines {
            let lines = json!([{ "type": "text", "text": lines }]);
            elements.push(json!({ "type": "rich_text_preformatted", "elements": lines }));
        }
        json!({ "type": "rich_text", "elements": elements })
    }
}

fn circle(severity: &str) -> &'static str {
    match severity {
        "critical" => "red_circle",
        "high" => "large_orange_circle",
        "medium" => "large_yellow_circle",
        _ => "white_circle",
    }
}

/// A text in which nothing is a link or a mention.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
