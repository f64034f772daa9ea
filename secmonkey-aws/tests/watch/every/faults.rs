//! Whatever breaks, nothing false is seen, and what failed is said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use secmonkey_core::config::canonicalise;
use secmonkey_core::watch::{Cause, Part};
use serde_json::json;

use super::Case;
use crate::cloud::{Answer, Cloud, Protocol, Request, Seen};

/// How a call may go wrong.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    Denied,
    Throttled,
    Broken,
    /// An answer that is whole, and none to the question.
    Foreign,
}

impl Fault {
    pub const ALL: [(Self, Cause); 4] = [
        (Self::Denied, Cause::Denied),
        (Self::Throttled, Cause::Throttled),
        (Self::Broken, Cause::Unreachable),
        (Self::Foreign, Cause::Garbled),
    ];

    pub fn answer(self, request: &Request) -> Answer {
        let (status, code) = match (self, request.protocol) {
            (Self::Foreign, _) => {
                return (200, b"<html><body>Please log in</body></html>".to_vec());
            }
            (Self::Denied, Protocol::Ec2) => (403, "UnauthorizedOperation"),
            (Self::Denied, Protocol::Json) => (400, "AccessDeniedException"),
            (Self::Denied, _) => (403, "AccessDenied"),
            (Self::Throttled, Protocol::Ec2) => (503, "RequestLimitExceeded"),
            (Self::Throttled, Protocol::S3) => (503, "SlowDown"),
            (Self::Throttled, Protocol::Json) => (400, "ThrottlingException"),
            (Self::Throttled, _) => (400, "Throttling"),
            (Self::Broken, _) => (500, "InternalError"),
        };
        request.refused(status, code)
    }
}

impl Case {
    /// The files that answer the questions of a sweep.
    async fn files(&self) -> BTreeSet<String> {
        let cloud = self.cloud();
        self.sweep(&cloud).await;
        cloud.asked().iter().map(|asked| self.recorded.name(asked).to_owned()).collect()
    }

