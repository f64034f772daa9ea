//! Blocks of addresses that somebody vouches for.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::IpNet;
use secmonkey_core::query;
use serde::Deserialize;

use crate::Service;
use crate::api::edit_rules::{NetworkGiven, vouch};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::ask::Ask;
use crate::pages::filled::{Filled, mistake};
use crate::pages::words::{self, When};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

const LIST: &str = "/networks";
const NAMES: &[&str] = &["name", "cidr", "account", "notes"];

#[derive(Template)]
#[template(path = "networks.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    form: Filled,
    /// The accounts that one may belong to.
    accounts: Vec<(String, String)>,
}

struct Row {
    name: String,
    cidr: String,
    account: Option<String>,
    notes: String,
    by: Option<(String, When)>,
    remove: String,
}

/// What is known.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        list(&reader, frame, Filled::of(NAMES, Fields::default())).await
    })
    .await
}

async fn list(reader: &Reader, frame: Frame, form: Filled) -> Result<Html, Problem> {
    let records = reader.records()?;
    let networks = query::networks(&*reader.log, &reader.known).await?;
    let rows = networks.into_iter().map(|(network, vouched)| {
        let record = records.network(network);
        let by = vouched.map(|event| (event.actor.to_string(), event.recorded_at));
        Row {
            remove: words::about("/networks/remove", "name", &record.name),
            cidr: record.cidr.to_string(),
            account: record.account.map(|id| record.account_name.unwrap_or_else(|| id.to_string())),
            by: by.map(|(by, at)| (by, When::new(at, frame.now))),
            name: record.name,
            notes: record.notes,
        }
    });
    let rows = rows.collect();
    let known = reader.known.views.accounts()?;
    let accounts = known.iter().map(|one| (one.id.to_string(), one.title()));
    let none = (String::new(), "ours, of no account in particular".to_owned());
    let accounts = std::iter::once(none).chain(accounts).collect();
    let status = form.status();
    Ok(Html::of(&Page { frame, rows, form, accounts })?.with(status))
}

/// Vouches for a network.
pub async fn add(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| match added(&reader, &fields).await {
        Ok(()) => Ok(Said::NetworkAdded.at(LIST)),
        Err(problem) => {
            let form = Filled::of(NAMES, fields).with(mistake(problem)?);
            Ok(list(&reader, frame, form).await?.into_response())
        }
    })
    .await
}

async fn added(reader: &Reader, fields: &Fields) -> Result<(), Problem> {
    let typed = fields.one("cidr").trim();
    let cidr: IpNet = typed.parse().map_err(|_| {
        let text = format!("`{typed}` is no block of addresses: write `203.0.113.0/24`");
        Problem::wrong(text).of("cidr")
    })?;
    let given = NetworkGiven {
        name: fields.one("name").to_owned(),
        cidr,
        account: fields.given("account").map(str::to_owned),
        notes: fields.one("notes").trim().to_owned(),
    };
    vouch(reader, given).await?;
    Ok(())
}

/// Which network.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    name: String,
}

/// Asks whether a network is to be forgotten.
pub async fn leaving(
    caller: Caller,
    frame: Frame,
    Asked(Which { name }): Asked<Which>,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    Html::of(&Ask {
        frame,
        title: "Remove the network",
        name: name.clone(),
        about: vec![
            "Who is let in from there is a stranger from then on: the next scan finds it."
                .to_owned(),
        ],
        action: "/networks/remove".to_owned(),
        fields: vec![("name", name)],
        button: "Remove it",
        back: LIST.to_owned(),
        place: "Networks",
    })
}

/// Forgets a network.
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        reader.decisions.forget(fields.one("name")).await.map_err(Problem::missing_name)?;
        Ok(Said::NetworkRemoved.at(LIST))
    })
    .await
}
