//! The policies of what is recorded.

use std::path::Path;

use secmonkey_app::Opened;
use secmonkey_app::error::Error;
use secmonkey_core::Timestamp;
use secmonkey_core::check::World;
use secmonkey_core::item::{GLOBAL, Item, Key};
use secmonkey_core::query;
use secmonkey_core::view::Views;
use secmonkey_policy::{Malformed, Policy};
use serde_json::Value;

use super::around::Around;
use super::identity::{self, Attached};
use super::record::RolePolicies;
use super::resource::{self, Setting};
use super::subject::{self, Resource};
use super::text::Text;
use super::{findings, note_unknown, sort, undecided};
use crate::args;
use crate::context::{self, Context};
use crate::output;

/// A policy of an item.
struct Stated {
    /// What it is called.
    label: String,
    /// Where it stands in the item's configuration; empty where it stands elsewhere.
    at: String,
    value: Value,
}

impl Stated {
    fn policy(&self, item: &Item) -> Result<Policy<'_>, Error> {
        let what = if self.at.is_empty() { &self.label } else { &self.at };
        Policy::read(&self.value).map_err(|Malformed { faults }| {
            let fault = faults.first().map(ToString::to_string).unwrap_or_default();
            Error::usage(format!("{}: {what} is not a policy: {fault}", item.key))
        })
    }
}

/// What an item has of policies.
#[derive(Default)]
struct Policies {
    /// Those that say who may use it.
    resource: Vec<Stated>,
    /// Those that say what it may do.
    identity: Option<Vec<Stated>>,
    boundary: Option<Stated>,
    /// The members where they stand.
    members: Vec<String>,
}

/// Explains the policies of an item.
pub async fn explain(context: &Context, name: &Path, args: &args::Explain) -> Result<(), Error> {
    let (opened, item) = find(context, name).await?;
    if args.resource.is_some() || args.resource_type.is_some() || args.account.is_some() {
        return Err(Error::usage(format!(
            "{} is recorded, and says itself what and whose it is: leave out --resource, \
             --resource-type and --account",
            item.key
        )));
    }
    let accounts = opened.views.accounts()?;
    let around = Around { views: Some(&opened.views) };
    let world = World::new(Timestamp::now(), &accounts, &around);
    let mut policies = policies(context, &item, &world)?;
    if let Some(file) = &args.boundary {
        let file = super::read::Document::read(file)?;
        policies.boundary = Some(Stated { label: file.name, at: String::new(), value: file.value });
    }
    if args.identity || args.boundary.is_some() {
        if policies.identity.is_none() {
            let technology = &item.key.technology;
            return Err(Error::usage(format!(
                "{} is of {technology}, which is no identity: leave out --identity and --boundary",
                item.name
            )));
        }
        policies.resource.clear();
        policies.members.retain(|member| *member != TRUST);
    }

    // Whom the policies of the resource let in.
    let kind = subject::of_id(&item.key.technology).ok();
    let resource = Resource { kind, arn: item.arn.clone(), owner: Some(item.key.account.clone()) };
    let restricted = item.key.technology == "s3_bucket" && is_restricted(&item, &world)?;
    let setting = Setting { resource: &resource, restricted };
    let read =
        policies.resource.iter().map(|one| one.policy(&item)).collect::<Result<Vec<_>, _>>()?;
    let mut judged = Vec::with_capacity(read.len());
    for (stated, policy) in policies.resource.iter().zip(&read) {
        note_unknown(policy, &item.name);
        let owner = &item.key.account;
        let one = resource::judge(&stated.at, policy, setting, owner, &world);
        judged.push(one.map_err(undecided)?);
    }

    // What it may do itself.
    let stated = policies.identity.as_deref().unwrap_or_default();
    let read = stated.iter().map(|one| one.policy(&item)).collect::<Result<Vec<_>, _>>()?;
    let attached: Vec<_> =
        stated.iter().zip(&read).map(|(one, policy)| one.attached(policy)).collect();
    let bounding = policies.boundary.as_ref().map(|one| one.policy(&item)).transpose()?;
    let bounding = policies.boundary.as_ref().zip(bounding.as_ref());
    let bounding = bounding.map(|(one, policy)| one.attached(policy));
    let permissions = identity::judge(&attached, bounding.as_ref());

    let members: Vec<_> = policies.members.iter().map(String::as_str).collect();
    let mut found = findings(&item, &world, &members);
    sort(&mut found);
    let is_resource = !policies.resource.is_empty() || policies.identity.is_none();
    let is_identity = policies.identity.is_some();
    if !context.output.is_table() {
        return match (is_resource, is_identity) {
            (true, true) => {
                let (of_trust, of_identity) = found
                    .into_iter()
                    .partition(|finding| finding.evidence.iter().any(|at| at.starts_with(TRUST)));
                context.output.object(&RolePolicies {
                    trust: resource::record(&judged, of_trust),
                    permissions: identity::record(&permissions, of_identity),
                })
            }
            (true, false) => context.output.object(&resource::record(&judged, found)),
            (false, _) => context.output.object(&identity::record(&permissions, found)),
        };
    }
    let mut text = Text::default();
    if is_resource {
        resource::explain(&mut text, &judged, setting);
    }
    if is_resource && is_identity {
        text.gap();
    }
    if is_identity {
        identity::explain(&mut text, &permissions);
    }
    resource::findings(&mut text, &found);
    output::print(&text.finish())
}

