use std::borrow::Cow;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use super::*;
use crate::config::{Digest, canonicalise};
use crate::technology::Set;

const GROUP: Technology = Technology {
    sets: Cow::Borrowed(&[
        Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/IpPermissionsEgress", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
        Set::new("/IpPermissions/*/Ipv6Ranges", &["CidrIpv6"]),
        Set::new("/IpPermissions/*/UserIdGroupPairs", &["UserId", "GroupId"]),
        Set::new("/IpPermissions/*/PrefixListIds", &["PrefixListId"]),
        Set::new("/Tags", &["Key"]),
    ]),
    ..Technology::DEFAULT
};

/// The rules of a group: (port, network) pairs, as `DescribeSecurityGroups` folds
/// them into permissions.
fn group(rules: &[(u16, String)]) -> Value {
    let mut permissions: Vec<Value> = Vec::new();
    for (port, cidr) in rules {
        let range = json!({"CidrIp": cidr, "Description": format!("from {cidr}")});
        match permissions.iter_mut().find(|permission| permission["FromPort"] == *port) {
            Some(permission) => {
                permission["IpRanges"].as_array_mut().unwrap().push(range);
            }
            None => permissions.push(json!({
                "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [range],
                "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": [],
            })),
        }
    }
    let mut group = json!({
        "GroupId": "sg-0a1b2c3d4e5f60718",
        "GroupName": "web",
        "Description": "What the web servers let in",
        "OwnerId": "123456789012",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "IpPermissions": permissions,
        "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        "Tags": [{"Key": "Name", "Value": "web"}],
    });
    canonicalise(&mut group, &GROUP);
    group
}

fn sixty() -> Vec<(u16, String)> {
    (0..60_u16).map(|n| (8000 + n % 25, format!("10.{}.{n}.0/24", n % 7))).collect()
}

fn assert_patch(old: &Value, new: &Value, technology: &Technology) -> Patch {
    let patch = diff(old, new, technology);
    let mut result = old.clone();
    apply(&mut result, &patch).unwrap();
    assert_eq!(&result, new);
    assert_eq!(Digest::of(&result), Digest::of(new));
    patch
}

fn operations(old: &Value, new: &Value, technology: &Technology) -> Value {
    serde_json::to_value(assert_patch(old, new, technology)).unwrap()
}

#[test]
fn what_is_equal_needs_nothing() {
    assert!(diff(&group(&sixty()), &group(&sixty()), &GROUP).is_empty());
}

#[test]
fn one_rule_added_to_sixty_is_one_operation() {
    for place in 0..=60 {
        for rule in [(22, "0.0.0.0/0".to_owned()), (8003, "0.0.0.0/0".to_owned())] {
            let mut rules = sixty();
            rules.insert(place, rule);
            assert_eq!(assert_patch(&group(&sixty()), &group(&rules), &GROUP).len(), 1);
        }
    }
}

#[test]
fn one_rule_removed_from_sixty_is_one_operation() {
    for place in 0..60 {
        let mut rules = sixty();
        rules.remove(place);
        assert_eq!(assert_patch(&group(&sixty()), &group(&rules), &GROUP).len(), 1);
    }
}

#[test]
fn one_rule_edited_among_sixty_is_at_most_two_operations() {
    for place in 0..60 {
        // Another port of the group, a port before and after all, a network.
        for edited in [8004, 1, 9999].map(|port| (port, sixty()[place].1.clone())) {
            let mut rules = sixty();
            rules[place] = edited;
            assert!(assert_patch(&group(&sixty()), &group(&rules), &GROUP).len() <= 2);
        }
        for network in ["0.0.0.0/0", "99.0.0.0/8"] {
            let mut rules = sixty();
            rules[place].1 = network.to_owned();
            assert!(assert_patch(&group(&sixty()), &group(&rules), &GROUP).len() <= 2);
        }
    }
}

#[test]
fn an_edited_member_of_a_set_is_one_replace() {
    let old = group(&sixty());
    let mut new = old.clone();
    new["IpPermissions"][7]["IpRanges"][1]["Description"] = json!("office");
    assert_eq!(
        operations(&old, &new, &GROUP),
        json!([{
            "op": "replace",
            "path": "/IpPermissions/7/IpRanges/1/Description",
            "value": "office",
        }]),
    );
}

#[test]
fn members_that_no_key_tells_apart_are_aligned_as_a_list() {
    let member = |value: &str| json!({"Id": 1, "Value": value.repeat(99)});
    let old = json!({"Set": [member("a"), member("b"), member("c")]});
    let new = json!({"Set": [member("b"), member("c"), member("d")]});
    assert_eq!(
        operations(&old, &new, &KEYED),
        json!([
            {"op": "remove", "path": "/Set/0"},
            {"op": "add", "path": "/Set/2", "value": member("d")},
        ]),
    );
}

