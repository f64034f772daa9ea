//! IAM roles: who may take them on, and what they may do then.

use std::collections::HashMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{Role, RoleDetail, SourceRoleTemplate};
use secmonkey_core::technology::{Name, Reach, Set};
use secmonkey_core::watch::{Error, Listed, Looked, Observed, Part, Wanted};
use serde_json::{Value, json};

use super::{DETAILS, PAGE, all, confirmed};
use crate::error::{failed, found};
use crate::operation::Operation;
use crate::shape::Shape as _;
use crate::watch::{Events, Facts, Structure, Writes, each, known, looked, required};
use crate::{kind, service, wording};

/// IAM roles with their trust policy, inline and attached policies, boundary, instance
/// profiles and tags.
pub const ROLE: Facts = Facts {
    id: "iam_role",
    title: "IAM role",
    reach: Reach::Global,
    operations: &[GET, LIST],
    structures: &[
        Structure::new("RoleDetail", ""),
        Structure::new("SourceRoleTemplate", "/SourceRoleTemplate"),
    ],
    events: &[
        Events::new(
            "/requestParameters/roleName",
            &[
                "AddRoleToInstanceProfile",
                "AttachRolePolicy",
                "CreateRole",
                "DeleteRole",
                "DeleteRolePermissionsBoundary",
                "DeleteRolePolicy",
                "DeleteServiceLinkedRole",
                "DetachRolePolicy",
                "PutRolePermissionsBoundary",
                "PutRolePolicy",
                "RemoveRoleFromInstanceProfile",
                "TagRole",
                "UntagRole",
                "UpdateAssumeRolePolicy",
                "UpdateRole",
                "UpdateRoleDescription",
            ],
        ),
        Events::new("/responseElements/role/roleName", &["CreateServiceLinkedRole"]),
    ],
    sets: &[
        Set::new("/AttachedManagedPolicies", &["PolicyArn"]),
        Set::new("/InstanceProfileList", &["InstanceProfileId"]),
        Set::new("/InstanceProfileList/*/Tags", &["Key"]),
        Set::new("/RolePolicyList", &["PolicyName"]),
        Set::new("/Tags", &["Key"]),
    ],
    documents: &["/AssumeRolePolicyDocument", "/RolePolicyList/*/PolicyDocument"],
    daily: &["/RoleLastUsed/LastUsedDate"],
    dropped: &[
        // The role itself, once more: a change of its trust policy is one change.
        "/InstanceProfileList/*/Roles",
        // Telemetry: a busy role is used in another region every minute.
        "/RoleLastUsed/Region",
    ],
    names: &[Name::new(kind::UNIQUE_ID, "/RoleId")],
    wordings: &[wording::ATTACHED],
    ids: "/responseElements/role/roleId",
    writes: &[
        Writes::new(
            "",
            &["CreateRole", "CreateServiceLinkedRole", "DeleteRole", "DeleteServiceLinkedRole"],
        ),
        Writes::new("/AssumeRolePolicyDocument", &["UpdateAssumeRolePolicy"]),
        Writes::new("/AttachedManagedPolicies", &["AttachRolePolicy", "DetachRolePolicy"]),
        Writes::new("/Description", &["UpdateRole", "UpdateRoleDescription"]),
        Writes::new(
            "/InstanceProfileList",
            &["AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"],
        ),
        Writes::new("/MaxSessionDuration", &["UpdateRole"]),
        Writes::new(
            "/PermissionsBoundary",
            &["DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary"],
        ),
        Writes::new("/RolePolicyList", &["DeleteRolePolicy", "PutRolePolicy"]),
    ],
    ..Facts::of(&service::IAM, DETAILS)
};

const GET: Operation = Operation::new("iam:GetRole").absent(&["NoSuchEntity"]);
const LIST: Operation = Operation::new("iam:ListRoles");

/// What `GetAccountAuthorizationDetails` does not say about a role.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    description: Option<String>,
    max_session_duration: Option<i32>,
    source_role_template: Option<SourceRoleTemplate>,
}

impl From<Role> for Settings {
    fn from(role: Role) -> Self {
        Self {
            description: role.description,
            max_session_duration: role.max_session_duration,
            source_role_template: role.source_role_template,
        }
    }
}

/// The settings of all roles by role id.
pub(super) async fn settings(iam: &Client) -> Result<HashMap<String, Settings>, Error> {
    let roles = all(LIST, |marker| {
        let call = iam.list_roles().max_items(PAGE.into()).set_marker(marker);
        async move {
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            let roles = page.roles.into_iter();
            Ok(Listed {
                items: roles.map(|role| (role.role_id.clone(), role.into())).collect(),
                next: page.marker,
                truncated: Some(page.is_truncated),
            })
        }
    });
    Ok(roles.await?.into_iter().collect())
}

/// The item of a role. `None`: the role was deleted meanwhile.
pub(super) async fn read(
    iam: &Client,
    settings: &Result<HashMap<String, Settings>, Error>,
    role: RoleDetail,
) -> Result<Option<Observed>, Error> {
    let id = required(DETAILS, "RoleId", role.role_id.clone())?;
    let name = required(DETAILS, "RoleName", role.role_name.clone())?;
    let settings = match settings {
        Err(error) => Err(error.clone()),
        Ok(settings) => match settings.get(&id) {
            Some(settings) => Ok(settings.clone()),
            // Listings lag behind: one that does not know the role says nothing about it.
            None => match find(iam, &name, &id).await {
                Ok(Some(role)) => Ok(role.into()),
                Ok(None) => return Ok(None),
                Err(error) => Err(error),
            },
        },
    };
    let part = |of: fn(&Settings) -> Value| match &settings {
        Ok(settings) => known(of(settings)),
        Err(error) => Part::Failed(error.clone()),
    };
    let mut config = role.to_json();
    // A role that was never used may come with or without an empty one: its first use is
    // the first date in it.
    if config["RoleLastUsed"].is_null() {
        config["RoleLastUsed"] = json!({});
    }
    let item = ROLE
        .observed(id, config)
        .named(name)
        .with_arn(role.arn)
        .with("/Description", part(|settings| settings.description.to_json()))
        .with("/MaxSessionDuration", part(|settings| settings.max_session_duration.to_json()))
        .with("/SourceRoleTemplate", part(|settings| settings.source_role_template.to_json()));
    Ok(Some(item))
}

/// The role of this name, if it is this one.
async fn find(iam: &Client, name: &str, id: &str) -> Result<Option<Role>, Error> {
    let Some(answer) = found(GET, iam.get_role().role_name(name).send().await)? else {
        return Ok(None);
    };
    Ok(Some(required(GET, "Role", answer.role)?).filter(|role| role.role_id == id))
}

/// A role is asked for by its name, which it keeps for life; who is known by id only is
/// looked for in a fresh listing.
pub(super) async fn look(iam: &Client, wanted: &[Wanted]) -> Vec<Looked> {
    let by_name = each(wanted, |role| async move {
        looked(&role, find(iam, role.name(), &role.id).await.map(|found| found.is_some()))
    });
    if wanted.iter().all(|role| role.name.is_some()) {
        return by_name.await;
    }
    let ids = async { Ok(settings(iam).await?.into_keys().collect()) };
    confirmed(by_name.await, ids).await
}
