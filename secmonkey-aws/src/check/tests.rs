//! What holds for every check and every page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use jiff::SignedDuration;
use secmonkey_core::check::page::{Example, Page, Verdict};
use secmonkey_core::check::{Auditor as _, Check, Finding, Findings, World, severity};
use secmonkey_core::item::Item;
use secmonkey_core::technology::Technology;
use secmonkey_core::texts::Texts;
use serde_json::Value;

use super::{Catalogue, checks};
use crate::watch::technologies;

fn technology(check: &Check) -> Technology {
    technologies()
        .into_iter()
        .find(|technology| technology.id == check.technology)
        .unwrap_or_else(|| panic!("{}: nothing watches {}", check.id, check.technology))
}

/// Every example of every page, with its check and its item in canonical form.
fn examples() -> Vec<(&'static Check, Example, Item)> {
    let mut all = Vec::new();
    for check in checks() {
        let technology = technology(check);
        all.extend(examples_of(check).map(|example| {
            let item = example.item(&technology);
            (check, example, item)
        }));
    }
    all
}

/// The examples of a check.
fn examples_of(check: &'static Check) -> impl Iterator<Item = Example> {
    let page = Page::parse(&check.page).unwrap_or_else(|error| panic!("{}: {error}", check.id));
    super::examples(check, page).into_iter()
}

/// What an audit says that lasts: everything but where it stands.
fn said(found: &Findings) -> BTreeSet<(String, String, u8, String, BTreeSet<String>)> {
    found
        .merged()
        .into_values()
        .map(|it: Finding| (it.check.into_owned(), it.subject, it.score, it.detail, it.grounds))
        .collect()
}

