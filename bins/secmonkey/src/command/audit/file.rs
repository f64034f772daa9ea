//! What a file holds: our own records, what the AWS CLI prints, what AWS Config recorded,
//! resources of a template. What is not recognised is refused, never passed over.

use std::collections::BTreeSet;

use secmonkey_core::account::AccountId;
use secmonkey_core::config::canonicalise;
use secmonkey_core::item::{GLOBAL, Item, Key};
use secmonkey_core::technology::Reach;
use serde_json::{Map, Value, json};

use crate::context;

mod config;
mod template;

/// What a file holds.
#[derive(Debug, Default)]
pub struct File {
    /// The configurations in it.
    pub all: Vec<Read>,
    /// What of it is not judged, and why.
    pub said: BTreeSet<String>,
}

/// A configuration of a file.
#[derive(Debug)]
pub struct Read {
    /// The configuration as an item.
    pub item: Item,
    /// What the file does not say, as pointers: it counts as unread, and is not off.
    pub unread: BTreeSet<String>,
    /// What the file says in a way that nobody can read here: it is unread, too.
    pub unresolved: BTreeSet<String>,
    /// What could be read in part: what is found counts, and more may be there.
    pub partly: BTreeSet<String>,
    /// The region, where the file says one.
    pub region: Option<String>,
    /// Whether the key is the one that the file says: else it is made up.
    pub is_recorded: bool,
}

impl Read {
    fn new(item: Item, unread: BTreeSet<String>) -> Self {
        Self {
            item,
            unread,
            unresolved: BTreeSet::new(),
            partly: BTreeSet::new(),
            region: None,
            is_recorded: false,
        }
    }

    /// The account, where the file says one.
    pub fn account(&self) -> Option<&AccountId> {
        Some(&self.item.key.account).filter(|account| account.as_str() != NOBODY)
    }

    /// What names the resource for ever, as a watcher of its technology has it, where the file
    /// says it.
    pub fn id(&self) -> Option<String> {
        let Item { key, arn, config, .. } = &self.item;
        if self.is_recorded {
            return Some(key.id.clone());
        }
        let text = |name: &str| config.get(name).and_then(Value::as_str).map(str::to_owned);
        match key.technology.as_str() {
            "s3_bucket" | "sqs_queue" => arn.clone(),
            technology => {
                ANSWERS.iter().find(|one| one.technology == technology).and_then(|one| text(one.id))
            }
        }
    }

    /// Takes out what was put in because the file does not say it.
    pub fn without_guesses(mut self) -> Self {
        if let (Some((member, id)), Value::Object(config)) =
            (used_by(&self.item.key.technology), &mut self.item.config)
            && config.get(member) == Some(&json!([{ id: NOT_TOLD }]))
        {
            config.remove(member);
            self.unread.insert(format!("/{member}"));
        }
        self
    }
}

/// The account of configurations whose file names none.
const NOBODY: &str = "000000000000";

/// A list as the AWS CLI prints it: its member, the technology, the member of each element that
/// names it for ever, and those that such an answer holds where they are set; none where it is
/// all of them.
struct Answer {
    member: &'static str,
    technology: &'static str,
    id: &'static str,
    holds: &'static [&'static str],
}

const fn answer(
    member: &'static str,
    technology: &'static str,
    id: &'static str,
    holds: &'static [&'static str],
) -> Answer {
    Answer { member, technology, id, holds }
}

