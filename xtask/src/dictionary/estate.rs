//! An invented estate and what happens in it: what events have in common is real
//! (AWS's member names, policies, wordings), what tells them apart is random.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _};
use secmonkey_core::account::AccountId;
use secmonkey_core::config::{Digest, canonicalise};
use secmonkey_core::diff::diff;
use secmonkey_core::event::{
    Actor, Audited, Change, Counts, Discovered, Event, Failure, Full, IssueCounts, IssueId,
    ItemCounts, Opened, Planned, Position, Rebase, Rebased, Resolution, Returned, ScanId, ScopeId,
    Scopes, StreamId, Swept, UndecidedCheck, Version,
};
use secmonkey_core::item::Key;
use secmonkey_core::log::{Append, Expected};
use secmonkey_core::technology::{Set, Technology};
use serde_json::{Value, json};

/// Random numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or_default()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    fn hex(&mut self, length: usize) -> String {
        self.text("0123456789abcdef", length)
    }

    fn unique_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17))
    }

    fn time(&mut self) -> String {
        let second = i64::try_from(1_500_000_000 + self.next() % 300_000_000).unwrap_or_default();
        Timestamp::from_second(second).unwrap_or_default().to_string()
    }

    fn word(&mut self) -> &'static str {
        self.pick(&[
            "web", "api", "db", "cache", "worker", "batch", "admin", "bastion", "proxy", "search",
            "billing", "checkout", "orders", "payments", "reports", "etl", "logs", "backup",
            "mail", "auth", "gateway", "queue", "metrics", "build", "deploy", "frontend", "legacy",
        ])
    }

    fn name(&mut self) -> String {
        let stage = self.pick(&["prod", "staging", "dev", "test", "sandbox", "shared"]);
        match self.below(3) {
            0 => format!("{}-{stage}", self.word()),
            1 => format!("{stage}-{}-{}", self.word(), self.word()),
            _ => format!("{}-{}-{}", self.word(), stage, self.hex(6)),
        }
    }

    fn block(&mut self) -> String {
        match self.below(6) {
            0 => "0.0.0.0/0".to_owned(),
            1 | 2 => format!("10.{}.{}.0/24", self.below(256), self.below(256)),
            3 => format!("172.16.{}.0/20", self.below(16) * 16),
            4 => format!("192.168.{}.0/24", self.below(256)),
            _ => format!(
                "{}.{}.{}.{}/32",
                self.below(200) + 11,
                self.below(256),
                self.below(256),
                self.below(256)
            ),
        }
    }

    fn region(&mut self) -> &'static str {
        self.pick(&[
            "us-east-1",
            "us-east-2",
            "us-west-2",
            "eu-west-1",
            "eu-central-1",
            "eu-west-2",
            "eu-north-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-northeast-1",
            "ap-south-1",
            "ca-central-1",
            "sa-east-1",
        ])
    }
}

