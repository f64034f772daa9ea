//! What pages load: a style, two scripts and an icon, all of them in the program.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Something that a page loads.
pub struct Asset {
    /// Where it is: elsewhere once it is another, so that browsers may keep it for ever.
    path: LazyLock<String>,
    kind: &'static str,
    text: &'static str,
}

pub static STYLE: Asset = Asset {
    path: LazyLock::new(|| place("style", STYLE.text, "css")),
    kind: "text/css; charset=utf-8",
    text: include_str!("../assets/style.css"),
};
/// Our own: the keyboard.
pub static KEYS: Asset = Asset {
    path: LazyLock::new(|| place("keys", KEYS.text, "js")),
    kind: "text/javascript; charset=utf-8",
    text: include_str!("../assets/keys.js"),
};
/// `dist/htmx.min.js` of version 4.0.1, as npm has it.
pub static HTMX: Asset = Asset {
    path: LazyLock::new(|| place("htmx", HTMX.text, "js")),
    kind: "text/javascript; charset=utf-8",
    text: include_str!("../assets/htmx.js"),
};
pub static ICON: Asset = Asset {
    path: LazyLock::new(|| place("icon", ICON.text, "svg")),
    kind: "image/svg+xml",
    text: include_str!("../assets/icon.svg"),
};

impl Asset {
    /// Where it is.
    pub fn path(&self) -> &str {
        &self.path
    }

    #[cfg(test)]
    pub fn text(&self) -> &str {
        self.text
    }
}

fn place(name: &str, text: &str, ending: &str) -> String {
    let digest = Sha256::digest(text);
    format!("/assets/{name}.{}.{ending}", URL_SAFE_NO_PAD.encode(&digest[..9]))
}

/// The assets: for everybody.
pub fn router() -> Router {
    [&STYLE, &KEYS, &HTMX, &ICON].into_iter().fold(Router::new(), |router, asset| {
        let kind = (header::CONTENT_TYPE, asset.kind);
        let caching = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
        router.route(asset.path(), get(move || async move { ([kind, caching], asset.text) }))
    })
}
