//! What is set once and seldom looked at: where to find it.

use askama::Template;

use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::{Asked, Frame, Html};

/// Where it is.
pub const PATH: &str = "/settings";

/// A page that is found here.
struct Section {
    path: &'static str,
    name: &'static str,
    about: &'static str,
    is_for: fn(&Caller) -> bool,
}

/// All of them, in the order in which they are shown.
const SECTIONS: &[Section] = &[
    Section {
        path: "/networks",
        name: "Networks",
        about: "Blocks of addresses that somebody vouches for.",
        is_for: Caller::sees_all,
    },
    Section {
        path: "/ignores",
        name: "Ignore rules",
        about: "Items that nobody wants to hear of.",
        is_for: Caller::sees_all,
    },
    Section {
        path: "/subscriptions",
        name: "Subscriptions",
        about: "Who is told of what, and when.",
        is_for: Caller::sees_all,
    },
    Section {
        path: "/users",
        name: "Users",
        about: "Who may sign in, and what they may.",
        is_for: Caller::may_all,
    },
    Section { path: "/tokens", name: "Tokens", about: "What lets programs in.", is_for: |_| true },
    Section {
        path: "/sessions",
        name: "Sessions",
        about: "Who is signed in, from where and since when.",
        is_for: |_| true,
    },
    Section {
        path: "/password",
        name: "Your password",
        about: "Give yourself another one.",
        is_for: |caller| caller.user.is_some(),
    },
    Section {
        path: "/audit",
        name: "Audit trail",
        about: "What people decided, the newest first.",
        is_for: Caller::sees_all,
    },
    Section {
        path: "/system",
        name: "System",
        about: "The store, the scans, and what the daemon runs with.",
        is_for: Caller::may_all,
    },
];

/// Whether a page is found here.
pub fn is_part(path: &str) -> bool {
    SECTIONS.iter().any(|section| {
        path.strip_prefix(section.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    frame: Frame,
    sections: Vec<&'static Section>,
}

/// Where to find what is set once.
pub async fn page(caller: Caller, frame: Frame, _: Asked<Nothing>) -> Result<Html, Problem> {
    let sections = SECTIONS.iter().filter(|section| (section.is_for)(&caller)).collect();
    Html::of(&Page { frame, sections })
}
