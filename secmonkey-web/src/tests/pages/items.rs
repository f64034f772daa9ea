//! Items: searching them, and one of them with all that is known of it.

use super::*;

const ITEM: &str = "/items/111122223333/security_group/eu-west-1/sg-web";

#[tokio::test]
async fn items_are_found_as_the_api_finds_them() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let page = owner.page("/items").await;
    insta::assert_snapshot!("items", steady(&page));
    assert_eq!(page.matches("<tr data-row>").count(), 10);
    let found = owner.page("/items?q=score%3A%3E%3D10").await;
    assert_eq!(found.matches("<tr data-row>").count(), 3, "{found}");
    assert!(found.contains("aria-current=\"true\">10 or more</a>"), "{found}");
    let block = owner.page("/items?q=cidr%3A192.0.2.0%2F24").await;
    assert!(block.contains("192.0.2.0/24 at /IpPermissions/"), "{block}");
    let past = owner.page("/items?at=2026-01-01T02%3A00%3A00Z").await;
    assert!(past.contains("As of <strong>") && !past.contains("staging</bdi></td>"), "{past}");
}

#[tokio::test]
async fn an_item_shows_its_findings_on_the_lines_that_cause_them() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let page = owner.page(ITEM).await;
    insta::assert_snapshot!("item", steady(&page));
    let marked = page.split("class=\"marked\"").nth(1).unwrap();
    assert!(marked.contains("0.0.0.0/0"), "{marked}");
    // The whole page is of then, with what was wrong then.
    let then = owner.page(&format!("{ITEM}?revision=1")).await;
    assert!(then.contains("revision 1 of 3") && !then.contains("class=\"marked\""), "{then}");
    assert!(!then.contains("<h2 id=\"issues\">"), "nothing was wrong then: {then}");
    let at = owner.page(&format!("{ITEM}?at=2026-01-01T23%3A00%3A00Z")).await;
    assert!(at.contains("revision 2 of 3") && at.contains("class=\"marked\""), "{at}");
    // Names that are meant ill, and ids with what paths have.
    for id in [
        "security_group/eu-west-1/sg-markup",
        "security_group/eu-west-1/sg-turned",
        "security_group/eu-west-1/sg-long",
        "security_group/eu-west-1/sg-arabic",
        "bucket/global/uploads/odd%20name%3F%23%25",
    ] {
        for view in ["", "?view=changes", "?view=blame", "?view=related"] {
            let page = owner.page(&format!("/items/111122223333/{id}{view}")).await;
            assert!(!page.contains("<script>") && !page.contains('\u{202e}'), "{id}{view}");
        }
    }
}

#[tokio::test]
async fn two_revisions_are_held_against_each_other() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let page = owner.page(&format!("{ITEM}?view=changes&from=1&to=2")).await;
    insta::assert_snapshot!("item_changes", steady(&page));
    assert!(page.contains("<mark>") && page.contains("hidden</summary>"), "{page}");
    let side = owner.page(&format!("{ITEM}?view=changes&from=1&to=2&look=side")).await;
    assert!(side.contains("class=\"pair\"") && side.contains("One below the other"), "{side}");
    // Where nobody says more it is the last change.
    let last = owner.page(&format!("{ITEM}?view=changes")).await;
    assert!(last.contains("Revision 2 to revision 3"), "{last}");
    let first = owner.page(&format!("{ITEM}?view=changes&to=1")).await;
    assert!(first.contains("Before it was first seen to revision 1"), "{first}");
    let blame = owner.page(&format!("{ITEM}?view=blame")).await;
    insta::assert_snapshot!("item_blame", steady(&blame));
    for (query, status) in [
        ("?revision=99", 404),
        ("?revision=0", 404),
        ("?at=never", 422),
        ("?at=2999-01-01", 422),
        ("?view=nothing", 422),
        ("?view=changes&from=x", 422),
        ("?view=changes&from=77", 404),
        ("?at=today&revision=1", 422),
    ] {
        let answer = owner.get(&format!("{ITEM}{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.text);
        is_sound(query, &answer);
    }
}

#[tokio::test]
async fn people_say_what_they_may() {
    let web = estate::web().await;
    let alice = Browser::somebody(&web, "alice", "comment", "").await;
    let said = alice.post(ITEM, &[("text", "who needs <b>22</b>?\nask the shop")]).await;
    let place = format!("{ITEM}?said=commented#comments");
    assert_eq!((said.status, said.header("location")), (StatusCode::SEE_OTHER, &*place));
    let page = alice.page(&format!("{ITEM}?said=commented")).await;
    assert!(page.contains("who needs &#60;b&#62;22&#60;/b&#62;?\nask the shop"), "{page}");
    assert!(page.contains("Your comment is recorded."), "{page}");
    let empty = alice.post(ITEM, &[("text", "  ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    is_sound(ITEM, &empty);
    let viewer = Browser::somebody(&web, "viewer", "view", "").await;
    assert!(!viewer.page(ITEM).await.contains("method=\"post\" action=\"/items"));
    assert_eq!(viewer.post(ITEM, &[("text", "x")]).await.status, StatusCode::FORBIDDEN);
    let narrow = Browser::somebody(&web, "narrow", "admin", "account:staging").await;
    for view in ["", "?view=changes", "?view=blame", "?view=related"] {
        let answer = narrow.get(&format!("{ITEM}{view}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{view}");
    }
    assert_eq!(narrow.post(ITEM, &[("text", "x")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(alice.get("/items/nothing").await.status, StatusCode::NOT_FOUND);
}