static SECURITY_GROUP: Technology = Technology {
    id: Cow::Borrowed("security_group"),
    sets: Cow::Borrowed(&[
        Set::new("/Attachments", &["NetworkInterfaceId"]),
        Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
        Set::new("/IpPermissionsEgress", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/Tags", &["Key"]),
    ]),
    ..Technology::DEFAULT
};

static BUCKET: Technology = Technology {
    id: Cow::Borrowed("s3_bucket"),
    sets: Cow::Borrowed(&[
        Set::new("/TagSet", &["Key"]),
        Set::new("/LifecycleConfiguration/Rules", &["ID"]),
    ]),
    ..Technology::DEFAULT
};

static ROLE: Technology = Technology {
    id: Cow::Borrowed("iam_role"),
    sets: Cow::Borrowed(&[
        Set::new("/AttachedManagedPolicies", &["PolicyArn"]),
        Set::new("/RolePolicyList", &["PolicyName"]),
        Set::new("/Tags", &["Key"]),
    ]),
    ..Technology::DEFAULT
};

static USER: Technology = Technology {
    id: Cow::Borrowed("iam_user"),
    sets: Cow::Borrowed(&[
        Set::new("/AccessKeys", &["AccessKeyId"]),
        Set::new("/AttachedManagedPolicies", &["PolicyArn"]),
        Set::new("/Tags", &["Key"]),
    ]),
    ..Technology::DEFAULT
};

static GROUP: Technology = Technology { id: Cow::Borrowed("iam_group"), ..Technology::DEFAULT };
static POLICY: Technology =
    Technology { id: Cow::Borrowed("iam_managed_policy"), ..Technology::DEFAULT };
static ACCOUNT: Technology = Technology { id: Cow::Borrowed("s3_account"), ..Technology::DEFAULT };
static IDENTITY: Technology =
    Technology { id: Cow::Borrowed("ses_identity"), ..Technology::DEFAULT };

/// One resource and its history so far.
struct Resource {
    technology: &'static Technology,
    key: Key,
    arn: String,
    name: String,
    config: Value,
    version: u64,
    revisions: u64,
}

/// Events of an estate in the order in which they might be recorded.
pub fn events(count: usize) -> Vec<Append> {
    let mut random = Random(1);
    let accounts: Vec<AccountId> =
        (0..40).filter_map(|_| random.text("123456789", 12).parse().ok()).collect();
    let mut now = Timestamp::from_second(1_770_000_000).unwrap_or_default();
    let mut scan = ScanId::at(now);
    let mut resources: Vec<Resource> = Vec::new();
    let mut events = Vec::new();
    while events.len() < count {
        now += i64::try_from(random.below(40_000)).unwrap_or_default().milliseconds();
        let mut new = |stream: StreamId, version: u64, event: Event, random: &mut Random| {
            let observed_at = now - random.below(4_000).try_into().unwrap_or(0i64).milliseconds();
            let actor = if random.chance(70) { "scheduler" } else { "cli" };
            let actor = Actor(actor.to_owned());
            let expected = Expected::Exact(Version(version - 1));
            events.push(Append::new(stream, expected, &actor, observed_at, [event]).in_scan(&scan));
        };
        if random.chance(1) {
            let (at, account) = (ScanId::at(now), accounts[random.below(accounts.len())].clone());
            for (version, event) in (1..).zip(scan_events(&account, &mut random)) {
                new(StreamId::scan(&at), version, event, &mut random);
            }
            scan = at;
        } else if resources.len() < count / 8 {
            let account = &accounts[random.below(accounts.len())];
            let resource = discover(account, &mut random);
            let event = Event::ItemDiscovered(Discovered {
                name: resource.name.clone(),
                arn: Some(resource.arn.clone()),
                shape: 1,
                config: resource.config.clone(),
                digest: Digest::of(&resource.config),
                unread: BTreeSet::new(),
            });
            new(StreamId::item(&resource.key), 1, event, &mut random);
            resources.push(resource);
        } else {
            let which = random.below(resources.len());
            let resource = &mut resources[which];
            let event = happen(resource, &mut random);
            resource.version += 1;
            new(StreamId::item(&resource.key), resource.version, event, &mut random);
        }
    }
    events
}

fn discover(account: &AccountId, random: &mut Random) -> Resource {
    let name = random.name();
    let region = random.region();
    let (technology, global, id, path) = match random.below(20) {
        0..=6 => {
            let id = format!("sg-0{}", random.hex(16));
            let arn = format!("arn:aws:ec2:{region}:{account}:security-group/{id}");
            (&SECURITY_GROUP, false, id, arn)
        }
        7..=9 => (&BUCKET, true, format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}")),
        10..=13 => {
            let id = random.unique_id("AROA");
            (&ROLE, true, id, format!("arn:aws:iam::{account}:role/{name}"))
        }
        14 | 15 => {
            let id = random.unique_id("AIDA");
            (&USER, true, id, format!("arn:aws:iam::{account}:user/{name}"))
        }
        16 => {
            let id = random.unique_id("AGPA");
            (&GROUP, true, id, format!("arn:aws:iam::{account}:group/{name}"))
        }
        17 => {
            let id = random.unique_id("ANPA");
            (&POLICY, true, id, format!("arn:aws:iam::{account}:policy/{name}"))
        }
        18 => {
            let arn = format!("arn:aws:s3:{account}");
            (&ACCOUNT, true, account.to_string(), arn)
        }
        _ => {
            let arn = format!("arn:aws:ses:{region}:{account}:identity/{name}.example.com");
            (&IDENTITY, false, arn.clone(), arn)
        }
    };
    let mut config = config(technology, account, &name, &id, random);
    canonicalise(&mut config, technology);
    Resource {
        key: Key {
            account: account.clone(),
            technology: technology.id.to_string(),
            region: if global { "global" } else { region }.to_owned(),
            id,
        },
        technology,
        arn: path,
        name,
        config,
        version: 1,
        revisions: 1,
    }
}

fn config(
    technology: &Technology,
    account: &AccountId,
    name: &str,
    id: &str,
    random: &mut Random,
) -> Value {
    match technology.id.as_ref() {
        "security_group" => {
            let rules: Vec<_> = (0..=random.below(9)).map(|_| rule(account, random)).collect();
            json!({
                "Attachments": (0..random.below(3)).map(|_| attachment(random)).collect::<Vec<_>>(),
                "Description": format!("{} {}", random.pick(&["Allow", "Access to", "Managed by Terraform:", "Created by CloudFormation for"]), name),
                "GroupId": id,
                "GroupName": name,
                "IpPermissions": rules,
                "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
                "OwnerId": account,
                "Tags": tags(name, random),
                "VpcId": format!("vpc-0{}", random.hex(16)),
            })
        }
        "s3_bucket" => bucket(account, name, random),
        "iam_role" => json!({
            "Arn": format!("arn:aws:iam::{account}:role/{name}"),
            "AssumeRolePolicyDocument": trust(account, random),
            "AttachedManagedPolicies": attached(account, random),
            "CreateDate": random.time(),
            "Description": format!("Allows {} to call AWS services on your behalf.", random.pick(&["EC2 instances", "Lambda functions", "ECS tasks"])),
            "MaxSessionDuration": 3600,
            "Path": "/",
            "RoleId": id,
            "RoleLastUsed": {"LastUsedDate": random.time()},
            "RoleName": name,
            "RolePolicyList": [{"PolicyDocument": document(account, random), "PolicyName": name}],
            "Tags": tags(name, random),
        }),
        "iam_user" => json!({
            "AccessKeys": [access_key(random)],
            "Arn": format!("arn:aws:iam::{account}:user/{name}"),
            "AttachedManagedPolicies": attached(account, random),
            "CreateDate": random.time(),
            "GroupList": [random.word(), random.word()],
            "LoginProfile": {"CreateDate": random.time(), "PasswordResetRequired": false},
            "MFADevices": [{"EnableDate": random.time(), "SerialNumber": format!("arn:aws:iam::{account}:mfa/{name}")}],
            "PasswordLastUsed": random.time(),
            "Path": "/",
            "Tags": tags(name, random),
            "UserId": id,
            "UserName": name,
            "UserPolicyList": [{"PolicyDocument": document(account, random), "PolicyName": name}],
        }),
        "iam_group" => json!({
            "Arn": format!("arn:aws:iam::{account}:group/{name}"),
            "AttachedManagedPolicies": attached(account, random),
            "CreateDate": random.time(),
            "GroupId": id,
            "GroupName": name,
            "GroupPolicyList": [{"PolicyDocument": document(account, random), "PolicyName": name}],
            "Path": "/",
            "Users": [{"UserId": random.unique_id("AIDA"), "UserName": random.name()}],
        }),
        "iam_managed_policy" => json!({
            "Arn": format!("arn:aws:iam::{account}:policy/{name}"),
            "AttachmentCount": random.below(9),
            "CreateDate": random.time(),
            "DefaultVersionId": "v2",
            "Document": document(account, random),
            "IsAttachable": true,
            "Path": "/",
            "PermissionsBoundaryUsageCount": 0,
            "PolicyId": id,
            "PolicyName": name,
            "PolicyVersionList": [{"CreateDate": random.time(), "IsDefaultVersion": true, "VersionId": "v2"}],
            "UpdateDate": random.time(),
        }),
        "s3_account" => json!({"PublicAccessBlockConfiguration": access_block(random)}),
        _ => json!({
            "DkimAttributes": {"DkimEnabled": true, "DkimTokens": [random.hex(32), random.hex(32)], "DkimVerificationStatus": "Success"},
            "Identity": format!("{name}.example.com"),
            "MailFromDomainAttributes": {"BehaviorOnMXFailure": "UseDefaultValue", "MailFromDomain": format!("mail.{name}.example.com"), "MailFromDomainStatus": "Success"},
            "NotificationAttributes": {"BounceTopic": format!("arn:aws:sns:eu-west-1:{account}:bounces"), "ForwardingEnabled": true, "HeadersInBounceNotificationsEnabled": false, "HeadersInComplaintNotificationsEnabled": false, "HeadersInDeliveryNotificationsEnabled": false},
            "VerificationAttributes": {"VerificationStatus": random.pick(&["Success", "Pending", "Failed"]), "VerificationToken": random.hex(40)},
        }),
    }
}

fn bucket(account: &AccountId, name: &str, random: &mut Random) -> Value {
    let owner = random.hex(64);
    json!({
        "Grants": [{"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}],
        "LifecycleConfiguration": {"Rules": [{"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}, "Expiration": {"Days": 365}, "Filter": {"Prefix": "logs/"}, "ID": "expire", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "Status": "Enabled", "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}]}], "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"},
        "LocationConstraint": random.region(),
        "LoggingEnabled": {"TargetBucket": format!("{}-logs", random.name()), "TargetPrefix": format!("{name}/")},
        "Name": name,
        "Owner": {"ID": owner},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": random.pick(&["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"])}]},
        "Payer": "BucketOwner",
        "Policy": {"Statement": [
            {"Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Effect": "Deny", "Principal": "*", "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")], "Sid": "DenyInsecureTransport"},
            {"Action": ["s3:GetObject", "s3:ListBucket"], "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Resource": format!("arn:aws:s3:::{name}/*")},
        ], "Version": "2012-10-17"},
        "PolicyStatus": {"IsPublic": random.chance(10)},
        "PublicAccessBlockConfiguration": access_block(random),
        "ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"KMSMasterKeyID": format!("arn:aws:kms:{}:{account}:key/{}-{}-{}-{}-{}", random.region(), random.hex(8), random.hex(4), random.hex(4), random.hex(4), random.hex(12)), "SSEAlgorithm": random.pick(&["AES256", "aws:kms"])}, "BucketKeyEnabled": true}]},
        "TagSet": tags(name, random),
        "Versioning": {"MFADelete": "Disabled", "Status": random.pick(&["Enabled", "Suspended"])},
        "Website": {"ErrorDocument": {"Key": "error.html"}, "IndexDocument": {"Suffix": "index.html"}},
    })
}

