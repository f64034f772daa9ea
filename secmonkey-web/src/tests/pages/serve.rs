//! Serves the estate to a browser, to be looked at:
//! `cargo test -p secmonkey-web serve -- --ignored`, then `http://localhost:8471`.

use super::*;

#[tokio::test]
#[ignore = "serves until it is stopped"]
async fn serve() {
    let web = estate::web().await;
    let port = std::env::var("PORT").unwrap_or_else(|_| "8471".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    axum::serve(listener, owners(web.service)).await.unwrap();
}
