//! Checks, what is decided about them, and what is ignored and known.

use super::*;

const OPEN: &str = "/checks/security_group.internet_accessible";
const MAKE: &str = "/checks/security_group.internet_accessible/override";

#[tokio::test]
async fn checks_have_their_pages() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    insta::assert_snapshot!("checks", steady(&owner.page("/checks").await));
    insta::assert_snapshot!("check", steady(&owner.page(OPEN).await));
    let found = owner.page("/checks?find=Encrypted+bucket").await;
    assert!(found.contains("1 check<") && found.contains("value=\"Encrypted bucket\""), "{found}");
    let none = owner.page("/checks?find=%3Cscript%3E").await;
    assert!(none.contains("No check has these words.") && !none.contains("<script>"), "{none}");
    assert_eq!(owner.get("/checks/nothing").await.status, StatusCode::NOT_FOUND);
    // Who sees some items counts only theirs, and is told of no decision.
    let scoped = Browser::somebody(&web, "scoped", "admin", "account:staging").await;
    let page = scoped.page(OPEN).await;
    assert!(page.contains("1 open issue<") && !page.contains("Overrides"), "{page}");
}

#[tokio::test]
async fn an_override_is_shown_before_it_is_made() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let given = [("score", "3"), ("query", "account:staging"), ("reason", "no <b>data</b>")];
    for (field, value, says) in [
        ("reason", "", "a rule needs a reason"),
        ("query", "account:", "query-wrong"),
        ("query", "account:nobody", "query-wrong"),
        ("score", "", "an override gives a score"),
        ("score", "12", "a score is 0 to 10"),
    ] {
        let wrong = given.map(|(name, typed)| (name, if name == field { value } else { typed }));
        let answer = owner.post(MAKE, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        is_sound(MAKE, &answer);
        assert!(answer.text.contains(says), "{field}: {}", answer.text);
    }
    let events = web.events().await;
    let preview = owner.post(MAKE, &given).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    is_sound(MAKE, &preview);
    insta::assert_snapshot!("override", steady(&preview.text));
    let change = [&given[..], &[("change", "yes")]].concat();
    let change = owner.post(MAKE, &change).await;
    assert!(change.text.contains("value=\"account:staging\""), "{}", change.text);
    assert_eq!(web.events().await, events, "nothing is decided yet");

    let confirmed = [&given[..], &[("confirm", "yes")]].concat();
    let made = owner.post(MAKE, &confirmed).await;
    assert_eq!(made.header("location"), format!("{OPEN}?said=overridden"));
    let page = owner.page(OPEN).await;
    assert!(page.contains("<strong>score 3</strong>") && !page.contains("<b>data"), "{page}");
    let remove = between(&page, "href=\"/overrides/remove?id=", '"').remove(0);
    let ask = owner.page(&format!("/overrides/remove?id={remove}")).await;
    assert!(ask.contains("account:staging"), "{ask}");
    let viewer = Browser::somebody(&web, "viewer", "view", "").await;
    let theirs = viewer.page(OPEN).await;
    assert!(theirs.contains("score 3") && !theirs.contains("/override"), "{theirs}");
    for path in [MAKE, "/overrides/remove"] {
        let refused = viewer.post(path, &[("id", &remove), ("score", "1")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let removed = owner.post("/overrides/remove", &[("id", &remove)]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.post("/overrides/remove", &[("id", &remove)]).await.status.as_u16(), 404);
    assert!(owner.page(OPEN).await.contains("Nobody decided otherwise"));
}

#[tokio::test]
async fn what_is_ignored_is_shown_before_it_is() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let given = [("query", "name:web"), ("reason", "they come and go"), ("until", "in 30 days")];
    for (field, value) in [("query", ""), ("query", "score:>3"), ("reason", " "), ("until", "soon")]
    {
        let wrong = given.map(|(name, typed)| (name, if name == field { value } else { typed }));
        let answer = owner.post("/ignores", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        is_sound("/ignores", &answer);
        assert!(answer.text.contains(&format!("{field}-wrong")), "{field}: {}", answer.text);
    }
    let preview = owner.post("/ignores", &given).await;
    is_sound("/ignores", &preview);
    assert!(preview.text.contains("2 items with"), "{}", preview.text);
    assert!(owner.page("/ignores").await.contains("Nothing is ignored."));
    let confirmed = [&given[..], &[("confirm", "yes")]].concat();
    assert_eq!(owner.post("/ignores", &confirmed).await.status, StatusCode::SEE_OTHER);
    let nothing = [("query", "name:misspelt"), ("reason", "x"), ("confirm", "yes")];
    assert_eq!(owner.post("/ignores", &nothing).await.status, StatusCode::SEE_OTHER);
    let page = owner.page("/ignores").await;
    assert!(page.contains("It is about nothing that is there."), "{page}");
    let remove = between(&page, "href=\"/ignores/remove?id=", '"');
    assert_eq!(remove.len(), 2, "{page}");
    owner.page(&format!("/ignores/remove?id={}", remove[0])).await;
    let viewer = Browser::somebody(&web, "viewer", "view", "").await;
    assert!(!viewer.page("/ignores").await.contains("/ignores/remove"));
    for path in ["/ignores", "/ignores/remove"] {
        let refused = viewer.post(path, &[("id", &remove[0])]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let removed = owner.post("/ignores/remove", &[("id", &remove[0])]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.page("/ignores").await.matches("/ignores/remove?").count(), 1);
}

#[tokio::test]
async fn networks_are_known_and_forgotten() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let given = [("name", "of/fice <b>"), ("cidr", "203.0.113.0/24"), ("account", "444455556666")];
    for (field, value) in [("name", " "), ("cidr", "203.0.113"), ("account", "nobody")] {
        let wrong = given.map(|(name, typed)| (name, if name == field { value } else { typed }));
        let answer = owner.post("/networks", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        is_sound("/networks", &answer);
        assert!(answer.text.contains(&format!("{field}-wrong")), "{field}: {}", answer.text);
    }
    assert_eq!(owner.post("/networks", &given).await.status, StatusCode::SEE_OTHER);
    let other = [("name", "of/fice <b>"), ("cidr", "198.51.100.0/24")];
    let there = owner.post("/networks", &other).await;
    assert_eq!(there.status, StatusCode::CONFLICT);
    is_sound("/networks", &there);
    let page = owner.page("/networks").await;
    insta::assert_snapshot!("networks", steady(&page));
    let viewer = Browser::somebody(&web, "viewer", "view", "").await;
    assert!(!viewer.page("/networks").await.contains("/networks/remove"));
    for path in ["/networks", "/networks/remove"] {
        assert_eq!(viewer.post(path, &given).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    owner.page("/networks/remove?name=of%2Ffice+%3Cb%3E").await;
    let removed = owner.post("/networks/remove", &[("name", "of/fice <b>")]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    let gone = owner.post("/networks/remove", &[("name", "of/fice <b>")]).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(owner.page("/networks").await.contains("No network is known."));
}