fn access_block(random: &mut Random) -> Value {
    json!({
        "BlockPublicAcls": random.chance(80),
        "BlockPublicPolicy": random.chance(80),
        "IgnorePublicAcls": random.chance(80),
        "RestrictPublicBuckets": random.chance(80),
    })
}

fn rule(account: &AccountId, random: &mut Random) -> Value {
    let ports =
        [22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9200, 3389, 27017, 53, 25, 2049, 1024 + 7];
    let port =
        if random.chance(80) { ports[random.below(ports.len())] } else { random.below(65_536) };
    let ranges: Vec<_> = (0..random.below(4))
        .map(|_| match random.below(3) {
            0 => json!({"CidrIp": random.block()}),
            _ => json!({"CidrIp": random.block(), "Description": format!("{} {}", random.word(), random.pick(&["office", "VPN", "from load balancer", "monitoring", "peering", "temporary"]))}),
        })
        .collect();
    let pairs: Vec<_> = (0..random.below(2))
        .map(|_| json!({"GroupId": format!("sg-0{}", random.hex(16)), "UserId": account}))
        .collect();
    let mut rule = json!({
        "FromPort": port,
        "IpProtocol": random.pick(&["tcp", "tcp", "tcp", "udp"]),
        "IpRanges": ranges,
        "ToPort": port,
        "UserIdGroupPairs": pairs,
    });
    if random.chance(15) {
        rule["Ipv6Ranges"] = json!([{"CidrIpv6": "::/0"}]);
    }
    if random.chance(5) {
        rule["PrefixListIds"] = json!([{"PrefixListId": format!("pl-{}", random.hex(8))}]);
    }
    rule
}

