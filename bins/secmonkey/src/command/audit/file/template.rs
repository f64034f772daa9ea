//! Resources of a `CloudFormation` template, in JSON, with what others of it attach to them.
//!
//! Nothing is resolved but which resource of the template is meant. What depends on another
//! function (`Fn::Sub`, a `Ref` to a parameter ...) is unread, and said.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::{File, Read, add_unread_use, group_uri, make, missing, technology_of};

/// The type of a resource of a template.
pub fn kind(resource: &Map<String, Value>) -> Option<&str> {
    let kind = resource.get("Type")?.as_str()?;
    kind.starts_with("AWS::").then_some(kind)
}

type Members = &'static [(&'static str, &'static str)];

/// What a resource adds to others: its type, and the member that says to which, by their
/// technology.
const ATTACHED: [(&str, Members); 5] = [
    ("AWS::EC2::SecurityGroupEgress", &[("GroupId", "security_group")]),
    ("AWS::EC2::SecurityGroupIngress", &[("GroupId", "security_group")]),
    ("AWS::IAM::Policy", &[("Groups", "iam_group"), ("Roles", "iam_role"), ("Users", "iam_user")]),
    ("AWS::S3::BucketPolicy", &[("Bucket", "s3_bucket")]),
    ("AWS::SQS::QueuePolicy", &[("Queues", "sqs_queue")]),
];

/// The members that name a resource, by which others may call it.
const NAMES: [&str; 6] =
    ["BucketName", "GroupName", "ManagedPolicyName", "QueueName", "RoleName", "UserName"];

/// Reads the resources of a template.
pub fn read(
    resources: &Map<String, Value>,
    technology: Option<&str>,
    file: &mut File,
) -> Result<(), String> {
    for (name, resource) in resources {
        let kind = resource.as_object().and_then(kind).unwrap_or(name);
        let wrong = |reason: String| format!("{name}: {reason}");
        let attached = ATTACHED.iter().find(|(attached, _)| *attached == kind);
        if let Some((_, members)) = attached {
            attach(name, kind, members, resources, technology, file).map_err(wrong)?;
            continue;
        }
        match technology_of(kind) {
            Some(of) if technology.is_none_or(|wanted| wanted == of) => {
                let read = resource_of(name, kind, of, resources, file).map_err(wrong)?;
                file.all.push(read);
            }
            None if technology.is_none() => {
                file.said.insert(format!("not judged: {kind}"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A resource with what others of the template attach to it.
fn resource_of(
    id: &str,
    kind: &str,
    technology: &'static str,
    resources: &Map<String, Value>,
    file: &mut File,
) -> Result<Read, String> {
    let own = properties(&resources[id], kind)?;
    let mut maker = Maker::new(id, technology, file);
    if let Some(name) = NAMES.iter().find_map(|name| own.get(*name)?.as_str()) {
        name.clone_into(&mut maker.name);
    }
    maker.properties(kind, own)?;
    for other in resources.values() {
        let Some(kind) = other.as_object().and_then(self::kind) else { continue };
        let Some((_, members)) = ATTACHED.iter().find(|(it, _)| *it == kind) else { continue };
        let Some((member, _)) = members.iter().find(|(_, it)| *it == technology) else { continue };
        let other = properties(other, kind)?;
        if targets(other.get(*member)).iter().any(|it| meant(it, resources) == Some(id)) {
            maker.attached(kind, other)?;
        }
    }
    maker.finish()
}

fn properties<'a>(resource: &'a Value, kind: &str) -> Result<&'a Map<String, Value>, String> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    match resource.get("Properties") {
        None => Ok(&NONE),
        Some(properties) => {
            properties.as_object().ok_or_else(|| format!("`Properties` of {kind} is no object"))
        }
    }
}

/// Which resource of the template a value means: its `Ref`, one of its attributes, or the
/// name it is given.
fn meant<'a>(value: &Value, resources: &'a Map<String, Value>) -> Option<&'a str> {
    let id = match value {
        Value::String(text) => {
            let is_called = |resource: &Value| {
                NAMES.iter().any(|name| resource["Properties"][*name] == text.as_str())
            };
            return resources.iter().find(|(_, it)| is_called(it)).map(|(id, _)| id.as_str());
        }
        Value::Object(members) => match members.iter().next()? {
            (name, Value::String(id)) if name == "Ref" => id.as_str(),
            (name, Value::String(path)) if name == "Fn::GetAtt" => path.split('.').next()?,
            (name, Value::Array(path)) if name == "Fn::GetAtt" => path.first()?.as_str()?,
            _ => return None,
        },
        _ => return None,
    };
    resources.get_key_value(id).map(|(id, _)| id.as_str())
}

/// The targets of a member, which holds one or a list of them.
fn targets(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
    }
}

