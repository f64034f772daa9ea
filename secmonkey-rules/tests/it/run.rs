//! What rules see and say.

use std::time::{Duration, Instant};

use secmonkey_core::check::Auditor as _;
use secmonkey_core::check::page::Page;
use serde_json::json;

use crate::common::{OPEN, around, declared, item, page, rego, rule, rules, said};

#[test]
fn a_finding_says_what_where_and_how_bad() {
    let rules = rule(
        &declared(),
        "findings contains {\"subject\": \"hinge\", \"detail\": \"it is bent\", \"score\": 2, \
         \"evidence\": [\"/Lid\", \"/Lid/0\"]}\n\n\
         findings contains {\"detail\": \"it is open\"} if input.item.config.Lid == \"open\"",
    );
    assert_eq!(
        said(&rules, &item(json!({ "Lid": "open" })), &()),
        ["5 [] it is open", "2 [hinge] it is bent /Lid /Lid/0"]
    );
    assert_eq!(said(&rules, &item(json!({})), &()), ["2 [hinge] it is bent /Lid /Lid/0"]);
    // Of other technologies it says nothing.
    let mut other = item(json!({}));
    other.key.technology = "lid".to_owned();
    assert_eq!(said(&rules, &other, &()), [""; 0]);
}

#[test]
fn a_rule_sees_the_item_and_of_its_configuration_what_it_declares() {
    let rules = rule(
        &declared(),
        "findings contains {\"detail\": json.marshal(input.item)}\n\n\
         findings contains {\"subject\": \"rest\", \"detail\": json.marshal(object.keys(input))}",
    );
    assert_eq!(
        said(&rules, &item(json!({ "Lid": [{ "On": true }], "Secret": "x" })), &()),
        [
            "5 [] {\"account\":\"123456789012\",\"arn\":\"arn:box:b-1\",\
             \"config\":{\"Lid\":[{\"On\":true}]},\"id\":\"b-1\",\
             \"key\":\"123456789012/box/eu-west-1/b-1\",\"name\":\"one\",\
             \"region\":\"eu-west-1\",\"technology\":\"box\"}",
            "5 [rest] [\"item\"]",
        ]
    );
}

#[test]
fn a_rule_sees_the_world_that_it_declares() {
    let mut check = declared();
    check["world"] = json!(["shelf", "accounts", "networks"]);
    check["timed"] = true.into();
    let rules = rule(
        &check,
        "findings contains {\"detail\": json.marshal(input.world)}\n\n\
         findings contains {\"subject\": \"time\", \"detail\": input.as_of}",
    );
    let world = json!({
        "items": {
            "123456789012/shelf/eu-west-1/s-1": { "Height": 2 },
            "210987654321/shelf/eu-west-1/s-2": { "Height": 3 },
            "123456789012/lid/eu-west-1/l-1": {},
        },
        "networks": [{ "name": "office", "cidr": "203.0.113.0/24", "account": "123456789012" }],
    });
    insta::assert_snapshot!(said(&rules, &item(json!({})), &around(&world)).join("\n"));
    // What was never listed is not nothing.
    assert_eq!(
        said(&rules, &item(json!({})), &()),
        ["box.open: 123456789012/shelf was never listed to the end"]
    );
}

#[test]
fn what_could_only_take_a_finding_away_makes_a_doubt() {
    let mut check = declared();
    check["world"] = json!(["shelf"]);
    check["doubts"] = json!(["shelf"]);
    let rules = rule(
        &check,
        "findings contains {\"detail\": \"on no shelf\"} if count(input.world.items.shelf) == 0",
    );
    assert_eq!(said(&rules, &item(json!({})), &()), ["5 [] on no shelf ?shelf"]);
    assert_eq!(said(&rules, &item(json!({})), &around(&json!({}))), ["5 [] on no shelf"]);
}

