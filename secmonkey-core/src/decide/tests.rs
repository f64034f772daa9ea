use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde_json::json;

use super::*;
use crate::account::Account;
use crate::check::{Check, Rule};
use crate::event::{Envelope, NewEvent, Stored};
use crate::issue::Status;
use crate::log::memory::Memory;
use crate::log::{Head, Receipt};
use crate::network::Network;
use crate::source::{AccountSource, Entry, Listing, State, Whole};
use crate::technology::Technology;
use crate::testing::{Look, Scene};
use crate::watch::{Listed, pages};

const AWS: Provider = Provider::named("aws");
const GROUP: Technology = Technology { id: Cow::Borrowed("group"), ..Technology::DEFAULT };

fn account(id: &str, name: &str) -> Account {
    Account::new(AWS, id.parse().unwrap(), name)
}

fn decisions(log: Arc<dyn EventLog>) -> Decisions {
    Decisions::new(log, Views::in_memory(), Actor::from("alice"))
}

fn in_memory() -> Decisions {
    decisions(Arc::new(Memory::default()))
}

/// A log in which somebody else writes to a stream before each of the next appends.
struct Contested {
    log: Memory,
    stream: StreamId,
    times: AtomicUsize,
}

#[async_trait]
impl EventLog for Contested {
    async fn append(&self, batch: Vec<Append>) -> Result<Receipt, AppendError> {
        let left =
            self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if left.is_ok() {
            let event = match self.stream.as_item() {
                Some(_) => Event::ChecksUndecided { undecided: BTreeMap::new() },
                None => Event::NetworkForgotten { name: "nothing".to_owned() },
            };
            let event = NewEvent { event, observed_at: Timestamp::UNIX_EPOCH };
            self.log
                .append(vec![Append {
                    stream: self.stream.clone(),
                    expected: Expected::Any,
                    actor: Actor::from("somebody else"),
                    scan: None,
                    events: vec![event],
                }])
                .await?;
        }
        self.log.append(batch).await
    }

    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, log::Error> {
        self.log.read_all(after, max).await
    }

    async fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, log::Error> {
        self.log.read_stored(after, max).await
    }

    async fn restore(&self, events: Vec<Stored>) -> Result<Receipt, AppendError> {
        self.log.restore(events).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, log::Error> {
        self.log.read_stream(stream, from, max).await
    }

    async fn version(&self, stream: &StreamId) -> Result<Version, log::Error> {
        self.log.version(stream).await
    }

    async fn head(&self) -> Result<Head, log::Error> {
        self.log.head().await
    }

    fn subscribe(&self, after: Position) -> BoxStream<'_, Result<Envelope, log::Error>> {
        self.log.subscribe(after)
    }
}

fn contested(stream: StreamId, times: usize) -> Arc<Contested> {
    Arc::new(Contested { log: Memory::default(), stream, times: AtomicUsize::new(times) })
}

fn network(name: &str, cidr: &str) -> Network {
    Network {
        name: name.to_owned(),
        cidr: cidr.parse().unwrap(),
        account: None,
        notes: String::new(),
    }
}

/// A source that says what it was given, and whether that is all.
struct Given(Vec<Entry>, bool);

#[async_trait]
impl AccountSource for Given {
    fn title(&self) -> String {
        "the list".to_owned()
    }

    async fn accounts(&self) -> Result<Listing, source::Error> {
        let mut listing = pages("list:List", |_| async { Ok(Listed::page(self.0.clone(), None)) });
        let mut entries = Vec::new();
        while let Some(page) = listing.next().await? {
            entries.extend(page);
        }
        let whole = Whole::new(AWS, listing.end()?);
        Ok(Listing { entries, whole: self.1.then_some(whole) })
    }
}

/// A list that says ids and names.
fn list<'a>(accounts: impl IntoIterator<Item = &'a Account>) -> Given {
    let entry = |account: &Account| {
        let name = Some(account.name.clone());
        Entry { name, ..Entry::new(account.provider.clone(), account.id.clone()) }
    };
    Given(accounts.into_iter().map(entry).collect(), false)
}

