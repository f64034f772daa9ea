//! Gone is only what a direct look says is gone.

use secmonkey_aws::watch::Facts;
use secmonkey_core::watch::{Found, Wanted};

use super::faults::Fault;
use super::{Case, items, wanted};
use crate::cloud::{Cloud, Seen, config};

/// Every technology with the items that were recorded of it.
async fn all() -> Vec<(Case, &'static Facts, Vec<Wanted>, Seen)> {
    let mut all = Vec::new();
    for case in Case::all().await {
        for facts in case.facts.clone() {
            let whole = case.whole().await;
            let items = items(&whole, facts).map(|item| wanted(item, facts)).collect();
            all.push((case.clone(), facts, items, whole));
        }
    }
    all
}

#[tokio::test]
async fn what_is_there_is_found_as_a_sweep_sees_it() {
    for (case, facts, items, whole) in all().await {
        let technology = facts.technology();
        let found = case.cloud().look(facts, &items).await;
        assert_eq!(found.len(), items.len(), "{}", facts.id);
        for (id, found) in found {
            match found {
                Found::There(item) => {
                    assert_eq!(config(&item, &technology), config(&whole.items[&id], &technology));
                }
                Found::Exists => {}
                other => panic!("{id} is there, not {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_gone_and_takes_nothing_along() {
    for (case, facts, items, _) in all().await {
        // One item for each account, always there.
        if ["iam_account", "s3_account"].contains(&facts.id) {
            continue;
        }
        let arn = items[0].arn.as_ref().map(|arn| arn.replace(items[0].name(), "gone"));
        let gone = Wanted::new(&facts.technology(), "gone").called("gone", arn);
        let both = [&[gone][..], &items].concat();
        let found = case.cloud().look(facts, &both).await;
        let gone: Vec<_> = found.iter().filter(|(_, found)| **found == Found::Gone).collect();
        assert!(matches!(gone[..], [(id, _)] if id == "gone"), "{}: {found:?}", facts.id);
    }
}

/// Names change, and not everybody knows them.
#[tokio::test]
async fn what_is_there_is_not_gone_for_who_knows_its_id_only() {
    for (case, facts, items, _) in all().await {
        let technology = facts.technology();
        let by_id: Vec<_> =
            items.iter().map(|item| Wanted::new(&technology, item.id.as_str())).collect();
        for (id, found) in case.cloud().look(facts, &by_id).await {
            assert_ne!(found, Found::Gone, "{id}");
        }
    }
}

#[tokio::test]
async fn a_look_that_fails_in_any_way_takes_nothing_away() {
    for (case, facts, items, _) in all().await {
        for (fault, cause) in Fault::ALL {
            let cloud = Cloud::new(move |request| fault.answer(request));
            let found = cloud.look(facts, &items).await;
            assert_eq!(found.len(), items.len(), "{}", facts.id);
            for (id, found) in found {
                match found {
                    Found::Failed(error) => {
                        assert_eq!(error.cause, cause, "{id} {fault:?}");
                        assert!(case.permissions().contains(error.operation.as_ref()));
                    }
                    // A name that refuses the question may be somebody else's by now.
                    Found::Exists if facts.id == "s3_bucket" => {}
                    other => panic!("{id} {fault:?}: {other:?}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn an_answer_cut_anywhere_takes_nothing_away() {
    for (case, facts, items, _) in all().await {
        for part in 0..20 {
            let recorded = case.recorded.clone();
            let cloud = Cloud::new(move |request| {
                let (status, mut body) = recorded.answer(request);
                body.truncate(body.trim_ascii_end().len() * part / 20);
                (status, body)
            });
            for (id, found) in cloud.look(facts, &items).await {
                assert!(matches!(found, Found::Failed(_)), "{id} cut at {part}/20: {found:?}");
            }
        }
    }
}
