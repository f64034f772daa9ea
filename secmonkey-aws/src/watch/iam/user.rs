//! IAM users: their policies and groups, and the credentials people and programs hold.

use std::collections::HashMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AccessKeyMetadata, User, UserDetail};
use aws_smithy_types::DateTime;
use futures::future::try_join_all;
use futures::join;
use secmonkey_core::technology::{Kind, Name, Reach, Set, Technology};
use secmonkey_core::watch::{Error, Listed, Missing, Observed, Part};
use serde_json::Value;

use super::credential_report::{self, CredentialReport, Row};
use super::{Answer, DETAILS, PAGE, all, list, named};
use crate::error::{failed, found, is_absent};
use crate::shape::Shape;
use crate::watch::{self, known};

/// IAM users with their inline and attached policies, groups, boundary, tags, access
/// keys, password, MFA devices and signing certificates.
///
/// Signing certificates are listed only for a user of whom the credential report says
/// that there may be one, or of whom it knows nothing: hardly anyone has one, and no other
/// call would tell. A user's first shows with the next report, at most four hours later.
/// Where there is no report at all, the part failed: were it read without, then a report
/// older than a new certificate would take it back.
///
/// A virtual MFA device's seed is only ever shown to who creates it; no call that could
/// return one is made.
pub const USER: Technology = Technology {
    id: "iam_user",
    title: "IAM user",
    shape: 1,
    reach: Reach::Global,
    sets: &[
        Set { at: "/AccessKeys", key: &["AccessKeyId"] },
        Set { at: "/AttachedManagedPolicies", key: &["PolicyArn"] },
        Set { at: "/GroupList", key: &[] },
        Set { at: "/MFADevices", key: &["SerialNumber"] },
        Set { at: "/SigningCertificates", key: &["CertificateId"] },
        Set { at: "/Tags", key: &["Key"] },
        Set { at: "/UserPolicyList", key: &["PolicyName"] },
    ],
    documents: &["/UserPolicyList/*/PolicyDocument"],
    daily: &["/AccessKeys/*/AccessKeyLastUsed/LastUsedDate", "/PasswordLastUsed"],
    dropped: &[
        // Telemetry: a busy key uses another service every minute. The report and
        // GetAccessKeyLastUsed disagree about the region of global services besides.
        "/AccessKeys/*/AccessKeyLastUsed/Region",
        "/AccessKeys/*/AccessKeyLastUsed/ServiceName",
        // The user itself, once more: a rename is one change.
        "/AccessKeys/*/UserName",
        "/LoginProfile/UserName",
        "/MFADevices/*/UserName",
        "/SigningCertificates/*/UserName",
    ],
    names: &[Name { kind: Kind::UniqueId, at: "/UserId" }],
    permissions: &[
        DETAILS,
        GET,
        KEY_LAST_USED,
        LIST,
        LIST_CERTIFICATES,
        LIST_DEVICES,
        LIST_KEYS,
        LOGIN_PROFILE,
        credential_report::GENERATE,
        credential_report::GET,
    ],
    ..Technology::DEFAULT
};

const GET: &str = "iam:GetUser";
const KEY_LAST_USED: &str = "iam:GetAccessKeyLastUsed";
const LIST: &str = "iam:ListUsers";
const LIST_CERTIFICATES: &str = "iam:ListSigningCertificates";
const LIST_DEVICES: &str = "iam:ListMFADevices";
const LIST_KEYS: &str = "iam:ListAccessKeys";
const LOGIN_PROFILE: &str = "iam:GetLoginProfile";

/// What the calls that answer for all users at once said.
#[derive(Debug)]
pub(super) struct Batch {
    /// When each user's password was last used, by user id.
    pub(super) passwords: Result<HashMap<String, Option<DateTime>>, Error>,
    /// The credential report.
    pub(super) report: Result<CredentialReport, Error>,
}

/// When each user's password was last used, by user id, which
/// `GetAccountAuthorizationDetails` does not say.
pub(super) async fn passwords(iam: &Client) -> Result<HashMap<String, Option<DateTime>>, Error> {
    let users = all(LIST, |marker| {
        let call = iam.list_users().max_items(PAGE.into()).set_marker(marker);
        async move {
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            let users = page.users.into_iter();
            Ok(Listed {
                items: users.map(|user| (user.user_id, user.password_last_used)).collect(),
                next: page.marker,
                truncated: Some(page.is_truncated),
            })
        }
    });
    Ok(users.await?.into_iter().collect())
}

/// Reads what is told of one user at a time. `None`: the user was deleted meanwhile.
pub(super) async fn read(
    iam: &Client,
    batch: &Batch,
    user: UserDetail,
) -> Result<Option<Observed>, Error> {
    let id = named(DETAILS, "UserId", user.user_id.clone())?;
    let name = named(DETAILS, "UserName", user.user_name.clone())?;
    let row = match &batch.report {
        Ok(report) => Ok(report.user(user.arn(), user.create_date)),
        Err(error) => Err(error),
    };
    let (password_last_used, keys, login, devices, certificates) = join!(
        password_last_used(iam, batch, &id, &name),
        access_keys(iam, row.ok().flatten(), &name),
        login_profile(iam, &name),
        mfa_devices(iam, &name),
        signing_certificates(iam, row, &name),
    );
    let parts = [
        ("/PasswordLastUsed", password_last_used),
        ("/AccessKeys", keys),
        ("/LoginProfile", login),
        ("/MFADevices", devices),
        ("/SigningCertificates", certificates),
    ];
    let mut known = Vec::with_capacity(parts.len());
    for (at, answer) in parts {
        match answer {
            Answer::Part(part) => known.push((at, part)),
            Answer::NoSuchUser => return Ok(None),
        }
    }
    Ok(Some(Observed {
        technology: USER.id,
        id,
        name,
        arn: user.arn.clone(),
        config: user.to_json(),
        parts: known,
    }))
}