fn attachment(random: &mut Random) -> Value {
    json!({
        "Attachment": {"InstanceId": format!("i-0{}", random.hex(16))},
        "Description": random.pick(&["Primary network interface", "ELB app/web/", "RDSNetworkInterface", "AWS Lambda VPC ENI"]),
        "InterfaceType": "interface",
        "NetworkInterfaceId": format!("eni-0{}", random.hex(16)),
        "RequesterId": "amazon-elb",
        "Status": "in-use",
    })
}

fn tags(name: &str, random: &mut Random) -> Value {
    json!([
        {"Key": "Name", "Value": name},
        {"Key": "Environment", "Value": random.pick(&["production", "staging", "development"])},
        {"Key": "Owner", "Value": format!("team-{}", random.word())},
        {"Key": "CostCenter", "Value": random.text("0123456789", 4)},
        {"Key": "ManagedBy", "Value": random.pick(&["terraform", "cloudformation", "hand"])},
        {"Key": "aws:cloudformation:stack-name", "Value": random.name()},
    ])
}

fn access_key(random: &mut Random) -> Value {
    json!({
        "AccessKeyId": random.unique_id("AKIA"),
        "AccessKeyLastUsed": {"LastUsedDate": random.time()},
        "CreateDate": random.time(),
        "Status": random.pick(&["Active", "Active", "Inactive"]),
    })
}

