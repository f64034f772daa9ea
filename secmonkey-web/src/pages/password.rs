//! Another password for oneself.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::governance::RuleId;

use crate::Service;
use crate::access::Source;
use crate::api::users::{Password, password_changed};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::filled::{Filled, mistake};
use crate::pages::{Asked, Fields, Frame, Html, Said, words};

const NAMES: &[&str] = &["current", "password", "again"];

#[derive(Template)]
#[template(path = "password.html")]
struct Page {
    frame: Frame,
    name: String,
    has_password: bool,
    form: Filled,
}

/// The form.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    shown(&service, caller, frame, Filled::of(NAMES, Fields::default()))
}

fn shown(service: &Service, caller: Caller, frame: Frame, form: Filled) -> Result<Html, Problem> {
    caller.require_person()?;
    let nobody = || Problem::missing("the owner of the store has no password");
    let name = caller.user.ok_or_else(nobody)?;
    let has_password = service.access.has_password(&RuleId::of_user(&name));
    let status = form.status();
    Ok(Html::of(&Page { frame, name, has_password, form })?.with(status))
}

/// Changes it.
pub async fn change(
    State(service): State<Service>,
    caller: Caller,
    source: Source,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    let changed = changed(&service, &caller, &source, &fields).await;
    match changed {
        Ok(()) => Ok(Said::PasswordChanged.at("/settings")),
        Err(problem) => {
            let form = Filled::of(NAMES, Fields::default()).with(mistake(problem)?);
            Ok(shown(&service, caller, frame, form)?.into_response())
        }
    }
}

async fn changed(
    service: &Service,
    caller: &Caller,
    source: &Source,
    fields: &Fields,
) -> Result<(), Problem> {
    let nobody = || Problem::missing("the owner of the store has no password");
    let name = caller.user.clone().ok_or_else(nobody)?;
    if fields.one("password") != fields.one("again") {
        return Err(Problem::wrong("this is not the same as above").of("again"));
    }
    let given = Password {
        password: fields.one("password").to_owned(),
        current: Some(fields.one("current").to_owned()),
    };
    password_changed(service.clone(), caller.clone(), source, name, given).await
}