#[test]
fn a_rule_that_errs_is_undecided_and_harms_no_other() {
    let second = declared();
    let second =
        json!({ "id": "box.second", "technology": "box", "score": 1, "reads": second["reads"] });
    let undecided = [
        "findings contains {\"detail\": \"a\"} if secmonkey.days(input.item.name, \"b\") > 1",
        "findings contains {\"detail\": to_number(input.item.name)}",
        "findings contains {\"detail\": 1 / 0}",
        "findings contains \"open\"",
        "findings := \"open\"",
        "findings contains {\"detail\": \"\"}",
        "findings contains {\"detail\": 1}",
        "findings contains {\"detial\": \"a\"}",
        "findings contains {\"detail\": \"a\", \"evidence\": [\"Lid\"]}",
        "findings contains {\"detail\": \"a\", \"score\": 6}",
        "findings contains {\"detail\": \"a\", \"score\": -1}",
        "findings contains {\"detail\": \"a\", \"score\": 2.5}",
        "findings := {\"detail\": \"a\"} if true\n\nfindings := {\"detail\": \"b\"} if true",
    ]
    .map(|body| {
        let rules = rules(&[
            ("open.rego", &rego(body)),
            ("open.md", &page(&declared())),
            ("second.rego", &rego(OPEN)),
            ("second.md", &page(&second)),
        ])
        .unwrap_or_else(|error| panic!("{body}: {error}"));
        let said = said(&rules, &item(json!({ "Lid": "open" })), &());
        let [other, undecided] = said.as_slice() else { panic!("{body}: {said:?}") };
        assert_eq!(other, "1 [] it is open", "{body}");
        undecided.clone()
    });
    insta::assert_snapshot!(undecided.join("\n"));
}

/// Three hundred elements make 27 million ways to choose three.
const SLOW: &str = "findings contains {\"detail\": \"odd\"} if {\n\
                    \tsome a in input.item.config.Lid\n\tsome b in input.item.config.Lid\n\
                    \tsome c in input.item.config.Lid\n\ta + b + c == -1\n}";

