//! Issues: searching, reading and deciding about them.

use super::*;

/// The id of the first issue that a query finds.
async fn id_of(web: &Web, q: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    let found = web.owner("GET", &format!("issues?{query}"), Value::Null).await.body;
    found[0]["id"].as_str().unwrap_or_else(|| panic!("{q}: {found}")).to_owned()
}

#[tokio::test]
async fn a_fact_is_a_line_that_opens_to_its_issues() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    let page = owner.page("/issues").await;
    insta::assert_snapshot!("issues", steady(&page));
    let worst = owner.page("/issues?q=severity%3Acritical&sort=newest").await;
    assert_eq!(worst.matches("<li data-row>").count(), 3, "{worst}");
    assert!(worst.contains("aria-current=\"true\">critical</a>"), "{worst}");
    assert!(worst.contains("value=\"severity:critical\""), "what was asked stands in the box");
    let viewer = Browser::somebody(&web, "viewer", "view", "account:staging").await;
    let theirs = viewer.page("/issues?q=status%3Aany").await;
    assert_eq!(theirs.matches("<li data-row>").count(), 1, "{theirs}");
    assert!(theirs.contains("1 issue found") && !theirs.contains("checkbox\" name"), "{theirs}");
    // A name that is not theirs to know is no name.
    let other = viewer.page("/issues?q=account%3Aproduction").await;
    assert!(other.contains("0 issues found"), "{other}");
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_said_at_the_box_and_kept() {
    let web = estate::web().await;
    let owner = Browser::owner(&web);
    for (path, said) in [
        ("/issues?q=scroe%3A7+web", "unknown field `scroe`"),
        ("/items?q=%28web", "a parenthesis is never closed"),
        ("/issues?q=account%3Anobody", "unknown account `nobody`"),
        ("/items?q=score%3A%3E%3E%22%3Cscript%3E", "quotation mark is never closed"),
    ] {
        let answer = owner.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.text);
        is_sound(path, &answer);
        assert!(answer.text.contains(said), "{path}: {}", answer.text);
        assert!(answer.text.contains("aria-invalid=\"true\" aria-describedby=\"q-trouble\""));
        assert!(!answer.text.contains("<script>"), "{path}");
    }
    let kept = owner.get("/issues?q=scroe%3A7+web").await.text;
    assert!(kept.contains("value=\"scroe:7 web\""), "{kept}");
    for path in ["/issues?cursor=x", "/issues?sort=none", "/issues?what=1", "/items?at=never"] {
        let answer = owner.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        is_sound(path, &answer);
    }
}

#[tokio::test]
async fn many_are_accepted_after_a_look_at_what_it_hits() {
    let web = estate::web().await;
    let boss = Browser::somebody(&web, "boss", "justify", "").await;
    let before = web.events().await;
    let nothing =
        boss.post("/issues/justify", &[("which", "selected"), ("back", "/issues?q=web")]).await;
    assert_eq!(nothing.header("location"), "/issues?q=web&said=nothing-selected");
    let hits = [("which", "all"), ("q", "check:security_group.untagged"), ("back", "/issues?q=x")];
    let preview = boss.post("/issues/justify", &hits).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    is_sound("/issues/justify", &preview);
    assert!(preview.text.contains("<h1>Accept 3 issues</h1>"), "{}", preview.text);
    assert_eq!(web.events().await, before, "nothing is decided yet");
    insta::assert_snapshot!("justify", steady(&preview.text));

    let ids = between(&preview.text, "name=\"issue\" value=\"", '"').remove(0);
    let send = async |note: &str, until: &str, back: &str| {
        let fields = [
            ("issue", &*ids),
            ("confirm", "yes"),
            ("note", note),
            ("until", until),
            ("back", back),
        ];
        boss.post("/issues/justify", &fields).await
    };
    for (note, until, said) in [
        (" ", "", "id=\"note-wrong\""),
        ("<b>why</b>", "never", "id=\"until-wrong\""),
        ("why", "2020-01-01", "id=\"until-wrong\""),
    ] {
        let wrong = send(note, until, "/issues").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
        is_sound("/issues/justify", &wrong);
        assert!(wrong.text.contains(said), "{note} {until}: {}", wrong.text);
        assert!(wrong.text.contains(&format!("value=\"{until}\"")), "what was typed is kept");
        assert!(!wrong.text.contains("<b>why"));
    }
    assert_eq!(web.events().await, before);
    let done = send("no owners in the lab", "in 30 days", "/issues?q=x").await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, "/issues?q=x&said=justified")
    );
    assert_eq!(web.events().await, before + 3);
    let elsewhere = send("again", "", "//evil.example.com").await;
    assert_eq!(elsewhere.header("location"), "/issues?said=justified");
    let left = boss.page("/issues?q=check%3Asecurity_group.untagged&said=justified").await;
    assert!(left.contains("0 issues found") && left.contains("Accepted:"), "{left}");

    let viewer = Browser::somebody(&web, "viewer", "comment", "").await;
    let refused = viewer.post("/issues/justify", &hits).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    is_sound("/issues/justify", &refused);
    assert!(refused.text.contains("You may not do this"), "{}", refused.text);
    let narrow = Browser::somebody(&web, "narrow", "justify", "account:staging").await;
    let refused = narrow
        .post("/issues/justify", &[("issue", &*ids), ("confirm", "yes"), ("note", "x")])
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text);
}

