//! Jira: one ticket for each check and account.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use async_trait::async_trait;
use reqwest::header::AUTHORIZATION;
use reqwest::{Method, StatusCode};
use secmonkey_core::notify::{Error, Message, Notifier, text};
use secmonkey_core::render::{short, visible};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use crate::http::{self, Answer, Http};
use crate::secret::Secret;
use crate::told::{self, Told};

mod state;

use state::State;

/// The longest summary, in characters.
const SUMMARY: usize = 250;
/// So many issues are listed in a ticket or a comment.
const LISTED: usize = 100;
/// What every ticket of ours is labelled with.
const LABEL: &str = "secmonkey";

/// Which project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where Jira is: `https://example.atlassian.net`.
    pub url: String,
    /// Which Jira it is: `cloud` if nobody says.
    #[serde(default)]
    pub edition: Edition,
    /// The mail address of whose token it is, in the cloud. A data center needs none.
    pub user: Option<String>,
    /// The API token, or the personal access token of a data center.
    pub token: Secret,
    /// The key of the project: `SEC`.
    pub project: String,
    /// The type of tickets; `Task` if nobody says.
    #[serde(default = "issue_type")]
    pub issue_type: String,
    /// The transition that closes a ticket; if nobody says, the first that leads to a status
    /// of the category *done*.
    pub close: Option<String>,
    /// Whether it may be an address of one's own network, `http://` included.
    #[serde(default)]
    pub allow_private: bool,
    /// A file of certificate authorities to trust beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

fn issue_type() -> String {
    "Task".to_owned()
}

/// Which Jira it is: what it calls text, and how it is searched, differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// `example.atlassian.net`.
    #[default]
    Cloud,
    /// One's own.
    DataCenter,
}

/// Keeps one ticket for each check and account: made when the first issue is found, commented on
/// when one is found or ends, closed when none is left, opened again when one comes back.
///
/// A ticket is found again by its label. What of it is open stands in a property of the ticket
/// (`secmonkey`), not in this process.
#[derive(Debug)]
pub struct Jira {
    name: String,
    settings: Settings,
    http: Http,
    /// Tickets that are known, by label: what was just made is not found for some seconds. One
    /// message at a time, so that no ticket is made twice.
    known: Mutex<HashMap<String, String>>,
}

impl Jira {
    /// A channel of this name.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(name: impl Into<String>, mut settings: Settings) -> Result<Self, String> {
        let http = Http::new(settings.allow_private, settings.ca.as_deref())?;
        http.check(&settings.url).map_err(|why| format!("url: {why}"))?;
        settings.url.truncate(settings.url.trim_end_matches('/').len());
        let is_key = |key: &str| {
            key.starts_with(|c: char| c.is_ascii_alphabetic())
                && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if !is_key(&settings.project) {
            return Err(format!("project: `{}` is no key of a project", settings.project));
        }
        match (settings.edition, &settings.user) {
            (Edition::Cloud, None) => {
                Err("user is missing: the mail address of whose token it is".to_owned())
            }
            (Edition::DataCenter, Some(_)) => {
                Err("user: a personal access token of a data center has none".to_owned())
            }
            _ => Ok(Self { name: name.into(), settings, http, known: Mutex::default() }),
        }
    }
}

#[async_trait]
impl Notifier for Jira {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Error> {
        self.settings.token.read().await.map(drop)
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let told = told::issues(message);
        let mut tickets: BTreeMap<_, Vec<&Told<'_>>> = BTreeMap::new();
        for told in &told {
            let ticket = (told.finding.check.as_str(), told.key.account.as_str());
            tickets.entry(ticket).or_default().push(told);
        }
        if tickets.is_empty() {
            return Ok(());
        }
        let token = self.settings.token.read().await?;
        let authorization = match &self.settings.user {
            Some(user) => {
                format!("Basic {}", http::keep_out_basic(user, token.expose()))
            }
            None => format!("Bearer {}", token.expose()),
        };
        let mut known = self.known.lock().await;
        let session = Session { jira: self, authorization };
        for ((check, account), told) in tickets {
            session.tell(&mut known, message, check, account, &told).await?;
        }
        Ok(())
    }
}

/// Jira, as whoever the token belongs to sees it.
struct Session<'a> {
    jira: &'a Jira,
    authorization: String,
}

/// A ticket as Jira has it.
struct Ticket {
    key: String,
    is_done: bool,
}

