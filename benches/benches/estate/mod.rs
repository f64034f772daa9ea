//! Histories as a tracker would record them: items of about 2.6 KB, small changes as
//! minimal patches, the whole configuration with every 32nd revision.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use secmonkey_core::Timestamp;
use secmonkey_core::config::Digest;
use secmonkey_core::diff::apply;
use secmonkey_core::event::{Actor, Change, Discovered, Event, Full, ScanId, StreamId, Version};
use secmonkey_core::item::Key;
use secmonkey_core::log::{Append, EventLog as _, Expected};
use secmonkey_store::{OpenOptions, Store};
use serde_json::{Value, json};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many revisions lie between two whole configurations.
pub const FULL: u64 = 32;

/// An estate of so many items, each with so many revisions.
pub const ITEMS: usize = 20_000;
pub const REVISIONS: u64 = 50;

/// Random numbers that are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or_default()
    }

    fn hex(&mut self, length: usize) -> String {
        (0..length)
            .filter_map(|_| char::from_digit(u32::try_from(self.next() % 16).ok()?, 16))
            .collect()
    }

    fn block(&mut self) -> String {
        format!("{}.{}.{}.0/24", 10 + self.below(200), self.below(256), self.below(256))
    }

    fn word(&mut self) -> &'static str {
        ["ledger", "kiosk", "telemetry", "imaging", "loyalty", "catalog", "pricing", "fraud"]
            [self.below(8)]
    }
}

pub struct Item {
    pub stream: StreamId,
    pub version: u64,
    kind: usize,
    config: Value,
    first_seen: Timestamp,
}