#[test]
fn every_example_is_answered_as_its_page_says() {
    let mut answers = String::new();
    let mut wrong = Vec::new();
    for (check, example, _) in examples() {
        writeln!(answers, "{}: {:?}", check.id, example.verdict).unwrap();
        match example.test(&Catalogue, check, &technology(check)) {
            Ok(findings) => {
                for Finding { subject, score, detail, evidence, grounds, .. } in findings {
                    writeln!(answers, "  [{subject}] {score} {detail}").unwrap();
                    if !evidence.is_empty() {
                        writeln!(answers, "    at {}", evidence.join(" ")).unwrap();
                    }
                    if !grounds.is_empty() {
                        writeln!(answers, "    on {grounds:?}").unwrap();
                    }
                }
            }
            Err(mismatch) => wrong.push(mismatch.to_string()),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!("answers", answers);
}

#[test]
fn the_catalogue_is_as_it_was() {
    let joined = |texts: &Texts| texts.iter().collect::<Vec<_>>().join(" ");
    let mut catalogue = String::new();
    for check in checks() {
        let Check { id, score, reads, world, timed, part_of, version, parameters, .. } = check;
        writeln!(catalogue, "{id}: {}", check.title()).unwrap();
        writeln!(catalogue, "  {score} {}, version {version}", severity(*score)).unwrap();
        writeln!(catalogue, "  reads {}", joined(reads)).unwrap();
        if !world.is_empty() {
            writeln!(catalogue, "  looks up {}", joined(world)).unwrap();
        }
        if *timed {
            writeln!(catalogue, "  depends on the time").unwrap();
        }
        if let Some(whole) = part_of {
            writeln!(catalogue, "  part of {whole}").unwrap();
        }
        for parameter in parameters.iter() {
            let (name, default) = (&parameter.name, parameter.shown(&parameter.default()));
            writeln!(catalogue, "  {name} is {default}: {}", parameter.expected()).unwrap();
        }
    }
    insta::assert_snapshot!("catalogue", catalogue);
}

/// What of `catalogue.txt` is no check, and why.
const NOT_BUILT: &[(&str, &str)] = &[
    ("elastic_ip.association_changed", ALERT),
    ("elastic_ip.created_or_deleted", ALERT),
    ("iam_user.created_or_deleted", ALERT),
    ("iam_user.not_in_directory", "who is employed stands in no configuration"),
    ("route53_record.changed", ALERT),
    ("s3_bucket.acl_friendly_legacy", NO_NAMES),
    ("s3_bucket.acl_thirdparty_legacy", NO_NAMES),
    ("s3_bucket.audit_log_retention_short", PARAMETERS),
    ("s3_bucket.created_or_deleted", ALERT),
    ("s3_bucket.encryption_changed", ALERT),
    ("s3_bucket.lifecycle_changed", ALERT),
    ("s3_bucket.versioning_changed", ALERT),
    ("security_group.created_or_deleted", ALERT),
    ("security_group.world_rule_added", ALERT),
    ("ses_identity.unverified_stale", "how long something stood is no part of a configuration"),
];
const ALERT: &str = "a change, not a state: it is told of the event";
const NO_NAMES: &str = "S3 answers no display names any more, and no account is registered by one";
const PARAMETERS: &str = "somebody has to say which buckets hold logs";

#[test]
fn what_was_promised_is_built_with_its_score() {
    let reasons: BTreeMap<_, _> = NOT_BUILT.iter().copied().collect();
    assert_eq!(reasons.len(), NOT_BUILT.len());
    let mut left = reasons.clone();
    for line in include_str!("catalogue.txt").lines().filter(|line| !line.starts_with('#')) {
        let (id, score) = line.split_once(' ').unwrap();
        match checks().iter().find(|check| check.id == id) {
            Some(check) => assert_eq!(check.score.to_string(), score, "{id}"),
            None => assert!(left.remove(id).is_some(), "{id} is no check"),
        }
    }
    assert!(left.is_empty(), "these are built or were never promised: {left:?}");
}

#[test]
fn every_check_has_a_page_with_a_fix_and_examples_that_pass_and_fail() {
    for check in checks() {
        let page = Page::parse(&check.page).unwrap();
        assert!(page.text.contains("**Fix:**"), "{}: says no fix", check.id);
        let fails = examples_of(check).any(|it| matches!(it.verdict, Verdict::Fail(_)));
        let passes = examples_of(check).any(|it| it.verdict == Verdict::Pass);
        assert!(fails && passes, "{}: an example fails: {fails}, passes: {passes}", check.id);
    }
}

#[test]
fn every_page_belongs_to_a_check_in_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check");
    let mut pages = BTreeSet::new();
    for folder in root.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        for file in folder.read_dir().into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "md") {
                let technology = folder.file_name().unwrap().to_str().unwrap();
                let name = file.file_stem().unwrap().to_str().unwrap();
                let page = std::fs::read_to_string(&file).unwrap();
                let used: Vec<_> = checks().iter().filter(|check| check.page == page).collect();
                let is_right = |check: &&Check| match technology {
                    "identity_policy" | "resource_policy" => check.id.ends_with(name),
                    _ => check.id == format!("{technology}.{name}"),
                };
                assert!(!used.is_empty() && used.iter().all(is_right), "{technology}/{name}");
                pages.insert(page);
            }
        }
    }
    let ids: Vec<_> = checks().iter().map(|check| &check.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "ids are unique and sorted: {ids:?}");
    let used: BTreeSet<_> = checks().iter().map(|check| check.page.to_string()).collect();
    assert_eq!(pages.len(), used.len(), "every check has a file of its own or its family's");
}

#[test]
fn what_a_check_is_part_of_exists_and_judges_the_same() {
    let all: BTreeMap<_, _> = checks().iter().map(|check| (check.id.as_ref(), check)).collect();
    for (check, whole) in
        checks().iter().filter_map(|check| Some((check, check.part_of.as_deref()?)))
    {
        let whole = all.get(whole).unwrap_or_else(|| panic!("{}: no check {whole}", check.id));
        assert_eq!(check.technology, whole.technology, "{}", check.id);
        assert_eq!(whole.part_of, None, "{}: families have two levels", check.id);
    }
}

#[test]
fn parameters_have_names_of_their_own_and_defaults_that_they_may_have() {
    for check in checks() {
        let names: BTreeSet<_> = check.parameters.iter().map(|it| &it.name).collect();
        assert_eq!(names.len(), check.parameters.len(), "{}", check.id);
        for parameter in check.parameters.iter() {
            // As one that a page declares.
            let json = serde_json::json!(parameter);
            let again =
                serde_json::from_value(json).unwrap_or_else(|it| panic!("{}: {it}", check.id));
            assert_eq!(*parameter, again);
            assert!(!parameter.about.is_empty() && !parameter.about.ends_with('.'), "{}", check.id);
        }
    }
}

#[test]
fn evidence_can_be_pointed_at() {
    for (check, example, item) in examples() {
        for finding in example.ask(&Catalogue, check, &item).merged().into_values() {
            for pointer in finding.evidence {
                assert!(item.config.pointer(&pointer).is_some(), "{}: {pointer}", check.id);
            }
        }
    }
}

