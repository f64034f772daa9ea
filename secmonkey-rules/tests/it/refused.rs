//! What is wrong with files is said in one line, with its place.

use std::iter;

use secmonkey_core::check::Auditor as _;
use secmonkey_rules::{Error, Rules};
use serde_json::{Value, json};

use crate::common::{OPEN, declared, folder, item, page, registry, rego, rules, said, wrong};

/// What is wrong with a rule of this text.
#[track_caller]
fn of_rule(body: &str) -> String {
    wrong(&[("open.rego", &rego(body)), ("open.md", &page(&declared())), ("list.json", "[1]")])
}

/// What is wrong with a page that declares this beside or instead of what it has to.
#[track_caller]
fn of_page(changes: &Value) -> String {
    let mut check = declared();
    check.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    wrong(&[("open.rego", &rego(OPEN)), ("open.md", &page(&check))])
}

#[test]
fn a_rule_that_is_not_in_the_language_is_told_with_its_place() {
    insta::assert_snapshot!(
        [
            "findings contains {\"detail\": } if true",
            "findings contains x if { x := y }",
            "findings[x] { x := 1 }",
            "findings := \"\n",
            "findings contains x if { x := {\"detail\": \"a\"}\n",
            "import data.list as findings\nfindings contains 1",
        ]
        .map(of_rule)
        .join("\n")
    );
    let error = rules(&[("a.rego", "package a\n\nx := }\n"), ("a.md", &page(&declared()))]);
    let Error::Rule { line, column, text, .. } = error.unwrap_err() else { panic!() };
    assert_eq!((line, column, &*text), (3, 6, "x := }"));
}

#[test]
fn what_could_answer_otherwise_the_next_time_is_refused() {
    let calls = [
        "time.now_ns()",
        "time.parse_rfc3339_ns(\"2026-01-01T00:00:00Z\")",
        "rand.intn(\"a\", 10)",
        "uuid.rfc4122(\"\")",
        "http.send({\"method\": \"get\", \"url\": \"http://localhost\"})",
        "opa.runtime()",
        "net.lookup_ip_addr(\"localhost\")",
        "net.cidr_expand(\"10.0.0.0/8\")",
        "numbers.range(1, 1000000000)",
        "bits.lsh(1, 1000000000)",
        "trace(\"here\")",
        "print(\"here\")",
        "sprntf(\"%d\", [1])",
        "is_opn(1)",
        "rand[\"intn\"](\"a\", 10)",
    ];
    let said = calls.map(|call| {
        of_rule(&format!(
            "{OPEN}\n\nis_open(x) if x\n\nfindings contains x if {{\n\tx := {call}\n}}"
        ))
    });
    insta::assert_snapshot!(said.join("\n"));
    // Wherever it stands.
    for body in [
        "x := [y | y := rand.intn(\"a\", 1)]",
        "x(y) := rand.intn(\"a\", y)",
        "x if every y in [1] { rand.intn(\"a\", y) == 0 }",
        "x if not rand.intn(\"a\", 1)",
        "x := {\"a\": {rand.intn(\"a\", 1)}}",
        "default x := 1\nx := 2 if { true } else := rand.intn(\"a\", 1)",
        "x if input.item.config.Lid == \"a\" with input as rand.intn(\"a\", 1)",
        "x := [1][rand.intn(\"a\", 1)]",
        "x := object.get({}, rand.intn(\"a\", 1), 1).a",
        "x contains rand.intn(\"a\", 1)",
        "x[rand.intn(\"a\", 1)] := 1",
    ] {
        let said = of_rule(&format!("{OPEN}\n\n{body}"));
        assert!(said.contains("`rand.intn` may not be called"), "{body}: {said}");
    }
}

#[test]
fn what_would_be_undefined_without_a_word_is_refused() {
    let said = [
        "input.item.config.Lyd",
        "input.item.config[\"Tags\"][0].Key",
        "input.item.tags",
        "input.config",
        "input.as_of",
        "input.parameters.max_age",
        "input.world.items.shelf",
        "input.world.accounts",
        "input.world.networks",
        "input.world.shelf",
        "data.lists",
        "data",
        "data[input.item.id]",
    ]
    .map(|read| of_rule(&format!("{OPEN}\n\nx := {read}")));
    insta::assert_snapshot!(said.join("\n"));
    let said = of_rule(&format!("import input.item.config as box\n\n{OPEN}\n\nx := box.Lyd"));
    assert!(said.contains("`/Lyd` is not in the `reads`"), "{said}");
}

#[test]
fn what_would_never_end_is_refused() {
    for (body, name) in [
        ("f(x) := f(x)", "f"),
        ("f(x) := g(x)\n\ng(x) := h(x)\n\nh(x) := data.rules.open.f(x)", "f"),
        ("b := 1 if c\n\nc if b", "b"),
        ("a.b := a.c\n\na.c := f(1)\n\nf(x) := x + a.b", "a.b"),
    ] {
        let said = of_rule(&format!("{OPEN}\n\n{body}"));
        assert!(said.ends_with(&format!("`{name}` needs itself: it might never end")), "{said}");
    }
    // A variable may be called as a rule is.
    let body = "b := 1 if f(2)\n\nf(b) if b > 1";
    rules(&[("a.rego", &rego(&format!("{OPEN}\n\n{body}"))), ("a.md", &page(&declared()))])
        .unwrap();
}

