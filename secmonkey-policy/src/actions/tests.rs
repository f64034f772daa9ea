use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn matching(pattern: &str) -> Set {
    Set::matching(&Pattern::plain(pattern))
}

/// What the pattern matches, action by action.
fn naive(pattern: &str) -> Set {
    let pattern = Pattern::plain(pattern);
    let texts = all().map(|action| action.to_string()).enumerate();
    texts
        .filter(|(_, text)| pattern.matches_ignoring_case(text))
        .map(|(index, _)| ActionId::at(index))
        .collect()
}

fn texts(set: &Set) -> Vec<String> {
    set.iter().map(|id| id.action().to_string()).collect()
}

proptest! {
    #[test]
    fn a_set_meets_what_matches_something_in_it(
        pattern in "(s3|iam|ec2|\\*|)(:|)[*?]{0,2}(get|put|list|pass)?[*?a-d]{0,3}",
        other in "(s3|iam|\\*):(get|create|[a-d])\\*",
    ) {
        let set = matching(&other);
        let met = !matching(&pattern).intersection(&set).is_empty();
        prop_assert_eq!(set.meets(&Pattern::plain(&pattern)), met);
    }
}

#[test]
fn actions_have_the_level_that_aws_gives_them() {
    for (text, level) in [
        ("apigateway:GET", AccessLevel::Read),
        ("bedrock:InvokeModel", AccessLevel::Read),
        ("bedrock-agentcore:InvokeAgentRuntime", AccessLevel::Write),
        ("ec2:AuthorizeSecurityGroupIngress", AccessLevel::Write),
        ("ec2:CreateTags", AccessLevel::Tagging),
        ("ec2:DescribeInstances", AccessLevel::List),
        ("ec2:ModifySnapshotAttribute", AccessLevel::PermissionsManagement),
        ("iam:AttachUserPolicy", AccessLevel::PermissionsManagement),
        ("iam:CreatePolicyVersion", AccessLevel::PermissionsManagement),
        ("iam:PassRole", AccessLevel::Write),
        ("kinesis:CreateChannel", AccessLevel::Write),
        ("kms:CreateGrant", AccessLevel::PermissionsManagement),
        ("kms:Decrypt", AccessLevel::Write),
        ("lambda:AddPermission", AccessLevel::PermissionsManagement),
        ("s3:GetObject", AccessLevel::Read),
        ("s3:ListAllMyBuckets", AccessLevel::List),
        ("s3:ListBucket", AccessLevel::List),
        ("s3:PutBucketPolicy", AccessLevel::PermissionsManagement),
        ("s3:PutObjectTagging", AccessLevel::Tagging),
        ("s3tables:PutTableBucketPolicy", AccessLevel::PermissionsManagement),
        ("secretsmanager:GetSecretValue", AccessLevel::Read),
        ("sqs:AddPermission", AccessLevel::PermissionsManagement),
        ("sts:AssumeRole", AccessLevel::Write),
    ] {
        let action = find(text).unwrap_or_else(|| panic!("no {text}"));
        assert_eq!((action.to_string().as_str(), action.level), (text, level));
    }
}

#[test]
fn levels_are_written_as_aws_and_our_records_write_them() {
    let level = AccessLevel::PermissionsManagement;
    assert_eq!(level.to_string(), "Permissions management");
    assert_eq!(serde_json::to_string(&level).unwrap(), "\"permissions_management\"");
    assert!(AccessLevel::List < AccessLevel::Read && AccessLevel::Write < level);
}

#[test]
fn the_table_is_small_and_says_where_it_comes_from() {
    assert!(TEXT.len() < 300_000, "{} bytes", TEXT.len());
    assert!(source().starts_with("iam-floyd "), "{}", source());
    let parts: Vec<_> = date().split('-').map(|part| part.parse::<u16>().unwrap()).collect();
    assert!(matches!(parts[..], [2026..=2099, 1..=12, 1..=31]), "{}", date());
}

#[test]
fn every_action_is_found_where_it_stands() {
    let table = table();
    assert!((20_000..usize::from(u16::MAX)).contains(&table.entries.len()));
    let lower: Vec<_> = all().map(|action| action.to_string().to_ascii_lowercase()).collect();
    assert!(lower.is_sorted_by(|a, b| a < b));
    for (index, lower) in lower.iter().enumerate() {
        let id = ActionId::find(&lower.to_ascii_uppercase());
        assert_eq!(id, Some(ActionId::at(index)), "{lower}");
        assert!(lower.is_ascii() && lower.len() < 127, "a Glob would not read {lower}");
    }
}

#[test]
fn what_is_no_action_is_not_found() {
    for text in ["", "s3", "s3:", "s3:Get", "s3:GetObjects", "S3GetObject", "s3:Gét", "*"] {
        assert_eq!(find(text), None, "{text}");
    }
}