fn attached(account: &AccountId, random: &mut Random) -> Value {
    let policies = (0..random.below(4)).map(|_| {
        if random.below(2) == 0 {
            let name = random.pick(&[
                "AdministratorAccess",
                "ReadOnlyAccess",
                "AmazonS3FullAccess",
                "AmazonS3ReadOnlyAccess",
                "AmazonEC2FullAccess",
                "AmazonSSMManagedInstanceCore",
                "CloudWatchAgentServerPolicy",
                "PowerUserAccess",
                "SecurityAudit",
                "service-role/AWSLambdaBasicExecutionRole",
            ]);
            json!({"PolicyArn": format!("arn:aws:iam::aws:policy/{name}"), "PolicyName": name})
        } else {
            let name = random.name();
            json!({"PolicyArn": format!("arn:aws:iam::{account}:policy/{name}"), "PolicyName": name})
        }
    });
    policies.collect()
}

fn action(random: &mut Random) -> &'static str {
    random.pick(&[
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:DeleteObject",
        "s3:*",
        "ec2:Describe*",
        "ec2:RunInstances",
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sns:Publish",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "lambda:InvokeFunction",
        "iam:PassRole",
        "sts:AssumeRole",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "ecr:BatchGetImage",
        "*",
    ])
}

fn document(account: &AccountId, random: &mut Random) -> Value {
    let statements: Vec<_> = (0..=random.below(3))
        .map(|_| {
            let actions: Vec<_> = (0..=random.below(4)).map(|_| action(random)).collect();
            let resource = match random.below(4) {
                0 => "*".to_owned(),
                1 => format!("arn:aws:s3:::{}/*", random.name()),
                2 => format!("arn:aws:sqs:{}:{account}:{}", random.region(), random.name()),
                _ => format!("arn:aws:dynamodb:{}:{account}:table/{}", random.region(), random.name()),
            };
            json!({"Action": actions, "Effect": random.pick(&["Allow", "Allow", "Allow", "Deny"]), "Resource": resource})
        })
        .collect();
    json!({"Statement": statements, "Version": "2012-10-17"})
}

