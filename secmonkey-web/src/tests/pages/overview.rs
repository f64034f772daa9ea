//! Where we stand.

use super::*;

#[tokio::test]
async fn the_worst_comes_first_with_who_changed_what() {
    let web = estate::web().await;
    let owner = Browser::owner(&web).page("/").await;
    insta::assert_snapshot!("overview", steady(&owner));
    // What is meant ill is only a name.
    assert!(owner.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{owner}");
    assert!(!owner.contains("<script>alert"), "{owner}");
    assert!(owner.contains("pay\\u{202e}gpj.exe") && !owner.contains('\u{202e}'));
    assert!(owner.contains(&format!("<bdi>{}</bdi>", estate::ARABIC)));
}

#[tokio::test]
async fn somebody_sees_and_counts_only_what_is_theirs() {
    let web = estate::web().await;
    let viewer = Browser::somebody(&web, "viewer", "view", "account:staging").await;
    let page = viewer.page("/").await;
    insta::assert_snapshot!("overview_of_a_viewer", steady(&page));
    assert!(!page.contains(">production") && !page.contains("Not known"), "{page}");
    let nothing = Browser::somebody(&web, "blind", "view", "account:staging name:nothing").await;
    let page = nothing.page("/").await;
    assert!(page.contains("Nothing is open that asks for something."), "{page}");
}

#[tokio::test]
async fn before_the_first_scan_it_says_what_to_do() {
    let service = service(Fake::default());
    let request = HttpRequest::get("/").header("accept", BROWSER).body(Body::empty()).unwrap();
    let (status, _, html) = heard(owners(service), request).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("Nothing was looked at yet."), "{html}");
}
