use std::borrow::Cow;

use serde_json::json;

use super::super::{Catalogue, Rule};
use super::*;

const TECHNOLOGY: Technology = Technology {
    id: Cow::Borrowed("box"),
    title: Cow::Borrowed("box"),
    reach: Reach::Global,
    ..Technology::DEFAULT
};

fn open() -> Check {
    Check {
        id: "box.open".into(),
        technology: "box".into(),
        score: 5,
        reads: Texts::new(&["/Lid"]),
        world: Texts::new(&["shelf"]),
        timed: true,
        ..Check::DEFAULT
    }
}

fn is_open() -> Rule {
    Rule::new(open(), |item, world, found| {
        let shelf = world.item(&"123456789012/shelf/global/1".parse().unwrap())?;
        if item.config["Lid"] == "open" && shelf.is_none() {
            found.add("", format!("open on {}", world.now()?));
        }
        Ok(())
    })
}

#[test]
fn a_page_declares_a_check_that_no_program_does() {
    let text = "# Lid is open\n\nThings fall out.\n\n```json check\n\
                { \"id\": \"box.open\", \"technology\": \"box\", \"score\": 5,\n  \
                \"reads\": [\"/Lid\"], \"world\": [\"shelf\"], \"timed\": true }\n```\n\nEnd.\n";
    let declared = page(text).check.unwrap();
    assert_eq!(declared.check(text, 1), Check { page: text.into(), ..open() });
    assert_eq!(page(text).text, "Things fall out.\n\n\nEnd.");
    let invalid = |text: &str| Page::parse(text).unwrap_err().to_string();
    let block = &text[text.find("```").unwrap()..text.find("End").unwrap()];
    assert_eq!(invalid(&format!("{text}\n{block}")), "line 12: a page declares one check");
    let said = invalid(&text.replace("timed", "timd"));
    assert!(said.starts_with("line 7: unknown field `timd`, expected one of `id`"), "{said}");
}

#[test]
fn networks_stand_around_an_example() {
    let text = "# T\n```json world\n{ \"networks\": [{ \"name\": \"office\", \
                \"cidr\": \"192.0.2.0/24\" }], \"data\": { \"list\": [1] } }\n```\n\
                ```json fail: office\n{}\n```\n";
    let check = Check { world: Texts::new(&["networks"]), ..open() };
    let rule = |check: Check| {
        Rule::new(check, |_, world, found| {
            found
                .add("", world.networks()?.iter().map(|one| one.name.as_str()).collect::<String>());
            Ok(())
        })
    };
    assert_eq!(test(text, &rule(check)).unwrap()[0].detail, "office");
    let said = test(text, &rule(open())).unwrap_err().reason;
    assert!(said.contains("looks up networks without declaring it"), "{said}");
    let data = page(text).examples[0].world.clone().unwrap().data.clone().unwrap();
    assert_eq!(data["list"], json!([1]));
}

fn page(text: &str) -> Page {
    Page::parse(text).unwrap()
}

fn test(text: &str, rule: &Rule) -> Result<Vec<Finding>, Mismatch> {
    let auditor = Catalogue::new([rule.clone()]);
    page(text).examples[0].test(&auditor, &rule.check, &TECHNOLOGY)
}

#[test]
fn a_page_is_taken_apart() {
    let page = page(
        "# A title \n\nWhat.\n\n```json pass\n{\"a\": 1}\n```\n\n```sh\nls\n```\n\n\
         ```json world\n{\"accounts\": [{\"id\": \"123456789012\", \"name\": \"me\"}]}\n```\n\
         ```json for=box at=2025-02-03T00:00:00Z fail: this: and that\n{}\n```\n",
    );
    assert_eq!(page.title, "A title");
    assert_eq!(page.text, "What.\n\n\n```sh\nls\n```");
    let [first, second] = page.examples.as_slice() else { panic!("{page:?}") };
    assert_eq!((first.line, &first.verdict), (5, &Verdict::Pass));
    assert_eq!((&first.config, &first.world), (&json!({ "a": 1 }), &None));
    assert_eq!(second.verdict, Verdict::Fail("this: and that".to_owned()));
    assert_eq!(second.at.to_string(), "2025-02-03T00:00:00Z");
    assert_eq!((first.technology.as_deref(), second.technology.as_deref()), (None, Some("box")));
    assert!(second.world.as_ref().unwrap().accounts.get("123456789012").is_some());
}

