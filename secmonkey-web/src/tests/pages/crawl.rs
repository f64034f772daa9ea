//! Every link of every page leads somewhere, for whoever is shown it.

use super::*;

/// So many pages at most: lists lead to lists.
const PAGES: usize = 400;

async fn crawl(browser: &Browser<'_>) -> BTreeSet<String> {
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut next = vec!["/".to_owned()];
    while let Some(path) = next.pop() {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        if path != "/api" {
            is_sound(&path, &answer);
        }
        let ids = between(&answer.text, " id=\"", '"');
        for link in between(&answer.text, "href=\"", '"') {
            let link = link.replace("&#38;", "&").replace("&amp;", "&");
            let (place, part) = link.split_once('#').unwrap_or((&link, ""));
            if place.is_empty() {
                assert!(ids.iter().any(|id| id == part), "{path}: {link}");
                continue;
            }
            if place.starts_with("https://") {
                continue;
            }
            // Relative links are of the page.
            let place = match place.strip_prefix('?') {
                Some(query) => format!("{}?{query}", path.split('?').next().unwrap_or_default()),
                None => place.to_owned(),
            };
            assert!(place.starts_with('/'), "{path}: {link}");
            if known.len() < PAGES && known.insert(place.clone()) {
                next.push(place);
            }
        }
    }
    known
}

#[tokio::test]
async fn every_link_leads_somewhere() {
    let web = estate::web().await;
    let all = crawl(&Browser::owner(&web)).await;
    let viewer = Browser::somebody(&web, "viewer", "view", "account:staging").await;
    let theirs = crawl(&viewer).await;
    let boss = Browser::somebody(&web, "boss", "admin", "").await;
    crawl(&boss).await;
    assert!(theirs.len() <= all.len(), "{theirs:?}");
    // Nor does a page say what is not theirs to see.
    for path in &theirs {
        let page = viewer.get(path).await.text;
        for secret in ["sg-db", "uploads", "contractor"] {
            assert!(!page.contains(secret), "{path} tells of {secret}");
        }
    }
}