/// The members that `aws iam get-role` and `list-roles` tell.
const ROLE: &[&str] =
    &["AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "RoleLastUsed", "Tags"];

/// The members that `aws redshift describe-clusters` tells.
const REDSHIFT: &[&str] =
    &["Encrypted", "Endpoint", "PubliclyAccessible", "VpcId", "VpcSecurityGroups"];
/// How something is encrypted, beside whether.
const ENCRYPTION: &str = "StorageEncryptionType";

const ANSWERS: [Answer; 28] = [
    answer("Addresses", "elastic_ip", "AllocationId", &[]),
    answer("Clusters", "redshift_cluster", "", REDSHIFT),
    answer(
        "DBClusterSnapshots",
        "rds_cluster_snapshot",
        "DBClusterSnapshotArn",
        &["StorageEncrypted", ENCRYPTION],
    ),
    answer("DBClusters", "rds_cluster", "DBClusterArn", &[]),
    answer("DBInstances", "rds_instance", "DBInstanceArn", &[]),
    answer("DBSecurityGroups", "rds_security_group", "DBSecurityGroupArn", &[]),
    answer("DBSnapshots", "rds_snapshot", "DBSnapshotArn", &["Encrypted", ENCRYPTION]),
    answer("Images", "ec2_image", "ImageId", &["Public"]),
    answer("Instances", "ec2_instance", "InstanceId", &[]),
    answer("KeyPairs", "key_pair", "KeyPairId", &[]),
    answer("NatGateways", "nat_gateway", "NatGatewayId", &[]),
    answer("NetworkAcls", "network_acl", "NetworkAclId", &[]),
    answer("SecurityGroups", "security_group", "GroupId", &[]),
    answer("Snapshots", "ebs_snapshot", "SnapshotId", &["Encrypted"]),
    answer("Subnets", "subnet", "SubnetId", &[]),
    answer("Volumes", "ebs_volume", "VolumeId", &[]),
    answer("VpcEndpoints", "vpc_endpoint", "VpcEndpointId", &[]),
    answer("VpcPeeringConnections", "vpc_peering_connection", "VpcPeeringConnectionId", &[]),
    answer("Vpcs", "vpc", "VpcId", &[]),
    answer("VpnConnections", "vpn_connection", "VpnConnectionId", &[]),
    answer(
        "UserDetailList",
        "iam_user",
        "UserId",
        &["UserPolicyList", "GroupList", "AttachedManagedPolicies", "PermissionsBoundary", "Tags"],
    ),
    answer(
        "GroupDetailList",
        "iam_group",
        "GroupId",
        &["GroupPolicyList", "AttachedManagedPolicies"],
    ),
    answer(
        "RoleDetailList",
        "iam_role",
        "RoleId",
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
    answer("Policies", "iam_managed_policy", "PolicyId", &["Document"]),
    answer("Roles", "iam_role", "RoleId", ROLE),
    answer("Role", "iam_role", "RoleId", ROLE),
    answer("Users", "iam_user", "UserId", &["PermissionsBoundary", "Tags"]),
    answer("User", "iam_user", "UserId", &["PermissionsBoundary", "Tags"]),
];

/// What `aws s3api get-bucket-acl` prints.
const ACL: [&str; 2] = ["Grants", "Owner"];
/// What can only take a finding away: where it is not told, the finding is.
const BLOCKS: &str = "PublicAccessBlockConfiguration";
/// What a group is attached to.
const ATTACHMENTS: &str = "Attachments";

/// The configurations that a value holds: those of a technology, or all that say what they
/// are.
pub fn read(value: Value, technology: Option<&str>, file: &str) -> Result<File, String> {
    let mut found = File::default();
    collect(value, technology, file, &mut found)?;
    if found.all.is_empty() {
        let of = technology.map_or_else(String::new, |id| format!(" of {id}"));
        let said: Vec<_> = found.said.iter().map(|said| format!("; {said}")).collect();
        return Err(format!("it holds nothing{of} that can be judged{}", said.concat()));
    }
    Ok(found)
}

fn collect(
    value: Value,
    technology: Option<&str>,
    file: &str,
    found: &mut File,
) -> Result<(), String> {
    let members = match value {
        Value::Array(all) => {
            return all.into_iter().try_for_each(|one| collect(one, technology, file, found));
        }
        Value::Object(members) => members,
        _ => return Err(format!("the configuration {} is not a JSON object", found.all.len() + 1)),
    };
    let number = (found.all.len() + 1).to_string();
    if members.contains_key("config") && members.get("key").is_some_and(Value::is_string) {
        found.all.push(recorded(members, technology)?);
        return Ok(());
    }
    if let Some(items) = config::items(&members) {
        return config::read(&items, technology, found);
    }
    if let Some(kind) = template::kind(&members) {
        match (technology_of(kind), technology) {
            (Some(same), Some(wanted)) if same != wanted => {
                return Err(format!("{kind} is of the technology {same}, not {wanted}"));
            }
            _ => {}
        }
        let alone = Map::from_iter([(file.to_owned(), Value::Object(members))]);
        return template::read(&alone, technology, found);
    }
    if let Some(Value::Object(resources)) = members.get("Resources") {
        return template::read(resources, technology, found);
    }
    if let Some(Value::Array(reservations)) = members.get("Reservations") {
        // Instances stand in what they were launched with.
        let instances = reservations.iter().filter_map(|one| one.get("Instances"));
        let instances: Vec<_> = instances.map(|all| json!({ "Instances": all })).collect();
        return instances.into_iter().try_for_each(|one| collect(one, technology, file, found));
    }
    let wrapped: Vec<_> =
        ANSWERS.iter().filter(|one| holds_items(members.get(one.member))).collect();
    // An answer says nothing of its own beside how to go on.
    let is_answer = members
        .iter()
        .all(|(name, value)| !value.is_string() || name == "NextToken" || name == "Marker");
    if !wrapped.is_empty() && is_answer {
        let is_wanted = |one: &&&Answer| technology.is_none_or(|wanted| wanted == one.technology);
        let ours: Vec<_> = wrapped.iter().filter(is_wanted).collect();
        if let (true, Some(wanted)) = (ours.is_empty(), technology) {
            let (member, other) = (wrapped[0].member, wrapped[0].technology);
            return Err(format!(
                "`{member}` makes it of the technology {other}, not {wanted}: pass \
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
                let number = (found.all.len() + 1).to_string();
                let (config, unread) = answered(answer, one)?;
                found.all.push(make(answer.technology, None, file, &number, config, unread)?);
            }
        }
        return Ok(());
    }
    if let Some(wanted) = technology
        && config::is_bean(&members)
        && let Some(read) = config::bean(wanted, &members)?
    {
        found.all.push(read);
        return Ok(());
    }
    let technology = match technology {
        Some(wanted) if knows(wanted, &members) == 0 => return Err(strange(&members, wanted)),
        Some(wanted) => wanted,
        None => recognised(&members)?,
    };
    let is_acl = technology == "s3_bucket"
        && !members.is_empty()
        && members.keys().all(|name| ACL.contains(&name.as_str()));
    let unread = if is_acl { missing(technology, &members, &ACL, true) } else { BTreeSet::new() };
    found.all.push(make(technology, None, file, &number, members, unread)?);
    Ok(())
}

/// Members that configurations of many technologies have, so that they say nothing of which.
const COMMON: [&str; 6] = ["Attributes", "Description", "Name", "Path", "Policy", "PolicyDocument"];

/// The technology that the members of a configuration are of.
fn recognised(members: &Map<String, Value>) -> Result<&'static str, String> {
    if members.contains_key("Statement") {
        return Err("a policy alone is explained by `secmonkey policy explain FILE`".to_owned());
    }
    let telling: Map<_, _> = members
        .iter()
        .filter(|(name, _)| !COMMON.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut all: Vec<_> = technologies().map(|id| (knows(id, &telling), id)).collect();
    all.sort_unstable();
    match all.as_slice() {
        [.., (second, _), (best, id)] if best > second => Ok(id),
        _ => {
            let known: Vec<_> = technologies().collect();
            Err(format!(
                "what it holds is not recognised: pass --technology, one of {}",
                known.join(", ")
            ))
        }
    }
}

fn technologies() -> impl Iterator<Item = &'static str> {
    context::registry().technologies().map(|one| &*one.id)
}

/// Technologies whose configurations AWS's Java library names as AWS Config does.
const BEANS: [&str; 5] =
    ["iam_group", "iam_managed_policy", "iam_role", "iam_user", "security_group"];

/// The technology of a resource, by the type that AWS Config and templates name.
fn technology_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::EC2::SecurityGroup" => "security_group",
        "AWS::IAM::Group" => "iam_group",
        "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" => "iam_managed_policy",
        "AWS::IAM::Role" => "iam_role",
        "AWS::IAM::User" => "iam_user",
        "AWS::S3::Bucket" => "s3_bucket",
        "AWS::SQS::Queue" => "sqs_queue",
        _ => return None,
    })
}

