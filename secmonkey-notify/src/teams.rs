//! Microsoft Teams, by a webhook of Workflows.

use std::path::PathBuf;

use async_trait::async_trait;
use secmonkey_core::notify::{Error, Message, Notifier, text};
use secmonkey_core::render::short;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Http;
use crate::outline::{Outline, Part, end, link};
use crate::secret::Secret;

/// Teams takes cards of 28 KB, with what it wraps them in.
const CARD: usize = 24_000;
/// The longest text in one element, in characters.
const LONGEST: usize = 2000;

/// Which chat or channel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the flow "Post to a channel when a webhook request is received". Who has
    /// it can write to the channel: it is a secret.
    pub url: Secret,
    /// Whether it may be an address of one's own network, `http://` included.
    #[serde(default)]
    pub allow_private: bool,
    /// A file of certificate authorities to trust beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

/// Writes messages to a chat or a channel of Teams, as Adaptive Cards.
#[derive(Debug)]
pub struct Teams {
    name: String,
    settings: Settings,
    http: Http,
}

impl Teams {
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
impl Notifier for Teams {
    fn name(&self) -> &str {
        &self.name
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        self.http.tell(&self.settings.url, &card(message)).await
    }

    async fn check(&self) -> Result<(), Error> {
        self.http.reaches(&self.settings.url).await
    }
}

/// A message as a card.
///
/// All of it is runs of text: those of text blocks would be Markdown, with links that what
/// comes from the cloud could write.
pub(crate) fn card(message: &Message) -> Value {
    let subject = text::subject(message);
    let outline = Outline::of(message);
    let end = rich(&[subtle(&end(message).join("\n"))], true);
    let mut body = vec![rich(&[title(&subject, "large")], false)];
    let mut room = CARD - length(&body) - length(&end) - 1000;
    let mut shown = 0;
    for part in &outline.parts {
        let element = element(part);
        let Some(left) = room.checked_sub(length(&element) + 1) else { break };
        room = left;
        shown += 1;
        body.push(element);
    }
    let left = outline.left(shown);
    if left > 0 {
        body.push(rich(&[subtle(&format!("... and {left} more than fit here"))], false));
    }
    body.push(end);
    let actions: Vec<_> = link(message)
        .map(|link| json!({ "type": "Action.OpenUrl", "title": "Open in secmonkey", "url": link }))
        .into_iter()
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
                "actions": actions,
            },
        }],
    })
}

fn length(value: &impl serde::Serialize) -> usize {
    serde_json::to_string(value).map_or(0, |text| text.len())
}

fn element(part: &Part) -> Value {
    match part {
        Part::Title(text) => rich(&[title(text, "medium")], true),
        Part::Fact { mark, score, severity, what, lines, small } => {
            let mut head = run(&format!("{score} {severity} "));
            head["weight"] = json!("bolder");
            head["color"] = json!(colour(*mark, *score));
            let mut named = run(what);
            named["weight"] = json!("bolder");
            let said = run(&format!("\n{}\n", lines.join("\n")));
            rich(&[head, named, said, subtle(small)], false)
        }
        Part::Change { heading, lines, diff } => {
            let mut runs = vec![title(heading, "default")];
            if !lines.is_empty() {
                runs.push(run(&format!("\n{}", lines.join("\n"))));
            }
            for line in diff {
                let mut run = run(&format!("\n{line}"));
                run["fontType"] = json!("monospace");
                match line.chars().next() {
                    Some('+') => run["color"] = json!("good"),
                    Some('-') => run["color"] = json!("attention"),
                    _ => {}
                }
                runs.push(run);
            }
            rich(&runs, false)
        }
        Part::Said(lines) => rich(&[run(&lines.join("\n"))], false),
    }
}

const fn colour(mark: char, score: u8) -> &'static str {
    match (mark, score) {
        ('-', _) => "good",
        (_, 0..=3) => "default",
        (_, 4..=6) => "warning",
        _ => "attention",
    }
}

fn rich(inlines: &[Value], separator: bool) -> Value {
    json!({ "type": "RichTextBlock", "separator": separator, "inlines": inlines })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": short(text, LONGEST) })
}

fn title(text: &str, size: &str) -> Value {
    json!({ "type": "TextRun", "text": short(text, LONGEST), "weight": "bolder", "size": size })
}

fn subtle(text: &str) -> Value {
    json!({ "type": "TextRun", "text": short(text, LONGEST), "isSubtle": true, "size": "small" })
}
