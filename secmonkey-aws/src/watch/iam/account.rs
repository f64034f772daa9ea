//! What IAM keeps per account: its password policy, and what root has.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AssignmentStatusType, VirtualMfaDevice};
use futures::join;
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Looked, Observed, Part, Scope, Wanted};
use serde_json::{Map, Value, json};

use super::credential_report::{self, CredentialReport};
use super::{DETAILS, PAGE, all};
use crate::error::{failed, is_absent};
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::{Events, Facts, Structure, Writes, known, looked, object, required};

/// The IAM settings of an account and its root user: one item, always there, named as the
/// account.
///
/// `SummaryMap` holds those of its members that say what root has. `RootUser` is what the
/// credential report tells of root and no call does, `ConsoleUsers` whether it names a user
/// who has a password: both are up to four hours old. Of root's MFA devices only the virtual
/// ones are listed: AWS tells nobody else of the others.
pub const ACCOUNT: Facts = Facts {
    id: "iam_account",
    title: "IAM account settings",
    reach: Reach::Global,
    operations: &[
        ALIASES,
        POLICY,
        SUMMARY,
        VIRTUAL_DEVICES,
        credential_report::GENERATE,
        credential_report::GET,
    ],
    structures: &[Structure::new("PasswordPolicy", POLICY_AT)],
    events: &[Events::new(
        "/recipientAccountId",
        &[
            "CreateAccountAlias",
            "DeleteAccountAlias",
            "DeleteAccountPasswordPolicy",
            "DisableOrganizationsRootCredentialsManagement",
            "EnableOrganizationsRootCredentialsManagement",
            "SetSecurityTokenServicePreferences",
            "UpdateAccountPasswordPolicy",
        ],
    )],
    sets: &[Set::new(ALIASES_AT, &[]), Set::new(DEVICES_AT, &["SerialNumber"])],
    daily: &["/RootUser/AccessKeyLastUsed", "/RootUser/PasswordLastUsed"],
    writes: &[
        Writes::new("/AccountAliases", &["CreateAccountAlias", "DeleteAccountAlias"]),
        Writes::new(
            "/PasswordPolicy",
            &["DeleteAccountPasswordPolicy", "UpdateAccountPasswordPolicy"],
        ),
    ],
    ..Facts::of(&service::IAM, DETAILS)
};

const ALIASES: Operation = Operation::new("iam:ListAccountAliases");
const ALIASES_AT: &str = "/AccountAliases";
const CONSOLE_USERS_AT: &str = "/ConsoleUsers";
const DEVICES_AT: &str = "/RootVirtualMFADevices";
const POLICY: Operation = Operation::new("iam:GetAccountPasswordPolicy").absent(&["NoSuchEntity"]);
const POLICY_AT: &str = "/PasswordPolicy";
const ROOT_AT: &str = "/RootUser";
const SUMMARY: Operation = Operation::new("iam:GetAccountSummary");
const SUMMARY_AT: &str = "/SummaryMap";
const VIRTUAL_DEVICES: Operation = Operation::new("iam:ListVirtualMFADevices");

/// The members of the summary that somebody sets. All others count users, roles, policies
/// and devices, which are items of their own and would change this one each time, or are
/// quotas.
const SETTINGS: [&str; 5] = [
    "AccountAccessKeysPresent",
    "AccountMFAEnabled",
    "AccountPasswordPresent",
    "AccountSigningCertificatesPresent",
    "GlobalEndpointTokenVersion",
];

