//! What a file holds: our own records, what the AWS CLI prints, resources of a template.
//! What is not recognised is refused, never passed over.

use std::collections::BTreeSet;

use secmonkey_core::config::canonicalise;
use secmonkey_core::item::{GLOBAL, Item, Key};
use secmonkey_core::technology::Reach;
use serde_json::{Map, Value, json};

use crate::context;

/// A configuration of a file.
#[derive(Debug)]
pub struct Read {
    /// The configuration as an item.
    pub item: Item,
    /// What the file does not say, as pointers: it counts as unread, and is not off.
    pub unread: BTreeSet<String>,
}

/// A list as the AWS CLI prints it: its member, the technology, and the members of each
/// element that such an answer holds where they are set; none where it is all of them.
struct Answer {
    member: &'static str,
    technology: &'static str,
    holds: &'static [&'static str],
}

const fn answer(
    member: &'static str,
    technology: &'static str,
    holds: &'static [&'static str],
) -> Answer {
    Answer { member, technology, holds }
}

/// The members that `aws iam get-role` and `list-roles` tell.
const ROLE: &[&str] =
    &["AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "RoleLastUsed", "Tags"];

const ANSWERS: [Answer; 13] = [
    answer("SecurityGroups", "security_group", &[]),
    answer("Vpcs", "vpc", &[]),
    answer("NatGateways", "nat_gateway", &[]),
    answer("VpcEndpoints", "vpc_endpoint", &[]),
    answer("Addresses", "elastic_ip", &[]),
    answer(
        "UserDetailList",
        "iam_user",
        &["UserPolicyList", "GroupList", "AttachedManagedPolicies", "PermissionsBoundary", "Tags"],
    ),
    answer("GroupDetailList", "iam_group", &["GroupPolicyList", "AttachedManagedPolicies"]),
    answer(
        "RoleDetailList",
        "iam_role",
        &[
            "AssumeRolePolicyDocument",
            "RolePolicyList",
            "AttachedManagedPolicies",
            "InstanceProfileList",
            "PermissionsBoundary",
            "RoleLastUsed",
            "Tags",
        ],
    ),
    answer("Policies", "iam_managed_policy", &["Document"]),
    answer("Roles", "iam_role", ROLE),
    answer("Role", "iam_role", ROLE),
    answer("Users", "iam_user", &["PermissionsBoundary", "Tags"]),
    answer("User", "iam_user", &["PermissionsBoundary", "Tags"]),
];

/// What `aws s3api get-bucket-acl` prints.
const ACL: [&str; 2] = ["Grants", "Owner"];
/// What can only take a finding away: where it is not told, the finding is.
const BLOCKS: &str = "PublicAccessBlockConfiguration";
/// What a group is attached to.
const ATTACHMENTS: &str = "Attachments";

/// The configurations that a value holds, those of a technology.
pub fn read(value: Value, technology: &str, file: &str) -> Result<Vec<Read>, String> {
    let mut found = Vec::new();
    collect(value, technology, file, &mut found)?;
    if found.is_empty() {
        return Err(format!("it holds nothing of {technology}"));
    }
    Ok(found)
}

fn collect(
    value: Value,
    technology: &str,
    file: &str,
    found: &mut Vec<Read>,
) -> Result<(), String> {
    let members = match value {
        Value::Array(all) => {
            return all.into_iter().try_for_each(|one| collect(one, technology, file, found));
        }
        Value::Object(members) => members,
        _ => return Err(format!("the configuration {} is not a JSON object", found.len() + 1)),
    };
    let number = found.len() + 1;
    if members.contains_key("config") && members.get("key").is_some_and(Value::is_string) {
        found.push(recorded(members, technology)?);
        return Ok(());
    }
    if let Some(kind) = template_type(&members) {
        found.push(templated(kind, &members, technology, file, number)?);
        return Ok(());
    }
    if let Some(Value::Object(resources)) = members.get("Resources") {
        for (name, resource) in resources {
            let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
            let Value::Object(resource) = resource else { continue };
            if technology_of(kind) == Some(technology) {
                let number = found.len() + 1;
                found.push(templated(kind, resource, technology, name, number)?);
            }
        }
        return Ok(());
    }
    let wrapped: Vec<_> =
        ANSWERS.iter().filter(|one| holds_items(members.get(one.member))).collect();
    // An answer says nothing of its own beside how to go on.
    let is_answer = members
        .iter()
        .all(|(name, value)| !value.is_string() || name == "NextToken" || name == "Marker");
    if !wrapped.is_empty() && is_answer {
        let ours: Vec<_> = wrapped.iter().filter(|one| one.technology == technology).collect();
        if ours.is_empty() {
            let (member, other) = (wrapped[0].member, wrapped[0].technology);
            return Err(format!(
                "`{member}` makes it of the technology {other}, not {technology}: pass \
                 --technology {other}"
            ));
        }
        for answer in ours {
            let all = match &members[answer.member] {
                Value::Array(all) => all.clone(),
                one => vec![one.clone()],
            };
            for one in all {
                let Value::Object(one) = one else {
                    return Err(format!("`{}` holds something that is no object", answer.member));
                };
                let number = found.len() + 1;
                let (config, unread) = answered(answer, one)?;
                found.push(of(technology, file, number, config, unread)?);
            }
        }
        return Ok(());
    }
    if knows(technology, &members) == 0 {
        return Err(strange(&members, technology));
    }
    let is_acl = technology == "s3_bucket"
        && !members.is_empty()
        && members.keys().all(|name| ACL.contains(&name.as_str()));
    let unread = if is_acl { missing(technology, &members, &ACL) } else { BTreeSet::new() };
    found.push(of(technology, file, number, members, unread)?);
    Ok(())
}

/// Whether a member is a list of objects, or an object.
fn holds_items(member: Option<&Value>) -> bool {
    match member {
        Some(Value::Array(all)) => all.iter().all(Value::is_object),
        Some(value) => value.is_object(),
        None => false,
    }
}

/// What `show --format json` prints, which says of what item it is; a member that is missing
/// in it is empty.
fn recorded(mut members: Map<String, Value>, id: &str) -> Result<Read, String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let named = text(members.get("key")).unwrap_or_default();
    let key: Key = named.parse().map_err(|error| format!("`{named}` is no key: {error}"))?;
    if key.technology != id {
        return Err(format!("{key} is not of the technology {id}"));
    }
    let name = text(members.get("name")).unwrap_or_else(|| key.id.clone());
    let arn = text(members.get("arn"));
    let unread = members.get("unread").and_then(Value::as_array).into_iter().flatten();
    let unread: BTreeSet<String> = unread.filter_map(|one| text(one.get("pointer"))).collect();
    let mut config = members.remove("config").unwrap_or_default();
    canonicalise(&mut config, &context::technology(id));
    // What was read once counts, as in the store.
    let unread = unread.into_iter().filter(|at| config.pointer(at).is_none()).collect();
    Ok(Read { item: Item { key, name, arn, config }, unread })
}

