//! Which call made which change.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::replay::ChangeKind;
use crate::testing::call;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

/// A reading of what changed there, between two times.
fn reading(revision: u64, (after, until): (i64, i64), changed: &[&str]) -> Reading {
    Reading {
        revision,
        kind: ChangeKind::Changed,
        after: Some(at(after)),
        until: at(until),
        changed: changed.iter().map(|at| (*at).to_owned()).collect(),
    }
}

/// `1 exact a, 2 one_of a b`.
fn said(readings: &[Reading], calls: &[Call]) -> String {
    let settled = settle(readings, calls);
    let one = |(revision, by): (&u64, &Attribution)| {
        let ids: Vec<_> = by.calls.iter().map(|call| call.event_id.as_str()).collect();
        format!("{revision} {} {}", by.confidence.as_str(), ids.join(" "))
    };
    settled.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn one_call_that_writes_what_changed_made_it() {
    let readings = [reading(2, (0, 100), &["/Rules/0/Port"])];
    for (writes, expected) in [
        (&["/Rules"][..], "2 exact a"),
        (&["/Rules/*/Port"], "2 exact a"),
        (&["/Rules/0/Port/Deep"], "2 exact a"),
        // What it writes is not known.
        (&[], "2 likely a"),
        // It writes something else; it makes or ends the whole.
        (&["/Tags"], ""),
        (&["/Rules/1"], ""),
        (&[""], ""),
    ] {
        assert_eq!(said(&readings, &[call("a", "alice", "Open", at(50), writes)]), expected);
    }
}

#[test]
fn of_several_calls_all_are_named() {
    let readings = [reading(2, (0, 100), &["/Rules/0", "/Tags/0"])];
    let alice = call("a", "alice", "Open", at(50), &["/Rules"]);
    let bob = call("b", "bob", "Tag", at(40), &["/Tags"]);
    let carol = call("c", "carol", "Rename", at(60), &["/Name"]);
    let dave = call("d", "dave", "Anything", at(70), &[]);
    let calls = [alice.clone(), bob.clone(), carol, dave.clone()];
    assert_eq!(said(&readings, &calls), "2 one_of b a d");
    // Each member is set by the one that writes it; unless somebody may have written anything.
    let both = Attribution::of([alice, bob]).unwrap();
    assert_eq!(both.at("/Rules/0").short(), "alice");
    assert_eq!(both.at("/Rules/0").confidence, Confidence::Exact);
    assert_eq!(both.at("/Tags/0/Key").short(), "bob");
    assert_eq!(both.at("/Else").confidence, Confidence::OneOf);
    let all = both.and(&Attribution::of([dave]).unwrap());
    assert_eq!(all.at("/Tags/0/Key").calls.len(), 3);
}

#[test]
fn what_appears_or_goes_was_made_or_ended_as_a_whole() {
    for kind in [ChangeKind::Discovered, ChangeKind::Deleted, ChangeKind::Returned] {
        let readings = [Reading { kind, ..reading(1, (0, 100), &[]) }];
        assert_eq!(said(&readings, &[call("a", "alice", "Make", at(50), &[""])]), "1 exact a");
        assert_eq!(said(&readings, &[call("a", "alice", "Tag", at(50), &["/Tags"])]), "");
    }
}

#[test]
fn nobody_made_what_was_first_looked_at_or_read_in_another_way() {
    let alice = [call("a", "alice", "Make", at(50), &[])];
    let first = Reading { after: None, ..reading(1, (0, 100), &["/Rules"]) };
    assert_eq!(said(&[first], &alice), "");
    let rebased = Reading { kind: ChangeKind::Rebased, ..reading(2, (0, 100), &["/Rules"]) };
    assert_eq!(said(&[rebased], &alice), "");
}

#[test]
fn a_late_call_made_the_revision_of_its_time() {
    let readings = [
        reading(2, (0, 100), &["/A"]),
        reading(3, (100, 200), &["/A"]),
        reading(4, (200, 300), &["/B"]),
    ];
    let calls = |second| [call("a", "alice", "Set", at(second), &["/A"])];
    assert_eq!(said(&readings, &calls(50)), "2 exact a");
    assert_eq!(said(&readings, &calls(150)), "3 exact a");
    // Between readings that saw no change there, it made none.
    assert_eq!(said(&readings, &calls(290)), "");
    // Clocks may differ a little.
    assert_eq!(said(&readings[2..], &[call("a", "alice", "Set", at(330), &["/B"])]), "4 exact a");
    assert_eq!(said(&readings[2..], &[call("a", "alice", "Set", at(400), &["/B"])]), "");
}

#[test]
fn copies_of_a_call_are_one() {
    let readings = [reading(2, (0, 100), &["/A"])];
    let one = Call {
        shared_event_id: Some("s".to_owned()),
        ..call("a", "alice", "Set", at(50), &["/A"])
    };
    let copy = Call { event_id: "b".to_owned(), ..one.clone() };
    assert_eq!(said(&readings, &[copy.clone(), one.clone(), copy]), "2 exact a");
}

#[test]
fn attributions_as_people_read_them() {
    let who = |kind: &str, name: &str, session: Option<&str>, source: Option<&str>| Who {
        principal: format!("arn:aws:iam::111122223333:{kind}/{name}"),
        kind: kind.to_owned(),
        name: Some(name.to_owned()),
        session: session.map(str::to_owned),
        source_identity: source.map(str::to_owned),
        chain: Vec::new(),
    };
    let base = Call {
        event_source: "ec2.amazonaws.com".to_owned(),
        ..call("a", "alice", "AuthorizeSecurityGroupIngress", at(50_520), &["/IpPermissions"])
    };
    let admin = who("role", "Admin", Some("alice@example.com"), Some("alice"));
    let chained = Who {
        chain: vec!["arn:aws:iam::111122223333:user/carol".to_owned()],
        ..who("role", "Deploy", Some("build-7"), None)
    };
    let service = Who {
        principal: "autoscaling.amazonaws.com".to_owned(),
        kind: "service".to_owned(),
        ..Who::default()
    };
    let root = Who {
        principal: "arn:aws:iam::111122223333:root".to_owned(),
        kind: "root".to_owned(),
        name: Some("root".to_owned()),
        ..Who::default()
    };
    let exact = |who: Who| Attribution::of([Call { who, ..base.clone() }]).unwrap();
    let formation = Call { via: Some("CloudFormation".to_owned()), ..base.clone() };
    let likely = Call { writes: Vec::new(), event_time: at(-60), ..base.clone() };
    let other = Call { event_id: "b".to_owned(), who: admin.clone(), ..base.clone() };
    let again = Call { event_id: "c".to_owned(), ..base.clone() };
    let hidden = who("user", "a\u{202e}lice\u{1b}[2J", None, None);
    let all = [
        exact(admin),
        exact(chained),
        exact(service),
        exact(root),
        exact(who("role", "Admin", Some("alice@example.com"), None)),
        exact(hidden),
        Attribution::of([formation]).unwrap(),
        Attribution::of([likely]).unwrap(),
        Attribution::of([base.clone(), other.clone()]).unwrap(),
        Attribution::of([base.clone(), again.clone()]).unwrap(),
        Attribution::of([base.clone(), again, other]).unwrap(),
        Attribution::of((0..40).map(|n| Call { event_id: format!("{n:02}"), ..base.clone() }))
            .unwrap(),
    ];
    let lines = all.iter().map(|by| format!("{}\n    {}", by.short(), by.sentence(at(50_600))));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

fn some_call() -> impl Strategy<Value = Call> {
    let writes = prop_oneof![Just(vec![]), Just(vec!["/A"]), Just(vec!["/B"]), Just(vec![""])];
    (0_u8..40, 0_u8..6, 0_i64..400, writes).prop_map(|(id, shared, second, writes)| Call {
        shared_event_id: (shared == 0).then(|| format!("s{}", id / 2)),
        ..call(&format!("e{id:02}"), "alice", "Set", at(second), &writes)
    })
}

proptest! {
    /// However calls come, how often, and in what batches: what is known in the end is the same.
    #[test]
    fn order_copies_and_batches_do_not_matter(
        calls in prop::collection::vec(some_call(), 1..60),
        order in any::<prop::sample::Index>(),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        size in 1_usize..9,
    ) {
        // One event is one text.
        let mut by_id = std::collections::BTreeMap::new();
        for call in calls {
            by_id.entry(call.event_id.clone()).or_insert(call);
        }
        let calls: Vec<_> = by_id.into_values().collect();
        let readings = [
            reading(2, (0, 100), &["/A/0"]),
            reading(3, (90, 200), &["/A", "/B/1"]),
            reading(4, (200, 300), &["/B"]),
        ];
        let whole = settle(&readings, &calls);
        let mut other = calls.clone();
        other.rotate_left(order.index(calls.len()));
        other.reverse();
        other.extend(again.iter().map(|index| index.get(&calls).clone()));
        let mut known: std::collections::BTreeMap<u64, Attribution> = std::collections::BTreeMap::new();
        for batch in other.chunks(size) {
            for (revision, by) in settle(&readings, batch) {
                let all = match known.remove(&revision) {
                    Some(known) => known.and(&by),
                    None => by,
                };
                known.insert(revision, all);
            }
        }
        prop_assert_eq!(whole, known);
    }

    /// No call is held against a change that it cannot have made.
    #[test]
    fn a_call_stands_in_one_reading_and_near_it(call in some_call()) {
        let readings = [reading(2, (0, 100), &["/A/0"]), reading(3, (100, 200), &["/B/1"])];
        let settled = settle(&readings, std::slice::from_ref(&call));
        prop_assert!(settled.len() <= 1);
        for revision in settled.into_keys() {
            let reading = readings.iter().find(|one| one.revision == revision).unwrap();
            let slack = SignedDuration::from_secs(61);
            prop_assert!(call.event_time >= reading.after.unwrap() - slack);
            prop_assert!(call.event_time <= reading.until + slack);
        }
    }
}