/// The URI of a group of grantees of an ACL, by the name that it has elsewhere.
fn group_uri(name: &str) -> Option<&'static str> {
    Some(match name {
        "AllUsers" => "http://acs.amazonaws.com/groups/global/AllUsers",
        "AuthenticatedUsers" => "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
        "LogDelivery" => "http://acs.amazonaws.com/groups/s3/LogDelivery",
        _ => return None,
    })
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
fn recorded(mut members: Map<String, Value>, wanted: Option<&str>) -> Result<Read, String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let named = text(members.get("key")).unwrap_or_default();
    let key: Key = named.parse().map_err(|error| format!("`{named}` is no key: {error}"))?;
    if let Some(wanted) = wanted.filter(|wanted| *wanted != key.technology) {
        return Err(format!("{key} is not of the technology {wanted}"));
    }
    if !technologies().any(|known| known == key.technology) {
        return Err(format!("{key} is of a technology that is not known here"));
    }
    let name = text(members.get("name")).unwrap_or_else(|| key.id.clone());
    let arn = text(members.get("arn"));
    let unread = members.get("unread").and_then(Value::as_array).into_iter().flatten();
    let unread: BTreeSet<String> = unread.filter_map(|one| text(one.get("pointer"))).collect();
    let mut config = members.remove("config").unwrap_or_default();
    canonicalise(&mut config, &context::technology(&key.technology));
    // What was read once counts, as in the store.
    let unread = unread.into_iter().filter(|at| config.pointer(at).is_none()).collect();
    let region = Some(key.region.clone());
    Ok(Read { region, is_recorded: true, ..Read::new(Item { key, name, arn, config }, unread) })
}

