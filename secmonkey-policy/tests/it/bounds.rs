//! Bad input: an error or an answer, soon.
//!
//! Nothing is timed. Each of these would take minutes if some step were not bounded, and
//! takes far less than a second.

use secmonkey_policy::exposure::{Kind, Resource};
use secmonkey_policy::identity::Identity;
use secmonkey_policy::{Exposure, Pattern, Policy, Problem};
use serde_json::{Map, Value, json};

const OWNER: Option<&str> = Some("111122223333");

/// Asks what there is to ask; whether everybody is let in.
fn answer(json: &Value) -> bool {
    let policy = Policy::read(json).unwrap();
    let permissions = Identity::new().with("inline/it", &policy).permissions();
    let _ = permissions.full_admin();
    let _ = permissions.escalations();
    let resource = Resource { kind: Kind::Bucket, owner: OWNER, restricted: false };
    Exposure::of(&policy, resource).is_public()
}

fn statement(effect: &str, principal: Value, action: Value, resource: Value) -> Value {
    json!({ "Effect": effect, "Principal": principal, "Action": action, "Resource": resource })
}

fn policy(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[test]
fn ten_thousand_statements_that_allow_and_as_many_that_deny() {
    let mut statements = Vec::new();
    for number in 0..5_000 {
        let account = json!({ "AWS": format!("{:012}", number + 1) });
        let resource = json!(format!("arn:aws:s3:::b/{number}/*"));
        statements.push(statement("Allow", account.clone(), json!("s3:Get*"), resource.clone()));
        statements.push(statement("Deny", account, json!("s3:GetObject"), resource));
    }
    assert!(!answer(&policy(statements.clone())));
    statements.push(statement("Allow", json!("*"), json!("s3:GetObject"), json!("*")));
    assert!(answer(&policy(statements)), "what is left out of account never closes");
}

#[test]
fn one_statement_too_many_is_an_error() {
    let json = policy(vec![statement("Allow", json!("*"), json!("*"), json!("*")); 20_001]);
    let faults = Policy::read(&json).unwrap_err().faults;
    assert_eq!(
        (faults[0].pointer.as_str(), &faults[0].problem),
        ("/Statement", &Problem::TooLong(20_000))
    );
}

#[test]
fn policies_of_20_kb_and_2_mb() {
    for size in [20_000, 2_000_000] {
        let resources: Vec<String> =
            (0..size / 40).map(|number| format!("arn:aws:s3:::b/{number:020}/*")).collect();
        let foreign = json!({ "AWS": "444455556666" });
        let statements = vec![
            statement("Allow", foreign, json!("s3:GetObject"), json!(resources)),
            statement("Deny", json!("*"), json!("s3:GetObject"), json!(resources)),
        ];
        assert!(!answer(&policy(statements)));
        let long = "x".repeat(size);
        let json = policy(vec![statement("Allow", json!("*"), json!(long), json!(long))]);
        assert!(answer(&json));
    }
}

#[test]
fn wildcards_that_explode() {
    let stars = "*a".repeat(2_000);
    let text = "a".repeat(4_000);
    assert!(Pattern::plain(&stars).matches(&text));
    assert!(!Pattern::plain(&format!("{stars}b")).matches(&text));
    assert!(!Pattern::plain(&format!("{stars}b")).covers(&Pattern::plain(&text)));
    assert!(Pattern::plain(&stars).overlaps(&Pattern::plain(&format!("{stars}b*"))));

    let pattern = format!("arn:aws:s3:::{}", "*a*?".repeat(5_000));
    let mut statements = vec![statement("Allow", json!("*"), json!("s3:*"), json!(pattern))];
    for _ in 0..50 {
        let wild = json!(format!("s3:{}", "*e".repeat(2_000)));
        statements.push(statement("Deny", json!("*"), wild, json!(format!("{pattern}b"))));
    }
    assert!(answer(&policy(statements)));
}

#[test]
fn variables_that_never_close() {
    let open = "${".repeat(500_000);
    assert!(Pattern::new(&open).is_fixed());
    assert!(!Pattern::new(&open).has_variables());
    let json = policy(vec![statement("Allow", json!("*"), json!("*"), json!(open))]);
    assert!(answer(&json));
}

#[test]
fn a_long_operator_over_many_keys() {
    let keys: Map<String, Value> =
        (0..50_000).map(|number| (format!("aws:k{number}"), json!("x"))).collect();
    let block = |operator: String| {
        let mut it = statement("Allow", json!("*"), json!("*"), json!("*"));
        it["Condition"] = json!({ operator: keys });
        policy(vec![it])
    };
    let faults = Policy::read(&block("o".repeat(500_000))).unwrap_err().faults;
    assert_eq!(faults[0].pointer, "/Statement/0/Condition");
    assert_eq!(faults[0].problem, Problem::NameTooLong(500_000));
    assert!(answer(&block("StringEquals".to_owned())), "none of these says who calls");
}

#[test]
fn many_faults_behind_a_long_key() {
    let mut it = statement("Allow", json!("*"), json!("*"), json!("*"));
    it["Condition"] = json!({ "StringEquals": { "k".repeat(1_000): vec![Value::Null; 500_000] } });
    let faults = Policy::read(&policy(vec![it])).unwrap_err().faults;
    assert_eq!(faults.len(), 100);
}

#[test]
fn long_lists_of_principals_and_values() {
    let accounts: Vec<String> = (1..20_000).map(|number| format!("{number:012}")).collect();
    let mut it = statement("Allow", json!({ "AWS": accounts }), json!("s3:*"), json!("*"));
    it["Condition"] = json!({
        "StringEquals": { "aws:PrincipalAccount": accounts },
        "ArnLike": {
            "aws:PrincipalArn":
                accounts.iter().map(|id| format!("arn:aws:iam::{id}:*")).collect::<Vec<_>>()
        }
    });
    let mut deny = it.clone();
    deny["Effect"] = json!("Deny");
    assert!(!answer(&policy(vec![it, deny])));
    let mut anybody = statement("Allow", json!("*"), json!("s3:*"), json!("*"));
    anybody["Condition"] = json!({ "StringEquals": { "aws:PrincipalAccount": accounts } });
    assert!(!answer(&policy(vec![anybody])));
}

#[test]
fn deep_nesting_is_refused_by_whoever_reads_the_json_and_told_by_us() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(serde_json::from_str::<Value>(&deep).is_err());
    let deep = format!("{{\"Statement\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let json: Value = serde_json::from_str(&deep).unwrap();
    let faults = Policy::read(&json).unwrap_err().faults;
    assert_eq!(faults[0].pointer, "/Statement/0");
}
