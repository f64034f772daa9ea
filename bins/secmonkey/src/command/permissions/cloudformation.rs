//! The role that a scan assumes, as a template for CloudFormation.

use secmonkey_app::error::Error;
use serde_json::{Map, Value, json};

use super::{DESCRIPTION, Role, TRUSTED};

/// The template: the role, whom it trusts, and its policies.
pub fn template(role: &Role<'_>) -> Result<Value, Error> {
    let mut trust = json!({
        "Effect": "Allow",
        "Principal": {
            "AWS": { "Fn::If": ["TrustsItsAccount", { "Ref": "AWS::AccountId" }, { "Ref": "Trust" }] },
        },
        "Action": "sts:AssumeRole",
    });
    if let Some(id) = role.external_id {
        trust["Condition"] = json!({ "StringEquals": { "sts:ExternalId": id } });
    }
    let mut resources = Map::new();
    let mut attached = Vec::new();
    for (number, policy) in (1..).zip(role.policies) {
        let id = format!("Policy{number}");
        attached.push(json!({ "Ref": id }));
        let properties = json!({
            "ManagedPolicyName": role.policy(number),
            "Description": DESCRIPTION,
            "PolicyDocument": serde_json::to_value(policy)?,
        });
        resources
            .insert(id, json!({ "Type": "AWS::IAM::ManagedPolicy", "Properties": properties }));
    }
    let properties = json!({
        "RoleName": role.name,
        "Description": DESCRIPTION,
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [trust] },
        "ManagedPolicyArns": attached,
    });
    resources
        .insert("Role".to_owned(), json!({ "Type": "AWS::IAM::Role", "Properties": properties }));
    Ok(json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The role under which secmonkey reads this account and can change nothing",
        "Parameters": {
            "Trust": {
                "Type": "String",
                "Default": role.trust.unwrap_or_default(),
                "Description": format!("{TRUSTED}; empty for the account that the role is in"),
            },
        },
        "Conditions": { "TrustsItsAccount": { "Fn::Equals": [{ "Ref": "Trust" }, ""] } },
        "Resources": resources,
        "Outputs": { "RoleArn": { "Value": { "Fn::GetAtt": ["Role", "Arn"] } } },
    }))
}