/// A configuration of an account that nobody has.
fn of(
    id: &str,
    name: &str,
    number: usize,
    members: Map<String, Value>,
    unread: BTreeSet<String>,
) -> Result<Read, String> {
    let technology = context::technology(id);
    let region = match technology.reach {
        Reach::Global => GLOBAL,
        Reach::Regional => "file",
    };
    let key = format!("000000000000/{id}/{region}/{number}");
    let key = key.parse().map_err(|error| format!("{error}"))?;
    let called = ["GroupName", "UserName", "RoleName", "PolicyName", "GroupId", "VpcId"];
    let text = |name: &&str| members.get(*name).and_then(Value::as_str);
    let name = called.iter().find_map(text).unwrap_or(name).to_owned();
    let arn = ["Arn", "SecurityGroupArn"].iter().find_map(text).map(str::to_owned);
    let mut config = Value::Object(members);
    canonicalise(&mut config, &technology);
    Ok(Read { item: Item { key, name, arn, config }, unread })
}

/// An element of an answer, and what such an answer does not say.
fn answered(
    answer: &Answer,
    mut members: Map<String, Value>,
) -> Result<(Map<String, Value>, BTreeSet<String>), String> {
    if answer.member == "Policies" && !members.contains_key("Document") {
        let versions = members.get("PolicyVersionList").and_then(Value::as_array);
        let default =
            versions.and_then(|all| all.iter().find(|one| one["IsDefaultVersion"] == true));
        let document = default.and_then(|one| one.get("Document")).cloned().ok_or(
            "`Policies` without their documents: take what `aws iam \
             get-account-authorization-details` prints",
        )?;
        members.insert("Document".to_owned(), document);
    }
    in_use(answer.technology, &mut members);
    let unread = match answer.holds {
        [] => BTreeSet::new(),
        holds => missing(answer.technology, &members, holds),
    };
    Ok((members, unread))
}

/// Unread is never idle: a group of which nobody says what it is attached to, or who is in it,
/// counts as used.
fn in_use(technology: &str, members: &mut Map<String, Value>) {
    let (member, id) = match technology {
        "security_group" => (ATTACHMENTS, "NetworkInterfaceId"),
        "iam_group" => ("Users", "UserId"),
        _ => return,
    };
    if !members.contains_key(member) {
        members.insert(member.to_owned(), json!([{ id: "not in the file" }]));
    }
}

