//! Who may ask over a network, decided on the machine of the store: through the daemon that
//! holds it, or on the store itself where none does.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use async_trait::async_trait;
use clap::{Args, Subcommand};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, Response, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secmonkey_app::{Error, Exit, Place};
use secmonkey_core::event::{Actor, ScanId};
use secmonkey_core::governance::Role;
use secmonkey_core::schedule::AccountState;
use secmonkey_store::socket;
use secmonkey_web::access::check_password;
use secmonkey_web::socket::Client;
use secmonkey_web::{
    Control, Health, Measured, Metrics, Problem, Request as Look, Running, Service, Settings,
};
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use crate::library::{self, Recorded};
use crate::setup::{Current, Setup};

/// What somebody may do, and see.
#[derive(Debug, Clone, Args)]
pub struct Rights {
    /// What they may do: view, comment, justify, admin, each of which may do what those before it
    /// may. Somebody new may view if nobody says.
    #[arg(long)]
    role: Option<Role>,
    /// The items that they see, as a query (`account:production`); everything if nobody says.
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
}

/// Who may sign in.
#[derive(Debug, Clone, Subcommand)]
pub enum UserCommand {
    /// Lets somebody in. Asks for their password, or reads it from the first line of the input.
    Add {
        /// The name they sign in with.
        name: String,
        #[command(flatten)]
        rights: Rights,
        /// No password: a proxy signs them in.
        #[arg(long)]
        no_password: bool,
    },
    /// Lists who may sign in.
    List,
    /// Changes what somebody may.
    Edit {
        /// Their name.
        name: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Gives somebody another password. Their sessions end.
    Password {
        /// Their name.
        name: String,
    },
    /// Lets somebody in no longer. Their sessions end, their tokens are revoked.
    Remove {
        /// Their name.
        name: String,
    },
}

/// What lets programs in.
#[derive(Debug, Clone, Subcommand)]
pub enum TokenCommand {
    /// Issues the token of a service, and shows it this once.
    Issue {
        /// What people call it.
        name: String,
        #[command(flatten)]
        rights: Rights,
        /// When it ends (`2027-01-31`, `in 30 days`); in 90 days if nobody says.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Lists the tokens of users and services.
    List,
    /// Revokes a token.
    Revoke {
        /// Its id, as `list` shows it.
        id: String,
    },
}

impl Rights {
    fn members(&self, usual: Option<Role>) -> Map<String, Value> {
        let role = self.role.or(usual).map(|role| ("role".to_owned(), json!(role)));
        let query = self.query.as_ref().map(|query| ("query".to_owned(), json!(query)));
        role.into_iter().chain(query).collect()
    }
}

/// Decides who may sign in.
pub async fn users(place: &Place, setup: Setup, command: UserCommand) -> Result<Exit, Error> {
    let path = |name: &str, more: &str| format!("/users/{}{more}", encoded(name));
    match command {
        UserCommand::Add { name, rights, no_password } => {
            let mut body = rights.members(Some(Role::View));
            body.insert("name".to_owned(), json!(name));
            if !no_password {
                body.insert("password".to_owned(), json!(password(&name)?));
            }
            let user = ask(place, setup, Method::POST, "/users", Some(body.into())).await?;
            say(&format!("{} may sign in: {}\n", text(&user, "name"), may(&user)))
        }
        UserCommand::List => {
            let users = ask(place, setup, Method::GET, "/users", None).await?;
            let rows = users.as_array().into_iter().flatten().map(|user| {
                format!("{}  {}, since {}\n", text(user, "name"), may(user), text(user, "at"))
            });
            say(&listed(rows, "nobody may sign in: `secmonkeyd user add NAME --role admin`\n"))
        }
        UserCommand::Edit { name, rights } => {
            let body = rights.members(None);
            if body.is_empty() {
                return Err(Error::usage("say what changes: --role or --query"));
            }
            let path = path(&name, "");
            let user = ask(place, setup, Method::PATCH, &path, Some(body.into())).await?;
            say(&format!("{}: {}\n", text(&user, "name"), may(&user)))
        }
        UserCommand::Password { name } => {
            let body = json!({ "password": password(&name)? });
            ask(place, setup, Method::PUT, &path(&name, "/password"), Some(body)).await?;
            say(&format!("{name} has another password; their other sessions are over\n"))
        }
        UserCommand::Remove { name } => {
            let user = ask(place, setup, Method::DELETE, &path(&name, ""), None).await?;
            say(&format!("{} may sign in no longer\n", text(&user, "name")))
        }
    }
}

/// Decides which programs are let in.
pub async fn tokens(place: &Place, setup: Setup, command: TokenCommand) -> Result<Exit, Error> {
    match command {
        TokenCommand::Issue { name, rights, until } => {
            let mut body = rights.members(Some(Role::View));
            body.insert("name".to_owned(), json!(name));
            body.insert("service".to_owned(), json!(true));
            body.extend(until.map(|until| ("until".to_owned(), json!(until))));
            let token = ask(place, setup, Method::POST, "/tokens", Some(body.into())).await?;
            let (name, until) = (text(&token, "name"), text(&token, "until"));
            let mut stderr = io::stderr().lock();
            let _ = writeln!(stderr, "{name}: {}, until {until}; shown this once:", may(&token));
            say(&format!("{}\n", text(&token, "token")))
        }
        TokenCommand::List => {
            let tokens = ask(place, setup, Method::GET, "/tokens", None).await?;
            let rows = tokens.as_array().into_iter().flatten().map(|token| {
                let whose = token["user"].as_str().unwrap_or("a service");
                let [id, name, until] = ["id", "name", "until"].map(|name| text(token, name));
                format!("{id}  {name}, of {whose}: {}, until {until}\n", may(token))
            });
            say(&listed(rows, "there is no token\n"))
        }
        TokenCommand::Revoke { id } => {
            let path = format!("/tokens/{}", encoded(&id));
            let token = ask(place, setup, Method::DELETE, &path, None).await?;
            say(&format!("{} lets nothing in any longer\n", text(&token, "name")))
        }
    }
}

/// Asks the daemon that holds the store; the store itself, where none does.
async fn ask(
    place: &Place,
    setup: Setup,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Result<Value, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Store(format!("nothing answers: {error}"));
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Bytes::from(body)).map_err(|error| failed(&error))?;
    if let Ok(socket) = socket::connect(&place.path, socket::DAEMON) {
        let mut client = Client::over(socket).await.map_err(|error| failed(&error))?;
        let answer = client.send(request).await.map_err(|error| failed(&error))?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| failed(&error))?.to_bytes();
        return read(&Response::from_parts(parts, body));
    }
    let opened = Arc::new(place.hold_or_create(setup.catalogue.registry()).await?);
    let access = library::access(place, &setup.config.daemon)?;
    let library = Recorded { opened, setup: Current::new(setup) };
    let service = Service::new(Arc::new(Nobody), Arc::new(library), access, Metrics::default());
    let answer = secmonkey_web::owners(service).oneshot(request.map(Full::new)).await;
    let (parts, body) = answer.map_err(|error| failed(&error))?.into_parts();
    let body = body.collect().await.map_err(|error| failed(&error))?.to_bytes();
    read(&Response::from_parts(parts, body))
}