    /// A cloud where one file's questions are answered otherwise.
    fn but(
        &self,
        file: &str,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Cloud {
        let (recorded, file) = (self.recorded.clone(), file.to_owned());
        Cloud::new(move |request| {
            if recorded.name(request) == file { answer(request) } else { recorded.answer(request) }
        })
    }

    /// What was seen in spite of something is true, and no more is concluded than was seen.
    fn assert_true(&self, seen: &Seen, whole: &Seen, doing: &str) {
        for (id, item) in &seen.items {
            let facts = self.facts.iter().find(|facts| facts.id == item.technology);
            let technology = facts.unwrap().technology();
            let canonical = |at: &str, part: &Part| match part {
                Part::Known(value) => {
                    let mut alone = json!({ at[1..]: value });
                    canonicalise(&mut alone, &technology);
                    Some(alone)
                }
                Part::Absent => Some(json!({})),
                Part::Failed(_) => None,
            };
            let known = &whole.items[id];
            assert_eq!((&item.name, &item.arn), (&known.name, &known.arn), "{doing}: {id}");
            assert_eq!(item.config, known.config, "{doing}: {id}");
            assert_eq!(item.parts.len(), known.parts.len(), "{doing}: {id}");
            for ((at, part), (same, known)) in item.parts.iter().zip(&known.parts) {
                assert_eq!(at, same, "{doing}: {id}");
                if let Some(part) = canonical(at, part) {
                    assert_eq!(Some(part), canonical(at, known), "{doing}: {id}{at}");
                }
            }
        }
        for (id, item) in &whole.items {
            let seen_or_said = seen.items.contains_key(id) || seen.unread.contains_key(id);
            let complete = seen.complete.contains(item.technology.as_ref());
            assert!(seen_or_said || !complete, "{doing}: {id} is concealed");
        }
        let permissions = self.permissions();
        for error in seen.failures() {
            let operation = error.operation.as_ref();
            assert!(permissions.contains(operation), "{doing}: nobody declares {operation}");
        }
    }
}

#[tokio::test]
async fn every_call_that_fails_is_said_and_nothing_is_concluded_from_it() {
    for case in Case::all().await {
        let whole = case.whole().await;
        for file in case.files().await {
            for (fault, cause) in Fault::ALL {
                let doing = format!("{file} {fault:?}");
                let cloud = case.but(&file, move |request| fault.answer(request));
                let seen = case.sweep(&cloud).await;
                case.assert_true(&seen, &whole, &doing);
                let failures = seen.failures();
                assert!(failures.iter().any(|one| one.cause == cause), "{doing}: {failures:?}");
            }
        }
    }
}

/// Absence is an answer: nothing failed, and everything was seen.
#[tokio::test]
async fn only_the_codes_of_an_operation_say_that_there_is_none() {
    for case in Case::all().await {
        let operations: BTreeMap<_, _> = case
            .facts
            .iter()
            .flat_map(|facts| facts.all_operations())
            .map(|operation| (operation.permission, operation))
            .collect();
        for file in case.files().await {
            let cloud = case.but(&file, |request| Fault::Denied.answer(request));
            let seen = case.sweep(&cloud).await;
            // Which operation the file answers says its failure.
            let failed: BTreeSet<_> =
                seen.failures().iter().map(|one| one.operation.to_string()).collect();
            let failed = failed.first().unwrap_or_else(|| panic!("{file} may be denied"));
            for code in operations[failed.as_str()].absent {
                let cloud = case.but(&file, |request| request.refused(404, code));
                let seen = case.sweep(&cloud).await;
                assert_eq!((&seen.end, seen.failures().len()), (&Ok(()), 0), "{file} {code}");
                assert_eq!(seen.complete.len(), case.facts.len(), "{file} {code}");
            }
            let cloud = case.but(&file, |request| request.refused(404, "NoSuchCode"));
            let seen = case.sweep(&cloud).await;
            assert!(!seen.failures().is_empty(), "{file}: any error is taken for absence");
        }
    }
}

/// The cuts of each file that are still to be tried.
type Cuts = BTreeMap<String, Vec<usize>>;

/// Every tenth byte, of a long answer forty places, and every one of the last ten, where only
/// closing tags are missing. That no cut passes the HTTP client, wherever it is, is tested in
/// `tests/it/truncation.rs`; here it is what becomes of the error.
fn cuts(length: usize) -> Vec<usize> {
    let apart = length.div_ceil(40).max(10);
    let places = (0..length).step_by(apart);
    places.chain(length.saturating_sub(10)..length).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A cloud that cuts each file at the last of its cuts, and which files it has cut.
fn cutting(case: &Case, cuts: &Cuts) -> (Cloud, Arc<Mutex<BTreeSet<String>>>) {
    let done = Arc::<Mutex<BTreeSet<String>>>::default();
    let (recorded, cuts, cut) = (case.recorded.clone(), cuts.clone(), Arc::clone(&done));
    let cloud = Cloud::new(move |request| {
        let (status, mut body) = recorded.answer(request);
        let name = recorded.name(request);
        if let Some(at) = cuts.get(name).and_then(|cuts| cuts.last()) {
            body.truncate(*at);
            cut.lock().unwrap().insert(name.to_owned());
        }
        (status, body)
    });
    (cloud, done)
}

/// The SDK reads a cut answer as a shorter list: nobody may see that.
///
/// Cuts of several answers share a sweep, unless one of them ends it.
#[tokio::test]
async fn an_answer_cut_anywhere_is_a_failure_and_never_a_shorter_list() {
    for case in Case::all().await {
        let whole = case.whole().await;
        let mut together = Cuts::new();
        for file in case.files().await {
            let all = cuts(case.recorded.length(&file));
            let middle = Cuts::from([(file.clone(), vec![all[all.len() / 2]])]);
            let ends = case.sweep(&cutting(&case, &middle).0).await.end.is_err();
            if !ends {
                together.insert(file, all);
                continue;
            }
            for at in all {
                let one = Cuts::from([(file.clone(), vec![at])]);
                let seen = case.sweep(&cutting(&case, &one).0).await;
                case.assert_true(&seen, &whole, &format!("{file} cut at {at}"));
                let Err(error) = &seen.end else { panic!("{file} cut at {at} is taken for whole") };
                // What another listing proves is proved.
                for facts in &case.facts {
                    let is_its = facts.list.permission == error.operation;
                    let is_complete = seen.complete.contains(facts.id);
                    assert!(!is_its || !is_complete, "{file} cut at {at} completes {}", facts.id);
                }
                assert!(seen.complete.len() < case.facts.len(), "{file} cut at {at} completes");
            }
        }
        while together.values().any(|cuts| !cuts.is_empty()) {
            let (cloud, done) = cutting(&case, &together);
            let seen = case.sweep(&cloud).await;
            let done = done.lock().unwrap().clone();
            assert!(!done.is_empty(), "nobody asks any more for {:?}", together.keys());
            case.assert_true(&seen, &whole, &format!("{done:?} cut"));
            assert!(!seen.failures().is_empty(), "{done:?} cut: nothing is said");
            for file in done {
                together.get_mut(&file).unwrap().pop();
            }
            together.retain(|_, cuts| !cuts.is_empty());
        }
    }
}
