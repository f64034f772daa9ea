//! KMS.

use std::collections::HashMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{AliasListEntry, GrantListEntry, KeyMetadata, Tag};
use aws_sdk_kms::types::{KeyManagerType, KeySpec, OriginType};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted, pages};
use serde_json::json;

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{
    Described, Entry, Events, Facts, Structure, Writes, all, known, pages_of, required,
};

pub(super) const READS: &[Entry] = &[Entry::described::<Key>()];

/// KMS keys with their policies, grants, rotation, aliases and tags.
///
/// Keys that AWS manages are recorded without those: nobody but AWS changes them, no check
/// judges them, and what they are and what they are called says whose data is encrypted with
/// them.
///
/// A key is called by its aliases, so that a region whose aliases cannot be read is not read:
/// every key would seem renamed.
pub const KEY: Facts = Facts {
    id: "kms_key",
    title: "KMS key",
    operations: &[ALIASES, DESCRIBE, GRANTS, POLICY, ROTATION, TAGS],
    structures: &[
        Structure::new("AliasListEntry", "/Aliases/*"),
        Structure::new("GetKeyRotationStatusOutput", "/KeyRotationStatus"),
        Structure::new("GrantListEntry", "/Grants/*"),
        Structure::new("KeyMetadata", "/KeyMetadata"),
        Structure::new("Tag", "/Tags/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/keyId",
            &[
                "CancelKeyDeletion",
                "CreateGrant",
                "DeleteImportedKeyMaterial",
                "DisableKey",
                "DisableKeyRotation",
                "EnableKey",
                "EnableKeyRotation",
                "ImportKeyMaterial",
                "PutKeyPolicy",
                "RetireGrant",
                "RevokeGrant",
                "ScheduleKeyDeletion",
                "TagResource",
                "UntagResource",
                "UpdateKeyDescription",
                "UpdatePrimaryRegion",
            ],
        ),
        Events::new("/requestParameters/targetKeyId", &["CreateAlias", "UpdateAlias"]),
        Events::new("/responseElements/keyMetadata/keyId", &["CreateKey"]),
        Events::new("/responseElements/replicaKeyMetadata/keyId", &["ReplicateKey"]),
    ],
    sets: &[
        Set::new("/Aliases", &["AliasName"]),
        Set::new("/Grants", &["GrantId"]),
        Set::new("/Grants/*/Operations", &[]),
        Set::new("/KeyMetadata/EncryptionAlgorithms", &[]),
        Set::new("/KeyMetadata/MultiRegionConfiguration/ReplicaKeys", &["Arn"]),
        Set::new("/KeyMetadata/SigningAlgorithms", &[]),
        Set::new("/Tags", &["TagKey"]),
    ],
    documents: &["/Policy"],
    dropped: &[
        // The key itself.
        "/Aliases/*/TargetKeyId",
        "/Grants/*/KeyId",
        "/KeyRotationStatus/KeyId",
        // AWS advises against it: `KeySpec` says the same.
        "/KeyMetadata/CustomerMasterKeySpec",
        // Rotation changes them, which the settings of rotation foretell.
        "/KeyMetadata/CurrentKeyMaterialId",
        "/KeyRotationStatus/NextRotationDate",
        "/KeyRotationStatus/OnDemandRotationStartDate",
    ],
    ids: "arn:{partition}:kms:{region}:{account}:key/{name}",
    writes: &[
        Writes::new("", &["CreateKey", "ReplicateKey"]),
        Writes::new("/Aliases", &["CreateAlias", "UpdateAlias"]),
        Writes::new("/Grants", &["CreateGrant", "RetireGrant", "RevokeGrant"]),
        Writes::new(
            "/KeyMetadata",
            &[
                "CancelKeyDeletion",
                "DeleteImportedKeyMaterial",
                "DisableKey",
                "EnableKey",
                "ImportKeyMaterial",
                "ScheduleKeyDeletion",
                "UpdateKeyDescription",
                "UpdatePrimaryRegion",
            ],
        ),
        Writes::new("/KeyRotationStatus", &["DisableKeyRotation", "EnableKeyRotation"]),
        Writes::new("/Policy", &["PutKeyPolicy"]),
    ],
    ..Facts::of(&service::KMS, LIST)
};