/// The members that checks read and that are neither there nor told by such an answer.
fn missing(technology: &str, members: &Map<String, Value>, holds: &[&str]) -> BTreeSet<String> {
    read_by_checks(technology)
        .into_iter()
        .filter(|name| !members.contains_key(name) && !holds.contains(&name.as_str()))
        .filter(|name| name != BLOCKS)
        .map(|name| format!("/{name}"))
        .collect()
}

/// The members of a configuration that the checks of a technology read.
fn read_by_checks(technology: &str) -> BTreeSet<String> {
    let checks = context::registry().checks().filter(|check| check.technology == technology);
    checks.flat_map(|check| check.reads.iter().filter_map(first)).collect()
}

/// The member that a pointer begins with.
fn first(pointer: &str) -> Option<String> {
    let name = pointer.strip_prefix('/')?.split('/').next()?;
    (!name.is_empty() && name != "*").then(|| name.to_owned())
}

/// How many members of a configuration a technology is known to have.
fn knows(id: &str, members: &Map<String, Value>) -> usize {
    let technology = context::technology(id);
    let sets = technology.sets.iter().map(|set| &*set.at);
    let names = technology.names.iter().map(|name| &*name.at);
    let mut known: BTreeSet<String> = sets.chain(names).filter_map(first).collect();
    known.extend(technology.documents.iter().filter_map(first));
    known.extend(read_by_checks(id));
    // Everything has these.
    known.remove("Tags");
    known.remove("Arn");
    members.keys().filter(|name| known.contains(*name)).count()
}

/// What to say of a configuration that is not of the technology.
fn strange(members: &Map<String, Value>, technology: &str) -> String {
    let all = context::registry().technologies();
    let best = all.map(|one| (knows(&one.id, members), &*one.id)).max();
    if let Some((1.., other)) = best {
        return format!(
            "it looks like the technology {other}, not {technology}: pass --technology {other}"
        );
    }
    let known: Vec<_> = read_by_checks(technology).into_iter().take(6).collect();
    format!(
        "nothing in it is of {technology}: a configuration has members such as {}",
        known.join(", ")
    )
}

/// The type of a resource of a `CloudFormation` template.
fn template_type(members: &Map<String, Value>) -> Option<&str> {
    let kind = members.get("Type")?.as_str()?;
    (kind.starts_with("AWS::") && members.contains_key("Properties")).then_some(kind)
}

fn technology_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::EC2::SecurityGroup" => "security_group",
        "AWS::IAM::Role" => "iam_role",
        "AWS::SQS::Queue" => "sqs_queue",
        "AWS::S3::Bucket" => "s3_bucket",
        _ => return None,
    })
}

/// A resource of a template: of a group its rules are read, everything else is refused.
fn templated(
    kind: &str,
    members: &Map<String, Value>,
    technology: &str,
    file: &str,
    number: usize,
) -> Result<Read, String> {
    match technology_of(kind) {
        Some(same) if same != technology => {
            return Err(format!("{kind} is of the technology {same}, not {technology}"));
        }
        Some("security_group") => {}
        _ => return Err(format!("resources {kind} of templates are not understood yet")),
    }
    let properties = members.get("Properties").and_then(Value::as_object);
    let properties = properties.ok_or_else(|| format!("{kind} has no object `Properties`"))?;
    let rules = |name: &str| -> Result<Vec<Value>, String> {
        let all = properties.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        all.iter().map(|rule| templated_rule(rule, name)).collect()
    };
    let mut config = Map::new();
    config.insert("IpPermissions".to_owned(), rules("SecurityGroupIngress")?.into());
    config.insert("IpPermissionsEgress".to_owned(), rules("SecurityGroupEgress")?.into());
    in_use(technology, &mut config);
    of(technology, file, number, config, BTreeSet::new())
}