/// What becomes of whom.
async fn discover(
    decisions: &Decisions,
    source: Given,
    missing: Missing,
) -> Result<Vec<(&'static str, Changed)>, Error> {
    let changes = decisions.discover(&source, missing, false).await?;
    let short = |name: String| ["1", "2", "3", "4"].into_iter().find(|id| *id == name).unwrap();
    Ok(changes.into_iter().map(|one| (short(one.name), one.change)).collect())
}

#[tokio::test]
async fn what_meets_another_write_is_decided_anew_and_not_for_ever() {
    let decisions = decisions(contested(StreamId::governance(), 3));
    assert!(decisions.know(network("office", "203.0.113.0/24")).await.unwrap());
    assert_eq!(decisions.views.networks().count(), 1);

    let busy = self::decisions(contested(StreamId::governance(), usize::MAX));
    let refused = busy.know(network("office", "203.0.113.0/24")).await.unwrap_err();
    assert!(matches!(refused, Error::Append(AppendError::Conflict { .. })), "{refused}");
}

#[tokio::test]
async fn an_account_is_registered_once_and_its_id_is_its_own() {
    let decisions = in_memory();
    decisions.register(account("1", " one ")).await.unwrap();
    assert_eq!(decisions.views.accounts().unwrap().get("1").unwrap().name, "one");
    let again = decisions.register(account("1", "uno")).await.unwrap_err();
    assert_eq!(again.to_string(), "account 1 is registered already, as one");
    let mut other = account("1", "one");
    other.provider = Provider::named("github");
    let refused = discover(&decisions, list([&other]), Missing::Tell).await;
    assert!(matches!(refused, Err(Error::OtherProvider { .. })));
}

#[tokio::test]
async fn names_are_unique_and_nobodys_id() {
    let decisions = in_memory();
    decisions.register(account("1", "one")).await.unwrap();
    let refused = |account: Account| {
        let decisions = decisions.clone();
        async move { decisions.register(account).await.unwrap_err().to_string() }
    };
    assert_eq!(refused(account("2", "one")).await, "account 2: the name one belongs to 1");
    assert_eq!(refused(account("2", "1")).await, "account 2: the name 1 is the id of 1");
    assert_eq!(refused(account("one", "x")).await, "account one: the name one belongs to 1");
    assert_eq!(refused(account("2", " ")).await, "account 2: an account needs a name");
    let renamed = decisions.update("one", |account| account.name = "uno".to_owned()).await;
    assert!(renamed.unwrap().changed);
    decisions.register(account("2", "one")).await.unwrap();
    assert!(!decisions.update("2", |_| ()).await.unwrap().changed);
}

#[tokio::test]
async fn the_provider_says_what_its_accounts_may_be() {
    let decisions = in_memory().provider(AWS, |account| {
        account.set("partition", "aws");
        if account.id.as_str().len() == 12 { Ok(()) } else { Err("an id has twelve digits") }
    });
    let kept = decisions.register(account("123456789012", "one")).await.unwrap();
    assert_eq!(kept.setting("partition"), Some("aws"));
    let refused = decisions.register(account("1", "two")).await.unwrap_err();
    assert_eq!(refused.to_string(), "account 1: an id has twelve digits");
    let mut other = account("2", "two");
    other.provider = Provider::named("asw");
    let refused = decisions.register(other).await.unwrap_err();
    assert_eq!(refused.to_string(), "unknown provider `asw`; there is `aws`");
}

#[tokio::test]
async fn what_a_source_says_is_taken_whole_or_not_at_all() {
    let decisions = in_memory();
    let file = [account("1", "one"), account("2", "two"), account("3", "one")];
    assert!(discover(&decisions, list(&file), Missing::Tell).await.is_err());
    assert_eq!(decisions.views.accounts().unwrap().iter().count(), 0);
    let changes = discover(&decisions, list(&file[..2]), Missing::Tell).await.unwrap();
    assert_eq!(changes, [("1", Changed::Added), ("2", Changed::Added)]);
    let again = [account("1", "one"), account("2", "deux")];
    let changes = discover(&decisions, list(&again), Missing::Tell).await.unwrap();
    assert_eq!(changes, [("1", Changed::Unchanged), ("2", Changed::Changed)]);
}