const GONE: &[&str] = &["NotFoundException"];
const LIST: Operation = Operation::new("kms:ListKeys");
const ALIASES: Operation = Operation::new("kms:ListAliases");
const DESCRIBE: Operation = Operation::new("kms:DescribeKey").absent(GONE);
const POLICY: Operation = Operation::new("kms:GetKeyPolicy").absent(GONE);
const GRANTS: Operation = Operation::new("kms:ListGrants").absent(GONE);
const TAGS: Operation = Operation::new("kms:ListResourceTags").absent(GONE);
// Of what cannot rotate it says that there is no such operation.
const ROTATION: Operation = Operation::new("kms:GetKeyRotationStatus")
    .absent(&["NotFoundException", "UnsupportedOperationException"]);

/// The largest page of keys.
const PAGE: i32 = 1000;
/// The largest page of aliases and of grants.
const HUNDRED: i32 = 100;
/// The largest page of tags, and the most that a key has.
const TAGGED: i32 = 50;

/// The fewest calls that read one region, by the number of grants of each key that is not
/// AWS's: `⌈keys / 1000⌉`, `⌈aliases / 100⌉`, one at least of each, one a key of AWS, four a
/// key of ours (one less, where it cannot rotate), and for each `⌈grants / 100⌉`, one at
/// least.
#[must_use]
pub fn fewest_calls(aliases: usize, of_aws: usize, grants: &[usize]) -> usize {
    let each = grants.iter().map(|count| 4 + pages_of(*count, HUNDRED as usize));
    pages_of(of_aws + grants.len(), PAGE as usize)
        + pages_of(aliases, HUNDRED as usize)
        + of_aws
        + each.sum::<usize>()
}

/// A key as the listing tells it.
#[derive(Debug)]
pub struct Key {
    arn: String,
}

/// The aliases of a region by the id of their key.
#[derive(Debug)]
pub struct Aliases(Result<HashMap<String, Vec<AliasListEntry>>, Error>);

impl Default for Aliases {
    fn default() -> Self {
        Self(Ok(HashMap::new()))
    }
}

impl Described for Key {
    const FACTS: &'static Facts = &KEY;
    type Client = Client;
    type Beside = Aliases;

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.kms(&scope.account, &scope.region)
    }

    async fn beside(kms: &Client, _wanted: Option<&[Wanted]>) -> Aliases {
        Aliases(aliases(kms).await)
    }

    async fn page(
        kms: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        // Their description says whether they are there.
        if let Some(wanted) = wanted {
            let wanted = wanted.iter().map(|one| Self { arn: one.id.clone() });
            return Ok(Listed::page(wanted.collect::<Vec<_>>(), None));
        }
        let page = kms.list_keys().limit(PAGE).set_marker(token).send().await;
        let page = page.map_err(|error| failed(LIST, &error))?;
        let arns = page.keys.unwrap_or_default().into_iter().filter_map(|key| key.key_arn);
        let next = page.next_marker.filter(|_| page.truncated);
        Ok(Listed::page(arns.map(|arn| Self { arn }).collect::<Vec<_>>(), next))
    }

    async fn observe(
        self,
        kms: &Client,
        _scope: &Scope,
        Aliases(aliases): &Aliases,
    ) -> Result<Option<Observed>, Error> {
        let Self { arn } = self;
        let id = arn.rsplit('/').next().unwrap_or_default();
        let aliases = aliases.as_ref().map_err(Clone::clone)?.get(id);
        let aliases = aliases.map(Vec::as_slice).unwrap_or_default();
        let name = aliases.iter().filter_map(AliasListEntry::alias_name).min().unwrap_or(id);
        let config = json!({ "KeyArn": arn, "KeyId": id });
        let key = KEY.observed(arn.as_str(), config).named(name).with_arn(arn.clone());
        let key = key.with("/Aliases", known(aliases.to_json()));
        // A key may forbid even its description.
        let all = match found(DESCRIBE, kms.describe_key().key_id(id).send().await) {
            Ok(Some(answer)) => {
                let metadata = required(DESCRIBE, "KeyMetadata", answer.key_metadata);
                match metadata {
                    Ok(metadata) => details(kms, id, &metadata).await?,
                    Err(error) => Some(Details::failed(&error)),
                }
            }
            Ok(None) => None,
            Err(error) => Some(Details::failed(&error)),
        };
        Ok(all.map(|Details { metadata, policy, grants, rotation, tags }| {
            key.with("/KeyMetadata", metadata)
                .with("/Policy", policy)
                .with("/Grants", grants)
                .with("/KeyRotationStatus", rotation)
                .with("/Tags", tags)
        }))
    }
}

