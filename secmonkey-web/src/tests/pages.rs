//! The pages, as browsers ask for them.

use axum::http::HeaderMap;

use super::access::{Answer, ORIGIN, PASSWORD, Web, send_from};
use super::*;

mod accounts;
mod checks;
mod crawl;
mod estate;
mod issues;
mod items;
mod overview;
mod rest;
mod rights;
mod serve;
mod sign_in;

/// What a browser says that it takes.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A browser, of somebody who signed in or of nobody.
pub(super) struct Browser<'a> {
    web: &'a Web,
    cookie: Option<String>,
    /// Whether it is the owner of the store, who comes through the socket.
    is_owner: bool,
}

impl<'a> Browser<'a> {
    fn nobody(web: &'a Web) -> Self {
        Self { web, cookie: None, is_owner: false }
    }

    fn owner(web: &'a Web) -> Self {
        Self { web, cookie: None, is_owner: true }
    }

    /// Somebody who may do this with these items.
    async fn somebody(web: &'a Web, name: &str, role: &str, query: &str) -> Self {
        web.add(name, role, query).await;
        Self { web, cookie: Some(web.cookie(name).await), is_owner: false }
    }

    async fn ask(&self, method: &str, path: &str, body: String) -> Answer {
        let mut headers = vec![("accept", BROWSER), ("origin", ORIGIN)];
        headers.extend(self.cookie.as_deref().map(|cookie| ("cookie", cookie)));
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let router =
            if self.is_owner { owners(self.web.service.clone()) } else { self.web.public.clone() };
        send_from(&router, "192.0.2.7", method, path, &headers, Body::from(body)).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, String::new()).await
    }

    /// A page, that has to be there.
    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        is_sound(path, &answer);
        answer.text
    }

    /// Sends a form.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        self.ask("POST", path, form.extend_pairs(fields).finish()).await
    }
}

/// Panics where a page is not as every page is.
#[track_caller]
fn is_sound(path: &str, answer: &Answer) {
    let html = &answer.text;
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
    let policy = answer.header("content-security-policy");
    for part in
        ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
    // Nothing runs or is styled in the page itself.
    for part in html.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or_default();
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        assert!(name != "style" && !tag.contains(" style="), "{path}: <{tag}>");
        assert!(name != "script" || tag.contains(" src=\"/assets/"), "{path}: <{tag}>");
        let runs = ["onclick=", "onload=", "onerror=", "onsubmit=", "hx-on", "javascript:"];
        assert!(!runs.iter().any(|on| tag.contains(on)), "{path}: <{tag}>");
    }
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{path}");
    for once in ["<h1", "<main", "<title>", "class=\"skip\""] {
        assert_eq!(html.matches(once).count(), 1, "{path}: {once}");
    }
    let ids = between(html, " id=\"", '"');
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{path}: an id twice: {ids:?}");
    for label in between(html, " for=\"", '"') {
        assert!(unique.contains(&label), "{path}: a label of nothing: {label}");
    }
    for name in ["aria-labelledby=\"", "aria-describedby=\""] {
        for about in between(html, name, '"') {
            assert!(about.split(' ').all(|one| ids.iter().any(|id| id == one)), "{path}: {about}");
        }
    }
}

/// What stands between two marks, wherever it does.
fn between(text: &str, start: &str, end: char) -> Vec<String> {
    let parts = text.split(start).skip(1).map(|rest| rest.split(end).next().unwrap_or_default());
    parts.map(str::to_owned).collect()
}

