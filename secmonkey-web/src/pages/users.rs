//! Who may sign in, and what they may.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use secmonkey_core::governance::Role;
use secmonkey_core::query;
use secmonkey_core::record::UserRecord;
use serde::Deserialize;

use crate::Service;
use crate::access::Source;
use crate::api::users::{Add, Edit, Password, added, gone, password_changed, record};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::ask::Ask;
use crate::pages::filled::{Filled, mistake};
use crate::pages::words::{self, When};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

const LIST: &str = "/users";
const NAMES: &[&str] = &["name", "role", "query", "password"];

#[derive(Template)]
#[template(path = "users.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    form: Filled,
    roles: Vec<(String, String)>,
}

struct Row {
    name: String,
    role: &'static str,
    query: String,
    has_password: bool,
    by: String,
    at: When,
    edit: String,
    remove: String,
}

/// The roles, with what each may.
pub fn roles() -> Vec<(String, String)> {
    let role = |role: Role| (role.as_str().to_owned(), format!("{role}: {}", role.says()));
    Role::ALL.map(role).to_vec()
}

/// The role that a field says; `None` where it says nothing.
pub fn role_of(fields: &Fields) -> Result<Option<Role>, Problem> {
    let role = fields.given("role").map(str::parse::<Role>).transpose();
    role.map_err(|unknown| Problem::wrong(unknown.to_string()).of("role"))
}

/// Who may sign in.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    let form = Filled::of(NAMES, Fields::default());
    list(service, caller, frame, form).await
}

async fn list(
    service: Service,
    caller: Caller,
    frame: Frame,
    form: Filled,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    let access = service.access.clone();
    reading(service, caller, None, async move |reader| {
        let mut rows: Vec<_> = query::users(&reader.known)?.iter().map(UserRecord::from).collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        let row = |one: UserRecord| {
            let has_password = access.has_password(&one.id);
            row(one, has_password, frame.now)
        };
        let (rows, roles) = (rows.into_iter().map(row).collect(), roles());
        let status = form.status();
        Ok(Html::of(&List { frame, rows, form, roles })?.with(status))
    })
    .await
}

fn row(user: UserRecord, has_password: bool, now: Timestamp) -> Row {
    Row {
        edit: words::about("/users/edit", "name", &user.name),
        remove: words::about("/users/remove", "name", &user.name),
        role: user.role.as_str(),
        query: user.query,
        has_password,
        by: user.by.to_string(),
        at: When::new(user.at, now),
        name: user.name,
    }
}

/// Lets somebody in.
pub async fn add(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    let given = Add {
        name: fields.one("name").trim().to_owned(),
        role: role_of(&fields)?.unwrap_or(Role::View),
        query: fields.one("query").to_owned(),
        password: Some(fields.one("password").to_owned()).filter(|text| !text.is_empty()),
    };
    match added(service.clone(), caller.clone(), given).await {
        Ok(_) => Ok(Said::UserAdded.at(LIST)),
        Err(problem) => {
            let form = Filled::of(NAMES, fields).with(in_query(mistake(problem)?));
            Ok(list(service, caller, frame, form).await?.into_response())
        }
    }
}

/// What a query names and nothing has is wrong with its field.
pub fn in_query(problem: Problem) -> Problem {
    if problem.field.as_deref() == Some("q") { problem.of("query") } else { problem }
}

/// Which user.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    name: String,
}

#[derive(Template)]
#[template(path = "user.html")]
struct One {
    frame: Frame,
    name: String,
    has_password: bool,
    form: Filled,
    roles: Vec<(String, String)>,
}

/// A user, to be changed.
pub async fn editing(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Asked(Which { name }): Asked<Which>,
) -> Result<Html, Problem> {
    one(service, caller, frame, name, None).await
}

async fn one(
    service: Service,
    caller: Caller,
    frame: Frame,
    name: String,
    wrong: Option<(Fields, Problem)>,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    let access = service.access.clone();
    reading(service, caller, None, async move |reader: Reader| {
        let user = record(&reader, &name)?;
        let has_password = access.has_password(&user.id);
        let form = if let Some((fields, problem)) = wrong {
            Filled::of(NAMES, fields).with(problem)
        } else {
            let fields = [("role", user.role.to_string()), ("query", user.query)];
            Filled::of(NAMES, Fields::from_iter(fields))
        };
        let status = form.status();
        let (name, roles) = (user.name, roles());
        Ok(Html::of(&One { frame, name, has_password, form, roles })?.with(status))
    })
    .await
}

/// Changes what a user may, or gives them another password.
pub async fn edit(
    State(service): State<Service>,
    caller: Caller,
    source: Source,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    caller.require_person()?;
    let name = fields.one("name").to_owned();
    let (asks, who) = (service.clone(), caller.clone());
    let (said, edited) = if fields.is_set("new_password") {
        let given = Password { password: fields.one("password").to_owned(), current: None };
        let changed = password_changed(asks, who, &source, name.clone(), given).await;
        (Said::PasswordChanged, changed)
    } else {
        let (role, query) = (role_of(&fields)?, Some(fields.one("query").to_owned()));
        let (edit, about) = (Edit { role, query }, name.clone());
        let edited = reading(asks, who, None, async move |reader: Reader| {
            edit.apply(&reader, &about).await.map(drop)
        });
        (Said::UserChanged, edited.await)
    };
    match edited {
        Ok(()) => Ok(said.at(LIST)),
        Err(problem) => {
            let wrong = in_query(mistake(problem)?);
            Ok(one(service, caller, frame, name, Some((fields, wrong))).await?.into_response())
        }
    }
}

/// Asks whether a user is to be removed.
pub async fn leaving(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Asked(Which { name }): Asked<Which>,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader: Reader| {
        let user = record(&reader, &name)?;
        Html::of(&Ask {
            frame,
            title: "Remove the user",
            name: user.name.clone(),
            about: vec![
                "Their sessions end, and their tokens are revoked. What they decided stays, with \
                 their name."
                    .to_owned(),
            ],
            action: "/users/remove".to_owned(),
            fields: vec![("name", user.name)],
            button: "Remove them",
            back: LIST.to_owned(),
            place: "Users",
        })
    })
    .await
}

/// Removes a user.
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    caller.require_person()?;
    let access = service.access.clone();
    reading(service, caller, None, async move |reader: Reader| {
        gone(&reader, &access, fields.one("name")).await?;
        Ok(Said::UserRemoved.at(LIST))
    })
    .await
}
