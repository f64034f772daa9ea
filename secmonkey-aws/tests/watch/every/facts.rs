//! The facts of a technology are those of its configurations.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_aws::check;
use secmonkey_aws::watch::{self, Facts};
use secmonkey_core::config::canonicalise;
use secmonkey_core::config::pattern::matches;
use secmonkey_core::technology::Technology;
use serde_json::{Value, json};

use super::{Case, items};
use crate::cloud::{Cloud, config, raw};

/// Asserts a snapshot that stands beside the recorded answers of a technology.
fn assert_snapshot(facts: &Facts, name: &str, value: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../../../fixtures/{}", facts.id));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_json_snapshot!(name.to_owned(), value));
}

/// Every technology with its configurations, as they were read and in canonical form.
async fn configs() -> Vec<(&'static Facts, Vec<Value>, Vec<Value>)> {
    let mut all = Vec::new();
    for case in Case::all().await {
        let seen = case.whole().await;
        for facts in case.facts {
            let technology = facts.technology();
            let canonical: Vec<_> =
                items(&seen, facts).map(|item| config(item, &technology)).collect();
            assert!(!canonical.is_empty(), "nothing was recorded of {}", facts.id);
            all.push((facts, items(&seen, facts).map(raw).collect(), canonical));
        }
    }
    all
}

/// Calls `f` with every value of a configuration and its pointer. Documents are theirs who
/// wrote them.
fn visit(value: &Value, at: &str, facts: &Facts, f: &mut dyn FnMut(&str, &Value)) {
    f(at, value);
    if facts.documents.iter().any(|document| matches(document, at)) {
        return;
    }
    match value {
        Value::Array(elements) => {
            for element in elements {
                visit(element, &format!("{at}/*"), facts, f);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                visit(member, &format!("{at}/{name}"), facts, f);
            }
        }
        _ => {}
    }
}

/// The pointers of everything in some configurations.
fn pointers(configs: &[Value], facts: &Facts) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for config in configs {
        visit(config, "", facts, &mut |at, _| {
            all.insert(at.to_owned());
        });
    }
    all
}

#[tokio::test]
async fn recorded_answers_make_these_items() {
    for case in Case::all().await {
        let seen = case.whole().await;
        for facts in case.facts {
            assert_snapshot(facts, "items", &seen.shown(&facts.technology()));
        }
    }
}

/// What a configuration is made of, under the number of its shape. Where this changes, raise
/// `shape`: else the next scan reports a change of every item that nobody made.
#[tokio::test]
async fn what_changes_a_configuration_raises_its_shape() {
    for (facts, _, configs) in configs().await {
        let sets = facts.sets.iter().map(|set| {
            let key: Vec<_> = set.key.iter().collect();
            format!("{} by {}", set.at, key.join(", "))
        });
        let shape = json!({
            "sets": sets.collect::<Vec<_>>(),
            "documents": facts.documents,
            "relations": facts.relations,
            "daily": facts.daily,
            "dropped": facts.dropped,
            "secret": facts.secret,
            "plain": facts.plain,
            "members": pointers(&configs, facts),
        });
        assert_snapshot(facts, &format!("shape-{}", facts.shape), &shape);
    }
}

/// A pointer that matches nothing is a slip of the pen, or not shown by what was recorded.
#[tokio::test]
async fn every_pointer_that_is_declared_points_at_something() {
    for (facts, configs, _) in configs().await {
        let known = pointers(&configs, facts);
        let declared = facts.structures.iter().map(|structure| structure.at);
        let declared = declared
            .chain(facts.sets.iter().map(|set| set.at.as_ref()))
            .chain(facts.names.iter().map(|name| name.at.as_ref()))
            .chain([facts.ordered, facts.documents, facts.relations, facts.daily].concat())
            .chain([facts.dropped, facts.secret, facts.plain].concat());
        let nowhere: Vec<_> =
            declared.filter(|at| !known.iter().any(|one| matches(at, one))).collect();
        assert_eq!(nowhere, Vec::<&str>::new(), "{}", facts.id);
    }
}

#[tokio::test]
async fn every_list_is_a_set_or_ordered_for_a_reason() {
    for (facts, _, configs) in configs().await {
        let mut lists = BTreeSet::new();
        for config in &configs {
            visit(config, "", facts, &mut |at, value| {
                if value.is_array() {
                    lists.insert(at.to_owned());
                }
            });
        }
        let sets = facts.sets.iter().map(|set| set.at.as_ref());
        let declared: BTreeSet<_> =
            sets.chain(facts.ordered.iter().copied()).map(str::to_owned).collect();
        assert_eq!(lists, declared, "{}", facts.id);
    }
}

#[tokio::test]
async fn a_set_in_another_order_is_the_same_configuration() {
    fn reverse(value: &mut Value, at: &str, technology: &Technology) {
        match value {
            Value::Array(elements) => {
                if technology.sets.iter().any(|set| set.at == at) {
                    elements.reverse();
                }
                for one in elements {
                    reverse(one, &format!("{at}/*"), technology);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    reverse(member, &format!("{at}/{name}"), technology);
                }
            }
            _ => {}
        }
    }
    for (facts, _, configs) in configs().await {
        let technology = facts.technology();
        for config in configs {
            let mut other = config.clone();
            reverse(&mut other, "", &technology);
            canonicalise(&mut other, &technology);
            assert_eq!(other, config);
        }
    }
}

