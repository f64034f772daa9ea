use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::check::{Catalogue, Rule};
use crate::technology::{Technology, Texts};
use crate::testing::{Look, PROVIDER, Scene};

const GROUP: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };
const NET: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("net"), ..Technology::DEFAULT };

/// Each source that a group lets in.
static OPEN: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "group.open".into(),
        technology: "group".into(),
        score: 7,
        reads: Texts::new(&["/Open"]),
        page: "# Open".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, _, found| {
        for source in item.config["Open"].as_array().into_iter().flatten() {
            let source = source.as_str().unwrap_or_default();
            found.add(source, format!("lets {source} in"));
        }
        Ok(())
    })
});

/// A group that lets somebody in, in an account with a public net.
static EXPOSED: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "group.exposed".into(),
        technology: "group".into(),
        score: 9,
        reads: Texts::new(&["/Open"]),
        world: Texts::new(&["net"]),
        page: "# Exposed".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, world, found| {
        let is_open = item.config["Open"].as_array().is_some_and(|open| !open.is_empty());
        let nets = world.all(&item.key.account, "net")?;
        if is_open && nets.iter().any(|net| net.config["Public"] == true) {
            found.add("", "open and public");
        }
        Ok(())
    })
});

/// What one scan sees: whom the group lets in, where it is there; and whether the net is public.
#[derive(Debug, Clone)]
struct Seen {
    open: Option<Vec<&'static str>>,
    is_public: bool,
}

impl Seen {
    fn looks(&self) -> Vec<Look> {
        let group = Look::at(&GROUP);
        let group = match &self.open {
            Some(open) => group.item("sg-1", json!({ "Open": open, "Size": open.len() })),
            None => group,
        };
        vec![group, Look::at(&NET).item("n-1", json!({ "Public": self.is_public }))]
    }

    /// The findings of it, by check and subject.
    fn findings(&self) -> BTreeSet<(&'static str, &'static str)> {
        let open: Vec<_> = self.open.iter().flatten().collect();
        let exposed = self.is_public && !open.is_empty();
        let exposed = exposed.then_some(("group.exposed", ""));
        open.into_iter().map(|source| ("group.open", *source)).chain(exposed).collect()
    }
}

type Intervals = BTreeMap<(String, String), Vec<(Timestamp, Option<Timestamp>)>>;

/// The answer of judging everything that was seen.
fn naive(seen: &[(Timestamp, Seen)]) -> Intervals {
    let mut all = Intervals::new();
    for (at, seen) in seen {
        let found = seen.findings();
        for ((check, subject), intervals) in &mut all {
            let last = intervals.last_mut().filter(|(_, until)| until.is_none());
            if let Some((_, until)) = last
                && !found.contains(&(check, subject))
            {
                *until = Some(*at);
            }
        }
        for (check, subject) in found {
            let intervals = all.entry((check.to_owned(), subject.to_owned())).or_default();
            if intervals.last().is_none_or(|(_, until)| until.is_some()) {
                intervals.push((*at, None));
            }
        }
    }
    all
}

async fn asked(scene: &Scene, rules: &[&Rule], search: &ExposureSearch) -> Exposures {
    asked_of(&Known::new(scene.views.clone(), scene.now()), scene, rules, search).await
}

async fn asked_of(
    known: &Known,
    scene: &Scene,
    rules: &[&Rule],
    search: &ExposureSearch,
) -> Exposures {
    let auditor = Catalogue::new(rules.iter().map(|rule| (*rule).clone()).collect::<Vec<_>>());
    let registry = Registry::new([GROUP, NET], auditor.checks().to_vec());
    let auditors: [Arc<dyn Auditor>; 1] = [Arc::new(auditor)];
    exposure(scene.log.as_ref(), known, &registry, &auditors, search).await.unwrap()
}

fn intervals(found: &Exposures) -> Intervals {
    let of = |one: &Exposure| {
        let intervals = one.intervals.iter();
        let times = intervals.map(|it| (it.from.at, it.until.map(|until| until.at)));
        ((one.check.clone(), one.subject.clone()), times.collect())
    };
    found.all.iter().map(of).collect()
}

fn seen() -> impl Strategy<Value = Seen> {
    let open = prop::sample::subsequence(vec!["a", "b"], 0..=2);
    let open = prop_oneof![4 => open.prop_map(Some), 1 => Just(None)];
    (open, any::<bool>()).prop_map(|(open, is_public)| Seen { open, is_public })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whenever the checks came into use, before everything was seen or never, the answer is that
    /// of asking them about everything that was seen; of a past instant, until then.
    #[test]
    fn exposure_is_the_answer_of_judging_everything(
        all in prop::collection::vec(seen(), 1..7),
        open_from in 0_usize..8,
        exposed_from in 0_usize..8,
        then in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut scene = Scene::new(&[GROUP, NET]);
            let mut told = Vec::new();
            for (count, one) in all.iter().enumerate() {
                scene = scene.without_checks();
                for (rule, from) in [(&OPEN, open_from), (&EXPOSED, exposed_from)] {
                    if from <= count {
                        scene = scene.check(rule);
                    }
                }
                scene.scan_all(one.looks()).await;
                told.push((scene.now(), one.clone()));
            }
            let found = asked(&scene, &[&OPEN, &EXPOSED], &ExposureSearch::default()).await;
            prop_assert_eq!(intervals(&found), naive(&told));
            prop_assert!(found.undecided.is_empty(), "{:?}", found.undecided);
            let then = then.index(told.len());
            let (log, at) = (scene.log.as_ref(), told[then].0);
            let past = Known::at(log, &scene.views, at, scene.now()).await.unwrap();
            let search = ExposureSearch::default();
            let found = asked_of(&past, &scene, &[&OPEN, &EXPOSED], &search).await;
            prop_assert_eq!(intervals(&found), naive(&told[..=then]));
            Ok(())
        })?;
    }
}

