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

mod config;
mod random;

use config::{action, config};
use random::Random;

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
        doubt: std::collections::BTreeSet::new(),
        parameters: std::collections::BTreeMap::new(),
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
            cause: None,
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
