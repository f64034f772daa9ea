//! S3 Glacier, of vaults.

use std::collections::BTreeMap;

use aws_sdk_glacier::operation::describe_vault::DescribeVaultOutput;
use aws_sdk_glacier::{Client, types};
use futures::join;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

use crate::error::{found, part};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, known, pages_of, required};

pub(super) const READS: &[Entry] = &[Entry::described::<DescribeVaultOutput>()];

/// Vaults of S3 Glacier with their access policy, their lock, whom they notify, and their
/// tags.
///
/// AWS asks the policy of the lock as it asks the access policy, also while the lock is in
/// progress: both are policies of the vault. Of an account without any storage in Glacier AWS
/// says that it supports it no longer, which means that there are no vaults.
pub const VAULT: Facts = Facts {
    id: "glacier_vault",
    title: "Glacier vault",
    operations: &[DESCRIBE, LOCK, NOTIFICATIONS, POLICY, TAGS],
    structures: &[
        Structure::new("DescribeVaultOutput", ""),
        Structure::new("GetVaultLockOutput", "/VaultLock"),
        Structure::new("VaultNotificationConfig", "/VaultNotificationConfig"),
    ],
    events: &[Events::new(
        "/requestParameters/vaultName",
        &[
            "AbortVaultLock",
            "AddTagsToVault",
            "CompleteVaultLock",
            "CreateVault",
            "DeleteVault",
            "DeleteVaultAccessPolicy",
            "DeleteVaultNotifications",
            "InitiateVaultLock",
            "RemoveTagsFromVault",
            "SetVaultAccessPolicy",
            "SetVaultNotifications",
        ],
    )],
    sets: &[Set::new("/VaultNotificationConfig/Events", &[])],
    documents: &["/Policies/*"],
    dropped: &[
        // The ARN of the item.
        "/VaultARN",
        // They change with every archive and with the inventory of every day.
        "/LastInventoryDate",
        "/NumberOfArchives",
        "/SizeInBytes",
    ],
    ..Facts::of(&service::GLACIER, LIST)
};

const NONE: &[&str] = &["ResourceNotFoundException"];
const LIST: Operation =
    Operation::new("glacier:ListVaults").absent(&["NoLongerSupportedException"]);
const DESCRIBE: Operation = Operation::new("glacier:DescribeVault").absent(NONE);
const LOCK: Operation = Operation::new("glacier:GetVaultLock").absent(NONE);
const NOTIFICATIONS: Operation = Operation::new("glacier:GetVaultNotifications").absent(NONE);
const POLICY: Operation = Operation::new("glacier:GetVaultAccessPolicy").absent(NONE);
const TAGS: Operation = Operation::new("glacier:ListTagsForVault").absent(NONE);

/// The largest page of the listing.
const PAGE: i32 = 10;

/// The account whose credentials ask.
const OWN: &str = "-";

/// The fewest calls that read one region: `⌈vaults / 10⌉`, one at least, and four a vault.
#[must_use]
pub const fn fewest_calls(vaults: usize) -> usize {
    pages_of(vaults, PAGE as usize) + 4 * vaults
}

impl Described for DescribeVaultOutput {
    const FACTS: &'static Facts = &VAULT;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.glacier(&scope.account, &scope.region)
    }

    async fn page(
        glacier: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let call = glacier.list_vaults().account_id(OWN).limit(PAGE).set_marker(token);
            let page = found(LIST, call.send().await)?;
            let (vaults, next) = page.map(|page| (page.vault_list, page.marker)).unzip();
            let vaults = vaults.flatten().unwrap_or_default().into_iter().map(as_described);
            return Ok(Listed::page(vaults.collect::<Vec<_>>(), next.flatten()));
        };
        let mut there = Vec::new();
        for one in wanted {
            let name = one.id.rsplit('/').next().unwrap_or_default();
            let answer = glacier.describe_vault().account_id(OWN).vault_name(name).send().await;
            there.extend(found(DESCRIBE, answer)?);
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        glacier: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = required(LIST, "VaultARN", self.vault_arn.clone())?;
        let name = required(LIST, "VaultName", self.vault_name.clone())?;
        let (policy, lock, notifications, tags) = join!(
            glacier.get_vault_access_policy().account_id(OWN).vault_name(&name).send(),
            glacier.get_vault_lock().account_id(OWN).vault_name(&name).send(),
            glacier.get_vault_notifications().account_id(OWN).vault_name(&name).send(),
            glacier.list_tags_for_vault().account_id(OWN).vault_name(&name).send(),
        );
        let tags = match found(TAGS, tags) {
            Ok(Some(answer)) => known(answer.tags.to_json()),
            // A vault without tags has an empty answer.
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let notifications = notifications.map(|answer| answer.vault_notification_config.to_json());
        let policy = found(POLICY, policy)
            .map(|answer| answer.and_then(|answer| answer.policy).and_then(|it| it.policy));
        let mut lock = found(LOCK, lock);
        let locked = match &mut lock {
            Ok(lock) => Ok(lock.as_mut().and_then(|lock| lock.policy.take())),
            Err(error) => Err(error.clone()),
        };
        // Of two policies one alone tells neither whom they let in nor whom they keep out.
        let policies = match (policy, locked) {
            (Ok(access), Ok(lock)) => {
                let named = [("VaultAccessPolicy", access), ("VaultLockPolicy", lock)];
                let all = named.into_iter().filter_map(|(name, policy)| Some((name, policy?)));
                known(json!(all.collect::<BTreeMap<_, _>>()))
            }
            (Err(error), _) | (_, Err(error)) => Part::Failed(error),
        };
        let vault = VAULT.observed(arn.as_str(), self.to_json()).named(name).with_arn(arn);
        let vault = vault
            .with("/Policies", policies)
            .with("/Tags", tags)
            .with("/VaultLock", lock.map_or_else(Part::Failed, |lock| known(lock.to_json())))
            .with("/VaultNotificationConfig", part(NOTIFICATIONS, notifications));
        Ok(Some(vault))
    }
}

/// A vault that was listed, as its description tells it.
fn as_described(vault: types::DescribeVaultOutput) -> DescribeVaultOutput {
    DescribeVaultOutput::builder()
        .set_creation_date(vault.creation_date)
        .set_last_inventory_date(vault.last_inventory_date)
        .number_of_archives(vault.number_of_archives)
        .size_in_bytes(vault.size_in_bytes)
        .set_vault_arn(vault.vault_arn)
        .set_vault_name(vault.vault_name)
        .build()
}