#[test]
fn wildcards_match_what_a_scan_matches() {
    for pattern in [
        "*",
        "**",
        "*:*",
        "*:Get*",
        "*GET*",
        "?3:*",
        "s3:*",
        "S3:get*",
        "s3:Get?bject",
        "s3:Get??ject*",
        "s3:*Object",
        "s3:*Object*Acl",
        "s3*",
        "s3:*:*",
        "s3:",
        "s3:GetObject*",
        "s3:GetObject?*",
        "iam:PassRole",
        "iam:*pass*role*",
        "*?",
        "???:*e*e*",
        "a*",
        "z*",
        "xray:*",
        "",
        "?",
        "nosuch:*",
        "s3:Gét*",
        "s3:*é*",
        "s3:${*}",
    ] {
        assert_eq!(matching(pattern), naive(pattern), "{pattern}");
    }
    assert_eq!(matching("*").len(), all().len());
    assert_eq!(texts(&matching("S3:getbucketa*")), ["s3:GetBucketAbac", "s3:GetBucketAcl"]);
    let own = ["s3:GetObject"];
    assert_eq!(texts(&matching("s3:GetObject")), own);
    assert_eq!(texts(&matching("S3:GETOBJECT")), own);
}

#[test]
fn a_wildcard_that_is_built_to_explode_does_not() {
    let many = 1 << 20;
    assert_eq!(matching(&"*".repeat(many)), Set::all());
    assert!(matching(&"?".repeat(many)).is_empty());
    assert!(matching(&"*a".repeat(many)).is_empty());
    assert!(matching(&"a".repeat(many)).is_empty());
    assert_eq!(matching(&format!("s{}:GetObject", "*".repeat(many))), naive("s*:GetObject"));
    assert!(matching(&"*e?".repeat(30)).len() < 100);
}

#[test]
fn not_action_is_the_complement() {
    let named = matching("iam:*").union(&matching("sts:*"));
    let others = named.complement();
    assert!(!others.is_empty() && named.intersection(&others).is_empty());
    assert_eq!(named.union(&others), Set::all());
    assert_eq!(others.complement(), named);
    assert!(others.iter().all(|id| !["iam", "sts"].contains(&id.action().service)));
    assert_eq!(Set::all().complement(), Set::new());
}

/// A text of an action in which something became a wildcard.
fn pattern() -> impl Strategy<Value = String> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, 0..4), 1..4);
    (0..all().len(), edits).prop_map(|(action, edits)| {
        let mut text = all().nth(action).unwrap().to_string();
        for (at, length, kind) in edits {
            let from = at.index(text.len() + 1);
            let to = (from + length).min(text.len());
            let new = match kind {
                0 => "*".to_owned(),
                1 => "?".repeat(to - from),
                2 => text[from..to].to_ascii_uppercase(),
                _ => "?*".to_owned(),
            };
            text.replace_range(from..to, &new);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_pattern_matches_what_a_scan_matches(pattern in pattern()) {
        prop_assert_eq!(matching(&pattern), naive(&pattern));
    }
}

proptest! {
    #[test]
    fn a_glob_matches_as_a_pattern(pattern in "[ab?*]{0,12}", text in "[abAB]{0,12}") {
        let expected = Pattern::plain(&pattern).matches_ignoring_case(&text);
        prop_assert_eq!(Glob::new(&pattern).unwrap().matches(&text), expected);
    }

    #[test]
    fn sets_are_sets(
        a in prop::collection::btree_set(0..all().len(), 0..200),
        b in prop::collection::btree_set(0..all().len(), 0..200),
    ) {
        let set = |of: &BTreeSet<usize>| of.iter().map(|&id| ActionId::at(id)).collect::<Set>();
        let (x, y) = (set(&a), set(&b));
        prop_assert_eq!(x.union(&y), set(&(&a | &b)));
        prop_assert_eq!(x.intersection(&y), set(&(&a & &b)));
        prop_assert_eq!(x.difference(&y), set(&(&a - &b)));
        prop_assert_eq!(x.len(), a.len());
        prop_assert_eq!(x.is_empty(), a.is_empty());
        prop_assert!(x.iter().map(|id| usize::from(id.0)).eq(a.iter().copied()));
        prop_assert!(y.iter().all(|id| x.contains(id) == a.contains(&usize::from(id.0))));
    }

    #[test]
    fn a_range_fills_its_bits(from in 0..400_usize, length in 0..400_usize) {
        let mut set = Set::new();
        set.fill(from..from + length);
        prop_assert!(set.iter().eq((from..from + length).map(ActionId::at)));
    }
}