impl Stated {
    fn attached<'p, 'a>(&'p self, policy: &'p Policy<'a>) -> Attached<'p, 'a> {
        Attached { label: &self.label, at: &self.at, policy }
    }
}

/// Where a role says who may assume it.
const TRUST: &str = "/AssumeRolePolicyDocument";

/// The item of a name that is no file.
async fn find(context: &Context, path: &Path) -> Result<(Opened, Item), Error> {
    let name = path.to_string_lossy();
    let Some(opened) = context.open_if_there().await? else {
        return Err(Error::usage(format!(
            "cannot read {name}: there is no such file, and no store of which it could be an item"
        )));
    };
    let row = query::item(&opened.views, &name).map_err(|error| match Error::from(error) {
        Error::Usage(why) => Error::usage(format!("there is no file {name}, and {why}")),
        error => error,
    })?;
    if row.deleted {
        return Err(Error::usage(format!("{} was deleted: nothing is left to explain", row.key)));
    }
    let config = opened.views.config(&row.key)?.unwrap_or_default();
    for part in Views::unread(&row).into_keys() {
        context.output.note(format!("{part} of {} was not read at the last scan", row.name));
    }
    Ok((opened, Item { key: row.key, name: row.name, arn: row.arn, config }))
}

/// The policies of an item.
fn policies(context: &Context, item: &Item, world: &World<'_>) -> Result<Policies, Error> {
    let identity = |inline: Option<&str>| attached(context, item, inline, world);
    let (at, inline) = match item.key.technology.as_str() {
        "iam_role" => (Some(TRUST), Some(Some("/RolePolicyList"))),
        "iam_user" => (None, Some(Some("/UserPolicyList"))),
        "iam_group" => (None, Some(Some("/GroupPolicyList"))),
        "iam_managed_policy" => (None, Some(None)),
        id => {
            let technology = context::registry().technology(id);
            let Some(at) = technology.and_then(|technology| technology.documents.first()) else {
                return Err(Error::usage(format!("{}: {} has no policy", item.key, id)));
            };
            (Some(at), None)
        }
    };
    let mut policies = Policies::default();
    if let Some(at) = at {
        policies.members.push(at.to_owned());
        policies.resource = documents(item, at);
    }
    if let Some(inline) = inline {
        policies.identity = Some(identity(inline)?);
        let beside = ["/AttachedManagedPolicies", "/GroupList", "/PermissionsBoundary"];
        let members = [inline.unwrap_or("/Document")].into_iter().chain(beside);
        policies.members.extend(members.map(str::to_owned));
        let arn = item.config["PermissionsBoundary"]["PermissionsBoundaryArn"].as_str();
        if let Some(arn) = arn {
            policies.boundary = managed(context, item, arn, world)?;
        }
    }
    Ok(policies)
}