impl Session<'_> {
    async fn tell(
        &self,
        known: &mut HashMap<String, String>,
        message: &Message,
        check: &str,
        account: &str,
        told: &[&Told<'_>],
    ) -> Result<(), Error> {
        let label = label(check, account);
        let ticket = match self.find(&label).await? {
            Some(ticket) => Some(ticket),
            None => match known.get(&label) {
                Some(key) => self.ticket(key).await?,
                None => None,
            },
        };
        let Some(ticket) = ticket else {
            let mut state = State::default();
            state.take(&message.id, told);
            if state.is_clear() {
                return Ok(());
            }
            let key = self.make(message, check, &label, told, &state).await?;
            known.insert(label, key.clone());
            return self.keep(&key, &state).await;
        };
        let mut state = self.state(&ticket.key).await?;
        if !state.take(&message.id, told) {
            // It was told already, and what follows may not have been done.
            return self.turn(&ticket, &state).await;
        }
        let comment = json!({ "body": self.jira.settings.edition.text(&lines(message, told)) });
        self.post(&format!("issue/{}/comment", ticket.key), &comment).await?;
        self.keep(&ticket.key, &state).await?;
        self.turn(&ticket, &state).await
    }

    /// The ticket that a label leads to: the oldest, should there be several.
    async fn find(&self, label: &str) -> Result<Option<Ticket>, Error> {
        let Settings { project, edition, .. } = &self.jira.settings;
        let path = match edition {
            Edition::Cloud => "search/jql",
            Edition::DataCenter => "search",
        };
        let jql = format!("project = \"{project}\" AND labels = \"{label}\" ORDER BY created ASC");
        let wanted = json!({ "jql": jql, "fields": ["status"], "maxResults": 1 });
        let found = self.post(path, &wanted).await?;
        Ok(ticket(&found["issues"][0]))
    }

    /// A ticket by its key; `None` where it is gone.
    async fn ticket(&self, key: &str) -> Result<Option<Ticket>, Error> {
        let answer = self.call(Method::GET, &format!("issue/{key}?fields=status"), None).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(ticket(&value(&answer.accepted()?)?))
    }

    async fn make(
        &self,
        message: &Message,
        check: &str,
        label: &str,
        told: &[&Told<'_>],
        state: &State,
    ) -> Result<String, Error> {
        let Settings { project, issue_type, .. } = &self.jira.settings;
        let worst = told.iter().filter(|one| one.calls == Some(true)).map(|one| one.finding.score);
        let worst = worst.max().unwrap_or_default();
        let title = visible(&message.title);
        let summary = format!("{check}: {} in {title} (worst {worst})", state.count());
        let fields = json!({ "fields": {
            "project": { "key": project },
            "issuetype": { "name": issue_type },
            "summary": short(&summary, SUMMARY),
            "description": self.jira.settings.edition.text(&lines(message, told)),
            "labels": [LABEL, label],
        }});
        let made = self.post("issue", &fields).await?;
        let key = made["key"].as_str();
        key.map(str::to_owned)
            .ok_or_else(|| Error::Unavailable("Jira made a ticket and named no key".to_owned()))
    }

    async fn state(&self, key: &str) -> Result<State, Error> {
        let path = format!("issue/{key}/properties/{LABEL}");
        let answer = self.call(Method::GET, &path, None).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(State::default());
        }
        Ok(State::read(&value(&answer.accepted()?)?["value"]))
    }

    async fn keep(&self, key: &str, state: &State) -> Result<(), Error> {
        let path = format!("issue/{key}/properties/{LABEL}");
        self.call(Method::PUT, &path, Some(&state.written())).await?.accepted().map(drop)
    }

    /// Closes a ticket of which nothing is left, and opens one again that is closed and has
    /// something to say.
    async fn turn(&self, ticket: &Ticket, state: &State) -> Result<(), Error> {
        if ticket.is_done == state.is_clear() {
            return Ok(());
        }
        let path = format!("issue/{}/transitions", ticket.key);
        let answer = self.call(Method::GET, &path, None).await?;
        let all = value(&answer.accepted()?)?;
        let leads = |transition: &&Value| {
            let is_done = transition["to"]["statusCategory"]["key"] == "done";
            match &self.jira.settings.close {
                Some(name) if state.is_clear() => transition["name"] == name.as_str(),
                _ => is_done == state.is_clear(),
            }
        };
        let found = all["transitions"].as_array().into_iter().flatten().find(leads);
        let Some(found) = found else {
            // People have to turn it by hand: what there is to know stands in it.
            let (key, wanted) = (&ticket.key, if state.is_clear() { "closes" } else { "reopens" });
            tracing::warn!("Jira offers no transition that {wanted} {key}");
            return Ok(());
        };
        self.post(&path, &json!({ "transition": { "id": found["id"] } })).await.map(drop)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let answer = self.call(Method::POST, path, Some(body)).await?.accepted()?;
        if answer.trim().is_empty() { Ok(Value::Null) } else { value(&answer) }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let Settings { url, edition, .. } = &self.jira.settings;
        let version = match edition {
            Edition::Cloud => 3,
            Edition::DataCenter => 2,
        };
        let request =
            self.jira.http.request(method, &format!("{url}/rest/api/{version}/{path}"))?;
        let mut request = request.header(AUTHORIZATION, &self.authorization);
        if let Some(body) = body {
            request = request.json(body);
        }
        http::send(request).await
    }
}