fn templated_rule(rule: &Value, place: &str) -> Result<Value, String> {
    let text = |name: &str| match rule.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("{name} of {place} is not a text: resolve the template first")),
    };
    let protocol = match rule.get("IpProtocol") {
        Some(Value::String(protocol)) => protocol.clone(),
        Some(Value::Number(protocol)) => protocol.to_string(),
        _ => return Err(format!("a rule of {place} names no IpProtocol")),
    };
    let mut made = json!({ "IpProtocol": protocol });
    for port in ["FromPort", "ToPort"] {
        let number = match rule.get(port) {
            None => continue,
            Some(Value::String(text)) => text.parse().ok(),
            Some(number) => number.as_i64(),
        };
        let number = number.ok_or_else(|| format!("{port} of {place} is no number"))?;
        made[port] = json!(number);
    }
    if let Some(cidr) = text("CidrIp")? {
        made["IpRanges"] = json!([{ "CidrIp": cidr }]);
    }
    if let Some(cidr) = text("CidrIpv6")? {
        made["Ipv6Ranges"] = json!([{ "CidrIpv6": cidr }]);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "security_group";

    fn open() -> Value {
        json!({ "GroupName": "web", "IpPermissions": [{ "IpProtocol": "tcp", "FromPort": 22,
            "ToPort": 22, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }] })
    }

    #[test]
    fn what_show_prints_says_of_what_item_it_is() {
        let key = "123456789012/security_group/eu-west-1/sg-1";
        let shown = json!({"key": key, "name": "web", "config": {"GroupName": "web"}, "score": 3});
        let read = read(shown, GROUP, "file").unwrap().remove(0);
        assert_eq!((read.item.key.to_string().as_str(), read.item.name.as_str()), (key, "web"));
        assert_eq!(read.item.config, json!({"GroupName": "web"}));
        assert!(read.unread.is_empty());
    }

    #[test]
    fn a_configuration_stands_for_itself_alone_in_a_list_and_in_an_answer() {
        for value in [open(), json!([open()]), json!({ "SecurityGroups": [open()] })] {
            let all = read(value, GROUP, "file").unwrap();
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].item.name, "web");
            assert_eq!(all[0].item.config["IpPermissions"], open()["IpPermissions"]);
        }
    }

    #[test]
    fn what_an_answer_does_not_say_is_unread_and_not_off() {
        let acl = json!({ "Owner": { "ID": "a" }, "Grants": [] });
        let all = read(acl, "s3_bucket", "file").unwrap();
        assert!(all[0].unread.contains("/ServerSideEncryptionConfiguration"));
        assert!(!all[0].unread.contains("/PublicAccessBlockConfiguration"));
        let details = json!({ "UserDetailList": [{ "UserName": "ana", "GroupList": [] }],
            "RoleDetailList": [], "GroupDetailList": [], "Policies": [] });
        let all = read(details, "iam_user", "file").unwrap();
        assert!(all[0].unread.contains("/AccessKeys") && all[0].unread.contains("/LoginProfile"));
        assert!(!all[0].unread.contains("/UserPolicyList"));
        let groups = read(json!({ "SecurityGroups": [open()] }), GROUP, "file").unwrap();
        assert!(!groups[0].item.config[ATTACHMENTS].as_array().unwrap().is_empty());
    }

    #[test]
    fn a_resource_of_a_template_is_read_alone_and_among_others() {
        let group = json!({ "Type": "AWS::EC2::SecurityGroup", "Properties": {
            "SecurityGroupIngress": [{ "IpProtocol": "tcp", "FromPort": "22", "ToPort": 22,
                "CidrIpv6": "::/0" }] } });
        let queue = json!({ "Type": "AWS::SQS::Queue", "Properties": {} });
        for value in [group.clone(), json!({ "Resources": { "web": group, "q": queue } })] {
            let all = read(value, GROUP, "file").unwrap();
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].item.config["IpPermissions"][0]["FromPort"], 22);
        }
        let reference = json!({ "Type": "AWS::EC2::SecurityGroup", "Properties": {
            "SecurityGroupIngress": [{ "IpProtocol": "tcp", "CidrIp": { "Ref": "Office" } }] } });
        assert!(read(reference, GROUP, "file").unwrap_err().contains("resolve the template"));
    }

    #[test]
    fn what_is_not_recognised_is_refused_and_the_right_technology_named() {
        for (value, technology, said) in [
            (json!(7), GROUP, "not a JSON object"),
            (json!([]), GROUP, "nothing of security_group"),
            (json!({}), GROUP, "nothing in it is of security_group"),
            (json!({ "Colour": "red" }), "s3_bucket", "nothing in it is of s3_bucket"),
            (open(), "iam_role", "looks like the technology security_group"),
            (json!({ "SecurityGroups": [open()] }), "iam_role", "pass --technology security_group"),
            (json!({ "key": "123456789012/iam_user/global/A", "config": {} }), GROUP, "is not of"),
            (json!({ "Type": "AWS::SQS::Queue", "Properties": {} }), GROUP, "sqs_queue"),
            (json!({ "Type": "AWS::X::Y", "Properties": {} }), GROUP, "not understood"),
        ] {
            let error = read(value, technology, "file").unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
