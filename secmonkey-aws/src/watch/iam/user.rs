//! IAM users: their policies and groups, and the credentials people and programs hold.

use std::collections::HashMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AccessKeyMetadata, User, UserDetail};
use aws_smithy_types::DateTime;
use futures::future::try_join_all;
use futures::join;
use secmonkey_core::technology::{Name, Reach, Set};
use secmonkey_core::watch::{Error, Listed, Looked, Observed, Part, Wanted};
use serde_json::Value;

use super::credential_report::{self, CredentialReport, Row};
use super::{Answer, DETAILS, PAGE, all, confirmed, list};
use crate::error::{failed, found, is_absent};
use crate::operation::Operation;
use crate::shape::Shape;
use crate::watch::{Events, Facts, Structure, Writes, each, known, looked, required};
use crate::{kind, service, wording};

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
pub const USER: Facts = Facts {
    id: "iam_user",
    title: "IAM user",
    reach: Reach::Global,
    operations: &[
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
    structures: &[
        Structure::new("AccessKeyLastUsed", "/AccessKeys/*/AccessKeyLastUsed"),
        Structure::new("AccessKeyMetadata", "/AccessKeys/*"),
        Structure::new("LoginProfile", "/LoginProfile"),
        Structure::new("MFADevice", "/MFADevices/*"),
        Structure::new("SigningCertificate", "/SigningCertificates/*"),
        Structure::new("UserDetail", ""),
    ],
    events: &[
        Events::new(
            "/requestParameters/userName",
            &[
                "AddUserToGroup",
                "AttachUserPolicy",
                "CreateAccessKey",
                "CreateLoginProfile",
                "CreateUser",
                "DeactivateMFADevice",
                "DeleteAccessKey",
                "DeleteLoginProfile",
                "DeleteSigningCertificate",
                "DeleteUser",
                "DeleteUserPermissionsBoundary",
                "DeleteUserPolicy",
                "DetachUserPolicy",
                "EnableMFADevice",
                "PutUserPermissionsBoundary",
                "PutUserPolicy",
                "RemoveUserFromGroup",
                "TagUser",
                "UntagUser",
                "UpdateAccessKey",
                "UpdateLoginProfile",
                "UpdateSigningCertificate",
                "UpdateUser",
                "UploadSigningCertificate",
            ],
        ),
        Events::new("/userIdentity/userName", &["ChangePassword"]),
    ],
    sets: &[
        Set::new("/AccessKeys", &["AccessKeyId"]),
        Set::new("/AttachedManagedPolicies", &["PolicyArn"]),
        Set::new("/GroupList", &[]),
        Set::new("/MFADevices", &["SerialNumber"]),
        Set::new("/SigningCertificates", &["CertificateId"]),
        Set::new("/Tags", &["Key"]),
        Set::new("/UserPolicyList", &["PolicyName"]),
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
    names: &[Name::new(kind::UNIQUE_ID, "/UserId")],
    wordings: &[
        wording::ACCESS_KEYS,
        wording::ATTACHED,
        wording::GROUPS,
        wording::MFA_DEVICES,
        wording::PASSWORD,
    ],
    ids: "/responseElements/user/userId",
    writes: &[
        Writes::new("", &["CreateUser", "DeleteUser"]),
        Writes::new("/AccessKeys", &["CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"]),
        Writes::new("/Arn", &["UpdateUser"]),
        Writes::new("/AttachedManagedPolicies", &["AttachUserPolicy", "DetachUserPolicy"]),
        Writes::new("/GroupList", &["AddUserToGroup", "RemoveUserFromGroup"]),
        Writes::new(
            "/LoginProfile",
            &["CreateLoginProfile", "DeleteLoginProfile", "UpdateLoginProfile"],
        ),
        Writes::new("/MFADevices", &["DeactivateMFADevice", "EnableMFADevice"]),
        Writes::new("/Path", &["UpdateUser"]),
        Writes::new(
            "/PermissionsBoundary",
            &["DeleteUserPermissionsBoundary", "PutUserPermissionsBoundary"],
        ),
        Writes::new(
            "/SigningCertificates",
            &["DeleteSigningCertificate", "UpdateSigningCertificate", "UploadSigningCertificate"],
        ),
        Writes::new("/UserName", &["UpdateUser"]),
        Writes::new("/UserPolicyList", &["DeleteUserPolicy", "PutUserPolicy"]),
    ],
    ..Facts::of(&service::IAM, DETAILS)
};

const GET: Operation = Operation::new("iam:GetUser").absent(&["NoSuchEntity"]);
const KEY_LAST_USED: Operation = Operation::new("iam:GetAccessKeyLastUsed");
const LIST: Operation = Operation::new("iam:ListUsers");
const LIST_CERTIFICATES: Operation =
    Operation::new("iam:ListSigningCertificates").absent(&["NoSuchEntity"]);
const LIST_DEVICES: Operation = Operation::new("iam:ListMFADevices").absent(&["NoSuchEntity"]);
const LIST_KEYS: Operation = Operation::new("iam:ListAccessKeys").absent(&["NoSuchEntity"]);
const LOGIN_PROFILE: Operation = Operation::new("iam:GetLoginProfile").absent(&["NoSuchEntity"]);

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
    let id = required(DETAILS, "UserId", user.user_id.clone())?;
    let name = required(DETAILS, "UserName", user.user_name.clone())?;
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
    let mut item =
        USER.observed(id, user.to_json()).named(name.as_str()).with_arn(user.arn.clone());
    for (at, answer) in parts {
        match answer {
            Answer::Part(part) => item = item.with(at, part),
            Answer::NoSuchUser => return Ok(None),
        }
    }
    Ok(Some(item))
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
        let id = required(LIST_KEYS, "AccessKeyId", key.access_key_id.clone())?;
        let answer = iam.get_access_key_last_used().access_key_id(id).send().await;
        let answer = answer.map_err(|error| failed(KEY_LAST_USED, &error))?;
        required(KEY_LAST_USED, "AccessKeyLastUsed", answer.access_key_last_used)?.to_json()
    };
    let mut config = key.to_json();
    config["AccessKeyLastUsed"] = last_used;
    Ok(config)
}

async fn login_profile(iam: &Client, name: &str) -> Answer {
    let answer = iam.get_login_profile().user_name(name).send().await;
    Answer::Part(match answer {
        Ok(answer) => match required(LOGIN_PROFILE, "LoginProfile", answer.login_profile) {
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
    Ok(Some(required(GET, "User", answer.user)?).filter(|user| user.user_id == id))
}

/// A user is asked for by name, which it may have changed: who does not answer to it is
/// looked for in a fresh listing.
pub(super) async fn look(iam: &Client, wanted: &[Wanted]) -> Vec<Looked> {
    let by_name = each(wanted, |user| async move {
        looked(&user, find(iam, user.name(), &user.id).await.map(|found| found.is_some()))
    });
    let ids = async { Ok(passwords(iam).await?.into_keys().collect()) };
    confirmed(by_name.await, ids).await
}