fn group(open: &[&str]) -> Look {
    Look::at(&GROUP).item("sg-1", json!({ "Open": open }))
}

#[tokio::test]
async fn a_finding_that_comes_and_goes_has_intervals_with_their_revisions() {
    let mut scene = Scene::new(&[GROUP]).check(&OPEN);
    for open in [&[][..], &["a"], &[], &["a", "b"]] {
        scene.scan(group(open)).await;
    }
    let search =
        ExposureSearch { principal: Some(Names::Word("a".to_owned())), ..Default::default() };
    let found = asked(&scene, &[&OPEN], &search).await;
    let [one] = found.all.as_slice() else { panic!("{found:?}") };
    assert_eq!((one.name.as_str(), one.subject.as_str()), ("sg-1", "a"));
    let revisions: Vec<_> = one
        .intervals
        .iter()
        .map(|it| (it.from.revision, it.until.map(|until| until.revision), it.score))
        .collect();
    assert_eq!(revisions, [(2, Some(3), 7), (4, None, 7)]);
    assert!(one.intervals.iter().all(|it| !it.is_judged_now), "the issue tells: {one:?}");
}

#[tokio::test]
async fn what_was_before_a_check_is_judged_now_and_says_so() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(group(&["a"])).await;
    let since = scene.now();
    scene.scan(group(&["a", "b"])).await;
    let mut scene = scene.check(&OPEN);
    scene.scan(group(&["a", "b"])).await;
    let search = ExposureSearch { item: Some("sg-1".to_owned()), ..Default::default() };
    let found = asked(&scene, &[&OPEN], &search).await;
    let one = &found.all[0];
    assert_eq!((one.intervals[0].from.at, one.intervals[0].until), (since, None));
    assert!(one.intervals[0].is_judged_now);
    // The issue itself is younger.
    assert!(scene.issues()[0].opened_at > since);
}

#[tokio::test]
async fn what_cannot_be_decided_about_the_past_is_said() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(group(&["a"])).await;
    scene.scan(group(&["a", "b"])).await;
    // No net was ever listed.
    let found = asked(&scene, &[&EXPOSED], &ExposureSearch::default()).await;
    assert_eq!(found.all, []);
    let undecided: Vec<_> = found.undecided.keys().map(|(check, _)| check.as_str()).collect();
    assert_eq!(undecided, ["group.exposed"]);
}

#[tokio::test]
async fn who_is_gone_was_exposed_until_then() {
    let mut scene = Scene::new(&[GROUP]).check(&OPEN);
    scene.scan(group(&["a"])).await;
    scene.scan(Look::at(&GROUP)).await;
    let gone = scene.now();
    let found = asked(&scene, &[], &ExposureSearch::default()).await;
    // Not even the check has to be there still.
    let until = found.all[0].intervals[0].until.unwrap();
    assert_eq!((until.at, until.revision), (gone, 2));
    let unknown = ExposureSearch { check: Some("group.opne".to_owned()), ..Default::default() };
    let auditors: [Arc<dyn Auditor>; 0] = [];
    let known = Known::new(scene.views.clone(), scene.now());
    let registry = Registry::new([GROUP], Catalogue::new(vec![OPEN.clone()]).checks().to_vec());
    let error = exposure(scene.log.as_ref(), &known, &registry, &auditors, &unknown).await;
    assert!(error.unwrap_err().to_string().contains("group.open"));
}

#[tokio::test]
async fn rules_in_force_say_what_it_counts_and_what_is_not_told() {
    use crate::governance::Override;
    use crate::query::language::Query;

    let mut scene = Scene::new(&[GROUP]).check(&OPEN);
    scene.scan(group(&["a"])).await;
    let say = async |scene: &mut Scene, rule: Override| {
        scene.append(StreamId::governance(), Event::CheckOverridden(rule)).await;
    };
    let lower = Override { score: Some(2), ..Override::new("group.open", Query::All, "x") };
    say(&mut scene, lower).await;
    let found = asked(&scene, &[&OPEN], &ExposureSearch::default()).await;
    let record = crate::record::ExposureRecord::of(&found.all[0]).next().unwrap();
    assert_eq!((record.score, record.base_score, record.severity), (2, 7, "low"));
    let off = Override { disabled: true, ..Override::new("group.open", Query::All, "noise") };
    say(&mut scene, off).await;
    let found = asked(&scene, &[&OPEN], &ExposureSearch::default()).await;
    assert_eq!((found.all.len(), found.suppressed.len()), (0, 1));
    assert_eq!(found.suppressed[0].ruled.suppressed.as_ref().unwrap().reason, "noise");
}