fn read(answer: &Response<Bytes>) -> Result<Value, Error> {
    let status = answer.status();
    if status.is_success() {
        let body = answer.body();
        let body: &[u8] = if body.is_empty() { b"null" } else { body };
        return Ok(serde_json::from_slice(body)?);
    }
    let problem = serde_json::from_slice::<Problem>(answer.body());
    let detail = problem.map_or_else(|_| status.to_string(), |problem| problem.detail);
    if status.is_client_error() && status != StatusCode::FORBIDDEN {
        return Err(Error::Usage(detail));
    }
    Err(Error::Store(detail))
}

/// A password, twice from a terminal, or once from the first line of the input.
fn password(name: &str) -> Result<String, Error> {
    let failed = |error: io::Error| Error::usage(format!("no password was read: {error}"));
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(failed)?;
        let line = line.trim_end_matches(['\r', '\n']);
        return checked(line.to_owned(), name);
    }
    let ask = |prompt: String| rpassword::prompt_password(prompt).map_err(failed);
    let password = checked(ask(format!("Password of {name} (12 characters or more): "))?, name)?;
    if password != ask("The same once more: ".to_owned())? {
        return Err(Error::usage("the two are not the same"));
    }
    Ok(password)
}

/// A password that will do: before anything is opened, or typed once more.
fn checked(password: String, name: &str) -> Result<String, Error> {
    check_password(&password, name).map_err(|problem| Error::Usage(problem.detail))?;
    Ok(password)
}

fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record[name].as_str().unwrap_or_default()
}

/// `view of account:production`.
fn may(record: &Value) -> String {
    match text(record, "query") {
        "" => text(record, "role").to_owned(),
        query => format!("{} of `{query}`", text(record, "role")),
    }
}

fn listed(rows: impl Iterator<Item = String>, none: &str) -> String {
    let rows: String = rows.collect();
    if rows.is_empty() { none.to_owned() } else { rows }
}

fn say(text: &str) -> Result<Exit, Error> {
    let said = io::stdout().write_all(text.as_bytes());
    said.map_err(|error| Error::usage(format!("standard output: {error}")))?;
    Ok(Exit::Done)
}

/// Nobody scans where no daemon runs.
struct Nobody;

#[async_trait]
impl Control for Nobody {
    async fn scan(&self, _: Look, _: Actor) -> Result<Running, Problem> {
        Err(Problem::unavailable("no daemon runs"))
    }

    async fn stop(&self, _: &ScanId, _: &Actor) -> bool {
        false
    }

    fn settings(&self) -> Settings {
        Settings::default()
    }

    async fn health(&self) -> Health {
        Health::default()
    }

    async fn schedule(&self) -> Result<Vec<AccountState>, Problem> {
        Err(Problem::unavailable("no daemon runs"))
    }

    async fn measure(&self) -> Result<Measured, Problem> {
        Err(Problem::unavailable("no daemon runs"))
    }
}