#[tokio::test]
async fn who_is_missing_is_told_and_deactivated_only_when_asked() {
    let decisions = in_memory();
    let all = [account("1", "one"), account("2", "two"), account("3", "three")];
    let whole = |accounts: &[Account]| Given(list(accounts).0, true);
    discover(&decisions, whole(&all), Missing::Tell).await.unwrap();
    decisions.update("3", |account| account.third_party = true).await.unwrap();
    let known = |id: &str| decisions.views.accounts().unwrap().get(id).unwrap().clone();

    // A list that may have been cut says nothing of the others.
    let cut = discover(&decisions, list(&all[..1]), Missing::Tell).await.unwrap();
    assert_eq!(cut, [("1", Changed::Unchanged)]);
    let refused = discover(&decisions, list(&all[..1]), Missing::Deactivate).await.unwrap_err();
    assert!(matches!(refused, Error::NotWhole(_)), "{refused}");

    let told = discover(&decisions, whole(&all[..1]), Missing::Tell).await.unwrap();
    assert_eq!(told, [("1", Changed::Unchanged), ("2", Changed::Missing)]);
    assert!(known("2").active);
    let one = whole(&all[..1]);
    let would = decisions.discover(&one, Missing::Deactivate, true).await.unwrap();
    assert_eq!((would[1].change, known("2").active), (Changed::Changed, true));
    let gone = discover(&decisions, whole(&all[..1]), Missing::Deactivate).await.unwrap();
    assert_eq!(gone, [("1", Changed::Unchanged), ("2", Changed::Changed)]);
    assert_eq!((known("2").active, known("2").setting(source::CLOSED)), (false, Some("missing")));
    // That is settled, and undone when the list has it again.
    let again = discover(&decisions, whole(&all[..1]), Missing::Deactivate).await.unwrap();
    assert_eq!(again, [("1", Changed::Unchanged)]);
    let mut back = list(&all[..2]);
    back.0[1].state = Some(State::Open);
    discover(&decisions, back, Missing::Tell).await.unwrap();
    assert_eq!((known("2").active, known("2").setting(source::CLOSED)), (true, None));
}

#[tokio::test]
async fn accounts_may_swap_their_names_and_an_organization_may_use_one_twice() {
    let decisions = in_memory();
    let all = [account("1", "one"), account("2", "two"), account("3", "three")];
    discover(&decisions, list(&all), Missing::Tell).await.unwrap();
    let swapped = [account("1", "two"), account("2", "one")];
    discover(&decisions, list(&swapped), Missing::Tell).await.unwrap();
    let names = || -> Vec<String> {
        decisions.views.accounts().unwrap().iter().map(|one| one.name.clone()).collect()
    };
    assert_eq!(names(), ["two", "one", "three"]);

    let twice = || {
        let mut given = list(&[account("1", "x"), account("2", "x"), account("4", "three")]);
        for entry in &mut given.0 {
            entry.name_if_taken = Some(format!("x-{}", entry.id));
        }
        given.0.reverse();
        given
    };
    discover(&decisions, twice(), Missing::Tell).await.unwrap();
    assert_eq!(names(), ["x", "x-2", "three", "x-4"]);
    let again = discover(&decisions, twice(), Missing::Tell).await.unwrap();
    assert!(again.iter().all(|(_, change)| *change == Changed::Unchanged), "{again:?}");
}

#[tokio::test]
async fn a_source_that_lists_nothing_is_named() {
    struct Nobody;
    #[async_trait]
    impl AccountSource for Nobody {
        fn title(&self) -> String {
            "the list".to_owned()
        }

        async fn accounts(&self) -> Result<Listing, source::Error> {
            let mut listing = pages("list:List", |_| async {
                Ok(Listed { items: vec![1], next: None, truncated: Some(true) })
            });
            while listing.next().await?.is_some() {}
            unreachable!("it was cut")
        }
    }
    let refused = in_memory().discover(&Nobody, Missing::Tell, false).await.unwrap_err();
    assert!(matches!(refused, Error::Source { error: source::Error::Unread(_), .. }));
    assert!(refused.to_string().starts_with("the list: list:List"), "{refused}");
}