/// Where configurations say what they are called.
const CALLED: [&str; 17] = [
    "GroupName",
    "UserName",
    "RoleName",
    "PolicyName",
    "GroupId",
    "InstanceId",
    "VolumeId",
    "SnapshotId",
    "ImageId",
    "DBInstanceIdentifier",
    "DBSnapshotIdentifier",
    "DBClusterSnapshotIdentifier",
    "DBClusterIdentifier",
    "ClusterIdentifier",
    "NetworkAclId",
    "SubnetId",
    "VpcId",
];

/// A configuration of an account; where the file names none, of one that nobody has.
fn make(
    id: &str,
    account: Option<&str>,
    name: &str,
    resource: &str,
    members: Map<String, Value>,
    unread: BTreeSet<String>,
) -> Result<Read, String> {
    let technology = context::technology(id);
    let region = match technology.reach {
        Reach::Global => GLOBAL,
        Reach::Regional => "file",
    };
    let account = account.unwrap_or(NOBODY);
    let key = format!("{account}/{id}/{region}/{resource}");
    let key = key.parse().map_err(|error| format!("{error}"))?;
    let text = |name: &&str| members.get(*name).and_then(Value::as_str);
    let name = CALLED.iter().find_map(text).unwrap_or(name).to_owned();
    let arn = ["Arn", "SecurityGroupArn"].iter().find_map(text).map(str::to_owned);
    let mut config = Value::Object(members);
    canonicalise(&mut config, &technology);
    Ok(Read::new(Item { key, name, arn, config }, unread))
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
    add_unread_use(answer.technology, &mut members);
    let unread = match answer.holds {
        [] => BTreeSet::new(),
        holds => missing(answer.technology, &members, holds, true),
    };
    Ok((members, unread))
}

/// Unread is never idle: a group of which nobody says what it is attached to, or who is in it,
/// counts as used.
fn add_unread_use(technology: &str, members: &mut Map<String, Value>) {
    if let Some((member, id)) = used_by(technology)
        && !members.contains_key(member)
    {
        members.insert(member.to_owned(), json!([{ id: NOT_TOLD }]));
    }
}

/// Stands for what uses something, where nobody says.
const NOT_TOLD: &str = "not in the file";

/// The member that says what uses something, and how its elements are named.
fn used_by(technology: &str) -> Option<(&'static str, &'static str)> {
    match technology {
        "security_group" => Some((ATTACHMENTS, "NetworkInterfaceId")),
        "iam_group" => Some(("Users", "UserId")),
        _ => None,
    }
}