/// What adds to resources of the template is read with these. Of a policy alone the resource
/// that it is on is made; anything else is said.
fn attach(
    name: &str,
    kind: &str,
    members: Members,
    resources: &Map<String, Value>,
    technology: Option<&str>,
    file: &mut File,
) -> Result<(), String> {
    let properties = properties(&resources[name], kind)?;
    for (member, of) in members {
        if technology.is_some_and(|wanted| wanted != *of) {
            continue;
        }
        let all = targets(properties.get(*member));
        if all.iter().all(|target| meant(target, resources).is_some()) {
            continue;
        }
        let property = match *of {
            "s3_bucket" => "/Policy",
            "sqs_queue" => "/Attributes/Policy",
            _ => {
                file.said.insert(format!(
                    "not judged: {kind} {name}: what it is for is not in the template"
                ));
                continue;
            }
        };
        let mut maker = Maker::new(name, of, file);
        maker.whole(properties, "PolicyDocument", property);
        let read = maker.finish()?;
        file.all.push(read);
    }
    Ok(())
}

/// The function that a value depends on, where it does.
fn unresolved(value: &Value) -> Option<String> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, inner)| {
            if members.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) {
                let to = inner.as_str().filter(|_| name == "Ref").map(|to| format!(" {to}"));
                return Some(format!("{name}{}", to.unwrap_or_default()));
            }
            unresolved(inner)
        }),
        Value::Array(all) => all.iter().find_map(unresolved),
        Value::String(text) if text.contains("{{resolve:") => Some("{{resolve:...}}".to_owned()),
        _ => None,
    }
}

/// A configuration in the making.
struct Maker<'f> {
    /// What the template calls it.
    name: String,
    technology: &'static str,
    config: Value,
    unresolved: BTreeSet<String>,
    partly: BTreeSet<String>,
    /// What such a resource is without where its property is not there.
    told: Vec<&'static str>,
    file: &'f mut File,
}

impl<'f> Maker<'f> {
    fn new(name: &str, technology: &'static str, file: &'f mut File) -> Self {
        Self {
            name: name.to_owned(),
            technology,
            config: json!({}),
            unresolved: BTreeSet::new(),
            partly: BTreeSet::new(),
            told: Vec::new(),
            file,
        }
    }

    fn say(&mut self, property: &str, why: &str) {
        let name = &self.name;
        self.file.said.insert(format!("not resolved, and not judged: {name} {property} ({why})"));
    }

    /// Puts a value at a pointer whose last token is new.
    fn put(&mut self, at: &str, value: Value) {
        let mut here = &mut self.config;
        for member in at.split('/').skip(1) {
            here = &mut here[member];
        }
        *here = value;
    }

    /// Takes a property as it stands.
    fn whole(&mut self, properties: &Map<String, Value>, property: &str, at: &str) {
        let Some(value) = properties.get(property) else { return };
        match unresolved(value) {
            None => self.put(at, value.clone()),
            Some(why) => {
                self.unresolved.insert(at.to_owned());
                self.say(property, &why);
            }
        }
    }