#[test]
fn a_broken_page_is_refused_with_the_line() {
    for (text, line, reason) in [
        ("", 1, "title"),
        ("What.\n# Late", 1, "title"),
        ("# T\n```json pass\n{}", 2, "no end"),
        ("# T\n```json pass\n{\n```", 4, "EOF"),
        ("# T\n\n```json fial: x\n{}\n```", 3, "`fial: x` is none of"),
        ("# T\n```json fail:\n{}\n```", 2, "say a part"),
        ("# T\n```json at=noon pass\n{}\n```", 2, "`noon` is no time"),
        ("# T\n```json world\n{\"item\": {}}\n```", 3, "unknown field"),
        ("# T\n```json world\n{\"items\": {\"a\": 1}}\n```", 3, "not an item key"),
    ] {
        let error = Page::parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.reason.contains(reason), "{text}: {error}");
    }
}

#[test]
fn an_example_is_asked_in_its_world_at_its_time() {
    let lid = "{\"Lid\": \"open\"}\n```\n";
    let around = "# T\n```json world\n{}\n```\n";
    let found = test(
        &format!("{around}```json at=2025-02-03T00:00:00Z fail: open on 2025-02-03\n{lid}"),
        &is_open(),
    );
    assert_eq!(found.unwrap()[0].score, 5);
    let shelf = "{\"items\": {\"123456789012/shelf/global/1\": {}}}";
    test(&format!("# T\n```json world\n{shelf}\n```\n```json pass\n{lid}"), &is_open()).unwrap();
    test(&format!("# T\n```json undecided: shelf\n{lid}"), &is_open()).unwrap();
}

#[test]
fn a_world_says_whose_names_and_addresses_are() {
    let check = Check { world: Texts::new(&["known"]), ..open() };
    let known = Rule::new(check, |_, world, found| {
        let owners = world.owners(&Kind::named("vpc"), "vpc-1")?;
        let blocks = world.blocks("10.1.2.0/24".parse().unwrap_or_default())?;
        let accounts: Vec<_> =
            blocks.iter().map(|it| it.account.as_ref().map(AccountId::as_str)).collect();
        let mine = world
            .owner(&Kind::named("canonical_user"), "2222bbbb")?
            .map(|account| account.name.as_str());
        found.add("", format!("{owners:?} {accounts:?} {mine:?}"));
        Ok(())
    });
    let example = "```json fail: {AccountId(\"210987654321\")} [None, Some(\"210987654321\")] \
                   Some(\"build\")\n{}\n```\n";
    let world = "# T\n```json world\n{\
        \"accounts\": [{\"id\": \"210987654321\", \"name\": \"build\"}],\
        \"networks\": [{\"name\": \"all\", \"cidr\": \"10.0.0.0/8\"}],\
        \"known\": {\
            \"vpc\": {\"vpc-1\": \"210987654321\"},\
            \"canonical_user\": {\"2222bbbb\": \"210987654321\"},\
            \"block\": {\"10.1.0.0/16\": \"210987654321\", \"10.1.2.3\": \"123456789012\"}\
        }}\n```\n";
    test(&format!("{world}{example}"), &known).unwrap();
    test("# T\n```json undecided: vpc was never listed\n{}\n```\n", &known).unwrap();
    let error = Page::parse(&world.replace("10.1.2.3", "10.1.2")).unwrap_err();
    assert!(error.reason.contains("`10.1.2` is no block"), "{error}");
}

#[test]
fn another_answer_than_the_page_says_is_told() {
    let around = "# T\n```json world\n{}\n```\n";
    for (example, said) in [
        (format!("{around}```json pass\n{{\"Lid\": \"open\"}}\n```"), "finds: open on"),
        (format!("{around}```json fail: open\n{{}}\n```"), "finds nothing"),
        (format!("{around}```json fail: ajar\n{{\"Lid\": \"open\"}}\n```"), "finds: open"),
        ("# T\n```json pass\n{}\n```".to_owned(), "cannot know"),
    ] {
        let mismatch = test(&example, &is_open()).unwrap_err();
        assert!(mismatch.reason.contains(said), "{mismatch}");
    }
}

#[test]
fn a_check_that_reads_more_than_it_declares_is_found_out() {
    let curious = Rule::new(open(), |item, _, found| {
        if item.config["Content"] == "cat" {
            found.add("", "a cat");
        }
        Ok(())
    });
    let mismatch =
        test("# T\n```json fail: a cat\n{\"Content\": \"cat\"}\n```", &curious).unwrap_err();
    assert!(mismatch.reason.contains("does not declare"), "{mismatch}");
}

#[test]
fn a_mask_leaves_what_is_named_and_keeps_places() {
    let config = json!({
        "a": [{ "b": 1, "c": 2 }, { "c": 3 }, 4],
        "d": { "e": [5] },
        "f": 6,
    });
    assert_eq!(
        mask(&config, &Texts::new(&["/a/*/b", "/d"])),
        json!({ "a": [{ "b": 1 }, {}, null], "d": { "e": [5] } })
    );
    assert_eq!(mask(&config, &Texts::new(&[""])), config);
    assert_eq!(mask(&config, &Texts::NONE), json!({}));
}