/// The members that checks read and that are neither there nor told by such an answer; with
/// `but_blocks`, those that could only take a finding away count as told.
fn missing(
    technology: &str,
    members: &Map<String, Value>,
    holds: &[&str],
    but_blocks: bool,
) -> BTreeSet<String> {
    read_by_checks(technology)
        .into_iter()
        .filter(|name| !members.contains_key(name) && !holds.contains(&name.as_str()))
        .filter(|name| !but_blocks || name != BLOCKS)
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
        let read = read(shown, Some(GROUP), "file").unwrap().all.remove(0);
        assert_eq!((read.item.key.to_string().as_str(), read.item.name.as_str()), (key, "web"));
        assert_eq!(read.item.config, json!({"GroupName": "web"}));
        assert!(read.unread.is_empty());
    }

    #[test]
    fn instances_stand_in_their_reservations() {
        let instance = |id: &str| json!({ "InstanceId": id, "State": { "Name": "running" } });
        let described = json!({ "Reservations": [
            { "OwnerId": "123456789012", "Instances": [instance("i-1"), instance("i-2")] },
            { "OwnerId": "123456789012", "Instances": [instance("i-3")] },
        ] });
        let all = read(described, None, "file").unwrap().all;
        let names: Vec<_> = all.iter().map(|one| one.item.name.as_str()).collect();
        assert_eq!(names, ["i-1", "i-2", "i-3"]);
        assert!(all.iter().all(|one| one.item.key.technology == "ec2_instance"));
    }

    #[test]
    fn a_configuration_stands_for_itself_alone_in_a_list_and_in_an_answer() {
        for value in [open(), json!([open()]), json!({ "SecurityGroups": [open()] })] {
            let all = read(value, Some(GROUP), "file").unwrap().all;
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].item.name, "web");
            assert_eq!(all[0].item.config["IpPermissions"], open()["IpPermissions"]);
        }
    }

    #[test]
    fn what_an_answer_does_not_say_is_unread_and_not_off() {
        let acl = json!({ "Owner": { "ID": "a" }, "Grants": [] });
        let all = read(acl, Some("s3_bucket"), "file").unwrap().all;
        assert!(all[0].unread.contains("/ServerSideEncryptionConfiguration"));
        assert!(!all[0].unread.contains("/PublicAccessBlockConfiguration"));
        let details = json!({ "UserDetailList": [{ "UserName": "ana", "GroupList": [] }],
            "RoleDetailList": [], "GroupDetailList": [], "Policies": [] });
        let all = read(details, Some("iam_user"), "file").unwrap().all;
        assert!(all[0].unread.contains("/AccessKeys") && all[0].unread.contains("/LoginProfile"));
        assert!(!all[0].unread.contains("/UserPolicyList"));
        let groups = read(json!({ "SecurityGroups": [open()] }), Some(GROUP), "file").unwrap().all;
        assert!(!groups[0].item.config[ATTACHMENTS].as_array().unwrap().is_empty());
    }

    #[test]
    fn what_says_what_it_is_needs_no_technology() {
        let role = json!({ "RoleName": "app", "AssumeRolePolicyDocument": { "Statement": [] } });
        let details = json!({ "UserDetailList": [{ "UserName": "ana", "GroupList": [] }],
            "RoleDetailList": [role], "GroupDetailList": [], "Policies": [] });
        for (value, of) in [
            (open(), &["security_group"][..]),
            (role.clone(), &["iam_role"]),
            (json!({ "Grants": [], "Owner": { "ID": "a" } }), &["s3_bucket"]),
            (details, &["iam_role", "iam_user"]),
            (json!({ "key": "123456789012/iam_user/global/A", "config": {} }), &["iam_user"]),
        ] {
            let mut all: Vec<_> = read(value, None, "file").unwrap().all;
            all.sort_by(|one, other| one.item.key.cmp(&other.item.key));
            let all: Vec<_> = all.iter().map(|read| read.item.key.technology.as_str()).collect();
            assert_eq!(all, of);
        }
        for (value, said) in [
            (json!({ "Colour": "red" }), "pass --technology, one of"),
            (json!({ "Policy": "{}" }), "pass --technology, one of"),
            (json!({ "Statement": [] }), "policy explain"),
            (json!({ "SecurityGroups": [] }), "holds nothing"),
            (
                json!({ "Resources": { "F": { "Type": "AWS::Lambda::Function" } } }),
                "nothing that can be judged; not judged: AWS::Lambda::Function",
            ),
            (json!({ "key": "123456789012/sofa/global/A", "config": {} }), "not known here"),
        ] {
            let error = read(value, None, "file").unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn what_is_not_recognised_is_refused_and_the_right_technology_named() {
        for (value, technology, said) in [
            (json!(7), GROUP, "not a JSON object"),
            (json!([]), GROUP, "it holds nothing of security_group"),
            (json!({}), GROUP, "nothing in it is of security_group"),
            (json!({ "Colour": "red" }), "s3_bucket", "nothing in it is of s3_bucket"),
            (open(), "iam_role", "looks like the technology security_group"),
            (json!({ "SecurityGroups": [open()] }), "iam_role", "pass --technology security_group"),
            (json!({ "key": "123456789012/iam_user/global/A", "config": {} }), GROUP, "is not of"),
            (json!({ "Type": "AWS::SQS::Queue", "Properties": {} }), GROUP, "sqs_queue"),
            (
                json!({ "Type": "AWS::X::Y", "Properties": {} }),
                GROUP,
                "holds nothing of security_group",
            ),
        ] {
            let error = read(value, Some(technology), "file").unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
