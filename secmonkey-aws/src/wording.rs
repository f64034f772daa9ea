//! What changed, in the words of AWS's users: `opened tcp/22 to 0.0.0.0/0`, `the policy
//! allows everybody to call s3:GetObject on every object of logs`.
//!
//! A technology names the parts that have words of their own ([`Facts::wordings`]); its
//! policy documents have them without being named.
//!
//! [`Facts::wordings`]: crate::watch::Facts::wordings

use std::collections::BTreeSet;

use serde_json::Value;

mod bucket;
mod identity;
mod policy;
mod rules;
mod topic;

pub(crate) use bucket::{ACL, ENCRYPTION, PUBLIC_ACCESS};
pub(crate) use identity::{ACCESS_KEYS, ATTACHED, GROUPS, MFA_DEVICES, PASSWORD};
pub(crate) use policy::of_documents;
pub(crate) use rules::{EGRESS, INGRESS};
pub(crate) use topic::SUBSCRIPTIONS;

/// The elements of a list; none where it is not there.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What came to a list and what went from it, by a pointer into each element.
fn came_and_went(old: &Value, new: &Value, name: &str, (came, went): (&str, &str)) -> Vec<String> {
    let (old, new) = (names(old, name), names(new, name));
    let came = new.difference(&old).map(|one| format!("{came} {one}"));
    came.chain(old.difference(&new).map(|one| format!("{went} {one}"))).collect()
}

