//! The rules that stand in `examples/rules`, and the page that shows them.

use std::fs;
use std::path::Path;

use secmonkey_core::check::Auditor as _;
use secmonkey_core::check::page::Page;
use secmonkey_core::registry::Registry;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_rules::Rules;

fn read() -> Rules {
    let technology = |(id, reach): (&'static str, Reach)| Technology {
        id: id.into(),
        reach,
        ..Technology::DEFAULT
    };
    let all = [
        ("ebs_snapshot", Reach::Regional),
        ("ebs_volume", Reach::Regional),
        ("ec2_instance", Reach::Regional),
        ("iam_user", Reach::Global),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/rules");
    Rules::read(&folder, &Registry::new(all.map(technology), [])).unwrap()
}

#[test]
fn every_example_is_answered_as_its_page_says() {
    let rules = read();
    assert_eq!(rules.checks().len(), 3);
    for check in rules.checks() {
        let (examples, wrong) = rules.test(check, &Page::parse(&check.page).unwrap()).unwrap();
        assert!(examples >= 2, "{}", check.id);
        assert_eq!(wrong, [], "{}", check.id);
    }
}

/// Whoever copies a rule from the page has the one that is tested.
#[test]
fn the_page_of_rules_shows_them_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/rules.md")).unwrap();
    for entry in fs::read_dir(root.join("examples/rules")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(page.contains(&text), "{}", path.display());
    }
}
