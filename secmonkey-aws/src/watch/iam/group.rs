//! IAM groups: what their members may do.

use std::collections::{HashMap, HashSet};

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{GroupDetail, UserDetail};
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Looked, Observed, Wanted};
use serde_json::Value;

use super::{DETAILS, PAGE, all, confirmed};
use crate::error::{failed, found};
use crate::operation::Operation;
use crate::shape::Shape as _;
use crate::watch::{Events, Facts, Structure, Writes, each, looked, object, required};
use crate::{service, wording};

/// IAM groups with their inline and attached policies, and their members.
///
/// Who is in a group is a change of the user; the group's list of users is a relation.
pub const GROUP: Facts = Facts {
    id: "iam_group",
    title: "IAM group",
    reach: Reach::Global,
    operations: &[GET, LIST],
    structures: &[Structure::new("GroupDetail", "")],
    events: &[Events::new(
        "/requestParameters/groupName",
        &[
            "AddUserToGroup",
            "AttachGroupPolicy",
            "CreateGroup",
            "DeleteGroup",
            "DeleteGroupPolicy",
            "DetachGroupPolicy",
            "PutGroupPolicy",
            "RemoveUserFromGroup",
            "UpdateGroup",
        ],
    )],
    sets: &[
        Set::new("/AttachedManagedPolicies", &["PolicyArn"]),
        Set::new("/GroupPolicyList", &["PolicyName"]),
        Set::new("/Users", &["UserId"]),
    ],
    documents: &["/GroupPolicyList/*/PolicyDocument"],
    relations: &["/Users"],
    wordings: &[wording::ATTACHED],
    ids: "/responseElements/group/groupId",
    writes: &[
        Writes::new("", &["CreateGroup", "DeleteGroup"]),
        Writes::new("/Arn", &["UpdateGroup"]),
        Writes::new("/AttachedManagedPolicies", &["AttachGroupPolicy", "DetachGroupPolicy"]),
        Writes::new("/GroupName", &["UpdateGroup"]),
        Writes::new("/GroupPolicyList", &["DeleteGroupPolicy", "PutGroupPolicy"]),
        Writes::new("/Path", &["UpdateGroup"]),
        Writes::new("/Users", &["AddUserToGroup", "RemoveUserFromGroup"]),
    ],
    ..Facts::of(&service::IAM, DETAILS)
};

const GET: Operation = Operation::new("iam:GetGroup").absent(&["NoSuchEntity"]);
const LIST: Operation = Operation::new("iam:ListGroups");

/// The users of each group, by the group's name.
#[derive(Debug, Default)]
pub(super) struct Members(HashMap<String, Vec<Value>>);

impl Members {
    /// Puts a user into the groups that the user names.
    pub(super) fn note(&mut self, user: &UserDetail) {
        for group in user.group_list() {
            self.0.entry(group.clone()).or_default().push(object([
                ("Arn", user.arn.to_json()),
                ("UserId", user.user_id.to_json()),
                ("UserName", user.user_name.to_json()),
            ]));
        }
    }
}

/// The item of a group.
pub(super) fn observed(group: &GroupDetail, members: &mut Members) -> Result<Observed, Error> {
    let id = required(DETAILS, "GroupId", group.group_id.clone())?;
    let name = required(DETAILS, "GroupName", group.group_name.clone())?;
    let mut config = group.to_json();
    config["Users"] = members.0.remove(&name).unwrap_or_default().into();
    Ok(GROUP.observed(id, config).named(name).with_arn(group.arn.clone()))
}

/// A group is asked for by its name, which it may have changed: what does not answer to
/// its name is looked for in a fresh listing.
pub(super) async fn look(iam: &Client, wanted: &[Wanted]) -> Vec<Looked> {
    let by_name =
        each(wanted, |group| async move { looked(&group, is_there(iam, &group).await) }).await;
    confirmed(by_name, ids(iam)).await
}

async fn is_there(iam: &Client, group: &Wanted) -> Result<bool, Error> {
    // The answer lists the members: one of them is enough.
    let answer = iam.get_group().group_name(group.name()).max_items(1).send().await;
    let Some(answer) = found(GET, answer)? else { return Ok(false) };
    Ok(required(GET, "Group", answer.group)?.group_id == group.id)
}

/// The ids of all groups.
async fn ids(iam: &Client) -> Result<HashSet<String>, Error> {
    let ids = all(LIST, |marker| {
        let call = iam.list_groups().max_items(PAGE.into()).set_marker(marker);
        async move {
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            Ok(Listed {
                items: page.groups.into_iter().map(|group| group.group_id).collect(),
                next: page.marker,
                truncated: Some(page.is_truncated),
            })
        }
    });
    Ok(ids.await?.into_iter().collect())
}