    /// Adds the elements of a list; those that depend on a function are left out, and the
    /// list is judged in part.
    fn list(
        &mut self,
        properties: &Map<String, Value>,
        property: &str,
        at: &str,
        translate: impl Fn(&Value) -> Result<Value, String>,
    ) -> Result<(), String> {
        let Some(value) = properties.get(property) else { return Ok(()) };
        let Some(all) = value.as_array() else {
            let Some(why) = unresolved(value) else {
                return Err(format!("`{property}` is no list"));
            };
            self.unresolved.insert(at.to_owned());
            self.say(property, &why);
            return Ok(());
        };
        for (index, one) in all.iter().enumerate() {
            self.add(one, &format!("{property}/{index}"), at, &translate)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        one: &Value,
        place: &str,
        at: &str,
        translate: impl Fn(&Value) -> Result<Value, String>,
    ) -> Result<(), String> {
        if let Some(why) = unresolved(one) {
            self.partly.insert(at.to_owned());
            self.say(place, &why);
            return Ok(());
        }
        let made = translate(one).map_err(|reason| format!("{place}: {reason}"))?;
        match self.config.pointer_mut(at).and_then(Value::as_array_mut) {
            Some(list) => list.push(made),
            None => self.put(at, json!([made])),
        }
        Ok(())
    }

    /// A list that is empty where nothing says otherwise.
    fn starts_empty(&mut self, at: &str) {
        self.put(at, json!([]));
    }

    /// What another resource of the template adds.
    fn attached(&mut self, kind: &str, other: &Map<String, Value>) -> Result<(), String> {
        match kind {
            "AWS::S3::BucketPolicy" => self.whole(other, "PolicyDocument", "/Policy"),
            "AWS::SQS::QueuePolicy" => self.whole(other, "PolicyDocument", "/Attributes/Policy"),
            "AWS::IAM::Policy" => {
                let at = inline(self.technology);
                let policy = json!({
                    "PolicyName": other.get("PolicyName"),
                    "PolicyDocument": other.get("PolicyDocument"),
                });
                self.add(&policy, kind, at, |one| Ok(one.clone()))?;
            }
            _ => {
                let ingress = kind == "AWS::EC2::SecurityGroupIngress";
                let at = if ingress { "/IpPermissions" } else { "/IpPermissionsEgress" };
                let mut rule = other.clone();
                rule.remove("GroupId");
                self.add(&rule.into(), kind, at, rule_of)?;
            }
        }
        Ok(())
    }

    fn properties(&mut self, kind: &str, properties: &Map<String, Value>) -> Result<(), String> {
        match kind {
            "AWS::EC2::SecurityGroup" => {
                self.starts_empty("/IpPermissions");
                self.list(properties, "SecurityGroupIngress", "/IpPermissions", rule_of)?;
                self.list(properties, "SecurityGroupEgress", "/IpPermissionsEgress", rule_of)?;
                self.whole(properties, "VpcId", "/VpcId");
            }
            "AWS::S3::Bucket" => self.bucket(properties)?,
            "AWS::SQS::Queue" => {}
            "AWS::IAM::ManagedPolicy" => {
                self.whole(properties, "PolicyDocument", "/Document");
                // It is not AWS's own.
                self.told = vec!["Arn"];
            }
            _ => {
                // A template says all that these get.
                let at = inline(self.technology);
                self.starts_empty(at);
                self.list(properties, "Policies", at, |one| Ok(one.clone()))?;
                self.starts_empty("/AttachedManagedPolicies");
                self.list(properties, "ManagedPolicyArns", "/AttachedManagedPolicies", attached)?;
                self.whole(properties, "AssumeRolePolicyDocument", "/AssumeRolePolicyDocument");
                self.whole(properties, "Path", "/Path");
                let boundary = "/PermissionsBoundary/PermissionsBoundaryArn";
                self.whole(properties, "PermissionsBoundary", boundary);
                if self.technology == "iam_user" {
                    self.starts_empty("/GroupList");
                    self.list(properties, "Groups", "/GroupList", |one| Ok(one.clone()))?;
                }
                self.told = vec!["PermissionsBoundary", "Path"];
            }
        }
        Ok(())
    }

    fn bucket(&mut self, properties: &Map<String, Value>) -> Result<(), String> {
        for same in ["PublicAccessBlockConfiguration", "OwnershipControls"] {
            self.whole(properties, same, &format!("/{same}"));
        }
        self.whole(properties, "VersioningConfiguration", "/Versioning");
        self.whole(properties, "LifecycleConfiguration", "/LifecycleConfiguration");
        if let Some(encryption) = properties.get("BucketEncryption").and_then(Value::as_object) {
            let name = "ServerSideEncryptionConfiguration";
            let rules = format!("/{name}/Rules");
            self.list(encryption, name, &rules, |rule| {
                let by = &rule["ServerSideEncryptionByDefault"];
                Ok(json!({ "ApplyServerSideEncryptionByDefault": by }))
            })?;
        }
        if let Some(logging) = properties.get("LoggingConfiguration").and_then(Value::as_object) {
            self.whole(logging, "DestinationBucketName", "/LoggingEnabled/TargetBucket");
        }
        let Some(acl) = properties.get("AccessControl") else { return Ok(()) };
        let Some(acl) = acl.as_str() else {
            self.whole(properties, "AccessControl", "/Grants");
            return Ok(());
        };
        let canned: &[(&str, &str)] = match acl {
            "AuthenticatedRead" => &[("AuthenticatedUsers", "READ")],
            "PublicRead" => &[("AllUsers", "READ")],
            "PublicReadWrite" => &[("AllUsers", "READ"), ("AllUsers", "WRITE")],
            "LogDeliveryWrite" => &[("LogDelivery", "WRITE"), ("LogDelivery", "READ_ACP")],
            "AwsExecRead" | "BucketOwnerFullControl" | "BucketOwnerRead" | "Private" => &[],
            other => return Err(format!("AccessControl: `{other}` is no canned ACL")),
        };
        let grants = canned.iter().map(|(group, permission)| {
            let grantee = json!({ "Type": "Group", "URI": group_uri(group) });
            json!({ "Grantee": grantee, "Permission": permission })
        });
        self.put("/Grants", grants.collect());
        Ok(())
    }

    fn finish(self) -> Result<Read, String> {
        let Value::Object(mut members) = self.config else {
            return Err("it has no properties".to_owned());
        };
        add_unread_use(self.technology, &mut members);
        let mut unread = missing(self.technology, &members, &self.told, false);
        let holds = |at: &str, inner: &str| {
            inner.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        unread.retain(|at| !self.unresolved.iter().any(|inner| holds(at, inner)));
        let read = make(self.technology, None, &self.name, &self.name, members, unread)?;
        Ok(Read { unresolved: self.unresolved, partly: self.partly, ..read })
    }
}

/// Where identities have their inline policies.
fn inline(technology: &str) -> &'static str {
    match technology {
        "iam_group" => "/GroupPolicyList",
        "iam_user" => "/UserPolicyList",
        _ => "/RolePolicyList",
    }
}

fn attached(arn: &Value) -> Result<Value, String> {
    let text = arn.as_str().ok_or("it is not a text")?;
    let name = text.rsplit('/').next().unwrap_or(text);
    Ok(json!({ "PolicyArn": text, "PolicyName": name }))
}

/// A rule of a security group as AWS answers it.
fn rule_of(rule: &Value) -> Result<Value, String> {
    let protocol = match rule.get("IpProtocol") {
        Some(Value::String(protocol)) => protocol.clone(),
        Some(Value::Number(protocol)) => protocol.to_string(),
        _ => return Err("it names no IpProtocol".to_owned()),
    };
    let mut made = json!({ "IpProtocol": protocol });
    for port in ["FromPort", "ToPort"] {
        let number = match rule.get(port) {
            None => continue,
            Some(Value::String(text)) => text.parse().ok(),
            Some(number) => number.as_i64(),
        };
        let number = number.ok_or_else(|| format!("{port} is no number"))?;
        made[port] = json!(number);
    }
    for (member, list, name) in [
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("SourcePrefixListId", "PrefixListIds", "PrefixListId"),
        ("DestinationPrefixListId", "PrefixListIds", "PrefixListId"),
    ] {
        match rule.get(member) {
            None => {}
            Some(Value::String(text)) => made[list] = json!([{ name: text }]),
            Some(_) => return Err(format!("{member} is not a text")),
        }
    }
    let group = ["SourceSecurityGroupId", "DestinationSecurityGroupId"];
    if let Some(group) = group.iter().find_map(|name| rule.get(*name)?.as_str()) {
        let mut pair = json!({ "GroupId": group });
        if let Some(owner) = rule.get("SourceSecurityGroupOwnerId") {
            pair["UserId"] = owner.clone();
        }
        made["UserIdGroupPairs"] = json!([pair]);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn template(resources: &Value) -> File {
        let template = json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": resources });
        read(template, None, "file").unwrap()
    }

    fn of<'f>(file: &'f File, name: &str) -> &'f Read {
        file.all.iter().find(|read| read.item.name == name).unwrap()
    }

