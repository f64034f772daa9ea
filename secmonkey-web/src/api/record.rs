//! What others check the record with: keys, checkpoints and proofs.

use axum::extract::State;
use axum::http::StatusCode;
use secmonkey_core::item::Key;
use secmonkey_core::nearest::Nearest;
use secmonkey_core::query;
use secmonkey_core::record::{CheckpointRecord, SigningKeyRecord};
use secmonkey_core::tlog::{Checkpoint, Unproven, prove, recorded_keys, signing_keys};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Service;
use crate::answer::{Answer, Answered};
use crate::api::common::{Cut, Everything, NotThere, Refused, Unsigned};
use crate::api::items::When;
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::{Given, Named, Nothing, Params};
use crate::reader::{Reader, answering, deciding, reading};

/// List the keys that the record is signed with
///
/// Their public halves: with one of them, others check what was signed.
#[utoipa::path(get, path = "/keys", operation_id = "list_keys", tag = "record", responses(
    (status = 200, description = "Every key", body = [SigningKeyRecord]),
    Everything,
))]
pub async fn keys(State(service): State<Service>, caller: Caller, _: Params<Nothing>) -> Answered {
    answering(service, caller, None, async move |reader| {
        reader.require_all()?;
        Ok(signing_keys(&reader.known.views, &reader.ledger()?.keys()?)?)
    })
    .await
}

/// List the checkpoints that were signed
///
/// Who keeps one can tell later whether the record still begins so.
#[utoipa::path(get, path = "/checkpoints", operation_id = "list_checkpoints", tag = "record", responses(
    (status = 200, description = "Every checkpoint, the first first", body = [CheckpointRecord]),
    Everything,
))]
pub async fn checkpoints(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        reader.require_all()?;
        let all = reader.ledger()?.checkpoints()?;
        let records = all.iter().map(|(note, one)| CheckpointRecord::new(note, one));
        Ok(records.collect::<Vec<_>>())
    })
    .await
}

/// With which key the record is signed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sign {
    /// The name of the key, where there are several.
    key: Option<String>,
}

/// Sign the record as it is
///
/// With a key that is kept in the store, and that the record knows.
#[utoipa::path(post, path = "/checkpoints", operation_id = "sign_checkpoint", tag = "record",
    request_body = Sign,
    responses(
        (status = 201, description = "The checkpoint", body = CheckpointRecord),
        Refused,
    ))]
pub async fn sign(
    State(service): State<Service>,
    caller: Caller,
    Given(asked): Given<Sign>,
) -> Answered {
    caller.require_all(Role::Admin)?;
    let answer = deciding(service, caller, async move |reader| signed(&reader, asked.key).await);
    Ok(answer.await?.with(StatusCode::CREATED))
}

/// Signs the record as it is.
pub async fn signed(reader: &Reader, key: Option<String>) -> Result<CheckpointRecord, Problem> {
    let (ledger, key) = (reader.ledger()?, signer(reader, key)?);
    let note = ledger.sign(&key).await?;
    let checkpoint = Checkpoint::of(&note).map_err(|error| Problem::unread(&error))?;
    Ok(CheckpointRecord::new(&note, &checkpoint))
}

/// The name of the key that signs: the one that is named, or the only one.
fn signer(reader: &Reader, wanted: Option<String>) -> Result<String, Problem> {
    let known = recorded_keys(&reader.known.views)?;
    let kept = reader.ledger()?.keys()?.into_iter();
    let mut names: Vec<_> =
        kept.filter(|(_, key)| known.contains(key)).map(|(name, _)| name).collect();
    match (wanted, names.as_slice()) {
        (Some(name), _) if names.contains(&name) => Ok(name),
        (Some(name), _) => {
            let nearest = Nearest::of(&name, &names);
            Err(Problem::wrong(format!("no key is called `{name}`{nearest}")).of("key"))
        }
        (None, [_]) => Ok(names.remove(0)),
        (None, []) => {
            let text = "no key to sign with is in the store: `secmonkey keys create` makes one";
            Err(Problem::wrong(text))
        }
        (None, _) => {
            let text = format!("there are several keys, name one: {}", names.join(", "));
            Err(Problem::wrong(text).of("key"))
        }
    }
}

/// Prove that a revision of an item was recorded
///
/// Against the last checkpoint, if that covers it: a text in the format of C2SP's `tlog-proof`, which
/// `secmonkey check-proof` and others check with the key alone.
#[utoipa::path(get, path = "/items/{key}/proof", operation_id = "prove_item", tag = "record",
    params(("key" = Key, Path, description = "Its key, percent-encoded"), When),
    responses(
        (status = 200, description = "The proof", body = String, content_type = "text/plain"),
        NotThere, Unsigned, Cut,
    ))]
pub async fn proof(
    State(service): State<Service>,
    caller: Caller,
    Named(key): Named,
    Params(when): Params<When>,
) -> Answered {
    reading(service, caller, None, async move |reader| {
        let (point, key) = (when.point(&reader)?, reader.item(&key)?.key.to_string());
        let (log, views, ledger) = (&*reader.log, &reader.known.views, reader.ledger()?);
        let recorded = query::recorded(log, views, &key, point, reader.now).await?;
        let unsigned = || {
            let text = "no checkpoint covers it yet: `POST /api/v1/checkpoints` signs one";
            Problem::conflict(text)
        };
        let last = ledger.checkpoints()?.pop().ok_or_else(unsigned)?;
        let proof = prove(ledger, log, &recorded_keys(views)?, &recorded, last).await;
        let proof = proof.map_err(|error| match error {
            Unproven::TooEarly { .. } => unsigned(),
            Unproven::Log(error) => error.into(),
            error => Problem::unread(&error),
        })?;
        Answer::text("text/plain; charset=utf-8", proof.to_string())
    })
    .await
}