#[test]
fn subjects_and_wording_do_not_depend_on_the_order_of_lists() {
    for (check, example, item) in examples() {
        let mut turned = item.clone();
        turn(&mut turned.config);
        assert_eq!(
            said(&example.ask(&Catalogue, check, &item)),
            said(&example.ask(&Catalogue, check, &turned)),
            "{}, line {}",
            check.id,
            example.line
        );
    }
}

#[test]
fn policies_of_aws_concern_only_who_attached_them() {
    let check = checks().iter().find(|it| it.id == "iam_managed_policy.policy_full_admin").unwrap();
    let example = examples_of(check).find(|it| it.verdict != Verdict::Pass).unwrap();
    let by_aws = "arn:aws:iam::aws:policy/AdministratorAccess";
    let ours = "arn:aws:iam::123456789012:policy/all";
    for (arn, attached, findings) in [(by_aws, 0, 0), (by_aws, 2, 1), (ours, 0, 1)] {
        let mut item = example.item(&technology(check));
        item.config["Arn"] = arn.into();
        item.config["AttachmentCount"] = attached.into();
        assert_eq!(
            example.ask(&Catalogue, check, &item).merged().len(),
            findings,
            "{arn}, {attached}"
        );
    }
}

#[test]
fn grants_to_one_principal_are_one_finding() {
    let check = checks().iter().find(|it| it.id == "s3_bucket.unknown_cross_account").unwrap();
    let mut example = examples_of(check).find(|it| it.world.is_some()).unwrap();
    let grant = |action: &str, principal: &str| {
        serde_json::json!({
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": action,
            "Resource": "arn:aws:s3:::example/*",
        })
    };
    example.config = serde_json::json!({ "Policy": { "Version": "2012-10-17", "Statement": [
        grant("s3:PutObject", "222233334444"),
        grant("s3:GetObject", "arn:aws:iam::222233334444:root"),
        grant("s3:GetObject", "arn:aws:iam::444455556666:role/etl"),
    ] } });
    let item = example.item(&technology(check));
    let found = example.ask(&Catalogue, check, &item).merged();
    let subjects: Vec<_> = found.keys().map(|(_, subject)| subject.as_str()).collect();
    assert_eq!(subjects, ["222233334444", "arn:aws:iam::444455556666:role/etl"]);
    let both = &found[&(check.id.clone(), "222233334444".to_owned())];
    assert_eq!(
        both.detail,
        "account 222233334444 (unknown) may call s3:GetObject on every object, no condition; \
         may call s3:PutObject on every object, no condition"
    );
    assert_eq!(both.evidence, ["/Policy/Statement/0", "/Policy/Statement/1"]);
}

/// Turns every list around.
fn turn(value: &mut Value) {
    match value {
        Value::Array(elements) => {
            elements.reverse();
            elements.iter_mut().for_each(turn);
        }
        Value::Object(members) => members.values_mut().for_each(turn),
        _ => {}
    }
}

#[test]
fn what_stands_is_worded_the_same_on_later_days() {
    for (check, mut example, item) in examples() {
        let today = said(&example.ask(&Catalogue, check, &item));
        for days in [1, 30, 3650] {
            example.at += SignedDuration::from_hours(24 * days);
            let later = said(&example.ask(&Catalogue, check, &item));
            // Time alone mends nothing and rewords nothing; it can only find more, and worse.
            // Only what was lately is so no more one day.
            if check.id == "iam_account.root_used_recently" && later.is_empty() {
                continue;
            }
            let stands = |one: &(String, String, u8, String, BTreeSet<String>)| {
                let mut worse = (one.2..=10).map(|score| (score, one.clone()));
                worse.any(|(score, one)| later.contains(&(one.0, one.1, score, one.3, one.4)))
            };
            assert!(today.iter().all(stands), "{}: {today:?}, then {later:?}", check.id);
        }
    }
}

