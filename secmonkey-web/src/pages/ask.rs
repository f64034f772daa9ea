//! Asking once more before something is taken away.

use askama::Template;

use crate::pages::{Frame, words};

/// What is asked before it is done.
#[derive(Template)]
#[template(path = "ask.html")]
pub struct Ask {
    pub frame: Frame,
    /// What is done: `Remove the network`.
    pub title: &'static str,
    /// Of what.
    pub name: String,
    /// What comes of it.
    pub about: Vec<String>,
    /// Where the form is sent,
    pub action: String,
    /// and what it says.
    pub fields: Vec<(&'static str, String)>,
    /// What the button says.
    pub button: &'static str,
    /// Where who does not want to goes back to,
    pub back: String,
    /// and what that is called.
    pub place: &'static str,
}
