//! Accounts: how they are doing, and what people do with them.

use super::*;

const SEEN: StatusCode = StatusCode::OK;
const LED: StatusCode = StatusCode::SEE_OTHER;

#[tokio::test]
async fn accounts_say_how_they_are_doing() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let page = owner.page("/accounts").await;
    insta::assert_snapshot!("accounts", steady(&page));
    let page = owner.page("/accounts/444455556666").await;
    insta::assert_snapshot!("account", steady(&page));
    // By its name, too.
    assert!(owner.page("/accounts/staging").await.contains("<h1><bdi>staging</bdi></h1>"));
    assert_eq!(owner.get("/accounts/nobody").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_account_is_added_edited_scanned_and_removed() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let given = [
        ("id", "777788889999"),
        ("provider", "test"),
        ("name", "<b>new</b>"),
        ("active", "yes"),
        ("regions", "eu-west-1, eu-west-2"),
        ("settings", "role = audit/Reader\n\nexternal_id=7"),
    ];
    for (field, value, says) in [
        ("id", "no id", "is not an account id"),
        ("id", "444455556666", "is registered already"),
        ("name", " ", "needs a name"),
        ("name", "staging", "name staging"),
        ("settings", "role", "write <code>name = value</code>"),
    ] {
        let wrong = given.map(|(name, typed)| (name, if name == field { value } else { typed }));
        let answer = owner.post("/accounts", &wrong).await;
        assert!(matches!(answer.status.as_u16(), 409 | 422), "{}", answer.text);
        is_sound("/accounts", &answer);
        assert!(answer.text.contains(says), "{field}: {}", answer.text);
        assert!(answer.text.contains(&format!("id=\"{field}-wrong\"")), "{field}");
        assert!(answer.text.contains("eu-west-1, eu-west-2"), "kept as typed");
    }
    let added = owner.post("/accounts", &given).await;
    let place = "/accounts/777788889999?said=account-added";
    assert_eq!((added.status, added.header("location")), (LED, place));
    let page = owner.page(place).await;
    assert!(page.contains("The account is registered.") && page.contains("audit/Reader"), "{page}");
    assert!(!page.contains("<b>new"), "{page}");

    let form = owner.page("/accounts/777788889999/edit").await;
    insta::assert_snapshot!("account_edit", steady(&form));
    let wrong = owner.post("/accounts/777788889999/edit", &[("name", "staging")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    is_sound("/accounts/777788889999/edit", &wrong);
    let edited = [("name", "other"), ("settings", "external_id = 8")];
    let edited = owner.post("/accounts/777788889999/edit", &edited).await;
    assert_eq!(edited.status, LED);
    let page = owner.page("/accounts/777788889999").await;
    assert!(page.contains("not watched") && !page.contains("Scan now"), "{page}");
    assert!(!page.contains("audit/Reader"), "{page}");

    let scanned = owner.post("/accounts/444455556666/scan", &[]).await;
    assert_eq!(scanned.header("location"), "/accounts/444455556666?said=scan-started");
    let ask = owner.page("/accounts/777788889999/remove").await;
    insta::assert_snapshot!("account_remove", steady(&ask));
    assert_eq!(owner.post("/accounts/777788889999/remove", &[]).await.status, LED);
    assert_eq!(owner.get("/accounts/777788889999").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_may_only_read_is_shown_no_button_and_refused() {
    let web = estate::web().await;
    let viewer = Browser::somebody(&web, "viewer", "view", "").await;
    for page in ["/accounts", "/accounts/444455556666"] {
        let page = viewer.page(page).await;
        for word in ["Scan now", "Add an account", "/edit", "/remove"] {
            assert!(!page.contains(word), "{word}: {page}");
        }
    }
    let scoped = Browser::somebody(&web, "scoped", "admin", "account:staging").await;
    for browser in [&viewer, &scoped] {
        for path in ["/accounts", "/accounts/444455556666/edit", "/accounts/444455556666/scan"] {
            let refused = browser.post(path, &[("name", "x")]).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
            is_sound(path, &refused);
        }
        for path in ["/accounts/444455556666/edit", "/accounts/444455556666/remove"] {
            assert_eq!(browser.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(viewer.get("/accounts").await.status, SEEN);
    // Who sees some items sees no accounts, and no way to them.
    assert_eq!(scoped.get("/accounts").await.status, StatusCode::FORBIDDEN);
    assert!(!scoped.page("/").await.contains("href=\"/accounts\""));
}
