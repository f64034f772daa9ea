//! Who called: `userIdentity`, in all its types.

use secmonkey_core::attribution::Who;
use serde_json::Value;

use super::cut;

/// Who made the call of a record.
pub(super) fn who(record: &Value) -> Who {
    let identity = &record["userIdentity"];
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(cut);
    let issuer = &identity["sessionContext"]["sessionIssuer"];
    let arn = text(&identity["arn"]);
    let account = || text(&identity["accountId"]);
    let user = || text(&identity["userName"]);
    let source_identity = text(&identity["sessionContext"]["sourceIdentity"])
        .or_else(|| text(&identity["sourceIdentity"]));
    let session = arn
        .as_deref()
        .and_then(|arn| arn.split_once(":assumed-role/"))
        .and_then(|(_, rest)| rest.split_once('/'))
        .or_else(|| identity["principalId"].as_str().and_then(|id| id.split_once(':')))
        .map(|(_, session)| cut(session))
        .filter(|session| !session.is_empty());
    let kind = identity["type"].as_str().unwrap_or_default();
    let who = |kind: &str, principal: Option<String>, name: Option<String>| Who {
        principal: principal.unwrap_or_default(),
        kind: kind.to_owned(),
        name,
        ..Who::default()
    };
    let known = match kind {
        "IAMUser" => {
            let name = user().or_else(|| arn.as_deref().map(last));
            who("user", arn.clone(), name)
        }
        "AssumedRole" => {
            let role = text(&issuer["arn"]).or_else(|| arn.clone());
            let name = text(&issuer["userName"]).or_else(|| {
                let (_, rest) = arn.as_deref()?.split_once(":assumed-role/")?;
                Some(rest.split('/').next().unwrap_or(rest).to_owned())
            });
            Who { session, ..who("role", role, name) }
        }
        "Root" => who("root", arn.clone().or_else(account), Some("root".to_owned())),
        // The user who asked for the session, by whose ARN it goes.
        "FederatedUser" => {
            let name = arn.as_deref().map(last);
            Who {
                session: name,
                ..who("federated", text(&issuer["arn"]).or_else(|| arn.clone()), user())
            }
        }
        "SAMLUser" | "WebIdentityUser" => {
            let provider = text(&identity["identityProvider"]);
            let kind = if kind == "SAMLUser" { "saml" } else { "web_identity" };
            who(kind, provider.or_else(|| text(&identity["principalId"])), user())
        }
        "IdentityCenterUser" => {
            let on_behalf = &identity["onBehalfOf"];
            let id = text(&on_behalf["userId"]).or_else(|| text(&identity["principalId"]));
            who("identity_center", id.or_else(|| arn.clone()), user())
        }
        "AWSService" => {
            let service = text(&identity["invokedBy"]).or_else(|| text(&record["sourceIPAddress"]));
            who("service", service, None)
        }
        // Of another account only this much is told.
        "AWSAccount" => who("account", account().or_else(|| text(&identity["principalId"])), None),
        other => {
            let principal = arn.clone().or_else(|| text(&identity["principalId"])).or_else(account);
            let principal = principal.or_else(|| text(&identity["invokedBy"]));
            who(if other.is_empty() { "unknown" } else { other }, principal, user())
        }
    };
    let principal = match known.principal {
        empty if empty.is_empty() => {
            text(&identity["invokedBy"]).unwrap_or_else(|| "unknown".to_owned())
        }
        principal => principal,
    };
    Who { principal, kind: cut(&known.kind), source_identity, ..known }
}

fn last(arn: &str) -> String {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

/// Whether an address, or a program, is that of a service of AWS.
pub(super) fn is_service(host: &str) -> bool {
    host.ends_with(".amazonaws.com") || host == "AWS Internal"
}

/// A service as people call it.
pub(super) fn service(host: &str) -> &str {
    match host {
        "autoscaling.amazonaws.com" => "Auto Scaling",
        "AWS Internal" => "AWS",
        "backup.amazonaws.com" => "Backup",
        "cloudformation.amazonaws.com" => "CloudFormation",
        "config.amazonaws.com" => "Config",
        "ecs.amazonaws.com" => "ECS",
        "eks.amazonaws.com" => "EKS",
        "elasticbeanstalk.amazonaws.com" => "Elastic Beanstalk",
        "elasticloadbalancing.amazonaws.com" => "Elastic Load Balancing",
        "elasticmapreduce.amazonaws.com" => "EMR",
        "organizations.amazonaws.com" => "Organizations",
        "rds.amazonaws.com" => "RDS",
        "servicecatalog.amazonaws.com" => "Service Catalog",
        "ssm.amazonaws.com" => "Systems Manager",
        "sso.amazonaws.com" => "Identity Center",
        other => other,
    }
}