#[test]
fn a_garbled_configuration_leaves_a_check_undecided_and_finds_nothing() {
    let item = |technology: &str, config: Value| Item {
        key: format!("123456789012/{technology}/global/example").parse().unwrap(),
        name: "example".to_owned(),
        arn: None,
        config,
    };
    let page = Page::parse("# T\n```json world\n{}\n```\n```json pass\n{}\n```").unwrap();
    for (check, config, reason) in [
        (
            "security_group.ingress_from_internet",
            serde_json::json!({ "IpPermissions": [
                { "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }, { "CidrIp": "all" }] },
            ] }),
            "/IpPermissions/0/IpRanges/1/CidrIp is no block",
        ),
        (
            "iam_user.active_access_key",
            serde_json::json!({ "AccessKeys": [{ "AccessKeyId": "A", "Status": "Active" }] }),
            "/AccessKeys/0/CreateDate was never read",
        ),
        (
            "iam_user.active_key_unrotated_90d",
            serde_json::json!({ "AccessKeys": [{ "Status": "Active", "CreateDate": "long ago" }] }),
            "/AccessKeys/0/CreateDate is no time",
        ),
        (
            "s3_bucket.internet_accessible",
            serde_json::json!({ "Policy": "{ not JSON" }),
            "/Policy is no JSON",
        ),
        (
            "iam_role.unknown_cross_account",
            serde_json::json!({ "AssumeRolePolicyDocument": { "Statement": [
                { "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole" },
                { "Effect": "Allow", "Principal": 7, "Action": "sts:AssumeRole" },
            ] } }),
            "/AssumeRolePolicyDocument/Statement/1/Principal: expected",
        ),
        (
            "s3_bucket.internet_accessible",
            serde_json::json!({ "Policy": { "Statement": {
                "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            } } }),
            "/Policy/Statement: Principal is missing",
        ),
        (
            "iam_user.policy_full_admin",
            serde_json::json!({ "UserPolicyList": [
                { "PolicyName": "all", "PolicyDocument": { "Statement": {
                    "Effect": "Allow", "Action": "*",
                } } },
            ] }),
            "/UserPolicyList/0/PolicyDocument/Statement: Resource is missing",
        ),
        (
            "iam_user.policy_full_admin",
            serde_json::json!({ "UserPolicyList": [
                { "PolicyName": "all", "PolicyDocument": { "Statement": { "Effect": "Allow" } } },
            ] }),
            "/UserPolicyList/0/PolicyDocument/Statement: ",
        ),
    ] {
        let check = checks().iter().find(|known| known.id == check).unwrap();
        let found = page.examples[0].ask(&Catalogue, check, &item(&check.technology, config));
        assert!(found.merged().is_empty(), "{found:?}");
        let why = found.undecided()[&check.id].to_string();
        assert!(why.contains(reason), "{why}");
    }
}

/// What an audit finds in the item of an example.
fn judged(example: &Example, item: &Item) -> Findings {
    let around = example.world.clone().unwrap_or_default();
    let mut found = Findings::default();
    Catalogue.audit(item, &World::new(example.at, &around.accounts, &*around), &mut found);
    found
}

fn strongest(found: &Findings) -> u8 {
    found.merged().values().map(|it| it.score).max().unwrap_or(0)
}

#[test]
fn a_part_is_never_stronger_than_its_whole() {
    let all: BTreeMap<_, _> = checks().iter().map(|check| (check.id.as_ref(), check)).collect();
    let mut compared = 0;
    for (check, example, item) in examples() {
        let found = judged(&example, &item);
        let merged = found.merged();
        for part in merged.values() {
            let Some(whole) = &all[part.check.as_ref()].part_of else { continue };
            if found.undecided().contains_key(whole.as_ref()) {
                continue;
            }
            let of_whole = merged.values().filter(|it| it.check == *whole).map(|it| it.score).max();
            // Where there is no whole, as where something else keeps it shut or takes it away
            // again, the part stands alone.
            let Some(of_whole) = of_whole else { continue };
            compared += 1;
            assert!(
                part.score <= of_whole,
                "{}, line {}: {} scores {}, {whole} {of_whole}",
                check.id,
                example.line,
                part.check,
                part.score,
            );
        }
    }
    assert!(compared > 20, "{compared}");
}

/// A page shows what a fix makes of each failing example: without a finding of the check,
/// and without one of any other that is stronger than what there was.
#[test]
fn a_page_shows_a_fix_that_makes_nothing_worse() {
    let mut wrong = Vec::new();
    for check in checks() {
        let technology = technology(check);
        let all: Vec<_> = examples_of(check).collect();
        let score = |example: &Example| strongest(&judged(example, &example.item(&technology)));
        let fixed = all.iter().filter(|it| it.verdict == Verdict::Pass).map(score).min();
        for fail in all.iter().filter(|it| matches!(it.verdict, Verdict::Fail(_))) {
            let before = score(fail);
            if fixed.is_none_or(|after| after > before) {
                wrong.push(format!("{}, line {}: {before}, then {fixed:?}", check.id, fail.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
