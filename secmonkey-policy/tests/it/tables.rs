//! Policies and what AWS makes of them: every file in `tests/tables`.
//!
//! The answers are AWS's, from its documentation where `source` names the page, not this
//! crate's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use secmonkey_policy::exposure::{Kind, Resource};
use secmonkey_policy::identity::Identity;
use secmonkey_policy::{Exposure, Grant, Policy, Who};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The account that everything is in where a case does not say another.
const OWNER: &str = "111122223333";

/// A resource policy and whom it lets in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The page of AWS's documentation that it is from.
    source: Option<String>,
    kind: String,
    owner: Option<String>,
    #[serde(default)]
    restricted: bool,
    policy: Value,
    public: bool,
    who: BTreeSet<String>,
    /// The flaws, where the case is about them.
    weak: Option<BTreeSet<String>>,
}

/// The policies of an identity and what they make of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityCase {
    name: String,
    policies: Vec<Value>,
    boundary: Option<Value>,
    full_admin: bool,
    permissions_management: bool,
    /// Ways to more permissions that must be among the answers.
    escalation: BTreeSet<String>,
    /// Ways that must not.
    #[serde(default)]
    no_escalation: BTreeSet<String>,
    /// Actions that are allowed on something, and such as are not.
    #[serde(default)]
    allows: Vec<String>,
    #[serde(default)]
    refuses: Vec<String>,
}

/// A document that is no policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    name: String,
    policy: Value,
    /// `pointer: what is wrong`.
    faults: Vec<String>,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables")
}

fn read<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The tables of resource policies.
fn resource_tables() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| !["identities.json", "faults.json"].contains(&name.as_str()));
    names.sort();
    names
}

fn say(who: &Who<'_>) -> String {
    let value = match who {
        Who::Public => return "public".to_owned(),
        Who::Own(_) => return who.kind().to_owned(),
        Who::Network(block) => block.to_string(),
        Who::Account(text)
        | Who::Arn(text)
        | Who::Organization(text)
        | Who::OrganizationalUnit(text)
        | Who::Service(text)
        | Who::Federated(text)
        | Who::CanonicalUser(text)
        | Who::Vpc(text)
        | Who::VpcEndpoint(text) => text.to_string(),
    };
    format!("{} {value}", who.kind())
}

fn say_grant(grant: &Grant<'_, '_>) -> Vec<String> {
    let who = say(&grant.who);
    if grant.source.is_empty() {
        return vec![who];
    }
    grant.source.iter().map(|source| format!("{who} for {}", say(source))).collect()
}

fn judge(case: &Case) -> Vec<String> {
    let policy = match Policy::read(&case.policy) {
        Ok(policy) => policy,
        Err(malformed) => return vec![format!("malformed: {malformed}")],
    };
    let kind = match case.kind.as_str() {
        "bucket" => Kind::Bucket,
        "role" => Kind::Role,
        "other" => Kind::Other,
        "vpc_endpoint" => Kind::VpcEndpoint,
        kind => return vec![format!("no such kind: {kind}")],
    };
    let owner = Some(case.owner.as_deref().unwrap_or(OWNER));
    let exposure = Exposure::of(&policy, Resource { kind, owner, restricted: case.restricted });
    let mut wrong = Vec::new();
    if exposure.is_public() != case.public {
        wrong.push(format!("public: {}", exposure.is_public()));
    }
    let who: BTreeSet<String> = exposure.grants.iter().flat_map(say_grant).collect();
    if who != case.who {
        wrong.push(format!("lets in {who:?}, expected {:?}", case.who));
    }
    if let Some(weak) = &case.weak {
        let found = exposure.weaknesses.iter().map(|it| it.flaw.as_str().to_owned());
        let found: BTreeSet<String> = found.collect();
        if found != *weak {
            wrong.push(format!("flaws {found:?}, expected {weak:?}"));
        }
    }
    wrong
}

#[test]
fn every_resource_policy_is_judged_as_aws_does() {
    let mut wrong = BTreeMap::new();
    for table in resource_tables() {
        for case in read::<Case>(&table) {
            let found = judge(&case);
            if !found.is_empty() {
                wrong.insert(case.name, found.join("; "));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}

fn judge_identity(case: &IdentityCase) -> Vec<String> {
    let policies: Vec<Policy<'_>> =
        case.policies.iter().map(|policy| Policy::read(policy).expect("a policy")).collect();
    let boundary = case.boundary.as_ref().map(|it| Policy::read(it).expect("a policy"));
    let labels: Vec<String> = (0..policies.len()).map(|at| format!("inline/{at}")).collect();
    let mut identity = Identity::new();
    for (label, policy) in labels.iter().zip(&policies) {
        identity = identity.with(label, policy);
    }
    if let Some(boundary) = &boundary {
        identity = identity.bounded_by("boundary", boundary);
    }
    let permissions = identity.permissions();
    let mut wrong = Vec::new();
    let mut compare = |what: &str, found: bool, expected: bool| {
        if found != expected {
            wrong.push(format!("{what}: {found}"));
        }
    };
    compare("full admin", permissions.full_admin().is_some(), case.full_admin);
    let manages = permissions.permissions_management().is_some();
    compare("permissions management", manages, case.permissions_management);
    let escalations = permissions.escalations();
    let open = |id: &String| escalations.iter().any(|it| it.path.id == *id);
    for (ids, expected) in [(&case.escalation, true), (&case.no_escalation, false)] {
        for id in ids {
            compare(id, open(id), expected);
        }
    }
    if case.escalation.is_empty() && case.no_escalation.is_empty() {
        compare("any escalation", !escalations.is_empty(), false);
    }
    let by_level = permissions.actions_by_access_level();
    let allowed: BTreeSet<&str> = by_level.values().flatten().map(String::as_str).collect();
    for (actions, expected) in [(&case.allows, true), (&case.refuses, false)] {
        for action in actions {
            compare(action, allowed.contains(action.as_str()), expected);
        }
    }
    wrong
}

#[test]
fn every_identity_is_judged_as_aws_does() {
    let mut wrong = BTreeMap::new();
    for case in read::<IdentityCase>("identities.json") {
        let found = judge_identity(&case);
        if !found.is_empty() {
            wrong.insert(case.name, found.join("; "));
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}

#[test]
fn every_fault_is_told_with_its_place() {
    for case in read::<Fault>("faults.json") {
        let Err(malformed) = Policy::read(&case.policy) else {
            panic!("{}: no fault", case.name);
        };
        let found: Vec<String> = malformed.faults.iter().map(ToString::to_string).collect();
        assert_eq!(found, case.faults, "{}", case.name);
    }
}

#[test]
fn the_tables_are_large_enough_and_every_name_stands_once() {
    let mut names = BTreeSet::new();
    let mut count = 0;
    let mut cited = 0;
    let mut add = |name: String| {
        assert!(names.insert(name.clone()), "`{name}` stands there twice");
        count += 1;
    };
    for table in resource_tables() {
        for case in read::<Case>(&table) {
            cited += usize::from(case.source.is_some());
            add(case.name);
        }
    }
    for case in read::<IdentityCase>("identities.json") {
        add(case.name);
    }
    for case in read::<Fault>("faults.json") {
        add(case.name);
    }
    assert!(count >= 300, "{count} policies");
    assert!(cited >= 100, "{cited} from AWS's documentation");
}