    fn policy(resource: &Value) -> Value {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": resource }] })
    }

    #[test]
    fn a_group_is_read_alone_and_among_others_with_its_rules() {
        let group = json!({ "Type": "AWS::EC2::SecurityGroup", "Properties": {
            "SecurityGroupIngress": [{ "IpProtocol": "tcp", "FromPort": "22", "ToPort": 22,
                "CidrIpv6": "::/0" }] } });
        let more = json!({ "Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
            "GroupId": { "Fn::GetAtt": ["web", "GroupId"] }, "IpProtocol": -1,
            "CidrIp": "0.0.0.0/0" } });
        let alone = read(group.clone(), Some("security_group"), "web").unwrap();
        assert_eq!(alone.all[0].item.config["IpPermissions"][0]["FromPort"], 22);
        let file = template(&json!({ "web": group, "more": more }));
        assert_eq!(file.all.len(), 1);
        let rules = file.all[0].item.config["IpPermissions"].as_array().unwrap();
        assert!(rules.iter().any(|rule| rule["IpRanges"][0]["CidrIp"] == "0.0.0.0/0"), "{rules:?}");
        assert_eq!(rules.len(), 2);
        // AWS adds a rule to a group without one.
        assert!(file.all[0].unread.contains("/IpPermissionsEgress"));
    }

    #[test]
    fn a_rule_that_depends_on_a_parameter_leaves_the_others_judged() {
        let file = template(&json!({ "web": { "Type": "AWS::EC2::SecurityGroup", "Properties": {
            "SecurityGroupIngress": [
                { "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": { "Ref": "Office" } },
                { "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0" },
            ] } } }));
        let read = of(&file, "web");
        assert_eq!(read.item.config["IpPermissions"].as_array().unwrap().len(), 1);
        assert!(read.partly.contains("/IpPermissions"));
        let said = "not resolved, and not judged: web SecurityGroupIngress/0 (Ref Office)";
        assert!(file.said.contains(said), "{:?}", file.said);
    }

    #[test]
    fn a_bucket_has_its_policy_and_what_it_does_not_say_is_unread() {
        let public = policy(&json!("*"));
        for target in [json!({ "Ref": "Logs" }), json!("acme-logs")] {
            let file = template(&json!({
                "Logs": { "Type": "AWS::S3::Bucket", "Properties": {
                    "BucketName": "acme-logs", "AccessControl": "PublicRead",
                    "VersioningConfiguration": { "Status": "Enabled" } } },
                "P": { "Type": "AWS::S3::BucketPolicy",
                    "Properties": { "Bucket": target, "PolicyDocument": public } },
            }));
            assert_eq!(file.all.len(), 1, "{target}");
            let read = of(&file, "acme-logs");
            assert_eq!(read.item.config["Policy"], public);
            assert_eq!(read.item.config["Versioning"]["Status"], "Enabled");
            assert_eq!(read.item.config["Grants"][0]["Permission"], "READ");
            assert!(read.unread.contains("/PublicAccessBlockConfiguration"));
            assert!(read.unread.contains("/ServerSideEncryptionConfiguration"));
        }
        // Of a bucket that is elsewhere the policy is judged.
        let file = template(&json!({ "P": { "Type": "AWS::S3::BucketPolicy",
            "Properties": { "Bucket": { "Ref": "Name" }, "PolicyDocument": public } } }));
        assert_eq!(of(&file, "P").item.config["Policy"], public);
    }

    #[test]
    fn a_policy_that_depends_on_a_function_is_unread_and_said() {
        let open = policy(&json!({ "Fn::Sub": "${Q.Arn}" }));
        let file = template(&json!({
            "Q": { "Type": "AWS::SQS::Queue" },
            "P": { "Type": "AWS::SQS::QueuePolicy",
                "Properties": { "Queues": [{ "Ref": "Q" }], "PolicyDocument": open } },
        }));
        let read = of(&file, "Q");
        assert!(read.unresolved.contains("/Attributes/Policy"));
        assert!(read.unread.is_empty(), "{:?}", read.unread);
        assert!(file.said.contains("not resolved, and not judged: Q PolicyDocument (Fn::Sub)"));
    }

    #[test]
    fn an_identity_has_its_policies_those_beside_it_and_those_of_aws() {
        let all = policy(&json!("*"));
        let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
        let file = template(&json!({
            "App": { "Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": { "Statement": [] },
                "ManagedPolicyArns": [admin, { "Ref": "More" }],
                "Policies": [{ "PolicyName": "own", "PolicyDocument": all }] } },
            "Beside": { "Type": "AWS::IAM::Policy", "Properties": {
                "PolicyName": "beside", "PolicyDocument": all, "Roles": [{ "Ref": "App" }] } },
            "Ana": { "Type": "AWS::IAM::User", "Properties": { "UserName": "ana" } },
            "Devs": { "Type": "AWS::IAM::Group", "Properties": {} },
            "Managed": { "Type": "AWS::IAM::ManagedPolicy",
                "Properties": { "PolicyDocument": all } },
            "Fn": { "Type": "AWS::Lambda::Function", "Properties": {} },
            "Elsewhere": { "Type": "AWS::IAM::Policy", "Properties": {
                "PolicyName": "x", "PolicyDocument": all, "Users": [{ "Ref": "Parameter" }] } },
        }));
        let role = of(&file, "App");
        let names: Vec<_> = role.item.config["RolePolicyList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["PolicyName"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["beside", "own"]);
        let attached = role.item.config["AttachedManagedPolicies"].as_array().unwrap();
        assert_eq!((attached.len(), &attached[0]["PolicyArn"]), (1, &json!(admin)));
        assert!(role.partly.contains("/AttachedManagedPolicies"));
        assert!(role.unread.contains("/RoleLastUsed"), "{:?}", role.unread);
        assert!(of(&file, "ana").unread.contains("/LoginProfile"));
        assert!(!of(&file, "ana").unread.contains("/UserPolicyList"));
        assert!(!of(&file, "Devs").item.config["Users"].as_array().unwrap().is_empty());
        assert_eq!(of(&file, "Managed").item.config["Document"], all);
        assert!(of(&file, "Managed").unread.contains("/AttachmentCount"));
        assert!(file.said.contains("not judged: AWS::Lambda::Function"), "{:?}", file.said);
        let elsewhere =
            "not judged: AWS::IAM::Policy Elsewhere: what it is for is not in the template";
        assert!(file.said.contains(elsewhere), "{:?}", file.said);
    }

    #[test]
    fn faults_name_the_resource_and_the_property() {
        for (resource, said) in [
            (
                json!({ "Type": "AWS::S3::Bucket", "Properties": 7 }),
                "R: `Properties` of AWS::S3::Bucket is no object",
            ),
            (
                json!({ "Type": "AWS::S3::Bucket", "Properties": { "AccessControl": "Open" } }),
                "R: AccessControl: `Open` is no canned ACL",
            ),
            (
                json!({ "Type": "AWS::EC2::SecurityGroup", "Properties": { "SecurityGroupIngress": [{}] } }),
                "R: SecurityGroupIngress/0: it names no IpProtocol",
            ),
            (
                json!({ "Type": "AWS::IAM::Role", "Properties": { "Policies": {} } }),
                "R: `Policies` is no list",
            ),
        ] {
            let error = read(json!({ "Resources": { "R": resource } }), None, "f").unwrap_err();
            assert_eq!(error, said);
        }
    }
}