#[tokio::test]
async fn a_removed_account_can_be_registered_again() {
    let decisions = in_memory();
    decisions.register(account("1", "one")).await.unwrap();
    assert_eq!(decisions.remove("one").await.unwrap().id.as_str(), "1");
    let gone = decisions.remove("one").await.unwrap_err();
    assert_eq!(gone.to_string(), "unknown account `one`: none is registered");
    decisions.register(account("1", "one")).await.unwrap();
}

#[tokio::test]
async fn a_network_is_known_by_one_name() {
    let decisions = in_memory();
    assert!(decisions.know(network("office", "203.0.113.0/24")).await.unwrap());
    assert!(!decisions.know(network(" office ", "203.0.113.0/24")).await.unwrap());
    let other = decisions.know(network("office", "198.51.100.0/24")).await.unwrap_err();
    assert_eq!(other.to_string(), "the network office is known already, as 203.0.113.0/24");
    let unknown = decisions.forget("ofice").await.unwrap_err();
    assert_eq!(unknown.to_string(), "unknown network `ofice`; nearest: `office`");
    assert_eq!(decisions.forget("office").await.unwrap().name, "office");
    assert_eq!(decisions.views.networks().count(), 0);
}

#[tokio::test]
async fn a_justification_says_why_and_can_be_taken_back() {
    const OPEN: Check = Check {
        id: Cow::Borrowed("group.open"),
        technology: Cow::Borrowed("group"),
        score: 7,
        ..Check::DEFAULT
    };
    let rule = Rule::new(OPEN, |_, _, found| {
        found.add("", "open");
        Ok(())
    });
    let mut scene = Scene::new(&[GROUP]).check(&rule);
    scene.scan(Look::at(&GROUP).item("sg-1", json!({}))).await;
    let id = scene.issues().remove(0).finding.issue;
    let clock: Clock = {
        let now = scene.now();
        Arc::new(move || now)
    };
    let log = Arc::clone(&scene.log) as Arc<dyn EventLog>;
    let decisions = Decisions::new(log, scene.views.clone(), Actor::from("alice")).clock(clock);
    let start = &id.as_str()[..6];
    assert!(matches!(decisions.justify(start, " ", None).await, Err(Error::EmptyNote)));
    let over = decisions.justify(start, "x", Some(scene.now())).await;
    assert!(matches!(over, Err(Error::Over(_))));
    assert!(matches!(decisions.unjustify(start).await, Err(Error::NotJustified(_))));
    let state = decisions.justify(start, "by design", None).await.unwrap();
    assert_eq!(state.status, Status::Justified);
    assert_eq!(state.issue.justification.unwrap().by, Actor::from("alice"));
    assert_eq!(decisions.unjustify(start).await.unwrap().status, Status::Open);
    scene.scan(Look::at(&GROUP)).await;
    assert!(matches!(decisions.justify(start, "x", None).await, Err(Error::Resolved(_))));
}

#[tokio::test]
async fn a_log_is_signed_under_one_origin_for_ever() {
    use crate::tlog::SigningKey;

    let decisions = in_memory();
    let key = |name: &str, seed| SigningKey::new(name, [seed; 32]).unwrap().verifier().clone();
    let (first, second) = (key("log.example/a", 1), key("log.example/a", 2));
    for key in [&first, &second, &first] {
        decisions.sign_with(key).await.unwrap();
    }
    let keys = decisions.views.signing_keys().unwrap();
    let keys: Vec<_> = keys.into_iter().map(|row| row.key).collect();
    assert_eq!(keys, [first.to_string(), second.to_string()]);
    let refused = decisions.sign_with(&key("log.example/b", 1)).await.unwrap_err();
    assert!(matches!(refused, Error::OtherOrigin { .. }), "{refused}");
}