impl Edition {
    /// Lines as Jira shows them as they are: nothing in them is markup.
    fn text(self, lines: &[String]) -> Value {
        let text = lines.join("\n");
        match self {
            Self::Cloud => json!({
                "type": "doc",
                "version": 1,
                "content": [{ "type": "codeBlock", "content": [{ "type": "text", "text": text }] }],
            }),
            // Nothing inside can end the block, in whatever case it is written.
            Self::DataCenter => {
                let ends: Vec<_> = text
                    .to_ascii_lowercase()
                    .match_indices("{noformat")
                    .map(|(at, _)| at)
                    .collect();
                let mut text = text;
                for at in ends.into_iter().rev() {
                    text.insert(at + 1, ' ');
                }
                json!(format!("{{noformat}}\n{text}\n{{noformat}}"))
            }
        }
    }
}

fn ticket(found: &Value) -> Option<Ticket> {
    let key = found["key"].as_str()?.to_owned();
    let is_done = found["fields"]["status"]["statusCategory"]["key"] == "done";
    Some(Ticket { key, is_done })
}

fn value(answer: &str) -> Result<Value, Error> {
    serde_json::from_str(answer)
        .map_err(|error| Error::Unavailable(format!("what Jira answers is no JSON: {error}")))
}

/// The label of a check's ticket in an account: a word, because labels hold no blanks.
fn label(check: &str, account: &str) -> String {
    let plain = |text: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
            && text.len() < 100
    };
    if plain(check) && plain(account) {
        return format!("{LABEL}-{check}-{account}");
    }
    let digest = Sha256::digest(format!("{check}\n{account}").as_bytes());
    format!("{LABEL}-{}", hex::encode(&digest[..16]))
}

/// What happened to the issues of a ticket.
fn lines(message: &Message, told: &[&Told<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    for one in told.iter().take(LISTED) {
        lines.push(format!("{}: {}", one.what.replace('_', " "), one.line()));
        lines.push(format!("    issue {}", one.id()));
    }
    if told.len() > LISTED {
        lines.push(format!("... and {} more", told.len() - LISTED));
    }
    let fix = told.iter().find(|one| one.calls == Some(true) && !one.fix.is_empty());
    if let Some(one) = fix {
        lines.extend([String::new(), format!("Fix: {}", text::detail(one.fix))]);
    }
    let footer = text::footer(message);
    if !footer.is_empty() {
        lines.push(String::new());
        lines.extend(footer);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_ticket_holds_does_not_end_its_block() {
        let text = "{noformat}h1. ü{noformat:title=y}{NoFormat}".to_owned();
        let text = Edition::DataCenter.text(&[text]);
        let shown = "{noformat}\n{ noformat}h1. ü{ noformat:title=y}{ NoFormat}\n{noformat}";
        assert_eq!(text, shown);
    }

    #[test]
    fn labels_are_words_and_never_those_of_another_check() {
        assert_eq!(label("a.b_c", "111122223333"), "secmonkey-a.b_c-111122223333");
        for (check, account) in [("a", "b-c"), ("a-b", "c"), ("a b", "\"c"), ("", "org/team")] {
            let label = label(check, account);
            assert!(
                label.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)),
                "{label}"
            );
        }
        assert_ne!(label("a-b", "c"), label("a", "b-c"));
    }
}