/// The documents at a pointer; with `*` at its end, of every member.
fn documents(item: &Item, at: &str) -> Vec<Stated> {
    let stated = |at: String, value: &Value| Stated { label: at.clone(), at, value: value.clone() };
    let one = |at: &str| Some(stated(at.to_owned(), item.config.pointer(at)?));
    match at.strip_suffix("/*") {
        None => one(at).into_iter().collect(),
        Some(at) => {
            let members = item.config.pointer(at).and_then(Value::as_object).into_iter().flatten();
            let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
            members.map(|(name, value)| stated(format!("{at}/{}", escaped(name)), value)).collect()
        }
    }
}

/// All that an identity has: what stands in it, what is attached to it and what its groups
/// have.
fn attached(
    context: &Context,
    item: &Item,
    inline: Option<&str>,
    world: &World<'_>,
) -> Result<Vec<Stated>, Error> {
    let Some(at) = inline else {
        return Ok(documents(item, "/Document"));
    };
    let mut all = written(item, at, "");
    for arn in arns(item) {
        all.extend(managed(context, item, &arn, world)?);
    }
    for group in item.config["GroupList"].as_array().into_iter().flatten() {
        let name = group.as_str().unwrap_or_default();
        let found = world.find(&item.key.account, "iam_group", name).map_err(undecided)?;
        let Some(group) = found else {
            context.output.note(format!("the group {name} is not recorded: it is left out"));
            continue;
        };
        for mut policy in written(&group, "/GroupPolicyList", &format!("of the group {name}: ")) {
            policy.at = String::new();
            all.push(policy);
        }
        for arn in arns(&group) {
            all.extend(managed(context, &group, &arn, world)?);
        }
    }
    Ok(all)
}

/// Inline policies.
fn written(item: &Item, at: &str, before: &str) -> Vec<Stated> {
    let listed = item.config.pointer(at).and_then(Value::as_array).into_iter().flatten();
    let stated = |(index, policy): (usize, &Value)| Stated {
        label: format!("{before}inline/{}", policy["PolicyName"].as_str().unwrap_or_default()),
        at: format!("{at}/{index}/PolicyDocument"),
        value: policy["PolicyDocument"].clone(),
    };
    listed.enumerate().map(stated).collect()
}

fn arns(item: &Item) -> Vec<String> {
    let listed = item.config["AttachedManagedPolicies"].as_array().into_iter().flatten();
    listed.filter_map(|one| Some(one["PolicyArn"].as_str()?.to_owned())).collect()
}

/// A managed policy by its ARN; none where it is not recorded.
fn managed(
    context: &Context,
    item: &Item,
    arn: &str,
    world: &World<'_>,
) -> Result<Option<Stated>, Error> {
    let found = world.find(&item.key.account, "iam_managed_policy", arn).map_err(undecided)?;
    let value = found.map(|mut policy| policy.config["Document"].take());
    let value = value.filter(|value| !value.is_null());
    if value.is_none() {
        context.output.note(format!("the policy {arn} is not recorded: it is left out"));
    }
    Ok(value.map(|value| Stated { label: arn.to_owned(), at: String::new(), value }))
}

/// Whether Block Public Access restricts a bucket: its own, or its account's.
fn is_restricted(item: &Item, world: &World<'_>) -> Result<bool, Error> {
    let on =
        |config: &Value| config["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"] == true;
    let account = Key {
        account: item.key.account.clone(),
        technology: "s3_account".to_owned(),
        region: GLOBAL.to_owned(),
        id: item.key.account.to_string(),
    };
    let account = world.item(&account).map_err(undecided)?;
    Ok(on(&item.config) || account.is_some_and(|account| on(&account.config)))
}