/// A page without what another day or another build would write.
fn steady(html: &str) -> String {
    let mut out = String::new();
    for line in html.lines() {
        let mut line = line.to_owned();
        for asset in ["style", "keys", "htmx", "icon"] {
            if let Some((before, rest)) = line.clone().split_once(&format!("/assets/{asset}.")) {
                let end = rest.find('"').unwrap_or_default();
                line = format!("{before}/assets/{asset}.HASH{}", &rest[end..]);
            }
        }
        for unit in ["year", "month", "day", "hour", "minute"] {
            for unit in [format!(" {unit}s ago"), format!(" {unit} ago")] {
                while let Some(at) = line.find(&unit) {
                    let start =
                        line[..at].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |x| x + 1);
                    line.replace_range(start..at + unit.len(), "AGO");
                }
            }
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[tokio::test]
async fn what_pages_load_is_named_by_what_it_is_and_kept_for_ever() {
    let web = Web::new().await;
    let html = Browser::owner(&web).page("/").await;
    let loaded: Vec<_> = between(&html, "\"/assets/", '"')
        .into_iter()
        .map(|name| format!("/assets/{name}"))
        .collect();
    assert_eq!(loaded.len(), 4, "{loaded:?}");
    for path in loaded {
        let answer = web.get(&path, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.header("cache-control").contains("immutable"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let packed = compressed(&web, &path).await;
        assert_eq!(packed.get("content-encoding").unwrap(), "gzip", "{path}");
        let other = path.replace('.', ".x");
        assert_eq!(web.get(&other, &[]).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(compressed(&web, "/sign-in").await.get("content-encoding").unwrap(), "gzip");
}

#[tokio::test]
async fn the_first_view_of_what_is_huge_is_small_on_the_wire() {
    let (web, key) = estate::huge().await;
    let owner = owners(web.service.clone());
    for path in [
        "/".to_owned(),
        "/issues".to_owned(),
        key.clone(),
        format!("{key}?view=changes"),
        format!("{key}?view=blame"),
    ] {
        for (site, limit) in [("same-origin", 100_000), ("cross-site", usize::MAX)] {
            let request = HttpRequest::get(&path)
                .header("accept", BROWSER)
                .header("accept-encoding", "gzip")
                .header("sec-fetch-site", site);
            let request = request.body(Body::empty()).unwrap();
            let answer = owner.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            // What another site leads to does not tell it how well it is compressed.
            assert_eq!(answer.headers().contains_key("content-encoding"), site == "same-origin");
            let sent = answer.into_body().collect().await.unwrap().to_bytes().len();
            assert!(sent < limit, "{path}: {sent} bytes");
        }
    }
}

/// The headers of an answer that may be compressed.
async fn compressed(web: &Web, path: &str) -> HeaderMap {
    let request =
        HttpRequest::get(path).header("accept-encoding", "gzip").header("accept", BROWSER);
    let answer = web.public.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.headers().clone()
}

#[test]
fn the_script_of_others_is_the_one_that_was_read() {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(crate::assets::HTMX.text());
    let digest = axum::body::Bytes::copy_from_slice(&digest);
    assert_eq!(
        format!("{digest:x}"),
        "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
    );
    let licence = include_str!("../../assets/htmx.LICENSE");
    assert!(licence.starts_with("Zero-Clause BSD"));
}

#[tokio::test]
async fn what_goes_wrong_is_a_page_for_browsers_and_a_problem_for_programs() {
    let web = estate::web().await;
    let boss = Browser::somebody(&web, "boss", "admin", "").await;
    let owner = Browser::owner(&web);
    for (browser, path, status, says) in [
        (&boss, "/nothing", 404, "This is not there"),
        (&owner, "/nothing", 404, "This is not there"),
        (&owner, "/<script>alert(1)</script>", 404, "This is not there"),
        (&boss, "/?q=1", 422, "This cannot be asked so"),
        (&boss, "/healthz/no", 404, "This is not there"),
    ] {
        let path = path.replace('<', "%3C").replace('>', "%3E");
        let answer = browser.get(&path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        is_sound(&path, &answer);
        assert!(answer.text.contains(says), "{path}: {}", answer.text);
        assert!(answer.text.contains("href=\"/\""), "the way back");
    }
    let wrong = boss.post("/", &[]).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    is_sound("/", &wrong);
    // The API is the API whoever asks.
    let api = boss.get("/api/v1/nothing").await;
    assert_eq!(api.header("content-type"), "application/problem+json");
    let cookie = boss.cookie.as_deref().unwrap();
    let program = web.get("/nothing", &[("cookie", cookie), ("accept", "*/*")]).await;
    assert_eq!(program.header("content-type"), "application/problem+json");
    let page = boss.get("/nothing").await;
    insta::assert_snapshot!("not_there", steady(&page.text));
}
