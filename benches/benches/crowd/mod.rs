//! An estate of any size that takes no memory: each item is made from its number.
//!
//! Accounts of 20,000 items, in each the technologies in turn, as a first scan would record
//! them. Shapes are those of the recorded answers in `secmonkey-aws/fixtures`.

use std::collections::BTreeSet;
use std::path::Path;

use secmonkey_aws::AWS;
use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::config::Digest;
use secmonkey_core::event::{
    Actor, Change, Discovered, Event, IssueId, Opened, Resolution, ScanId, StreamId,
};
use secmonkey_core::item::{GLOBAL, Key};
use secmonkey_core::log::{Append, EventLog as _, Expected};
use secmonkey_core::registry::Registry;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_store::{OpenOptions, Store};
use serde_json::{Value, json};

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Items of an account.
pub const OF_ACCOUNT: usize = 20_000;
pub const REGIONS: [&str; 4] = ["eu-west-1", "eu-central-1", "us-east-1", "ap-south-1"];
const TEAMS: [&str; 8] =
    ["ledger", "kiosk", "telemetry", "imaging", "loyalty", "catalog", "pricing", "fraud"];

const TECHNOLOGIES: [&str; 7] = [
    "ebs_volume",
    "ec2_instance",
    "iam_role",
    "lambda_function",
    "network_interface",
    "s3_bucket",
    "security_group",
];

/// The check of the issues.
pub const CHECK: &str = "security_group.egress";
pub const SCORE: u8 = 3;
pub const DETAIL: &str = "0.0.0.0/0 may be reached by any protocol";
pub const EVIDENCE: &str = "/IpPermissionsEgress/0";
pub const GROUND: &str = "0.0.0.0/0";

/// What reads them.
pub fn registry() -> Registry {
    let technology = |id: &&'static str| Technology {
        provider: AWS,
        id: (*id).into(),
        reach: if *id == "iam_role" { Reach::Global } else { Reach::Regional },
        ..Technology::DEFAULT
    };
    Registry::new(TECHNOLOGIES.iter().map(technology), [])
}

/// One of the items.
pub struct Item {
    pub key: Key,
    pub name: String,
    pub config: Value,
}

/// Seventeen digits that look random and follow from a number.
fn hex(number: usize, salt: u64) -> String {
    let mut bits = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt;
    bits ^= bits >> 29;
    bits = bits.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits ^= bits >> 32;
    format!("0{bits:016x}")
}

/// The technology of an item.
pub fn technology(number: usize) -> &'static str {
    match number % 20 {
        0..=5 => "network_interface",
        6..=9 => "ec2_instance",
        10..=12 => "ebs_volume",
        13 | 14 => "security_group",
        15 | 16 => "iam_role",
        17 | 18 => "lambda_function",
        _ => "s3_bucket",
    }
}

/// The region in which an item is listed.
pub fn region(number: usize) -> &'static str {
    if technology(number) == "iam_role" { GLOBAL } else { home(number) }
}

fn home(number: usize) -> &'static str {
    REGIONS[number / 500 % REGIONS.len()]
}

pub fn account(number: usize) -> String {
    format!("{:012}", 100_000_000_000 + (number / OF_ACCOUNT) * 7_919)
}

/// The id of a security group of the account of an item: some hundred items share one.
pub fn group(number: usize) -> String {
    format!("sg-{}", hex(number / 100 * 100, 3))
}

pub fn address(number: usize) -> String {
    format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255)
}

