//! What AWS Config recorded: configuration items, as its API and its snapshots hold them.
//!
//! A configuration is an object, or JSON as text, and its members are in camel case. What is
//! not in it, or is null, was not recorded: it is unread, and not off.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{BEANS, File, Read, add_unread_use, make, missing, technology_of};

/// The lists that hold configuration items.
const LISTS: [&str; 2] = ["configurationItems", "baseConfigurationItems"];

/// The configuration items that an answer or a snapshot holds, or the one that this is.
pub fn items(members: &Map<String, Value>) -> Option<Vec<&Map<String, Value>>> {
    if let Some(all) = LISTS.iter().find_map(|name| members.get(*name)?.as_array()) {
        return all.iter().map(Value::as_object).collect();
    }
    let is_item = members.get("resourceType").is_some_and(Value::is_string)
        && members.contains_key("configuration");
    is_item.then(|| vec![members])
}

/// Reads the newest item of each resource; says what it leaves out.
pub fn read(
    items: &[&Map<String, Value>],
    technology: Option<&str>,
    file: &mut File,
) -> Result<(), String> {
    let mut newest: BTreeMap<(&str, &str), &Map<String, Value>> = BTreeMap::new();
    for item in items {
        let of = (text(item, "resourceType"), text(item, "resourceId"));
        let known = newest.entry(of).or_insert(item);
        if is_later(item, known) {
            *known = item;
        }
    }
    if newest.len() < items.len() {
        file.said.insert("of each resource the newest configuration item is judged".to_owned());
    }
    for ((kind, id), item) in newest {
        let Some(of) = technology_of(kind) else {
            if technology.is_none() {
                file.said.insert(format!("not judged: {kind}"));
            }
            continue;
        };
        if technology.is_some_and(|wanted| wanted != of) {
            continue;
        }
        let status = text(item, "configurationItemStatus");
        if status.starts_with("ResourceDeleted") || status == "ResourceNotRecorded" {
            file.said.insert(format!("not judged: {kind} {id}, its status is {status}"));
            continue;
        }
        let made = one(of, item).map_err(|reason| format!("{kind} {id}: {reason}"))?;
        file.all.push(made);
    }
    Ok(())
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> &'a str {
    members.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn is_later(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let time = |item: &Map<String, Value>| item.get("configurationItemCaptureTime").cloned();
    match (time(one), time(other)) {
        (Some(Value::String(one)), Some(Value::String(other))) => one > other,
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.as_f64() > other.as_f64(),
        _ => false,
    }
}

fn one(technology: &str, item: &Map<String, Value>) -> Result<Read, String> {
    let configuration = object(&item["configuration"], "configuration")?;
    let mut told = Vec::new();
    let mut members = if technology == "s3_bucket" {
        let extra = match item.get("supplementaryConfiguration") {
            None | Some(Value::Null) => Map::new(),
            Some(extra) => object(extra, "supplementaryConfiguration")?,
        };
        bucket(&configuration, &extra, &mut told)?
    } else {
        if configuration.get("permissionsBoundary").is_some_and(Value::is_null) {
            told.push("PermissionsBoundary");
        }
        capitalised(configuration)
    };
    match technology {
        "security_group" => {
            for rules in ["IpPermissions", "IpPermissionsEgress"] {
                for rule in
                    members.get_mut(rules).and_then(Value::as_array_mut).into_iter().flatten()
                {
                    ranges(rule);
                }
            }
        }
        "iam_managed_policy" => {
            let versions = members.get("PolicyVersionList").and_then(Value::as_array);
            let default =
                versions.and_then(|all| all.iter().find(|one| one["IsDefaultVersion"] == true));
            if let Some(document) = default.and_then(|one| one.get("Document")).cloned() {
                members.insert("Document".to_owned(), document);
            }
        }
        _ => {}
    }
    if let Some(arn) = ["arn", "ARN"].iter().map(|name| text(item, name)).find(|it| !it.is_empty())
    {
        members.entry("Arn").or_insert_with(|| arn.into());
    }
    add_unread_use(technology, &mut members);
    let unread = missing(technology, &members, &told, false);
    let account =
        ["accountId", "awsAccountId"].iter().map(|name| text(item, name)).find(|it| !it.is_empty());
    let name = [text(item, "resourceName"), text(item, "resourceId")];
    let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or(technology);
    let made = make(technology, account, name, text(item, "resourceId"), members, unread)?;
    let region = Some(text(item, "awsRegion")).filter(|region| !region.is_empty());
    Ok(Read { region: region.map(str::to_owned), ..made })
}

/// Whether a configuration is one of AWS's Java library, as inventories hold them that are made
/// with it (edda): all members in camel case, and often a `class`.
pub fn is_bean(members: &Map<String, Value>) -> bool {
    !members.is_empty()
        && members.keys().all(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Reads such a configuration; `None` where nobody knows how those of the technology are named.
pub fn bean(technology: &str, members: &Map<String, Value>) -> Result<Option<Read>, String> {
    if !BEANS.contains(&technology) {
        return Ok(None);
    }
    if super::knows(technology, &capitalised(members.clone())) == 0 {
        return Err(super::strange(members, technology));
    }
    let mut configuration = Value::Object(members.clone());
    without_class(&mut configuration);
    let item = Map::from_iter([
        ("configuration".to_owned(), configuration),
        ("resourceId".to_owned(), "file".into()),
    ]);
    one(technology, &item).map(Some)
}

fn without_class(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("class");
            members.values_mut().for_each(without_class);
        }
        Value::Array(all) => all.iter_mut().for_each(without_class),
        _ => {}
    }
}

/// An object, or one as text.
fn object(value: &Value, at: &str) -> Result<Map<String, Value>, String> {
    let parsed;
    let value = match value {
        Value::String(text) => {
            parsed = serde_json::from_str(text)
                .map_err(|error| format!("/{at} is not JSON: {error}"))?;
            &parsed
        }
        value => value,
    };
    value.as_object().cloned().ok_or_else(|| format!("/{at} is not a JSON object"))
}

/// The members as AWS's other answers name them, without those that are null.
fn capitalised(members: Map<String, Value>) -> Map<String, Value> {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    let named = members.map(|(name, value)| {
        // A policy is written by people: its names are as they stand.
        let is_document = name.to_ascii_lowercase().ends_with("document");
        let name = match name.as_str() {
            "sseAlgorithm" => "SSEAlgorithm".to_owned(),
            "kmsMasterKeyID" => "KMSMasterKeyID".to_owned(),
            name => upper_first(name),
        };
        (name, if is_document { value } else { capitalised_value(value) })
    });
    named.collect()
}

fn capitalised_value(value: Value) -> Value {
    match value {
        Value::Object(members) => capitalised(members).into(),
        Value::Array(all) => all.into_iter().map(capitalised_value).collect(),
        value => value,
    }
}

fn upper_first(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// The IPv4 ranges of a rule, which stand there as text and as objects.
fn ranges(rule: &mut Value) {
    let Some(rule) = rule.as_object_mut() else { return };
    let objects =
        rule.remove("Ipv4Ranges").filter(|it| it.as_array().is_some_and(|it| !it.is_empty()));
    let texts = rule.remove("IpRanges");
    let texts = texts.as_ref().and_then(Value::as_array).into_iter().flatten();
    let ranges = objects.unwrap_or_else(|| {
        let object = |range: &Value| {
            if range.is_string() { json!({ "CidrIp": range }) } else { range.clone() }
        };
        texts.map(object).collect()
    });
    rule.insert("IpRanges".to_owned(), ranges);
}

/// A bucket, most of which is in the supplementary configuration. What is told not to be set
/// is put into `told`.
fn bucket(
    configuration: &Map<String, Value>,
    extra: &Map<String, Value>,
    told: &mut Vec<&'static str>,
) -> Result<Map<String, Value>, String> {
    let mut made = Map::new();
    if let Some(name) = configuration.get("name") {
        made.insert("Name".to_owned(), name.clone());
    }
    for (name, value) in extra.iter().filter(|(_, value)| !value.is_null()) {
        let at = format!("supplementaryConfiguration/{name}");
        let read = || object(value, &at).map(capitalised);
        match name.as_str() {
            "AccessControlList" => acl(&object(value, &at)?, &at, &mut made)?,
            "BucketPolicy" => match object(value, &at)?.remove("policyText") {
                Some(policy) if !policy.is_null() => drop(made.insert("Policy".to_owned(), policy)),
                Some(_) => told.push("Policy"),
                None => return Err(format!("/{at} has no member `policyText`")),
            },
            "PublicAccessBlockConfiguration"
            | "ServerSideEncryptionConfiguration"
            | "OwnershipControls" => {
                made.insert(name.clone(), read()?.into());
            }
            "BucketLifecycleConfiguration" => {
                made.insert("LifecycleConfiguration".to_owned(), read()?.into());
            }
            "BucketVersioningConfiguration" => {
                let status = object(value, &at)?.remove("status").unwrap_or_default();
                made.insert("Versioning".to_owned(), json!({ "Status": status }));
            }
            "BucketLoggingConfiguration" => {
                let mut logging = object(value, &at)?;
                match logging.remove("destinationBucketName") {
                    Some(target) if !target.is_null() => {
                        let prefix = logging.remove("logFilePrefix").unwrap_or_default();
                        let to = json!({ "TargetBucket": target, "TargetPrefix": prefix });
                        made.insert("LoggingEnabled".to_owned(), to);
                    }
                    _ => told.push("LoggingEnabled"),
                }
            }
            _ => {}
        }
    }
    Ok(made)
}

fn acl(acl: &Map<String, Value>, at: &str, made: &mut Map<String, Value>) -> Result<(), String> {
    let lists = ["grantList", "grantSet"].iter().filter_map(|name| acl.get(*name)?.as_array());
    let grants = lists.flatten().enumerate().map(|(index, one)| {
        grant(one).ok_or_else(|| format!("/{at}: grant {} is not understood", index + 1))
    });
    made.insert("Grants".to_owned(), grants.collect::<Result<_, _>>()?);
    if let Some(owner) = acl.get("owner").and_then(Value::as_object) {
        let id = owner.get("id").cloned().unwrap_or_default();
        made.insert("Owner".to_owned(), json!({ "ID": id }));
    }
    Ok(())
}

fn grant(one: &Value) -> Option<Value> {
    let permission = match one["permission"].as_str()? {
        "FullControl" => "FULL_CONTROL",
        "Read" => "READ",
        "Write" => "WRITE",
        "ReadAcp" => "READ_ACP",
        "WriteAcp" => "WRITE_ACP",
        _ => return None,
    };
    let grantee = match &one["grantee"] {
        Value::String(group) => json!({ "Type": "Group", "URI": super::group_uri(group)? }),
        Value::Object(user) => json!({ "Type": "CanonicalUser", "ID": user.get("id")?.as_str()? }),
        _ => return None,
    };
    Some(json!({ "Grantee": grantee, "Permission": permission }))
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn one(value: Value) -> Read {
        let mut file = read(value, None, "file").unwrap();
        assert_eq!(file.all.len(), 1, "{:?}", file.said);
        file.all.remove(0)
    }

    fn item(kind: &str, configuration: &Value) -> Value {
        json!({
            "accountId": "111122223333",
            "arn": "arn:aws:it",
            "configuration": configuration.to_string(),
            "configurationItemCaptureTime": "2026-05-01T00:00:00Z",
            "configurationItemStatus": "OK",
            "resourceId": "it",
            "resourceType": kind,
            "supplementaryConfiguration": {},
        })
    }

    #[test]
    fn a_group_is_read_from_text_and_from_an_object() {
        let group = json!({
            "groupId": "sg-1", "groupName": "web", "vpcId": "vpc-1",
            "ipPermissions": [{
                "fromPort": 22, "toPort": 22, "ipProtocol": "tcp",
                "ipRanges": ["0.0.0.0/0"], "ipv4Ranges": [{ "cidrIp": "0.0.0.0/0" }],
                "ipv6Ranges": [{ "cidrIpv6": "::/0" }],
                "userIdGroupPairs": [{ "groupId": "sg-2", "userId": "111122223333" }],
            }],
        });
        let mut plain = item("AWS::EC2::SecurityGroup", &group);
        plain["configuration"] = group.clone();
        for value in [
            json!({ "configurationItems": [item("AWS::EC2::SecurityGroup", &group)] }),
            json!({ "fileVersion": "1.0", "configurationItems": [plain] }),
            json!({ "baseConfigurationItems": [item("AWS::EC2::SecurityGroup", &group)],
                "unprocessedResourceKeys": [] }),
            item("AWS::EC2::SecurityGroup", &group),
        ] {
            let read = one(value);
            assert_eq!(read.item.key.to_string(), "111122223333/security_group/file/it");
            let rule = &read.item.config["IpPermissions"][0];
            assert_eq!(rule["IpRanges"], json!([{ "CidrIp": "0.0.0.0/0" }]));
            assert_eq!(rule["Ipv6Ranges"], json!([{ "CidrIpv6": "::/0" }]));
            assert_eq!(rule["UserIdGroupPairs"][0]["GroupId"], "sg-2");
            // Not recorded here, and so not off; and nobody says that it is idle.
            assert!(read.unread.contains("/IpPermissionsEgress"));
            assert!(!read.item.config["Attachments"].as_array().unwrap().is_empty());
        }
    }

    #[test]
    fn policies_of_identities_are_decoded_and_stand_as_they_were_written() {
        let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Action": "*", "Resource": "*",
            "Condition": { "Bool": { "aws:SecureTransport": "true" } } }] });
        let text = policy.to_string();
        let encoded =
            percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC);
        let encoded = encoded.to_string();
        let role = json!({
            "roleName": "app", "path": "/", "assumeRolePolicyDocument": encoded,
            "rolePolicyList": [{ "policyName": "all", "policyDocument": encoded }],
            "attachedManagedPolicies": [], "permissionsBoundary": null, "roleLastUsed": null,
        });
        let read = one(item("AWS::IAM::Role", &role));
        assert_eq!(read.item.config["AssumeRolePolicyDocument"], policy);
        assert_eq!(read.item.config["RolePolicyList"][0]["PolicyDocument"], policy);
        assert!(!read.unread.contains("/PermissionsBoundary"), "there is none");
        assert!(read.unread.contains("/RoleLastUsed"), "{:?}", read.unread);

        let managed = json!({ "policyName": "all", "attachmentCount": 1, "policyVersionList": [
            { "versionId": "v1", "isDefaultVersion": false, "document": "%7B%7D" },
            { "versionId": "v2", "isDefaultVersion": true, "document": encoded },
        ] });
        let read = one(item("AWS::IAM::Policy", &managed));
        assert_eq!(read.item.config["Document"], policy);
        assert_eq!(read.item.config["AttachmentCount"], 1);
    }

    #[test]
    fn a_bucket_is_in_its_supplementary_configuration() {
        let mut bucket = item("AWS::S3::Bucket", &json!({ "name": "logs", "owner": null }));
        let acl = json!({
            "grantSet": null, "owner": { "id": "0a", "displayName": null },
            "grantList": [
                { "grantee": { "id": "0a", "displayName": null }, "permission": "FullControl" },
                { "grantee": "AllUsers", "permission": "ReadAcp" },
            ],
        });
        let policy = json!({ "Statement": [] });
        bucket["supplementaryConfiguration"] = json!({
            "AccessControlList": acl.to_string(),
            "BucketPolicy": json!({ "policyText": policy.to_string() }).to_string(),
            "PublicAccessBlockConfiguration": { "blockPublicAcls": true, "ignorePublicAcls": false },
            "BucketLoggingConfiguration": { "destinationBucketName": null, "logFilePrefix": null },
        });
        let read = one(bucket.clone());
        let config = &read.item.config;
        assert_eq!(config["Policy"], policy);
        assert_eq!(config["PublicAccessBlockConfiguration"]["BlockPublicAcls"], true);
        let everybody = "http://acs.amazonaws.com/groups/global/AllUsers";
        let grants = config["Grants"].as_array().unwrap();
        assert!(
            grants
                .iter()
                .any(|it| it["Grantee"]["URI"] == everybody && it["Permission"] == "READ_ACP")
        );
        assert!(!read.unread.contains("/LoggingEnabled") && !read.unread.contains("/Policy"));
        assert!(read.unread.contains("/Versioning") && read.unread.contains("/OwnershipControls"));

        bucket["supplementaryConfiguration"] = json!({ "BucketPolicy": { "policyText": null } });
        let read = one(bucket);
        assert!(!read.unread.contains("/Policy"), "there is none");
        assert!(read.unread.contains("/PublicAccessBlockConfiguration"));
        assert!(read.unread.contains("/Grants"));
    }

    #[test]
    fn the_newest_state_counts_and_what_is_left_out_is_said() {
        let group = |name: &str, time: &str| {
            let mut item = item("AWS::EC2::SecurityGroup", &json!({ "groupName": name }));
            item["configurationItemCaptureTime"] = time.into();
            item
        };
        let mut gone = group("gone", "2026-05-01T00:00:00Z");
        gone["resourceId"] = "sg-gone".into();
        gone["configurationItemStatus"] = "ResourceDeleted".into();
        let all = json!({ "configurationItems": [
            group("old", "2026-01-01T00:00:00Z"),
            group("new", "2026-04-01T00:00:00Z"),
            group("older", "2025-01-01T00:00:00Z"),
            gone,
            item("AWS::Lambda::Function", &json!({})),
        ] });
        let file = read(all.clone(), None, "file").unwrap();
        assert_eq!(file.all.len(), 1);
        assert_eq!(file.all[0].item.name, "new");
        let said: Vec<_> = file.said.iter().map(String::as_str).collect();
        assert_eq!(
            said,
            [
                "not judged: AWS::EC2::SecurityGroup sg-gone, its status is ResourceDeleted",
                "not judged: AWS::Lambda::Function",
                "of each resource the newest configuration item is judged",
            ]
        );
        assert!(read(all, Some("iam_role"), "file").unwrap_err().contains("nothing of iam_role"));
    }

    #[test]
    fn faults_are_told_with_their_place() {
        for (extra, said) in [
            (json!({ "configuration": "{" }), "/configuration is not JSON"),
            (json!({ "configuration": 7 }), "/configuration is not a JSON object"),
            (
                json!({ "supplementaryConfiguration": { "BucketPolicy": {} } }),
                "/supplementaryConfiguration/BucketPolicy has no member `policyText`",
            ),
            (
                json!({ "supplementaryConfiguration": { "AccessControlList": {
                    "grantList": [{ "grantee": "Friends", "permission": "Read" }] } } }),
                "/supplementaryConfiguration/AccessControlList: grant 1 is not understood",
            ),
        ] {
            let mut item = item("AWS::S3::Bucket", &json!({}));
            for (name, value) in extra.as_object().unwrap() {
                item[name] = value.clone();
            }
            let error = read(item, None, "file").unwrap_err();
            assert!(error.starts_with("AWS::S3::Bucket it: "), "{error}");
            assert!(error.contains(said), "{error}");
        }
    }
}