fn names<'v>(value: &'v Value, name: &str) -> BTreeSet<&'v str> {
    list(value).iter().filter_map(|element| element.pointer(name)?.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use secmonkey_core::render::sentences;
    use serde_json::{Value, json};

    use crate::watch;

    fn told(technology: &str, old: &Value, new: &Value) -> String {
        let technologies = watch::technologies();
        let technology = technologies.iter().find(|one| one.id == technology).unwrap();
        sentences(technology, old, new).join("\n")
    }

    #[test]
    fn rules_are_opened_closed_and_renamed() {
        let rule = |port: u16, ranges: Value| json!({ "FromPort": port, "IpProtocol": "tcp", "IpRanges": ranges, "ToPort": port });
        let old = json!({
            "Description": "web",
            "IpPermissions": [
                rule(22, json!([{ "CidrIp": "192.0.2.1/32", "Description": "ana" }])),
                rule(443, json!([{ "CidrIp": "10.0.0.0/8" }, { "CidrIp": "192.0.2.0/24" }])),
            ],
        });
        let new = json!({
            "Description": "the web servers",
            "IpPermissions": [
                { "IpProtocol": "-1", "PrefixListIds": [{ "PrefixListId": "pl-1" }],
                  "UserIdGroupPairs": [{ "GroupId": "sg-2", "UserId": "111122223333" }] },
                rule(22, json!([
                    { "CidrIp": "0.0.0.0/0", "Description": "just for today" },
                    { "CidrIp": "192.0.2.1/32", "Description": "ana's home" },
                ])),
                rule(443, json!([{ "CidrIp": "10.0.0.0/8" }])),
            ],
            "IpPermissionsEgress": [
                { "FromPort": -1, "IpProtocol": "icmp", "ToPort": -1,
                  "Ipv6Ranges": [{ "CidrIpv6": "::/0" }] },
            ],
        });
        assert_snapshot!(told("security_group", &old, &new), @r#"
        Description changed from "web" to "the web servers"
        opened all traffic to the group sg-2
        opened all traffic to the prefix list pl-1
        opened tcp/22 to 0.0.0.0/0 "just for today"
        the rule tcp/22 to 192.0.2.1/32 is now called "ana's home"
        closed tcp/443 to 192.0.2.0/24
        opened egress on icmp to ::/0
        "#);
    }

    #[test]
    fn what_a_policy_says_is_told_by_statement() {
        let statement = |action: &str| json!({ "Action": action, "Effect": "Allow", "Principal": "*", "Resource": "arn:aws:s3:::logs/*" });
        let policy =
            |all: &[Value]| json!({ "Policy": { "Statement": all, "Version": "2012-10-17" } });
        let deny = json!({
            "Action": "s3:*", "Condition": { "Bool": { "aws:SecureTransport": "false" } },
            "Effect": "Deny", "NotPrincipal": { "AWS": "111122223333" }, "Resource": "*",
        });
        let old = policy(&[statement("s3:GetObject"), deny.clone()]);
        let new = policy(&[statement("s3:GetObject"), statement("s3:PutObject")]);
        assert_snapshot!(
            [
                told("s3_bucket", &old, &new),
                told("s3_bucket", &new, &json!({})),
                told("s3_bucket", &json!({}), &policy(&[deny])),
                told("s3_bucket", &old, &json!({ "Policy": { "Statement": "?" } })),
            ]
            .join("\n---\n"),
            @r#"
        the policy allows everybody to call s3:PutObject on every object of logs
        the policy no longer denies everybody but account 111122223333 any action of s3 on everything, only without TLS
        ---
        the policy was removed
        the policy no longer allows everybody to call s3:GetObject on every object of logs
        the policy no longer allows everybody to call s3:PutObject on every object of logs
        ---
        the policy denies everybody but account 111122223333 any action of s3 on everything, only without TLS
        ---
        Policy.Statement changed from [{"Action":"s3:GetObject","Effect":"Allow","Principal":"*","Resource":"arn:aws:s3:::logs/*"},{"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"… to "?"
        Policy.Version removed, which was "2012-10-17"
        "#
        );
    }

    #[test]
    fn what_became_of_a_user() {
        let old = json!({
            "AccessKeys": [
                { "AccessKeyId": "AKIA1", "Status": "Active" },
                { "AccessKeyId": "AKIA2", "Status": "Active" },
            ],
            "GroupList": ["contractors"],
            "MFADevices": [{ "SerialNumber": "arn:aws:iam::111122223333:mfa/ana" }],
            "UserPolicyList": [
                { "PolicyName": "old", "PolicyDocument": { "Statement": [] } },
                { "PolicyName": "reads", "PolicyDocument": { "Statement": [
                    { "Action": "s3:GetObject", "Effect": "Allow", "Resource": "*" },
                ]}},
            ],
        });
        let new = json!({
            "AccessKeys": [
                { "AccessKeyId": "AKIA2", "Status": "Inactive" },
                { "AccessKeyId": "AKIA3", "Status": "Active" },
            ],
            "AttachedManagedPolicies": [
                { "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
                  "PolicyName": "AdministratorAccess" },
            ],
            "GroupList": ["administrators"],
            "LoginProfile": { "CreateDate": "2026-01-01T00:00:00Z" },
            "UserPolicyList": [
                { "PolicyName": "reads", "PolicyDocument": { "Statement": [
                    { "Action": "s3:*", "Effect": "Allow", "Resource": "*" },
                ]}},
            ],
        });
        assert_snapshot!(told("iam_user", &old, &new), @r"
        created the access key AKIA3
        deleted the access key AKIA1
        made the access key AKIA2 inactive
        attached the policy arn:aws:iam::aws:policy/AdministratorAccess
        joined the group administrators
        left the group contractors
        set a password for the console
        removed the MFA device arn:aws:iam::111122223333:mfa/ana
        the inline policy reads allows any action of s3 on everything
        the inline policy reads no longer allows s3:GetObject on everything
        the inline policy old was removed
        ");
    }

    #[test]
    fn who_may_reach_a_bucket_and_how_it_is_encrypted() {
        let grant = |grantee: Value, permission: &str| json!({ "Grantee": grantee, "Permission": permission });
        let everybody =
            json!({ "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers" });
        let owner = json!({ "ID": "0a", "Type": "CanonicalUser" });
        let old = json!({
            "Grants": [grant(owner.clone(), "FULL_CONTROL"), grant(owner.clone(), "READ")],
            "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "BlockPublicPolicy": true },
        });
        let new = json!({
            "Grants": [grant(everybody, "READ"), grant(owner, "FULL_CONTROL")],
            "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "IgnorePublicAcls": true },
            "ServerSideEncryptionConfiguration": { "Rules": [
                { "ApplyServerSideEncryptionByDefault": {
                    "KMSMasterKeyID": "alias/logs", "SSEAlgorithm": "aws:kms" } },
            ]},
            "Versioning": { "Status": "Enabled" },
        });
        assert_snapshot!(told("s3_bucket", &old, &new), @r#"
        the ACL grants READ to everybody
        the ACL no longer grants READ to 0a
        turned on IgnorePublicAcls
        turned off BlockPublicPolicy
        default encryption changed from none to aws:kms with the key alias/logs
        Versioning set to Status "Enabled"
        "#);
    }

    #[test]
    fn who_comes_to_a_topic_and_who_goes() {
        let subscriptions = |all: &[(&str, &str, &str)]| {
            let all = all.iter().map(|(protocol, endpoint, owner)| json!({ "Endpoint": endpoint, "Owner": owner, "Protocol": protocol }));
            json!({ "Subscriptions": all.collect::<Vec<_>>() })
        };
        let ours = ("email", "ana@example.com", "123456789012");
        let queue = "arn:aws:sqs:eu-west-1:210987654321:copy";
        let old = subscriptions(&[ours]);
        let new = subscriptions(&[("sqs", queue, "210987654321")]);
        assert_snapshot!(told("sns_topic", &old, &new), @"
        subscribed sqs arn:aws:sqs:eu-west-1:210987654321:copy (account 210987654321)
        unsubscribed email ana@example.com (account 123456789012)
        ");
    }
}