#[test]
fn several_edits_become_the_whole_only_where_that_is_shorter() {
    let old = json!({"a": {"one": 1, "two": 2, "three": 3}, "b": "x".repeat(200)});
    let new = json!({"a": {"eins": 1, "zwei": 2, "drei": 3}, "b": "x".repeat(200)});
    assert_eq!(
        operations(&old, &new, &Technology::DEFAULT),
        json!([{"op": "replace", "path": "/a", "value": {"eins": 1, "zwei": 2, "drei": 3}}]),
    );
    let old = json!({"a": {"x": 1, "y": 2, "z": "x".repeat(200)}});
    let new = json!({"a": {"x": 2, "y": 3, "z": "x".repeat(200)}});
    assert_eq!(assert_patch(&old, &new, &Technology::DEFAULT).len(), 2);
}

#[test]
fn a_changed_root_is_replaced() {
    assert_eq!(
        operations(&json!([1]), &json!("a"), &Technology::DEFAULT),
        json!([{"op": "replace", "path": "", "value": "a"}]),
    );
}

#[test]
fn pointers_are_escaped() {
    assert_eq!(
        operations(
            &json!({"a/b": {"~1": 1, "": 1}, "-": 1}),
            &json!({"a/b": {"~1": 2, "": 1}, "-": 1}),
            &Technology::DEFAULT,
        ),
        json!([{"op": "replace", "path": "/a~1b/~01", "value": 2}]),
    );
}

/// A statement added before an edited one must not be taken for the edited one.
#[test]
fn a_list_keeps_its_closest_elements_together() {
    let statement = |sid: &str, action: &str| {
        json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::123456789012:role/{sid}")},
            "Action": action,
            "Resource": format!("arn:aws:s3:::documents/{sid}/*"),
        })
    };
    let old = json!({"Statement": [
        statement("first", "s3:ListBucket"),
        statement("readers", "s3:GetObject"),
        statement("last", "s3:ListBucket"),
    ]});
    let new = json!({"Statement": [
        statement("first", "s3:ListBucket"),
        statement("auditors", "s3:GetObject"),
        statement("readers", "s3:*"),
        statement("last", "s3:ListBucket"),
    ]});
    assert_eq!(
        operations(&old, &new, &Technology::DEFAULT),
        json!([
            {"op": "add", "path": "/Statement/1", "value": statement("auditors", "s3:GetObject")},
            {"op": "replace", "path": "/Statement/2/Action", "value": "s3:*"},
        ]),
    );
}

#[test]
fn two_long_lists_without_a_thing_in_common_take_bounded_time() {
    let list = |start: usize| -> Value { (start..start + 5_000).collect() };
    assert_patch(&list(0), &list(5_000), &Technology::DEFAULT);
}

#[test]
fn two_long_lists_of_equal_things_take_bounded_time() {
    let old = Value::from(vec![0; 20_000]);
    let mut new = vec![0; 20_000];
    (new[0], new[19_999]) = (1, 1);
    assert_patch(&old, &Value::from(new), &Technology::DEFAULT);
}

/// Each list in them could be compared with each other one.
#[test]
fn lists_in_lists_take_bounded_time() {
    let nest = |leaf: usize| {
        (0..4).fold(json!(leaf), |inner, level| (0..8).map(|n| json!([inner, n, level])).collect())
    };
    assert_patch(&nest(0), &nest(1), &Technology::DEFAULT);
    let nest = |leaf: usize| (0..120).fold(json!(leaf), |inner, level| json!([inner, level]));
    assert_patch(&nest(0), &nest(1), &Technology::DEFAULT);
}

#[test]
fn a_patch_for_another_configuration_is_refused_and_changes_nothing() {
    let rest = "x".repeat(100);
    let old = json!({"a": 1, "b": [1], "c": rest});
    let new = json!({"a": 2, "b": [], "c": rest});
    let patch = diff(&old, &new, &Technology::DEFAULT);
    let mut other = json!({"a": 1});
    assert!(apply(&mut other, &patch).is_err());
    assert_eq!(other, json!({"a": 1}));
}