/// Elements of a set that share a natural key would be told apart by nothing.
#[tokio::test]
async fn natural_keys_tell_elements_apart() {
    for (facts, _, configs) in configs().await {
        for config in &configs {
            visit(config, "", facts, &mut |at, value| {
                let set = facts.sets.iter().find(|set| set.at == at && !set.key.is_empty());
                let (Some(set), Some(elements)) = (set, value.as_array()) else { return };
                let key = |element: &Value| -> String {
                    let member = |path: &str| element.pointer(&format!("/{path}")).cloned();
                    json!(set.key.iter().map(member).collect::<Vec<_>>()).to_string()
                };
                let keys: BTreeSet<_> = elements.iter().map(key).collect();
                assert_eq!(keys.len(), elements.len(), "{} {at}", facts.id);
                let nothing = json!(vec![Value::Null; set.key.len()]).to_string();
                assert!(!keys.contains(&nothing), "{} {at}", facts.id);
            });
        }
    }
}

/// What AWS's model marks sensitive must not stand in a log that is kept for ever, unless
/// somebody said why it may.
#[test]
fn a_sensitive_member_is_secret_dropped_or_plain() {
    for facts in watch::facts() {
        let marked = facts.sensitive().unwrap_or_else(|structure| {
            panic!("{}: run `cargo xtask shapes`, it does not know {structure:?}", facts.id)
        });
        let said = [facts.secret, facts.dropped, facts.plain].concat();
        for pointer in &marked {
            assert!(said.contains(&pointer.as_str()), "{}: {pointer} is sensitive", facts.id);
        }
        for pointer in facts.plain {
            let is_marked = marked.iter().any(|marked| marked == pointer);
            assert!(is_marked, "{}: nothing sensitive at {pointer}", facts.id);
        }
    }
}

#[tokio::test]
async fn every_technology_is_declared_whole_and_read_by_one_watcher() {
    let watchers = watch::watchers(&Cloud::new(|_| (500, Vec::new())).sessions().await);
    let mut read = BTreeMap::new();
    for watcher in &watchers {
        for technology in watcher.technologies() {
            assert_eq!(technology.provider, watcher.provider());
            assert_eq!(technology.reach, watcher.technologies()[0].reach);
            let twice = read.insert(technology.id.clone(), technology.clone());
            assert_eq!(twice, None, "two watchers read it");
        }
    }
    let known = watch::technologies();
    assert_eq!(read.len(), known.len());
    for technology in known {
        assert_eq!(read.get(&technology.id), Some(&technology));
    }
    for facts in watch::facts() {
        let Facts { id, title, shape, structures, events, .. } = *facts;
        assert!(!id.is_empty() && !title.is_empty() && shape > 0, "{facts:?}");
        // What Cloud Control answers is JSON: no structure of the SDK can lack anything.
        let is_json = facts.service.id == "cloudcontrol";
        assert_eq!(structures.is_empty(), is_json, "{id} says what it is made of");
        let permissions: Vec<_> = facts.all_operations().map(|one| one.permission).collect();
        assert!(permissions.iter().all(|one| one.contains(':')), "{permissions:?}");
        let once: BTreeSet<_> = permissions.iter().collect();
        assert_eq!(once.len(), permissions.len(), "{permissions:?}");
        let names: Vec<_> = events.iter().flat_map(|one| one.names).collect();
        let once: BTreeSet<_> = names.iter().collect();
        assert!(!names.is_empty(), "{id} says which events change it");
        assert_eq!(once.len(), names.len(), "an event of {id} stands there twice");
        assert!(events.iter().all(|one| one.at.starts_with('/')), "{events:?}");
    }
}

/// Whether a configuration has the member at a pointer, with `*` for any element or member.
fn has(value: &Value, pointer: &str) -> bool {
    let Some(rest) = pointer.strip_prefix('/') else { return true };
    let (name, rest) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match value {
        Value::Array(all) => {
            let is_one = |at: usize| name == "*" || name == at.to_string();
            all.iter().enumerate().any(|(at, element)| is_one(at) && has(element, rest))
        }
        Value::Object(all) if name == "*" => all.values().any(|member| has(member, rest)),
        Value::Object(all) => all.get(name).is_some_and(|member| has(member, rest)),
        _ => false,
    }
}

/// What no watcher records, no check can find anything in.
#[tokio::test]
async fn checks_read_what_watchers_record() {
    let mut never = Vec::new();
    for (facts, _, configs) in configs().await {
        for check in check::checks().iter().filter(|check| check.technology == facts.id) {
            for read in check.reads.iter() {
                if !configs.iter().any(|config| has(config, read)) {
                    never.push(format!("{} {read}", check.id));
                }
            }
        }
    }
    assert_eq!(never, Vec::<String>::new());
}