impl Item {
    pub fn new(random: &mut Random) -> Result<Self> {
        let kind = random.below(3);
        let account = format!("{:012}", random.next() % 1_000_000_000_000);
        let key: Key = match kind {
            0 => format!("{account}/security_group/eu-west-1/sg-0{}", random.hex(16)),
            1 => format!(
                "{account}/s3_bucket/global/arn:aws:s3:::{}-{}",
                random.word(),
                random.hex(8)
            ),
            _ => format!("{account}/iam_role/global/AROA{}", random.hex(17).to_uppercase()),
        }
        .parse()?;
        let name = format!("{}-{}", random.word(), random.hex(4));
        let tags: Vec<_> = ["App", "Domain", "Environment", "Name", "Squad"]
            .map(|tag| json!({"Key": tag, "Value": format!("{}-{}", random.word(), random.hex(2))}))
            .into();
        let config = match kind {
            0 => json!({
                "Description": format!("security group of {name}"),
                "GroupId": key.id,
                "GroupName": name,
                "IpPermissions": (0..14).map(|_| rule(random)).collect::<Vec<_>>(),
                "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
                "OwnerId": account,
                "Tags": tags,
                "VpcId": format!("vpc-0{}", random.hex(16)),
            }),
            1 => json!({
                "Grants": [{"Grantee": {"ID": random.hex(64), "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}],
                "LocationConstraint": "eu-west-1",
                "Name": name,
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "Policy": document(&account, 4, random),
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
                "Tags": tags,
                "Versioning": {"Status": "Enabled"},
            }),
            _ => json!({
                "AssumeRolePolicyDocument": {"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}], "Version": "2012-10-17"},
                "MaxSessionDuration": 3600,
                "Path": "/",
                "Policy": document(&account, 6, random),
                "RoleId": key.id,
                "RoleName": name,
                "Tags": tags,
            }),
        };
        Ok(Self {
            stream: StreamId::item(&key),
            version: 0,
            kind,
            config,
            first_seen: Timestamp::now(),
        })
    }

    /// The whole item, as every so many revisions carry it.
    fn full(&self) -> Full {
        Full {
            config: self.config.clone(),
            name: "bench".to_owned(),
            arn: None,
            former: BTreeSet::new(),
            revision: self.version,
            last_changed: None,
            first_seen: self.first_seen,
            shape: 1,
            unread: BTreeSet::new(),
        }
    }

    /// The event of the next revision.
    pub fn next(&mut self, random: &mut Random) -> Result<Event> {
        self.version += 1;
        if self.version == 1 {
            return Ok(Event::ItemDiscovered(Discovered {
                name: "bench".to_owned(),
                arn: None,
                shape: 1,
                config: self.config.clone(),
                digest: Digest::of(&self.config),
                unread: BTreeSet::new(),
            }));
        }
        let tag = format!("/Tags/{}/Value", random.below(5));
        let value = json!(format!("{}-{}", random.word(), random.hex(2)));
        let operation = match (self.kind, random.below(4)) {
            (0, 0) => {
                json!({"op": "add", "path": format!("/IpPermissions/{}", random.below(14)), "value": rule(random)})
            }
            (0, 1) => {
                json!({"op": "remove", "path": format!("/IpPermissions/{}", random.below(10))})
            }
            (0, 2) => {
                let path = format!("/IpPermissions/{}/IpRanges/0", random.below(8));
                json!({"op": "add", "path": path, "value": {"CidrIp": random.block(), "Description": random.word()}})
            }
            (1 | 2, 0 | 1) => {
                let path = format!("/Policy/Statement/{}/Resource", random.below(4));
                json!({"op": "replace", "path": path, "value": format!("arn:aws:s3:::{}-{}/*", random.word(), random.hex(6))})
            }
            (1, 2) => {
                let status = if random.below(2) == 0 { "Enabled" } else { "Suspended" };
                json!({"op": "replace", "path": "/Versioning/Status", "value": status})
            }
            _ => json!({"op": "replace", "path": tag, "value": value}),
        };
        let patch = serde_json::from_value(json!([operation]))?;
        // A group may have run out of rules: then a tag changes.
        let patch = if apply(&mut self.config, &patch).is_ok() {
            patch
        } else {
            let operation = json!([{"op": "replace", "path": tag, "value": value}]);
            let patch = serde_json::from_value(operation)?;
            apply(&mut self.config, &patch)?;
            patch
        };
        Ok(Event::ItemChanged(Change {
            patch,
            digest: Digest::of(&self.config),
            full: self.version.is_multiple_of(FULL).then(|| Box::new(self.full())),
            name: None,
            arn: None,
        }))
    }

    /// The append of the next revision.
    pub fn append(&mut self, random: &mut Random) -> Result<Append> {
        let now = Timestamp::now();
        let expected = Expected::Exact(Version(self.version));
        let event = self.next(random)?;
        let actor = Actor("scheduler".to_owned());
        let append = Append::new(self.stream.clone(), expected, &actor, now, [event]);
        Ok(append.in_scan(&ScanId::at(now)))
    }
}

fn rule(random: &mut Random) -> Value {
    let port = 1 + random.below(65_000);
    json!({
        "FromPort": port,
        "IpProtocol": "tcp",
        "IpRanges": [{"CidrIp": random.block(), "Description": random.word()}],
        "ToPort": port,
    })
}

fn document(account: &str, statements: usize, random: &mut Random) -> Value {
    let statements: Vec<_> = (0..statements)
        .map(|_| {
            json!({
                "Action": ["s3:GetObject", "s3:PutObject", "kms:Decrypt"],
                "Effect": "Allow",
                "Principal": {"AWS": format!("arn:aws:iam::{account}:role/{}-{}", random.word(), random.hex(6))},
                "Resource": format!("arn:aws:s3:::{}-{}/*", random.word(), random.hex(6)),
                "Sid": format!("Allow{}", random.hex(8)),
            })
        })
        .collect();
    json!({"Statement": statements, "Version": "2012-10-17"})
}

/// An estate's whole history in a new store, revision by revision over all items.
pub async fn fill(path: &Path) -> Result<Vec<StreamId>> {
    let store = Store::open(path, OpenOptions::default())?;
    let mut random = Random(7);
    let mut items = (0..ITEMS).map(|_| Item::new(&mut random)).collect::<Result<Vec<_>>>()?;
    for _ in 0..REVISIONS {
        for some in items.chunks_mut(200) {
            let batch = some.iter_mut().map(|item| item.append(&mut random));
            store.log.append(batch.collect::<Result<_>>()?).await?;
        }
    }
    Ok(items.into_iter().map(|item| item.stream).collect())
}
