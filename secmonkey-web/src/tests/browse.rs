//! The API as a page.

use std::collections::BTreeSet;

use super::access::Web;
use super::*;

#[tokio::test]
async fn every_operation_is_on_the_page_which_loads_nothing_but_its_style() {
    let web = Web::new().await;
    let page = web.get("/api", &[]).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (StatusCode::OK, "text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let html = &page.text;
    assert!(!html.contains("<script") && !html.contains("style=") && !html.contains(" onclick"));

    let document = serde_json::to_value(crate::api::openapi()).unwrap();
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let call = format!("<strong>{}</strong> <code>{path}</code>", method.to_uppercase());
            assert!(html.contains(&call), "{call}");
            let id = operation["operationId"].as_str().unwrap();
            assert_eq!(html.matches(&format!("<h3 id=\"{id}\">")).count(), 1, "{id}");
            count += 1;
        }
    }
    assert_eq!(html.matches("class=\"call\"").count(), count);
    assert!(html.contains("<p>Role: admin, for who sees everything.</p>"));

    let update = html.split("<h3 id=\"schema-ScanUpdate\">").nth(1).unwrap();
    let update = update.split("</article>").next().unwrap();
    assert!(update.contains("object of <code>done</code>, <code>failures</code>"), "{update}");
    assert!(!update.contains("required"), "one of several: {update}");

    // Whatever is linked is there, and there once.
    let between = |start: &str| {
        let parts = html.split(start).skip(1).map(|rest| rest.split('"').next().unwrap());
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let ids = between(" id=\"");
    let unique: BTreeSet<_> = ids.iter().cloned().collect();
    assert_eq!(unique.len(), ids.len());
    for link in between("href=\"") {
        match link.strip_prefix('#') {
            Some(id) => assert!(unique.contains(id), "{link}"),
            None => assert_eq!(web.get(&link, &[]).await.status, StatusCode::OK, "{link}"),
        }
    }
    let style = between("<link rel=\"stylesheet\" href=\"").remove(0);
    let style = web.get(&style, &[]).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert!(style.header("cache-control").contains("immutable"));
    // Nor does the style load anything.
    assert!(!style.text.contains("url(") && !style.text.contains("@import"));

    let tag = page.header("etag").to_owned();
    let again = web.get("/api", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(web.get("/assets/style.AAAA.css", &[]).await.status, StatusCode::NOT_FOUND);
}

/// How far two colours stand apart, as WCAG counts it.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let part = |at: usize, weight: f64| {
            let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            let linear =
                if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
            linear * weight
        };
        part(1, 0.2126) + part(3, 0.7152) + part(5, 0.0722)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn what_is_written_stands_out_from_what_is_behind_it() {
    let style = include_str!("../../assets/style.css");
    let mut themes = 0;
    for theme in style
        .split("--text: ")
        .skip(1)
        .filter(|theme| theme.len() > 7 && theme.as_bytes()[7] == b';')
    {
        let colour = |name: &str| {
            let (_, rest) = theme.split_once(&format!("{name}: ")).unwrap();
            rest[..7].to_owned()
        };
        let inks = ["--muted", "--link", "--critical", "--high", "--medium", "--low", "--info"];
        let inks = inks.into_iter().chain(["--good"]).map(colour);
        for ink in inks.chain([theme[..7].to_owned()]) {
            for behind in ["--page", "--raised"] {
                let apart = contrast(&ink, &colour(behind));
                assert!(apart >= 4.5, "{ink} on {behind}: {apart:.1}");
            }
        }
        let text = &theme[..7];
        for behind in ["--marked", "--added", "--removed", "--added-word", "--removed-word"] {
            let apart = contrast(text, &colour(behind));
            assert!(apart >= 4.5, "{text} on {behind}: {apart:.1}");
        }
        assert!(contrast(&colour("--on-button"), &colour("--button")) >= 4.5);
        assert!(contrast(&colour("--edge"), &colour("--page")) >= 3.0);
        themes += 1;
    }
    assert_eq!(themes, 2);
}
