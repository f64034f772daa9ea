//! Subscriptions, reports, the audit trail, the system, and where to find them.

use super::*;

const LED: StatusCode = StatusCode::SEE_OTHER;

#[tokio::test]
async fn who_is_told_of_what_is_decided() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let given = [
        ("name", "night <b>"),
        ("outlet", "on-call"),
        ("query", "score:>=7"),
        ("cadence", "hourly"),
        ("quiet", "22:00-07:00 UTC"),
        ("quiet_except", "9"),
    ];
    for (field, value) in [
        ("name", " "),
        ("query", "account:nobody"),
        ("cadence", "weekly"),
        ("quiet", "night"),
        ("quiet_except", "many"),
    ] {
        let wrong = given.map(|(name, typed)| (name, if name == field { value } else { typed }));
        let answer = owner.post("/subscriptions", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        is_sound("/subscriptions", &answer);
        assert!(answer.text.contains(&format!("{field}-wrong")), "{field}: {}", answer.text);
    }
    assert_eq!(owner.post("/subscriptions", &given).await.status, LED);
    let empty = owner.post("/subscriptions/silence", &[("reason", " ")]).await;
    assert!(empty.text.contains("reason-wrong"), "{}", empty.text);
    is_sound("/subscriptions/silence", &empty);
    let silence = [("reason", "we move"), ("until", "in 2 hours")];
    assert_eq!(owner.post("/subscriptions/silence", &silence).await.status, LED);
    let page = owner.page("/subscriptions").await;
    assert!(page.contains("Nobody is told anything: <bdi>we move</bdi>"), "{page}");
    assert!(page.contains("quiet 22:00-07:00 UTC, but for scores from 9"), "{page}");
    assert!(!page.contains("night <b>"), "{page}");
    let viewer = Browser::somebody(&web, "viewer", "view", "").await;
    let theirs = viewer.page("/subscriptions").await;
    assert!(!theirs.contains("/subscriptions/"), "{theirs}");
    for path in ["/subscriptions", "/subscriptions/remove", "/subscriptions/silence"] {
        assert_eq!(viewer.post(path, &given).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(owner.post("/subscriptions/silence", &[("resume", "yes")]).await.status, LED);
    owner.page("/subscriptions/remove?name=night+%3Cb%3E").await;
    let removed = owner.post("/subscriptions/remove", &[("name", "night <b>")]).await;
    assert_eq!(removed.status, LED);
    assert!(owner.page("/subscriptions").await.contains("There are no subscriptions."));
}

#[tokio::test]
async fn reports_are_read_and_taken_along() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let list = owner.page("/reports").await;
    for name in ["daily", "public", "exposure", "access-keys", "unused", "coverage"] {
        assert!(list.contains(&format!("href=\"/reports/{name}\"")), "{list}");
        let page = owner.page(&format!("/reports/{name}")).await;
        assert!(!page.contains("<script>alert"), "{page}");
    }
    owner.page("/reports/compliance?framework=few-1.0").await;
    for (form, kind) in [
        ("markdown", "text/markdown; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8"),
        ("json", "application/json"),
    ] {
        let file = owner.get(&format!("/reports/coverage?of=account%3Astaging&form={form}")).await;
        assert_eq!(file.header("content-type"), kind);
        assert!(file.header("content-disposition").starts_with("attachment; filename=\"coverage-"));
        assert!(file.text.contains("staging") && !file.text.contains("production"));
    }
    for (path, status) in [
        ("/reports/nothing", 404),
        ("/reports/compliance", 422),
        ("/reports/compliance?framework=none", 422),
        ("/reports/daily?of=account%3A", 422),
        ("/reports/daily?since=never", 422),
        ("/reports/daily?form=pdf", 422),
    ] {
        let answer = owner.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        is_sound(path, &answer);
    }
    let scoped = Browser::somebody(&web, "scoped", "admin", "account:staging").await;
    for path in ["/reports", "/reports/daily"] {
        assert_eq!(scoped.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn the_audit_trail_says_who_decided_what() {
    let web = estate::web().await;
    let boss = Browser::somebody(&web, "boss", "admin", "").await;
    let ignore = [("query", "name:web"), ("reason", "<i>gone</i> soon"), ("confirm", "yes")];
    assert_eq!(boss.post("/ignores", &ignore).await.status, LED);
    let network = [("name", "office"), ("cidr", "203.0.113.0/24")];
    assert_eq!(Browser::owner(&web).post("/networks", &network).await.status, LED);
    let page = boss.page("/audit").await;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(at("vouched for a network") < at("ignored items"), "the newest first");
    assert!(at("ignored items") < at("let a user in"));
    assert!(page.contains("gone&#60;/i&#62; soon") && !page.contains("<i>gone"), "{page}");
    let theirs = boss.page("/audit?person=Boss").await;
    assert!(theirs.contains("ignored items") && !theirs.contains("vouched"), "{theirs}");
    let before = boss.page("/audit?before=1").await;
    assert!(before.contains("Nobody decided anything there."), "{before}");
    let scoped = Browser::somebody(&web, "scoped", "admin", "account:staging").await;
    assert_eq!(scoped.get("/audit").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_system_says_how_it_stands() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let page = owner.page("/system").await;
    assert!(page.contains("Everything works.") && page.contains("nothing is signed yet"), "{page}");
    assert!(page.contains("every 1 hour, where nobody decided otherwise"), "{page}");
    let viewer = Browser::somebody(&web, "viewer", "view", "").await;
    assert_eq!(viewer.get("/system").await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.post("/system/sign", &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn settings_lead_to_what_somebody_may_see() {
    let web = estate::web().await;
    let owner = Browser::owner(&web).page("/settings").await;
    insta::assert_snapshot!("settings", steady(&owner));
    let scoped = Browser::somebody(&web, "scoped", "admin", "account:staging").await;
    let theirs = scoped.page("/settings").await;
    for path in ["/users", "/system", "/audit", "/networks", "/ignores", "/subscriptions"] {
        assert!(!theirs.contains(&format!("href=\"{path}\"")), "{path}: {theirs}");
        assert_eq!(scoped.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/tokens", "/sessions", "/password"] {
        assert!(theirs.contains(&format!("href=\"{path}\"")), "{path}: {theirs}");
        scoped.page(path).await;
    }
}