/// The engine goes as deep as it is written, and an overflow would end the process.
#[test]
fn what_is_too_deep_is_refused() {
    let repeated = |open: &str, close: &str| {
        let told = |count| {
            of_rule(&format!("{OPEN}\n\nx := {}1{}", open.repeat(count), close.repeat(count)))
        };
        (told(400), told(4_000))
    };
    for (open, close) in [("[\n", "]\n"), ("{\n", "}\n"), ("{1:\n", "}\n"), ("[x | x :=\n", "]\n")]
    {
        for said in [repeated(open, close).0, repeated(open, close).1] {
            assert!(said.ends_with("brackets lie more than 10 deep in each other"), "{said}");
        }
    }
    for (open, close) in [("(\n", ")\n"), ("-\n", ""), ("1 +\n", ""), ("1 |\n", ""), ("", "[\n0]")]
    {
        let (said, many) = repeated(open, close);
        assert!(said.contains("too deep"), "{open}{close}: {said}");
        assert!(many.contains("one definition holds more than 1000 signs"), "{open}: {many}");
    }
    let chain: Vec<_> = (0..50).map(|one| format!("r{one} := r{}", one + 1)).collect();
    let said = of_rule(&format!("{OPEN}\n\n{}\n\nr50 := 1", chain.join("\n\n")));
    assert!(said.ends_with("rules lie more than 16 deep in each other"), "{said}");
    let said = of_rule(&"# much\n".repeat(10_000));
    assert_eq!(said, "open.rego:1:1: it holds 70021 bytes, more than 65536");
}

/// What is as deep as it may be fits the stack of any thread.
#[test]
fn what_is_just_not_too_deep_is_judged() {
    let deep = |text: &str| format!("{}{text}{}", "[".repeat(9), "]".repeat(9));
    let first = "findings contains {\"detail\": \"deep\"} if r0".to_owned();
    let others = (0..14).map(|one| format!("r{one} := {}", deep(&format!("r{}", one + 1))));
    let body = iter::once(first).chain(others).collect::<Vec<_>>().join("\n\n");
    let rules =
        rules(&[("a.rego", &rego(&format!("{body}\n\nr14 := 1"))), ("a.md", &page(&declared()))])
            .unwrap();
    assert_eq!(said(&rules, &item(json!({})), &()), ["5 [] deep"]);
}

fn number(default: i64) -> Value {
    json!({ "name": "days", "kind": "number", "default": default, "least": 1, "most": 9,
        "about": "how long it may be open" })
}

#[test]
fn a_page_that_says_too_little_is_refused() {
    let mut said = vec![
        of_page(&json!({ "technology": "bocks", "id": "bocks.open" })),
        of_page(&json!({ "id": "open" })),
        of_page(&json!({ "id": "box.Open" })),
        of_page(&json!({ "id": "box.taken" })),
        of_page(&json!({ "score": 11 })),
        of_page(&json!({ "reads": ["Lid"] })),
        of_page(&json!({ "world": ["shelv"] })),
        of_page(&json!({ "world": ["known"] })),
        of_page(&json!({ "doubts": ["/Lit"] })),
        of_page(&json!({ "part_of": "box.opened" })),
        of_page(&json!({ "part_of": "box.open" })),
        of_page(&json!({ "scores": 1 })),
        of_page(&json!({ "parameters": [number(5), number(6)] })),
        of_page(&json!({ "parameters": [number(0)] })),
    ];
    let whole = page(&declared());
    for (from, to) in [
        ("# Box", "Box"),
        ("**Fix:**", "Fix:"),
        ("json check", "json"),
        ("json check", "json chek"),
        ("```json fail: open\n{\"Lid\": \"open\"}\n```\n", ""),
        ("```json pass\n{}\n```\n", ""),
        ("{}\n```", "{\n```"),
    ] {
        assert!(whole.contains(from));
        said.push(wrong(&[("open.rego", &rego(OPEN)), ("open.md", &whole.replace(from, to))]));
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    let (text, page) = (rego(OPEN), page(&declared()));
    let whole = [("open.rego", &*text), ("open.md", &*page)];
    let with = |name, text| wrong(&[whole[0], whole[1], (name, text)]);
    let said = [
        wrong(&[("README.md", "# Rules\n")]),
        wrong(&[whole[0]]),
        wrong(&[whole[0], whole[1], ("other.md", &page)]),
        wrong(&[whole[0], whole[1], ("b/other.rego", &text), ("b/other.md", &page)]),
        with("list.json", "["),
        wrong(&[whole[0], whole[1], ("list.json", "1"), ("b/list.json", "1")]),
        with("1/2/3/4/5/6/7/8/9/list.json", "1"),
        with("open.json", "\u{feff}{}"),
    ];
    insta::assert_snapshot!(said.join("\n"));
    let nowhere = folder(&[]).path().join("nowhere");
    let said = Rules::read(&nowhere, &registry()).unwrap_err().to_string();
    assert!(said.starts_with("cannot read ") && said.contains("nowhere: No such file"), "{said}");
    // Texts and other files beside the rules are nobody's business.
    let rules =
        rules(&[whole[0], whole[1], ("README.md", "no page"), (".git/a.rego", "")]).unwrap();
    assert_eq!(rules.checks().len(), 1);
}