#[tokio::test]
async fn an_issue_says_why_since_when_and_who() {
    let web = estate::web().await;
    let boss = Browser::somebody(&web, "boss", "justify", "").await;
    let id =
        id_of(&web, "account:production check:security_group.internet_accessible name:web").await;
    let path = format!("/issues/{id}");
    let page = boss.page(&path).await;
    insta::assert_snapshot!("issue", steady(&page));
    assert!(page.contains("alice"), "{page}");

    // What was decided meanwhile is told, and decided anew.
    let seen = between(&page, "name=\"seen\" value=\"", '"').remove(0).replace("&#34;", "\"");
    let send = async |action: &str, more: &[(&str, &str)]| {
        let fields: Vec<_> = [("action", action), ("seen", &*seen)]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        boss.post(&path, &fields).await
    };
    let wrong = send("justify", &[("note", ""), ("until", "in 3 days")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
    is_sound(&path, &wrong);
    assert!(wrong.text.contains("value=\"in 3 days\"") && wrong.text.contains("note-wrong"));
    let done = send("justify", &[("note", "the contractor\nneeds it")]).await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, &*format!("{path}?said=justified"))
    );
    let stale = send("justify", &[("note", "me too")]).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text);
    is_sound(&path, &stale);
    let page = boss.page(&path).await;
    assert!(page.contains("the contractor\nneeds it") && page.contains("Withdraw"), "{page}");
    let withdrawn = boss.post(&path, &[("action", "withdraw")]).await;
    assert_eq!(withdrawn.header("location"), format!("{path}?said=withdrawn"));

    let viewer = Browser::somebody(&web, "viewer", "view", "").await;
    let theirs = viewer.page(&path).await;
    assert!(!theirs.contains("method=\"post\" action=\"/issues"), "{theirs}");
    for action in ["justify", "withdraw", "comment"] {
        let refused = viewer.post(&path, &[("action", action), ("note", "x"), ("text", "x")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{action}");
    }
    let said = boss.post(&path, &[("action", "comment"), ("text", "<i>hm</i>\nsecond line")]).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text);
    let page = boss.page(&path).await;
    assert!(page.contains("&#60;i&#62;hm&#60;/i&#62;\nsecond line"), "{page}");
    let empty = boss.post(&path, &[("action", "comment"), ("text", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    is_sound(&path, &empty);
    let narrow = Browser::somebody(&web, "narrow", "admin", "account:staging").await;
    assert_eq!(narrow.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_list_is_a_file_too() {
    let web = estate::web().await;
    let viewer = Browser::somebody(&web, "viewer", "view", "account:staging").await;
    let file = viewer.get("/issues.csv?q=status%3Aany").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.text.lines().count(), 2, "{}", file.text);
    let items = Browser::owner(&web).get("/items.csv").await.text;
    assert_eq!(items.lines().count(), 11, "{items}");
    assert!(items.contains("\"<script>alert(1)</script>\"\"'&amp;\""), "{items}");
}