impl Item {
    pub fn new(number: usize) -> Result<Self> {
        let account = account(number);
        let (technology, region) = (technology(number), home(number));
        let team = TEAMS[number / 37 % 8];
        let env = ["prod", "prod", "test", "dev"][number / 11 % 4];
        let name = format!("{team}-{env}-{}", number % OF_ACCOUNT);
        let tags = json!([
            { "Key": "Name", "Value": name },
            { "Key": "env", "Value": env },
            { "Key": "team", "Value": team },
            { "Key": "revision", "Value": "r1" },
        ]);
        let (vpc, subnet) =
            (format!("vpc-{}", hex(number / 5_000, 1)), format!("subnet-{}", hex(number / 500, 2)));
        let time = format!(
            "2025-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            number % 12 + 1,
            number / 12 % 28 + 1,
            number % 24,
            number % 60,
            number / 7 % 60
        );
        let (id, config) = match technology {
            "network_interface" => (
                format!("eni-{}", hex(number, 4)),
                json!({
                    "Attachment": { "AttachmentId": format!("eni-attach-{}", hex(number, 5)), "DeleteOnTermination": true, "DeviceIndex": 0, "InstanceId": format!("i-{}", hex(number + 6, 6)), "InstanceOwnerId": account, "Status": "attached" },
                    "AvailabilityZone": format!("{region}a"), "Groups": [{ "GroupId": group(number), "GroupName": format!("{team}-web") }],
                    "InterfaceType": "interface", "MacAddress": format!("06:{:02x}:{:02x}:{:02x}:11:22", number & 255, number >> 8 & 255, number >> 16 & 255),
                    "OwnerId": account, "PrivateIpAddress": address(number), "PrivateIpAddresses": [{ "Primary": true, "PrivateIpAddress": address(number) }],
                    "SourceDestCheck": true, "Status": "in-use", "SubnetId": subnet, "TagSet": tags, "VpcId": vpc,
                }),
            ),
            "ec2_instance" => (
                format!("i-{}", hex(number, 6)),
                json!({
                    "Architecture": "x86_64", "CpuOptions": { "CoreCount": 2, "ThreadsPerCore": 2 }, "EbsOptimized": true, "EnaSupport": true, "Hypervisor": "xen",
                    "IamInstanceProfile": { "Arn": format!("arn:aws:iam::{account}:instance-profile/{team}"), "Id": format!("AIPA{}", hex(number / 1_000, 7)) },
                    "ImageId": format!("ami-{}", hex(number % 50, 8)), "InstanceType": "m5.large", "LaunchTime": time,
                    "MetadataOptions": { "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2, "HttpTokens": if number.is_multiple_of(3) { "optional" } else { "required" } },
                    "Monitoring": { "State": "disabled" }, "PrivateIpAddress": address(number), "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs",
                    "SecurityGroups": [{ "GroupId": group(number), "GroupName": format!("{team}-web") }], "State": { "Code": 16, "Name": "running" }, "SubnetId": subnet, "Tags": tags, "VirtualizationType": "hvm", "VpcId": vpc,
                }),
            ),
            "ebs_volume" => (
                format!("vol-{}", hex(number, 9)),
                json!({
                    "Attachments": [{ "Device": "/dev/xvda", "InstanceId": format!("i-{}", hex(number - 4, 6)), "State": "attached" }], "AvailabilityZone": format!("{region}a"), "CreateTime": time,
                    "Encrypted": !number.is_multiple_of(9), "Iops": 3000, "KmsKeyId": format!("arn:aws:kms:{region}:{account}:key/{}", hex(number / 2_000, 10)), "MultiAttachEnabled": false, "Size": 8 + number % 5 * 32, "State": "in-use", "Tags": tags, "Throughput": 125, "VolumeType": "gp3",
                }),
            ),
            "security_group" => (
                if number % 100 == 13 { group(number) } else { format!("sg-{}", hex(number, 3)) },
                json!({
                    "Description": format!("what {team} lets in"), "GroupName": name,
                    "IpPermissions": (0..6).map(|rule| {
                        let port = [22, 443, 5432, 8080, 9200, 6379][rule];
                        json!({ "FromPort": port, "IpProtocol": "tcp", "IpRanges": [{ "CidrIp": format!("10.{}.{}.0/24", number / 300 % 256, rule * 16), "Description": team }], "ToPort": port, "UserIdGroupPairs": [{ "GroupId": group(number + rule * 100), "UserId": account }] })
                    }).collect::<Vec<_>>(),
                    "IpPermissionsEgress": [{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }], "OwnerId": account, "Tags": tags, "VpcId": vpc,
                }),
            ),
            "iam_role" => (
                format!("AROA{}", hex(number, 11).to_uppercase()),
                json!({
                    "AssumeRolePolicyDocument": { "Statement": [{ "Action": "sts:AssumeRole", "Effect": "Allow", "Principal": if number.is_multiple_of(4) { json!({ "AWS": format!("arn:aws:iam::{}:root", self::account(number / 3)) }) } else { json!({ "Service": "ec2.amazonaws.com" }) } }], "Version": "2012-10-17" },
                    "CreateDate": time, "MaxSessionDuration": 3600, "Path": "/", "RoleName": name,
                    "RolePolicyList": [{ "PolicyDocument": { "Statement": [{ "Action": ["s3:GetObject", "s3:PutObject"], "Effect": "Allow", "Resource": format!("arn:aws:s3:::{team}-{env}-{}/*", number / 40) }], "Version": "2012-10-17" }, "PolicyName": "access" }], "Tags": tags,
                }),
            ),
            "lambda_function" => (
                format!("arn:aws:lambda:{region}:{account}:function:{name}"),
                json!({
                    "Architectures": ["arm64"], "CodeSha256": format!("{}{}", hex(number, 12), hex(number, 13)), "CodeSize": number % 9_999, "Environment": { "Variables": { "TABLE": format!("hmac-sha256:1a2b:{}{}", hex(number / 9, 14), hex(number / 9, 15)) } },
                    "FunctionName": name, "Handler": "index.handler", "LastModified": time, "MemorySize": 256, "PackageType": "Zip", "Role": format!("arn:aws:iam::{account}:role/{team}-{env}-{}", number / 40), "Runtime": "nodejs20.x", "Tags": { "env": env, "team": team, "Name": name, "revision": "r1" }, "Timeout": 30,
                    "VpcConfig": { "SecurityGroupIds": [group(number)], "SubnetIds": [subnet], "VpcId": vpc },
                }),
            ),
            _ => (
                format!("arn:aws:s3:::{team}-{env}-{number}"),
                json!({
                    "BucketRegion": region, "CreationDate": time, "Encryption": { "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" }, "BucketKeyEnabled": false }] }, "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
                    "Policy": { "Statement": [{ "Action": ["s3:GetObject", "s3:ListBucket"], "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }, "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{}:role/{team}", self::account(number / 2)) }, "Resource": format!("arn:aws:s3:::{team}-{env}-{number}/*") }], "Version": "2012-10-17" },
                    "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "BlockPublicPolicy": !number.is_multiple_of(7), "IgnorePublicAcls": true, "RestrictPublicBuckets": true }, "Tags": tags, "Versioning": { "Status": "Enabled" },
                }),
            ),
        };
        let key = format!("{account}/{technology}/{}/{id}", self::region(number)).parse()?;
        Ok(Self { key, name, config })
    }

    pub fn arn(&self) -> String {
        format!("arn:aws:x:::{}", self.key.id)
    }

    /// Makes it what a revision left: from the second on, a tag has another value. Returns where
    /// that is, and the value.
    pub fn revise(&mut self, revision: usize) -> Option<(&'static str, Value)> {
        let at = ["/Tags/3/Value", "/TagSet/3/Value", "/Tags/revision"];
        let at = at.into_iter().find(|at| self.config.pointer(at).is_some())?;
        let value = json!(format!("r{revision}"));
        *self.config.pointer_mut(at)? = value.clone();
        Some((at, value))
    }

    /// The event of a revision.
    fn event(mut self, revision: usize) -> Result<Event> {
        if revision == 1 {
            let arn = Some(self.arn());
            let digest = Digest::of(&self.config);
            return Ok(Event::ItemDiscovered(Discovered {
                name: self.name,
                arn,
                shape: 1,
                config: self.config,
                digest,
                unread: BTreeSet::new(),
            }));
        }
        let (at, value) = self.revise(revision).ok_or("no tag")?;
        Ok(Event::ItemChanged(Change {
            patch: serde_json::from_value(
                json!([{ "op": "replace", "path": at, "value": value }]),
            )?,
            digest: Digest::of(&self.config),
            full: None,
            name: None,
            arn: None,
        }))
    }

    /// What is found in a security group with its first revision, in every other until the third.
    fn issue(&self, number: usize, revision: usize) -> Option<Event> {
        let issue = || IssueId::of(&self.key, CHECK, "");
        if self.key.technology != "security_group" {
            return None;
        }
        match revision {
            1 => Some(Event::IssueOpened(Opened {
                issue: issue(),
                check: CHECK.to_owned(),
                subject: String::new(),
                score: SCORE,
                detail: DETAIL.to_owned(),
                evidence: vec![EVIDENCE.to_owned()],
                grounds: BTreeSet::from([GROUND.to_owned()]),
                doubt: BTreeSet::new(),
                parameters: std::collections::BTreeMap::new(),
            })),
            3 if number % 20 == 14 => {
                Some(Event::IssueResolved { issue: issue(), reason: Resolution::Fixed })
            }
            _ => None,
        }
    }

    fn append(self, number: usize, revision: usize) -> Result<Append> {
        let now = Timestamp::now();
        let stream = StreamId::item(&self.key);
        let issue = self.issue(number, revision);
        let events: Vec<_> = [self.event(revision)?].into_iter().chain(issue).collect();
        let actor = Actor("scheduler".to_owned());
        let append = Append::new(stream, Expected::Any, &actor, now, events);
        Ok(append.in_scan(&ScanId::at(now)))
    }
}

/// A new store with so many items, each with so many revisions.
pub async fn fill(path: &Path, items: usize, revisions: usize) -> Result<()> {
    let store = Store::open(path, OpenOptions::default())?;
    for number in (0..items).step_by(OF_ACCOUNT) {
        let id: AccountId = account(number).parse()?;
        let name = format!("account-{}", number / OF_ACCOUNT);
        let event = Event::AccountRegistered(Account::new(AWS, id.clone(), name));
        let actor = Actor("cli".to_owned());
        let append =
            Append::new(StreamId::account(&id), Expected::Any, &actor, Timestamp::now(), [event]);
        store.log.append(vec![append]).await?;
    }
    for revision in 1..=revisions {
        for start in (0..items).step_by(200) {
            let some = (start..items.min(start + 200))
                .map(|number| Item::new(number)?.append(number, revision));
            store.log.append(some.collect::<Result<_>>()?).await?;
        }
    }
    Ok(())
}
