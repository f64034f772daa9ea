//! Laws of the canonical form.

use std::borrow::Cow;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::json;

use super::ephemera::{Overlay, ephemera, strip};
use super::*;
use crate::technology::Set;

const ROLE: Technology = Technology {
    sets: Cow::Borrowed(&[
        Set::new("/Tags", &["Key"]),
        Set::new("/Names", &[]),
        Set::new("/Rules", &["Protocol", "Port"]),
        Set::new("/Rules/*/Ranges", &["Cidr"]),
        Set::new("/Attached", &["Target/Id"]),
    ]),
    documents: Texts::new(&["/Trust", "/Policies/*/Document"]),
    relations: Texts::new(&["/Attached", "/Rules/*/Uses"]),
    daily: Texts::new(&["/LastUsed/Date", "/Rules/*/Seen"]),
    dropped: Texts::new(&["/Size", "/Stats*", "/Rules/*/Counter"]),
    ..Technology::DEFAULT
};

fn canonical(mut config: Value) -> Value {
    canonicalise(&mut config, &ROLE);
    config
}

/// The digest is of the text, and the text of the order in which members are kept.
/// A dependency that turns on `preserve_order` of `serde_json` breaks it for all.
#[test]
fn members_are_sorted_whatever_their_order_in_the_text() {
    let value: Value = serde_json::from_str(r#"{"b":1,"a":{"d":1,"c":2}}"#).unwrap();
    assert_eq!(value.to_string(), r#"{"a":{"c":2,"d":1},"b":1}"#);
}

#[test]
fn null_absent_and_empty_list_are_one() {
    assert_eq!(
        canonical(json!({
            "a": null, "b": [], "c": {}, "d": [null, [], [null], {"e": null, "f": [[]]}, "", false],
        })),
        json!({"c": {}, "d": [{}, "", false]}),
    );
}

#[test]
fn dropped_paths_are_left_out_and_what_is_near_them_stays() {
    assert_eq!(
        canonical(json!({
            "Size": 1, "StatsHits": 2, "Stats": {"x": 1}, "Stat": 3, "Rest": {"Size": 4},
            "Rules": [{"Counter": 5, "Port": 6}],
        })),
        json!({"Stat": 3, "Rest": {"Size": 4}, "Rules": [{"Port": 6}]}),
    );
}

#[test]
fn documents_are_decoded_and_parsed_and_keep_what_they_hold() {
    let document = json!({"Statement": [
        {"Sid": "2", "Action": ["s3:b", "s3:a"], "Principal": {"AWS": ["2", "1"]}, "Condition": {}},
        {"Sid": "1", "Resource": [], "NotAction": null, "Mixed": ["b", 1, "a"]},
    ]});
    let formed = json!({"Statement": [
        {"Sid": "2", "Action": ["s3:a", "s3:b"], "Principal": {"AWS": ["1", "2"]}, "Condition": {}},
        {"Sid": "1", "Resource": [], "NotAction": null, "Mixed": ["b", 1, "a"]},
    ]});
    let text = document.to_string();
    let encoded: String =
        percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).collect();
    for document in [document, json!(text), json!(encoded)] {
        let config = json!({"Trust": document, "Policies": [{"Name": "a", "Document": document}]});
        assert_eq!(
            canonical(config),
            json!({"Trust": formed, "Policies": [{"Name": "a", "Document": formed}]}),
        );
    }
}

#[test]
fn a_percent_sign_in_a_plain_document_means_itself() {
    let config = json!({"Trust": r#"{"Resource": "arn:aws:s3:::a/%20b"}"#});
    assert_eq!(canonical(config), json!({"Trust": {"Resource": "arn:aws:s3:::a/%20b"}}));
}

#[test]
fn what_is_no_document_stays_text() {
    let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
    for text in ["", "{", "%7B", "null", "[1]", r#""{}""#, "%ff", &format!(r#"{{"a":{deep}}}"#)] {
        assert_eq!(canonical(json!({"Trust": text})), json!({"Trust": text}));
    }
    assert_eq!(canonical(json!({"Trust": null})), json!({}));
}

#[test]
fn a_set_is_sorted_by_natural_key_and_numbers_as_numbers() {
    assert_eq!(
        canonical(json!({
            "Rules": [
                {"Protocol": "tcp", "Port": 443},
                {"Protocol": "tcp", "Port": 80, "Ranges": [{"Cidr": "b"}, {"Cidr": "a"}]},
                {"Protocol": "tcp", "Port": 80, "Ranges": [{"Cidr": "a"}]},
                {"Protocol": "icmp", "Port": 500},
                {"Protocol": "icmp"},
            ],
            "Names": ["b", "a", "a b"],
            "Attached": [{"Target": {"Id": 2}}, {"Target": {"Id": 1}}, {"Other": 3}],
            "List": ["b", "a"],
        })),
        json!({
            "Rules": [
                {"Protocol": "icmp"},
                {"Protocol": "icmp", "Port": 500},
                {"Protocol": "tcp", "Port": 80, "Ranges": [{"Cidr": "a"}]},
                {"Protocol": "tcp", "Port": 80, "Ranges": [{"Cidr": "a"}, {"Cidr": "b"}]},
                {"Protocol": "tcp", "Port": 443},
            ],
            "Names": ["a", "a b", "b"],
            "Attached": [{"Other": 3}, {"Target": {"Id": 1}}, {"Target": {"Id": 2}}],
            "List": ["b", "a"],
        }),
    );
}

#[test]
fn the_two_zeros_are_one() {
    let minus = canonical(json!({"a": -0.0, "Trust": {"b": [-0.0]}}));
    assert_eq!(Digest::of(&minus), Digest::of(&json!({"a": 0.0, "Trust": {"b": [0.0]}})));
}

#[test]
fn a_time_of_the_same_day_is_no_difference() {
    let old = json!({
        "LastUsed": {"Date": "2024-02-29T01:00:00Z"},
        "Rules": [
            {"Port": 1, "Seen": "2024-02-29T01:00:00Z"},
            {"Port": 2, "Seen": "2024-02-29T01:00:00Z"},
            {"Port": 3, "Seen": "2024-02-29T01:00:00Z"},
        ],
    });
    let mut new = json!({
        "LastUsed": {"Date": "2024-02-29T23:59:59Z"},
        "Rules": [
            {"Port": 0, "Seen": "2024-02-29T05:00:00Z"},
            {"Port": 1, "Seen": "2024-03-01T00:00:00Z"},
            {"Port": 3, "Seen": "2024-02-29T05:00:00Z"},
        ],
    });
    carry_daily(&old, &mut new, &ROLE);
    assert_eq!(
        new,
        json!({
            "LastUsed": {"Date": "2024-02-29T01:00:00Z"},
            "Rules": [
                {"Port": 0, "Seen": "2024-02-29T05:00:00Z"},
                {"Port": 1, "Seen": "2024-03-01T00:00:00Z"},
                {"Port": 3, "Seen": "2024-02-29T01:00:00Z"},
            ],
        }),
    );
    for (old, new) in [("2024-02-29Txx", "2024-02-2"), ("arn:aws:iam::1", "arn:aws:iam::2")] {
        let mut config = json!({"LastUsed": {"Date": new}});
        carry_daily(&json!({"LastUsed": {"Date": old}}), &mut config, &ROLE);
        assert_eq!(config["LastUsed"]["Date"], new);
    }
}

#[test]
fn what_is_observed_is_told_apart_from_what_changed() {
    let old = json!({
        "Name": "old",
        "Attached": [{"Target": {"Id": 1}}],
        "LastUsed": {"Date": "2024-01-01T00:00:00Z"},
        "Rules": [{"Port": 1, "Uses": 1}, {"Port": 2, "Uses": 2}],
    });
    let new = json!({
        "Name": "new",
        "LastUsed": {"Date": "2024-01-02T00:00:00Z", "Region": "eu-west-1"},
        "Rules": [{"Port": 2, "Note": "x"}, {"Port": 3, "Uses": 3}],
    });
    assert_eq!(
        with_ephemera_of(&old, &new, &ROLE),
        json!({
            "Name": "old",
            "LastUsed": {"Date": "2024-01-02T00:00:00Z"},
            "Rules": [{"Port": 1, "Uses": 1}, {"Port": 2}],
        }),
    );
    let back = with_ephemera_of(&new, &old, &ROLE);
    assert_eq!(back["Attached"], old["Attached"]);
    assert_eq!(back["Rules"][0], json!({"Port": 2, "Note": "x", "Uses": 2}));
}

/// Elements that no key tells apart, ordered by what is ephemeral in them.
#[test]
fn ephemera_in_a_set_without_a_key_find_their_element() {
    const LOOSE: Technology = Technology {
        sets: Cow::Borrowed(&[Set::new("/Keys", &[])]),
        daily: Texts::new(&["/Keys/*/Date"]),
        ..Technology::DEFAULT
    };
    let form = |mut config| {
        canonicalise(&mut config, &LOOSE);
        config
    };
    let old = form(json!({"Keys": [
        {"Date": "2024-01-01T00:00:00Z", "Name": "a"}, {"Date": "2024-01-02T00:00:00Z", "Name": "b"},
    ]}));
    let new = form(json!({"Keys": [
        {"Date": "2024-01-03T00:00:00Z", "Name": "a"}, {"Date": "2024-01-02T00:00:00Z", "Name": "b"},
    ]}));
    assert_eq!(with_ephemera_of(&old, &new, &LOOSE), new);
}

/// Names that the technology knows, so that its rules are met.
fn any_config() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
        "2024-0[12]-0[12]T0[0-9]:00:00Z".prop_map(Value::from),
        Just(json!(r#"{"Action":["b","a"]}"#)),
        Just(json!("%7B%22Action%22%3A%5B%22b%22%2C%22a%22%5D%7D")),
    ];
    leaf.prop_recursive(5, 80, 8, |inner| {
        let name = prop::sample::select(vec![
            "Tags", "Names", "Rules", "Ranges", "Attached", "Target", "Id", "Trust", "Policies",
            "Document", "LastUsed", "Date", "Seen", "Uses", "Size", "StatsX", "Counter", "Key",
            "Protocol", "Port", "Cidr", "Other",
        ]);
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            btree_map(name, inner, 0..10).prop_map(|members| {
                members.into_iter().map(|(name, member)| (name.to_owned(), member)).collect()
            }),
        ]
    })
}

/// What the technology is about: rules that share keys or not, ephemera that come
/// and go.
fn any_role() -> impl Strategy<Value = Value> {
    let time = || "2024-01-0[12]T0[0-3]:00:00Z".prop_map(Value::from);
    let rule =
        (0..3_u8, 0..2_u8, prop::option::of(0..3_u8), prop::option::of(time()), any::<bool>())
            .prop_map(|(protocol, port, uses, seen, noted)| {
                json!({
                    "Protocol": protocol, "Port": port, "Uses": uses, "Seen": seen,
                    "Note": noted.then_some("noted"),
                })
            });
    let used = (prop::option::of(time()), any::<bool>())
        .prop_map(|(date, abroad)| json!({"Date": date, "Region": abroad.then_some("abroad")}));
    (vec(rule, 0..6), used, vec(0..4_u8, 0..3), 0..2_u8).prop_map(
        |(rules, used, attached, name)| {
            let attached: Value = attached.iter().map(|id| json!({"Target": {"Id": id}})).collect();
            json!({"Rules": rules, "LastUsed": used, "Attached": attached, "Name": name})
        },
    )
}

/// Turns every set around, by its own little generator.
fn shuffle(value: &mut Value, rules: &mut Rules<'_, Form<'_>>, here: &Here, seed: &mut u64) {
    let is_set = rules.actions(here).any(|action| matches!(action, Form::Set(_)));
    let is_document = rules.actions(here).any(|action| matches!(action, Form::Document));
    match value {
        _ if is_document => {}
        Value::Array(elements) => {
            let child = rules.enter_element(here);
            for element in elements.iter_mut() {
                shuffle(element, rules, &child, seed);
            }
            rules.leave(&child);
            if is_set {
                for last in (1..elements.len()).rev() {
                    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    elements.swap(last, usize::try_from(*seed >> 33).unwrap() % (last + 1));
                }
            }
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let child = rules.enter_member(here, name);
                shuffle(member, rules, &child, seed);
                rules.leave(&child);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn the_canonical_form_is_one(config in any_config()) {
        let once = canonical(config);
        prop_assert_eq!(canonical(once.clone()).to_string(), once.to_string());
    }

    #[test]
    fn the_order_of_a_set_means_nothing(
        config in prop_oneof![any_config(), any_role()],
        mut seed in any::<u64>(),
    ) {
        let role = ROLE;
        let sets = role.sets.iter().map(|set| (set.at.as_ref(), Form::Set(&set.key)));
        let documents = role.documents.iter().map(|at| (at, Form::Document));
        let (mut rules, root) = Rules::new(sets.chain(documents));
        let mut shuffled = config.clone();
        shuffle(&mut shuffled, &mut rules, &root, &mut seed);
        prop_assert_eq!(Digest::of(&canonical(shuffled)), Digest::of(&canonical(config)));
    }

    #[test]
    fn the_order_of_values_is_total(values in vec(any_config(), 3)) {
        for [a, b, c] in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let [a, b, c] = [a, b, c].map(|place| &values[place]);
            prop_assert_eq!(order(a, b), order(b, a).reverse());
            prop_assert_eq!(order(a, b).is_eq(), Digest::of(a) == Digest::of(b));
            if order(a, b).is_le() && order(b, c).is_le() {
                prop_assert!(order(a, c).is_le());
            }
        }
    }

    #[test]
    fn numbers_of_all_kinds_stand_in_one_line(
        numbers in vec(prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (0..8_u64).prop_map(|n| Value::from((1 << 53) + n)),
            (0..8_u32).prop_map(|n| Value::from(f64::from(n) + 9_007_199_254_740_992.0)),
        ], 8),
    ) {
        let mut sorted = numbers;
        sorted.sort_by(order);
        let pairs = (0..sorted.len()).flat_map(|a| (0..a).map(move |b| (b, a)));
        for (before, after) in pairs {
            prop_assert!(order(&sorted[before], &sorted[after]).is_le());
        }
    }

    #[test]
    fn what_differs_in_ephemera_only_becomes_the_new_config(
        (old, other) in prop_oneof![(any_config(), any_config()), (any_role(), any_role())],
        seeds in vec((0..3_u8, "2024-01-0[12]T0[0-3]:00:00Z"), 6),
    ) {
        let old = canonical(old);
        // Other ephemera make a neighbour that differs in nothing else.
        let mut new = with_ephemera_of(&old, &canonical(other), &ROLE);
        if let Some(rules) = new.get_mut("Rules").and_then(Value::as_array_mut) {
            for (rule, (uses, seen)) in rules.iter_mut().zip(seeds) {
                if let Some(members) = rule.as_object_mut() {
                    members.remove("Uses");
                    members.insert("Seen".to_owned(), json!(seen));
                    if uses > 0 {
                        members.insert("Uses".to_owned(), json!(uses));
                    }
                }
            }
        }
        let new = canonical(new);
        prop_assert_eq!(with_ephemera_of(&old, &new, &ROLE), new);
    }

    #[test]
    fn an_hour_is_no_difference(config in any_role(), hours in vec(0..24_u8, 8)) {
        let old = canonical(config);
        let mut new = old.clone();
        let mut hours = hours.into_iter();
        let mut later = |time: Option<&mut Value>| {
            if let Some(Value::String(time)) = time {
                *time = format!("{}T{:02}:30:00Z", &time[..10], hours.next().unwrap());
            }
        };
        later(new.pointer_mut("/LastUsed/Date"));
        if let Some(rules) = new.get_mut("Rules").and_then(Value::as_array_mut) {
            for rule in rules.iter_mut() {
                later(rule.get_mut("Seen"));
            }
        }
        canonicalise(&mut new, &ROLE);
        carry_daily(&old, &mut new, &ROLE);
        prop_assert_eq!(new, old);
    }

    #[test]
    fn ephemera_are_all_that_is_taken(
        (old, new) in prop_oneof![(any_config(), any_config()), (any_role(), any_role())],
    ) {
        let (old, new) = (canonical(old), canonical(new));
        let durable = |config: &Value| {
            let role = ROLE;
            let (mut rules, root) = ephemera(&role, Overlay::Take, &role.relations);
            let mut config = config.clone();
            strip(&mut config, &mut rules, &root);
            canonical(config)
        };
        let middle = with_ephemera_of(&old, &new, &ROLE);
        prop_assert_eq!(durable(&middle), durable(&old));
    }
}
