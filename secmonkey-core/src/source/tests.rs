use proptest::prelude::*;
use serde_json::json;

use super::*;

const AWS: Provider = Provider::named("aws");

fn entry() -> Entry {
    Entry::new(AWS, "123456789012".parse().unwrap())
}

fn said(state: State) -> Entry {
    Entry { state: Some(state), ..entry() }
}

fn closed(word: &str) -> Entry {
    said(State::Closed(word.to_owned()))
}

#[test]
fn what_is_not_said_stays_as_people_set_it() {
    let mut account = entry().registered();
    assert_eq!((account.name.as_str(), account.active), ("123456789012", true));
    account.name = "production".to_owned();
    account.notes = "ask Ann".to_owned();
    account.set("role", "Reader");
    account.regions = vec!["eu-west-1".to_owned()];
    let before = account.clone();
    let mut silent = entry();
    silent.initial.insert("role".to_owned(), "Other".into());
    silent.update(&mut account);
    assert_eq!(account, before);
    assert_eq!(silent.registered().setting("role"), Some("Other"));

    let mut entry = entry();
    entry.name = Some("prod".to_owned());
    entry.regions = Some(Vec::new());
    entry.settings = json!({ "role": "", "owner": "shop", "n": null }).as_object().unwrap().clone();
    entry.update(&mut account);
    assert_eq!((account.name.as_str(), account.notes.as_str()), ("prod", "ask Ann"));
    assert_eq!((account.setting("role"), account.setting("owner")), (None, Some("shop")));
    assert!(account.regions.is_empty() && !account.settings.contains_key("n"));
}

#[test]
fn only_what_a_source_closed_is_opened_again() {
    let mut account = entry().registered();
    closed("SUSPENDED").update(&mut account);
    assert_eq!((account.active, account.setting(CLOSED)), (false, Some("SUSPENDED")));
    closed("CLOSED").update(&mut account);
    assert_eq!(account.setting(CLOSED), Some("CLOSED"));
    said(State::Open).update(&mut account);
    assert_eq!((account.active, account.setting(CLOSED)), (true, None));

    account.active = false;
    for entry in [closed("SUSPENDED"), said(State::Open)] {
        entry.update(&mut account);
        assert_eq!((account.active, account.setting(CLOSED)), (false, None));
    }
    said(State::Watched(true)).update(&mut account);
    assert!(account.active);
    assert!(!closed("retired").registered().active);
}

#[tokio::test]
async fn accounts_that_are_no_matter_of_the_source_are_not_missing() {
    let organization = Kind::named("organization");
    let account = |id: &str, of: Option<&str>| {
        let mut account = Account::new(AWS, id.parse().unwrap(), id);
        account.names.extend(of.map(|of| (organization.clone(), of.to_owned())));
        account
    };
    let mut inactive = account("3", Some("o-1"));
    inactive.active = false;
    let mut of_others = account("4", Some("o-1"));
    of_others.provider = Provider::named("github");
    let all = [account("1", Some("o-1")), account("2", None), inactive, of_others];
    let known: Accounts = all.into_iter().chain([account("5", Some("o-2"))]).collect();
    let mut listing =
        watch::pages("list", |_| async { Ok(watch::Listed::page(Vec::<u8>::new(), None)) });
    while listing.next().await.unwrap().is_some() {}
    let proof = listing.end().unwrap();
    let mut whole = Whole::new(AWS, proof);
    whole.names.insert(organization, "o-1".to_owned());
    let listing = Listing { entries: Vec::new(), whole: Some(whole) };
    let missing: Vec<_> = listing.missing(&known).iter().map(|one| one.id.as_str()).collect();
    assert_eq!(missing, ["1"]);
    assert!(Listing::default().missing(&known).is_empty());
}

prop_compose! {
    fn entries()(
        name in proptest::option::of("[ab]?"),
        state in prop_oneof![
            Just(None),
            Just(Some(State::Open)),
            "[xy]".prop_map(|why| Some(State::Closed(why))),
            any::<bool>().prop_map(|active| Some(State::Watched(active))),
        ],
        setting in proptest::option::of("[ab]?"),
        notes in proptest::option::of("[ab]?"),
    ) -> Entry {
        let mut entry = Entry { name, state, notes, ..entry() };
        entry.settings.extend(setting.map(|value| ("role".to_owned(), value.into())));
        entry
    }
}

proptest! {
    #[test]
    fn said_again_it_changes_nothing(before in entries(), entry in entries()) {
        let mut account = before.registered();
        entry.update(&mut account);
        let once = account.clone();
        entry.update(&mut account);
        prop_assert_eq!(account, once);
    }
}
