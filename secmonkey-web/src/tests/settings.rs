//! What the daemon runs with.

use super::access::{ORIGIN, Web};
use super::*;

#[tokio::test]
async fn settings_are_told_to_who_may_do_everything() {
    let addresses = vec!["192.0.2.0/24".parse().unwrap()];
    let proxy = Proxy { addresses, header: "x-remote-user".to_owned() };
    let public_url = Some(ORIGIN.to_owned());
    let entry = Entry { public_url, proxy: Some(proxy), encrypted: true, ..Entry::default() };
    let web = Web::with(entry).await;
    let settings = web.owner("GET", "settings", Value::Null).await;
    assert_eq!(settings.status, StatusCode::OK);
    insta::assert_json_snapshot!(settings.body);
    web.add("root", "admin", "").await;
    for (name, role, query) in
        [("some", "admin", "name:sg-1"), ("ann", "justify", ""), ("bob", "view", "")]
    {
        web.add(name, role, query).await;
        let cookie = web.cookie(name).await;
        let refused = web.get("settings", &[("cookie", &cookie)]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
        let frameworks = web.get("frameworks", &[("cookie", &cookie)]).await;
        assert_eq!(frameworks.body[0]["id"], json!("few-1.0"), "{name}");
    }
}