/// What each key is asked for.
struct Details {
    metadata: Part,
    policy: Part,
    grants: Part,
    rotation: Part,
    tags: Part,
}

impl Details {
    /// Of a key of which it is not known whose it is.
    fn failed(error: &Error) -> Self {
        let part = || Part::Failed(error.clone());
        Self { metadata: part(), policy: part(), grants: part(), rotation: part(), tags: part() }
    }
}

/// What there is to know of a key; `None` where it is gone by now.
async fn details(kms: &Client, id: &str, metadata: &KeyMetadata) -> Result<Option<Details>, Error> {
    let described = Part::Known(metadata.to_json());
    if metadata.key_manager == Some(KeyManagerType::Aws) {
        let (policy, grants, rotation, tags) =
            (Part::Absent, Part::Absent, Part::Absent, Part::Absent);
        return Ok(Some(Details { metadata: described, policy, grants, rotation, tags }));
    }
    let policy =
        match found(POLICY, kms.get_key_policy().key_id(id).policy_name("default").send().await) {
            Ok(Some(answer)) => known(answer.policy.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
    let grants = match grants(kms, id).await {
        Ok(Some(grants)) => known(grants.to_json()),
        Ok(None) => return Ok(None),
        Err(error) => Part::Failed(error),
    };
    let rotation = if rotates(metadata) {
        match found(ROTATION, kms.get_key_rotation_status().key_id(id).send().await) {
            Ok(answer) => answer.map_or(Part::Absent, |answer| known(answer.to_json())),
            Err(error) => Part::Failed(error),
        }
    } else {
        Part::Absent
    };
    let tags = match tags(kms, id).await {
        Ok(Some(tags)) => known(tags.to_json()),
        Ok(None) => return Ok(None),
        Err(error) => Part::Failed(error),
    };
    Ok(Some(Details { metadata: described, policy, grants, rotation, tags }))
}

/// Whether KMS can rotate a key by itself: a symmetric one whose material it made.
fn rotates(key: &KeyMetadata) -> bool {
    key.key_spec == Some(KeySpec::SymmetricDefault) && key.origin == Some(OriginType::AwsKms)
}

/// The aliases of the region by the id of their key.
async fn aliases(kms: &Client) -> Result<HashMap<String, Vec<AliasListEntry>>, Error> {
    let mut listing = pages(ALIASES, |token| {
        let call = kms.list_aliases().limit(HUNDRED).set_marker(token);
        async move {
            let page = call.send().await.map_err(|error| failed(ALIASES, &error))?;
            Ok(Listed::page(page.aliases, page.next_marker.filter(|_| page.truncated)))
        }
    });
    let mut all = HashMap::<_, Vec<_>>::new();
    while let Some(page) = listing.next().await? {
        for alias in page {
            // AWS has names for keys that nobody needed so far.
            if let Some(key) = alias.target_key_id.clone() {
                all.entry(key).or_default().push(alias);
            }
        }
    }
    listing.end()?;
    Ok(all)
}

/// The grants of a key; `None` where it is gone by now.
///
/// EC2 grants itself the use of a key for every volume that is attached, in a role whose
/// name begins with `aws:` as nobody's can, and takes it back later: no setting of anybody.
async fn grants(kms: &Client, id: &str) -> Result<Option<Vec<GrantListEntry>>, Error> {
    let grants = all(GRANTS, |token| {
        let call = kms.list_grants().key_id(id).limit(HUNDRED).set_marker(token);
        async move {
            let page = found(GRANTS, call.send().await)?;
            Ok(page
                .map(|page| Listed::page(page.grants, page.next_marker.filter(|_| page.truncated))))
        }
    });
    let mut grants = grants.await?;
    if let Some(grants) = &mut grants {
        grants.retain(|grant| {
            let grantee = grant.grantee_principal.as_deref().unwrap_or_default();
            !grantee.contains(":assumed-role/aws:")
        });
    }
    Ok(grants)
}

/// The tags of a key; `None` where it is gone by now.
async fn tags(kms: &Client, id: &str) -> Result<Option<Vec<Tag>>, Error> {
    let answer = kms.list_resource_tags().key_id(id).limit(TAGGED).send().await;
    let Some(page) = found(TAGS, answer)? else { return Ok(None) };
    Ok(Some(page.tags.unwrap_or_default()))
}