async fn password_last_used(iam: &Client, batch: &Batch, id: &str, name: &str) -> Answer {
    let date = match &batch.passwords {
        Err(error) => return Answer::Part(Part::Failed(error.clone())),
        Ok(passwords) => match passwords.get(id) {
            Some(date) => *date,
            // Listings lag behind: one that does not know the user says nothing about it.
            None => match find(iam, name, id).await {
                Ok(Some(user)) => user.password_last_used,
                Ok(None) => return Answer::NoSuchUser,
                Err(error) => return Answer::Part(Part::Failed(error)),
            },
        },
    };
    Answer::Part(date.map_or(Part::Absent, |date| Part::Known(date.to_json())))
}

async fn access_keys(iam: &Client, row: Option<&Row>, name: &str) -> Answer {
    let keys = list(LIST_KEYS, |marker| {
        let call = iam.list_access_keys().user_name(name).set_marker(marker);
        async move {
            let page = call.send().await?;
            Ok(Listed {
                items: page.access_key_metadata,
                next: page.marker,
                truncated: Some(page.is_truncated),
            })
        }
    });
    let keys = match keys.await {
        Ok(Some(keys)) => keys,
        Ok(None) => return Answer::NoSuchUser,
        Err(error) => return Answer::Part(Part::Failed(error)),
    };
    // A key whose last use is unknown would read as never used: then the part failed.
    let read = keys.iter().map(|key| access_key(iam, row, key, &keys));
    Answer::Part(match try_join_all(read).await {
        Ok(keys) => known(Value::Array(keys)),
        Err(error) => Part::Failed(error),
    })
}

async fn access_key(
    iam: &Client,
    row: Option<&Row>,
    key: &AccessKeyMetadata,
    keys: &[AccessKeyMetadata],
) -> Result<Value, Error> {
    let last_used = if let Some(last_used) = row.and_then(|row| row.last_used(key, keys)) {
        last_used.to_json()
    } else {
        let id = named(LIST_KEYS, "AccessKeyId", key.access_key_id.clone())?;
        let answer = iam.get_access_key_last_used().access_key_id(id).send().await;
        let answer = answer.map_err(|error| failed(KEY_LAST_USED, &error))?;
        named(KEY_LAST_USED, "AccessKeyLastUsed", answer.access_key_last_used)?.to_json()
    };
    let mut config = key.to_json();
    config["AccessKeyLastUsed"] = last_used;
    Ok(config)
}

async fn login_profile(iam: &Client, name: &str) -> Answer {
    let answer = iam.get_login_profile().user_name(name).send().await;
    Answer::Part(match answer {
        Ok(answer) => match named(LOGIN_PROFILE, "LoginProfile", answer.login_profile) {
            Ok(profile) => Part::Known(profile.to_json()),
            Err(error) => Part::Failed(error),
        },
        // There is no password, or no user: the other calls tell the two apart.
        Err(error) if is_absent(LOGIN_PROFILE, &error) => Part::Absent,
        Err(error) => Part::Failed(failed(LOGIN_PROFILE, &error)),
    })
}

async fn mfa_devices(iam: &Client, name: &str) -> Answer {
    // ListVirtualMFADevices would answer for all users at once, but knows no security keys
    // and no hardware tokens; what it knows is in this answer too.
    let devices = list(LIST_DEVICES, |marker| {
        let call = iam.list_mfa_devices().user_name(name).set_marker(marker);
        async move {
            let page = call.send().await?;
            Ok(Listed {
                items: page.mfa_devices,
                next: page.marker,
                truncated: Some(page.is_truncated),
            })
        }
    });
    listed(devices.await)
}

async fn signing_certificates(
    iam: &Client,
    row: Result<Option<&Row>, &Error>,
    name: &str,
) -> Answer {
    match row {
        Ok(Some(row)) if !row.certificates => return Answer::Part(Part::Absent),
        Ok(_) => {}
        Err(error) => return Answer::Part(Part::Failed(error.clone())),
    }
    let certificates = list(LIST_CERTIFICATES, |marker| {
        let call = iam.list_signing_certificates().user_name(name).set_marker(marker);
        async move {
            let page = call.send().await?;
            Ok(Listed {
                items: page.certificates,
                next: page.marker,
                truncated: Some(page.is_truncated),
            })
        }
    });
    listed(certificates.await)
}

fn listed<T: Shape>(answer: Result<Option<Vec<T>>, Error>) -> Answer {
    match answer {
        Ok(Some(elements)) => Answer::Part(known(elements.to_json())),
        Ok(None) => Answer::NoSuchUser,
        Err(error) => Answer::Part(Part::Failed(error)),
    }
}

/// The user of this name, if it is this one.
async fn find(iam: &Client, name: &str, id: &str) -> Result<Option<User>, Error> {
    let Some(answer) = found(GET, iam.get_user().user_name(name).send().await)? else {
        return Ok(None);
    };
    Ok(Some(named(GET, "User", answer.user)?).filter(|user| user.user_id == id))
}

/// A user is asked for by name, which it may have changed: who does not answer to it is
/// looked for in a fresh listing.
pub(super) async fn gone(iam: &Client, missing: &[Missing]) -> Result<Vec<String>, Error> {
    let found = |user: Option<User>| user.is_some();
    let mut gone =
        watch::gone(
            missing,
            |user| async move { find(iam, &user.name, &user.id).await.map(found) },
        )
        .await?;
    if !gone.is_empty() {
        let users = passwords(iam).await?;
        gone.retain(|id| !users.contains_key(id));
    }
    Ok(gone)
}
