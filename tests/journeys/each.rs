//! One resource of each technology, created, changed and deleted on moto.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::lab::Lab;

/// What moto made of a technology.
fn made(lab: &Lab) -> BTreeMap<String, Value> {
    serde_json::from_slice(&std::fs::read(lab.home().join("made.json")).unwrap()).unwrap()
}

/// What is recorded of each that was made.
fn recorded(lab: &Lab, made: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let items = lab.run(&["--format", "jsonl", "items", "--all"]).expect(0).lines();
    let of = |technology: &str, id: &Value| {
        let found = items.iter().find(|one| one["technology"] == technology && one["id"] == *id);
        found.unwrap_or_else(|| panic!("{technology} {id} is not recorded")).clone()
    };
    made.iter()
        .map(|(technology, made)| (technology.clone(), of(technology, &made["id"])))
        .collect()
}

/// Operations that moto lacks.
const LACKING: &[&str] = &["lambda:ListFunctionUrlConfigs"];

/// A scan in which nothing fails but what moto lacks.
fn scan(lab: &Lab) {
    let scan = lab.run(&["--format", "json", "scan"]).json();
    let failed = scan["failed_sweeps"].as_array().unwrap();
    let failed: Vec<_> = failed
        .iter()
        .filter(|it| !LACKING.contains(&it["operation"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(failed, Vec::<&Value>::new());
}

#[test]
fn a_resource_of_each_technology_is_recorded_from_its_creation_to_its_end() {
    let lab = Lab::empty().in_regions(&["us-east-1"]);
    let step = |step: &str| lab.moto.each(step, &lab.home().join("made.json"));
    step("create");
    scan(&lab);
    let made = made(&lab);
    let created = recorded(&lab, &made);
    for (technology, item) in &created {
        assert_eq!(item["deleted"], false, "{technology}");
    }
    scan(&lab);
    let unchanged = recorded(&lab, &made);
    step("change");
    scan(&lab);
    let changed = recorded(&lab, &made);
    step("delete");
    scan(&lab);
    let deleted = recorded(&lab, &made);
    let mut wrong = Vec::new();
    for (technology, made) in &made {
        let revision = |of: &BTreeMap<String, Value>| of[technology]["revision"].as_u64();
        if revision(&unchanged) != revision(&created) {
            wrong.push(format!("{technology} is revised although nothing changed"));
        }
        if revision(&changed) <= revision(&unchanged) {
            wrong.push(format!("{technology} was changed: no revision"));
        }
        if revision(&deleted) <= revision(&changed) {
            wrong.push(format!("{technology} was deleted: no revision"));
        }
        if (deleted[technology]["deleted"] == true) == (made["stays"] == true) {
            wrong.push(format!("{technology}: deleted is {}", deleted[technology]["deleted"]));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
