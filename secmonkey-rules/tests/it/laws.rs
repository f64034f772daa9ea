//! Whatever stands in the files and in the configurations.

use proptest::prelude::*;
use secmonkey_core::check::page::mask;
use secmonkey_core::technology::Texts;
use secmonkey_rules::Rules;
use serde_json::{Value, json};

use crate::common::{OPEN, declared, folder, item, page, registry, rego, rule, said};

/// JSON of a few levels, with members that rules look for.
fn config() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z\u{0}-\u{20}]{0,4}".prop_map(Value::from),
        Just(Value::from("open")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("Lid|Tags|[a-c]", inner, 0..4).prop_map(|all| json!(all)),
        ]
    })
}

/// Texts that are nearly rules: pieces of some in any order.
fn nearly() -> impl Strategy<Value = String> {
    let pieces = [
        "package a",
        "\n",
        "findings",
        " contains ",
        "if",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "x",
        ":=",
        "==",
        "input",
        ".item",
        "data",
        "\"a\"",
        "`b`",
        "1",
        "some ",
        " in ",
        "not ",
        "every ",
        "default ",
        "else",
        "import ",
        "with ",
        " as ",
        "#",
        ",",
        "|",
        ".",
        "null",
        "é",
        "\t",
        "-",
        "secmonkey.days",
        "1e999999999",
        "\\u",
        "\"",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|all| all.concat())
}

proptest! {
    /// Bad input is an error, never a panic.
    #[test]
    fn any_text_is_a_rule_or_an_error(text in prop_oneof![nearly(), any::<String>()]) {
        let folder = folder(&[("a.rego", &*text), ("a.md", &page(&declared()))]);
        let _ = Rules::read(folder.path(), &registry());
    }

    #[test]
    fn any_page_is_one_or_an_error(text in any::<String>(), check in config()) {
        for page in [text.clone(), page(&check)] {
            let folder = folder(&[("a.rego", &*rego(OPEN)), ("a.md", &page)]);
            let _ = Rules::read(folder.path(), &registry());
        }
    }

    /// The same question has the same answer, and what is not declared has no part in it.
    #[test]
    fn a_rule_is_a_pure_function_of_what_it_declares(config in config()) {
        let rules = rule(&declared(), &format!(
            "{OPEN}\n\nfindings contains {{\"subject\": \"all\", \"detail\": d}} if \
             d := json.marshal([x | walk(input.item.config, x)])"
        ));
        let first = said(&rules, &item(config.clone()), &());
        prop_assert_eq!(&first, &said(&rules, &item(config.clone()), &()));
        let masked = mask(&config, &Texts::new(&["/Lid"]));
        prop_assert_eq!(first, said(&rules, &item(masked), &()));
    }
}