/// Values that collide often: few names, few leaves.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4_i64).prop_map(Value::from),
        // In canonical form there is one zero: -0.0 + 0.0 is it.
        any::<f64>().prop_map(|number| Value::from(number + 0.0)),
        "[a-c~/\"é]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            btree_map("[a-d~/\"-]{0,2}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A value and another that shares most of it: some places are overwritten, and
/// some lists get one element more.
fn any_edit() -> impl Strategy<Value = (Value, Value)> {
    fn places(value: &Value, here: PointerBuf, all: &mut Vec<PointerBuf>) {
        match value {
            Value::Array(elements) => elements.iter().enumerate().for_each(|(n, element)| {
                places(element, here.with_trailing_token(n), all);
            }),
            Value::Object(members) => members.iter().for_each(|(name, member)| {
                places(member, here.with_trailing_token(name.as_str()), all);
            }),
            _ => {}
        }
        all.push(here);
    }
    let edit = (any::<Index>(), any::<Index>(), any_value());
    (any_value(), vec(edit, 0..4)).prop_map(|(old, edits)| {
        let mut new = old.clone();
        for (place, element, value) in edits {
            let mut all = Vec::new();
            places(&new, PointerBuf::root(), &mut all);
            match new.pointer_mut(place.get(&all).as_str()).unwrap() {
                Value::Array(elements) => {
                    elements.insert(element.index(elements.len() + 1), value);
                }
                other => *other = value,
            }
        }
        (old, new)
    })
}

/// Sets everywhere, some with keys that are missing or shared.
const SETS: Technology = Technology {
    sets: Cow::Borrowed(&[
        Set::new("", &["a"]),
        Set::new("/*", &["a", "b"]),
        Set::new("/*/*", &["a/b"]),
        Set::new("/*/*/*", &[]),
    ]),
    ..Technology::DEFAULT
};

const KEYED: Technology =
    Technology { sets: Cow::Borrowed(&[Set::new("/Set", &["Id"])]), ..Technology::DEFAULT };

fn keyed(keys: &[u8]) -> Value {
    let elements: Value = keys.iter().map(|key| json!({"Id": key, "Note": "none"})).collect();
    json!({"Set": elements, "Rest": "x".repeat(10_000)})
}

proptest! {
    #[test]
    fn a_patch_leads_from_old_to_new(old in any_value(), new in any_value()) {
        assert_patch(&old, &new, &Technology::DEFAULT);
        assert_patch(&old, &new, &SETS);
    }

    #[test]
    fn a_patch_leads_to_a_near_neighbour((old, new) in any_edit()) {
        for technology in [Technology::DEFAULT, SETS] {
            let patch = assert_patch(&old, &new, &technology);
            let no_more = patch.iter().all(|operation| {
                use PatchOperation::{Add, Remove, Replace};
                matches!(operation, Add(_) | Remove(_) | Replace(_))
            });
            prop_assert!(no_more);
        }
        // Never longer than saying it all again.
        let patch = diff(&old, &new, &Technology::DEFAULT);
        let whole = Replacement { op: "replace", path: &PointerBuf::root(), value: &new };
        prop_assert!(patch.len() < 2 || length(&patch) <= length(&whole) + 2);
    }

    #[test]
    fn members_of_a_set_come_and_go_with_one_operation_each(
        (old, new) in (any::<[bool; 40]>(), any::<[bool; 40]>()),
    ) {
        let members = |chosen: &[bool]| -> Vec<u8> {
            (0..40).zip(chosen).filter(|(_, chosen)| **chosen).map(|(key, _)| key).collect()
        };
        let changed = old.iter().zip(&new).filter(|(old, new)| old != new).count();
        let patch = assert_patch(&keyed(&members(&old)), &keyed(&members(&new)), &KEYED);
        prop_assert_eq!(patch.len(), changed);
    }

    #[test]
    fn elements_added_to_or_removed_from_a_list_are_one_operation_each(
        list in vec(any::<u32>(), 20..40),
        places in vec(any::<Index>(), 1..6),
        adding in any::<bool>(),
    ) {
        let mut shorter = list.clone();
        for place in &places {
            shorter.remove(place.index(shorter.len()));
        }
        let rest = "x".repeat(500);
        let value = |list: &[u32]| {
            let list: Vec<_> = list.iter().map(|id| json!({"Id": id, "Note": rest})).collect();
            Value::from(list)
        };
        let (old, new) = if adding { (&shorter, &list) } else { (&list, &shorter) };
        let patch = assert_patch(&value(old), &value(new), &Technology::DEFAULT);
        prop_assert_eq!(patch.len(), places.len());
    }
}

#[test]
fn names_of_every_kind_survive() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let names = select(vec!["", "-", "0", "~", "~0", "~1", "/", "a/b", "\"", "é", "\u{0}"]);
    runner
        .run(&(vec(names.clone(), 0..6), vec(names, 0..6)), |(old, new)| {
            let object = |names: &[&str]| -> Value {
                Value::Object(names.iter().map(|&name| (name.to_owned(), json!([name]))).collect())
            };
            assert_patch(&json!({"a": [object(&old)]}), &json!({"a": [object(&new)]}), &SETS);
            Ok(())
        })
        .unwrap();
}

proptest! {
    /// A rule that stays is where following its place says; one that went is nowhere.
    #[test]
    fn places_are_followed_to_where_things_are(
        old in btree_set(0_u8..40, 0..12), new in btree_set(0_u8..40, 0..12),
    ) {
        let rules = |names: &std::collections::BTreeSet<u8>| {
            let each: Vec<_> = names.iter().map(|n| json!({ "Key": n.to_string() })).collect();
            json!({ "Tags": each })
        };
        let (old, new) = (rules(&old), rules(&new));
        let patch = edits(&old, &new, &GROUP);
        for (at, tag) in old["Tags"].as_array().unwrap().iter().enumerate() {
            let place = format!("/Tags/{at}/Key");
            let followed = follow(&[place], &old, &patch).unwrap();
            if new["Tags"].as_array().unwrap().contains(tag) {
                prop_assert_eq!(new.pointer(&followed[0]), Some(&tag["Key"]));
            } else {
                prop_assert!(followed.is_empty(), "{:?}", followed);
            }
        }
    }
}