/// Reads the settings of an account.
pub(super) async fn read(
    iam: &Client,
    scope: &Scope,
    report: &Result<CredentialReport, Error>,
) -> Observed {
    let (aliases, policy, summary, devices) =
        join!(aliases(iam), policy(iam), summary(iam), root_devices(iam));
    let part = |answer: Result<Part, Error>| answer.unwrap_or_else(Part::Failed);
    let told = |tell: fn(&CredentialReport) -> Result<Part, Error>| match report {
        Ok(report) => part(tell(report)),
        Err(error) => Part::Failed(error.clone()),
    };
    ACCOUNT
        .observed(scope.account.id.as_str(), json!({}))
        .with(ALIASES_AT, part(aliases))
        .with(
            CONSOLE_USERS_AT,
            told(|report| report.console_users().map(|any| Part::Known(any.into()))),
        )
        .with(POLICY_AT, part(policy))
        .with(ROOT_AT, told(|report| report.root().map(known)))
        .with(DEVICES_AT, part(devices))
        .with(SUMMARY_AT, part(summary))
}

async fn aliases(iam: &Client) -> Result<Part, Error> {
    let aliases = all(ALIASES, |marker| {
        let call = iam.list_account_aliases().max_items(PAGE.into()).set_marker(marker);
        async move {
            let page = call.send().await.map_err(|error| failed(ALIASES, &error))?;
            Ok(Listed {
                items: page.account_aliases,
                next: page.marker,
                truncated: Some(page.is_truncated),
            })
        }
    });
    Ok(known(json!(aliases.await?)))
}

async fn policy(iam: &Client) -> Result<Part, Error> {
    match iam.get_account_password_policy().send().await {
        Ok(answer) => {
            Ok(Part::Known(required(POLICY, "PasswordPolicy", answer.password_policy)?.to_json()))
        }
        Err(error) if is_absent(POLICY, &error) => Ok(Part::Absent),
        Err(error) => Err(failed(POLICY, &error)),
    }
}

async fn summary(iam: &Client) -> Result<Part, Error> {
    let answer = iam.get_account_summary().send().await;
    let answer = answer.map_err(|error| failed(SUMMARY, &error))?;
    let map = required(SUMMARY, "SummaryMap", answer.summary_map)?;
    let settings: Map<String, Value> = map
        .iter()
        .filter(|(name, _)| SETTINGS.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str().to_owned(), json!(value)))
        .collect();
    // Without these, root would pass for one that has nothing.
    for name in ["AccountAccessKeysPresent", "AccountMFAEnabled"] {
        required(SUMMARY, name, settings.get(name))?;
    }
    Ok(Part::Known(Value::Object(settings)))
}

/// The virtual MFA devices of root. Those of users are told by each user.
async fn root_devices(iam: &Client) -> Result<Part, Error> {
    let devices = all(VIRTUAL_DEVICES, |marker| {
        let call = iam
            .list_virtual_mfa_devices()
            .assignment_status(AssignmentStatusType::Assigned)
            .max_items(PAGE.into())
            .set_marker(marker);
        async move {
            let page = call.send().await.map_err(|error| failed(VIRTUAL_DEVICES, &error))?;
            Ok(Listed {
                items: page.virtual_mfa_devices.into_iter().filter(is_of_root).collect(),
                next: page.marker,
                truncated: Some(page.is_truncated),
            })
        }
    });
    let devices = devices.await?.into_iter().map(|device| {
        // Of the device itself no more is recorded: the answer has room for its seed.
        object([
            ("EnableDate", device.enable_date.to_json()),
            ("SerialNumber", json!(device.serial_number)),
        ])
    });
    Ok(known(devices.collect()))
}

/// Root is told by its ARN; a device that was made with the console before devices had names
/// by its own.
fn is_of_root(device: &VirtualMfaDevice) -> bool {
    let user = device.user.as_ref().map(|user| user.arn.as_str());
    user.is_some_and(|arn| arn.ends_with(":root"))
        || device.serial_number.ends_with(":mfa/root-account-mfa-device")
}

/// The settings are there as long as the account answers.
pub(super) async fn look(iam: &Client, wanted: &[Wanted]) -> Vec<Looked> {
    let there = match iam.get_account_summary().send().await {
        Ok(_) => Ok(true),
        Err(error) => Err(failed(SUMMARY, &error)),
    };
    wanted.iter().map(|one| looked(one, there.clone())).collect()
}