fn trust(account: &AccountId, random: &mut Random) -> Value {
    let statement = match random.below(4) {
        0 | 1 => {
            json!({"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": random.pick(&["ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com"])}})
        }
        2 => {
            json!({"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": random.hex(12)}}, "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}})
        }
        _ => {
            json!({"Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, "Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com")}})
        }
    };
    json!({"Statement": [statement], "Version": "2012-10-17"})
}

/// The next thing that happens to a resource: mostly a small change.
fn happen(resource: &mut Resource, random: &mut Random) -> Event {
    match random.below(40) {
        0..=27 => {
            let change = change(resource, random);
            Event::ItemChanged(change)
        }
        28..=31 => {
            resource.revisions -= 1;
            Event::ItemObserved(change(resource, random))
        }
        32 => Event::ItemRebased(Rebased {
            change: change(resource, random),
            reason: Rebase::Shape,
            shape: 2,
            unread: BTreeSet::new(),
        }),
        33 => Event::ItemDeleted,
        34 => Event::ItemReturned(Returned {
            change: change(resource, random),
            shape: 1,
            unread: BTreeSet::new(),
        }),
        35 => Event::IssueResolved {
            issue: issue(resource, random).issue,
            reason: if random.chance(80) { Resolution::Fixed } else { Resolution::ItemDeleted },
        },
        36 => Event::IssueUpdated(issue(resource, random)),
        37 => Event::IssueReopened(issue(resource, random)),
        _ => Event::IssueOpened(issue(resource, random)),
    }
}

fn change(resource: &mut Resource, random: &mut Random) -> Change {
    let mut next = resource.config.clone();
    let account = resource.key.account.clone();
    // A fresh member in place of, or beside, the old one.
    let donor = config(resource.technology, &account, &resource.name, &resource.key.id, random);
    let members: Vec<_> = donor.as_object().into_iter().flatten().collect();
    let (member, value) = members[random.below(members.len())];
    match (next[member].as_array_mut(), value.as_array()) {
        (Some(old), Some(new)) if !new.is_empty() => match random.below(3) {
            0 if !old.is_empty() => {
                let gone = random.below(old.len());
                old.remove(gone);
            }
            _ => old.push(new[random.below(new.len())].clone()),
        },
        _ => next[member] = value.clone(),
    }
    canonicalise(&mut next, resource.technology);
    let patch = diff(&resource.config, &next, resource.technology);
    resource.config = next;
    resource.revisions += 1;
    Change {
        patch,
        digest: Digest::of(&resource.config),
        full: (resource.revisions.is_multiple_of(32) || random.chance(3)).then(|| {
            Box::new(Full {
                config: resource.config.clone(),
                name: resource.name.clone(),
                arn: Some(resource.arn.clone()),
                former: BTreeSet::new(),
                revision: resource.revisions,
                last_changed: None,
                first_seen: Timestamp::from_second(1_770_000_000).unwrap_or_default(),
                shape: 1,
                unread: BTreeSet::new(),
            })
        }),
        name: None,
        arn: None,
    }
}

fn issue(resource: &Resource, random: &mut Random) -> Opened {
    let block = random.block();
    let (check, subject, detail, evidence) = match resource.technology.id.as_ref() {
        "security_group" => {
            let port = random.pick(&["22", "3389", "443", "80", "all"]);
            let check = random.pick(&[
                "ingress_from_internet",
                "admin_port_open_to_internet",
                "egress_to_internet",
                "ingress_unknown_access",
                "private_cidr_outside_vpc",
            ]);
            (
                check,
                format!("ingress tcp/{port} {block}"),
                format!("SSH (tcp/{port}) is open to {block} (the internet) through tcp/{port}"),
                format!("/IpPermissions/{}/IpRanges/{}", random.below(9), random.below(3)),
            )
        }
        "s3_bucket" => {
            let check = random.pick(&[
                "acl_internet_accessible",
                "publicly_accessible",
                "default_encryption_disabled",
                "versioning_disabled",
                "lifecycle_missing",
                "acl_unknown",
            ]);
            (
                check,
                "http://acs.amazonaws.com/groups/global/AllUsers".to_owned(),
                "the ACL grants READ to everybody".to_owned(),
                format!("/Grants/{}", random.below(3)),
            )
        }
        "iam_user" => {
            let key = random.unique_id("AKIA");
            let check = random.pick(&[
                "access_key_unused",
                "active_access_key",
                "access_key_not_rotated",
                "login_without_mfa",
            ]);
            (check, key, format!("created {}", random.time()), "/AccessKeys/0".to_owned())
        }
        _ => (
            random.pick(&[
                "admin_access",
                "assumable_by_anyone",
                "pass_role_to_any",
                "not_verified",
            ]),
            format!("inline/{}", resource.name),
            format!("the policy {} allows {}", resource.name, action(random)),
            "/RolePolicyList/0/PolicyDocument/Statement/0".to_owned(),
        ),
    };
    let check = format!("{}.{check}", resource.technology.id);
    Opened {
        issue: IssueId::of(&resource.key, &check, &subject),
        grounds: [subject.clone()].into_iter().collect(),
        check,
        subject,
        score: u8::try_from(random.below(11)).unwrap_or_default(),
        detail,
        evidence: vec![evidence],
    }
}

fn scan_events(account: &AccountId, random: &mut Random) -> Vec<Event> {
    let technologies = [
        "iam_group",
        "iam_managed_policy",
        "iam_role",
        "iam_user",
        "s3_account",
        "s3_bucket",
        "security_group",
        "ses_identity",
    ];
    let scope = ScopeId {
        account: account.clone(),
        technology: random.pick(&technologies).to_owned(),
        region: random.region().to_owned(),
    };
    let reason = random.pick(&[
        "AccessDenied: User is not authorized to perform this action",
        "Throttling: Rate exceeded",
        "the connection was reset",
        "timed out",
    ]);
    vec![
        Event::ScanStarted {
            planned: vec![Planned {
                account: account.clone(),
                technologies: technologies.map(str::to_owned).to_vec(),
                regions: ["eu-west-1", "global", "us-east-1"].map(str::to_owned).to_vec(),
                complete: true,
            }],
        },
        Event::SweepFailed(Failure {
            scope: scope.clone(),
            operation: "s3:GetBucketPolicy".to_owned(),
            item: Some(format!("arn:aws:s3:::{}", random.name())),
            part: Some("/Policy".to_owned()),
            reason: reason.to_owned(),
        }),
        Event::Swept(Swept {
            account: account.clone(),
            scopes: Scopes {
                technologies: technologies.map(str::to_owned).to_vec(),
                regions: vec![random.region().to_owned()],
            },
            failed: Vec::new(),
            skipped: Vec::new(),
            shapes: technologies.map(|technology| (technology.to_owned(), 1)).into(),
        }),
        Event::AuditFinished(Audited {
            account: account.clone(),
            catalogue: Digest::of(&json!(random.hex(8))),
            position: Position(1_234),
            judged: vec![Scopes {
                technologies: technologies.map(str::to_owned).to_vec(),
                regions: vec![random.region().to_owned()],
            }],
            in_part: random.chance(50),
            undecided: vec![UndecidedCheck {
                check: "s3_bucket.acl_unknown".to_owned(),
                because: "the canonical id of the account is not registered".to_owned(),
                items: random.next() % 100,
            }],
        }),
        Event::ScanFinished(Counts {
            sweeps: random.next() % 100,
            failures: 1,
            items: ItemCounts {
                seen: random.next() % 10_000,
                created: random.next() % 10,
                changed: random.next() % 100,
                deleted: random.next() % 10,
                unchanged: random.next() % 10_000,
            },
            issues: IssueCounts {
                opened: random.next() % 10,
                reopened: random.next() % 10,
                resolved: random.next() % 10,
            },
        }),
    ]
}
