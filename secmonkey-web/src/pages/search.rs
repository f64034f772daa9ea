//! What lists have in common: what is searched for, in which order, from where on.

use axum::http::Uri;
use secmonkey_core::query::{Query, QueryError};
use secmonkey_core::render::visible;
use serde::{Deserialize, Serialize};

use crate::api::issues::IssueOrder;
use crate::error::Problem;
use crate::page::{behind, written};
use crate::pages::filter::{Choice, Filter, term_of, with_term};
use crate::pages::frame::SAID;

/// What is searched for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    pub q: String,
    pub at: Option<String>,
    pub sort: IssueOrder,
    pub cursor: Option<String>,
}

/// Why a search cannot be read.
pub struct Trouble(pub String);

impl Search {
    /// The query, where it says anything.
    pub fn query(&self) -> Option<String> {
        Some(self.q.trim().to_owned()).filter(|q| !q.is_empty())
    }

    /// The instant, where it is not now.
    pub fn instant(&self) -> Option<String> {
        self.at.clone().filter(|at| !at.trim().is_empty())
    }

    /// What is wrong with the query alone.
    pub fn trouble(&self) -> Option<Trouble> {
        self.q.parse::<Query>().err().map(Trouble::from)
    }
}

impl Trouble {
    /// What is wrong with the names in a query, where nothing else went wrong.
    pub fn of(problem: Problem) -> Result<Self, Problem> {
        match problem.field.as_deref() {
            Some("q") => Ok(Self(visible(&problem.detail).into_owned())),
            _ => Err(problem),
        }
    }
}

/// A field that a list is filtered by: its name for people, the field, what it is called where
/// nothing is said of it, and its values, each with its name.
pub type Field =
    (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The links that filter a list.
pub fn filters(uri: &Uri, q: &str, fields: &[Field]) -> Vec<Filter> {
    let filter = |(name, field, usual, values): &Field| {
        let now = term_of(q, field);
        let choice = |name: &str, value: Option<&str>| Choice {
            name: name.to_owned(),
            path: with_q(uri, &with_term(q, field, value)),
            is_on: now == value,
        };
        let values = values.iter().map(|(name, value)| choice(name, Some(value)));
        Filter { name, choices: std::iter::once(choice(usual, None)).chain(values).collect() }
    };
    fields.iter().map(filter).collect()
}

/// The same list of what another query finds, from its beginning.
fn with_q(uri: &Uri, q: &str) -> String {
    let next = behind(&first_page(uri), "q", q);
    if q.is_empty() { next.replace("?q=", "?").replace("&q=", "") } else { next }
}

/// The address without what is said once, and of the first page.
fn first_page(uri: &Uri) -> Uri {
    let query = uri.query().unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes());
    let kept =
        pairs.filter(|(name, value)| !["cursor", SAID].contains(&&**name) && !value.is_empty());
    let kept = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    format!("{}?{kept}", uri.path()).parse().unwrap_or_default()
}

/// The same list in another order.
pub fn sorted(uri: &Uri, name: &str) -> String {
    behind(&first_page(uri), "sort", name)
}

/// The same search somewhere else: the API, a file.
pub fn elsewhere(uri: &Uri, path: &str) -> String {
    let first = first_page(uri);
    match first.query().unwrap_or_default() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The next page, where there is one.
pub fn next_page<C: Serialize>(uri: &Uri, next: Option<&C>) -> Result<Option<String>, Problem> {
    let next = next.map(written).transpose()?;
    Ok(next.map(|cursor| behind(&first_page(uri), "cursor", &cursor)))
}

impl From<QueryError> for Trouble {
    fn from(error: QueryError) -> Self {
        Self(format!("{}\n{error}", error.pointed()))
    }
}