#[test]
fn a_rule_that_takes_too_long_is_undecided_and_not_asked_for_ever() {
    let rules = rule(&declared(), SLOW);
    assert_eq!(said(&rules, &item(json!({ "Lid": [1, 2, 3] })), &()), [""; 0]);
    let large = item(json!({ "Lid": (0..300).collect::<Vec<_>>() }));
    let start = Instant::now();
    for _ in 0..100 {
        assert_eq!(
            said(&rules, &large, &()),
            ["box.open: the check failed: it takes longer than 1000 ms"]
        );
    }
    let took = start.elapsed();
    assert!(took > Duration::from_secs(10) && took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn what_is_too_large_is_undecided() {
    let mut check = declared();
    check["world"] = json!(["shelf"]);
    let rules = rule(&check, OPEN);
    let none = around(&json!({}));
    let large = item(json!({ "Lid": vec![0; 500_001] }));
    let limit = "more than 500000 values";
    assert_eq!(
        said(&rules, &large, &none),
        [format!("box.open: the check failed: its configuration holds {limit}")]
    );
    // What it does not read does not count.
    let large = item(json!({ "Lid": "open", "Rest": vec![0; 500_001] }));
    assert_eq!(said(&rules, &large, &none), ["5 [] it is open"]);
    let mut shelves = serde_json::Map::new();
    for id in 0..2 {
        let key = format!("123456789012/shelf/eu-west-1/s-{id}");
        shelves.insert(key, json!({ "Books": vec![0; 300_000] }));
    }
    assert_eq!(
        said(&rules, &item(json!({})), &around(&json!({ "items": shelves }))),
        [format!("box.open: the check failed: the 2 items of shelf hold {limit}")]
    );
    let many = rule(
        &declared(),
        "findings contains {\"subject\": x, \"detail\": x} if some x in input.item.config.Lid",
    );
    let of = |count: usize| {
        item(json!({ "Lid": (0..count).map(|one| one.to_string()).collect::<Vec<_>>() }))
    };
    assert_eq!(said(&many, &of(1_000), &()).len(), 1_000);
    assert_eq!(
        said(&many, &of(1_001), &()),
        ["box.open: the check failed: `findings`: there are 1001, more than 1000"]
    );
}

/// The version stands for all that decides over what a rule finds, and for nothing else.
#[test]
fn a_changed_rule_is_another_version() {
    let body = "findings contains {\"detail\": \"a\"} if input.item.id in data.list";
    let (text, page) = (rego(body), page(&declared()));
    let version = |text: &str, page: &str, list: &str, other: &str| {
        let files =
            [("open.rego", text), ("open.md", page), ("list.json", list), ("other.json", other)];
        rules(&files).unwrap().checks()[0].version
    };
    let first = version(&text, &page, "[]", "[]");
    assert_eq!(first, version(&text, &page, " [ ]\n", "[]"));
    assert_eq!(first, version(&text, &page.replace("Things", "All"), "[]", "[1]"));
    let others = [
        version(&text.replace("\"a\"", "\"b\""), &page, "[]", "[]"),
        version(&text, &page, "[1]", "[]"),
        version(&text, &page.replace("\"score\":5", "\"score\":6"), "[]", "[]"),
    ];
    assert!(others.iter().all(|other| *other != first), "{first} {others:?}");
}

#[test]
fn a_rule_sees_the_parameters_that_its_page_declares() {
    let parameters = json!([
        { "name": "most", "kind": "number", "default": 3, "least": 0, "most": 9, "about": "much" },
        { "name": "fine", "kind": "texts", "default": ["shut"], "about": "what is fine" },
    ]);
    let check = json!({ "id": "box.open", "technology": "box", "score": 5,
        "reads": ["/Lid", "/Balls"], "parameters": parameters });
    let body = "findings contains {\"detail\": \"open\"} if {\n\
        \tnot input.item.config.Lid in input.parameters.fine\n\
        \tinput.item.config.Balls > input.parameters.most\n}";
    let ajar = "{ \"Lid\": \"open\", \"Balls\": 4 }";
    let page = format!(
        "# Box is open\n\n**Fix:** close it.\n\n```json check\n{check}\n```\n\n\
         ```json fail: open\n{ajar}\n```\n\n```json set:most=4 pass\n{ajar}\n```\n\n\
         ```json set:fine=ajar,open pass\n{ajar}\n```\n"
    );
    let rules = rules(&[("open.rego", &rego(body)), ("open.md", &page)]).unwrap();
    let told = |page: &str| {
        let (_, wrong) = rules.test(&rules.checks()[0], &Page::parse(page).unwrap()).unwrap();
        wrong.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(told(&page), [""; 0]);
    for (set, said) in [
        ("set:most=10 pass", "most is a whole number from 0 to 9, not `10`"),
        ("set:mots=4 pass", "unknown parameter `mots`; nearest: `most`"),
    ] {
        let wrong = told(&page.replace("set:most=4 pass", set));
        assert!(wrong.len() == 1 && wrong[0].contains(said), "{wrong:?}");
    }
}

#[test]
fn an_example_that_is_answered_otherwise_is_told() {
    let body = "findings contains {\"detail\": \"listed\"} if input.item.config.Lid in data.list";
    let page = page(&declared()).replace("fail: open", "fail: listed");
    let rules =
        rules(&[("open.rego", &rego(body)), ("open.md", &page), ("list.json", "[\"open\"]")])
            .unwrap();
    let check = &rules.checks()[0];
    let told = |page: &str| {
        let (examples, wrong) = rules.test(check, &Page::parse(page).unwrap()).unwrap();
        (examples, wrong.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(told(&page), (2, Vec::new()));
    let (_, wrong) = told(&format!("{page}\n```json pass\n{{ \"Lid\": \"open\" }}\n```\n"));
    let [wrong] = wrong.as_slice() else { panic!("{wrong:?}") };
    assert!(wrong.contains("line 19") && wrong.contains("the check finds: listed"), "{wrong}");
    // What an example has in place of the data files.
    let world = "\n```json world\n{ \"data\": { \"list\": [\"ajar\"] } }\n```\n";
    let other = format!(
        "{page}{world}```json pass\n{{ \"Lid\": \"open\" }}\n```\n\
         ```json fail: listed\n{{ \"Lid\": \"ajar\" }}\n```\n"
    );
    assert_eq!(told(&other), (4, Vec::new()));
}
