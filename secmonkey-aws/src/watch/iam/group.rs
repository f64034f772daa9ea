//! IAM groups: what their members may do.

use std::collections::HashMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{GroupDetail, UserDetail};
use secmonkey_core::technology::{Reach, Set, Technology};
use secmonkey_core::watch::{Error, Listed, Missing, Observed};
use serde_json::Value;

use super::{DETAILS, PAGE, all, named};
use crate::error::{failed, found};
use crate::shape::Shape as _;
use crate::watch::{self, object};

/// IAM groups with their inline and attached policies, and their members.
///
/// Who is in a group is a change of the user; the group's list of users is a relation.
pub const GROUP: Technology = Technology {
    id: "iam_group",
    title: "IAM group",
    shape: 1,
    reach: Reach::Global,
    sets: &[
        Set { at: "/AttachedManagedPolicies", key: &["PolicyArn"] },
        Set { at: "/GroupPolicyList", key: &["PolicyName"] },
        Set { at: "/Users", key: &["UserId"] },
    ],
    documents: &["/GroupPolicyList/*/PolicyDocument"],
    relations: &["/Users"],
    permissions: &[DETAILS, GET, LIST],
    ..Technology::DEFAULT
};

const GET: &str = "iam:GetGroup";
const LIST: &str = "iam:ListGroups";

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
    let id = named(DETAILS, "GroupId", group.group_id.clone())?;
    let name = named(DETAILS, "GroupName", group.group_name.clone())?;
    let mut config = group.to_json();
    config["Users"] = members.0.remove(&name).unwrap_or_default().into();
    let arn = group.arn.clone();
    Ok(Observed { technology: GROUP.id, id, name, arn, config, parts: Vec::new() })
}

/// A group is asked for by its name, which it may have changed: what does not answer to
/// its name is looked for in a fresh listing.
pub(super) async fn gone(iam: &Client, missing: &[Missing]) -> Result<Vec<String>, Error> {
    let mut gone = watch::gone(missing, |group| async move {
        // The answer lists the members: one of them is enough.
        let answer = iam.get_group().group_name(&group.name).max_items(1).send().await;
        match found(GET, answer)? {
            Some(answer) => Ok(named(GET, "Group", answer.group)?.group_id == group.id),
            None => Ok(false),
        }
    })
    .await?;
    if !gone.is_empty() {
        let groups = all(LIST, |marker| {
            let call = iam.list_groups().max_items(PAGE.into()).set_marker(marker);
            async move {
                let page = call.send().await.map_err(|error| failed(LIST, &error))?;
                Ok(Listed {
                    items: page.groups,
                    next: page.marker,
                    truncated: Some(page.is_truncated),
                })
            }
        });
        let groups = groups.await?;
        gone.retain(|id| groups.iter().all(|group| group.group_id != *id));
    }
    Ok(gone)
}
