//! Lists, page by page: each page says where the next begins, so that nothing is left out and
//! nothing comes twice while rows come and go.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::answer::{Answer, Answered};
use crate::error::Problem;
use crate::extract::parameters;

/// How many rows a page has where nobody says.
const USUAL: u16 = 100;
/// How many it has at most.
pub const MOST: u16 = 1_000;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many rows a page has.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// Where the page begins, as the page before it said.
    cursor: Option<String>,
}

impl Paging {
    /// How many rows it has.
    pub fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit)
    }

    /// Behind what it begins.
    pub fn after<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        cursor(self.cursor.as_deref())
    }
}

/// The parameters of a list that comes page by page: which page, and of what.
pub struct Listed<T>(pub Paging, pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Listed<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let is_page = |name: &str| matches!(name, "limit" | "cursor");
        let paging = parameters(&parts.uri, is_page)?;
        Ok(Self(paging, parameters(&parts.uri, |name| !is_page(name))?))
    }
}

/// How many rows are wanted.
pub fn limit(wanted: Option<u16>) -> Result<usize, Problem> {
    match wanted.unwrap_or(USUAL) {
        0 => Err(Problem::wrong("a page has at least one row").of("limit")),
        wanted if wanted > MOST => {
            Err(Problem::wrong(format!("a page has at most {MOST} rows")).of("limit"))
        }
        wanted => Ok(wanted.into()),
    }
}

/// Where a page begins, as the page before it said.
pub fn cursor<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let read = URL_SAFE_NO_PAD.decode(text).ok();
    let read = read.and_then(|json| serde_json::from_slice(&json).ok());
    let wrong = || Problem::wrong("this is no cursor of this list: begin without one").of("cursor");
    read.map(Some).ok_or_else(wrong)
}

/// Where a page begins, as the page before it says.
pub fn written<C: Serialize>(place: &C) -> Result<String, Problem> {
    let json = serde_json::to_vec(place).map_err(|error| Problem::unread(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// A page: its rows, and behind what the next begins, where there is one.
pub struct Page<T, C> {
    rows: Vec<T>,
    next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// A page without rows.
    pub fn empty() -> Self {
        Self { rows: Vec::new(), next: None }
    }

    /// The first of some rows, as many as a page has; each with what says where it stands.
    pub fn of<E>(rows: impl Iterator<Item = Result<(T, C), E>>, limit: usize) -> Result<Self, E> {
        let mut page = Self { rows: Vec::new(), next: None };
        let mut last = None;
        for row in rows {
            let (row, place) = row?;
            if page.rows.len() == limit {
                page.next = last;
                break;
            }
            page.rows.push(row);
            last = Some(place);
        }
        Ok(page)
    }

    /// The same page with what is made of its rows.
    pub fn map<R, E>(self, row: impl FnMut(T) -> Result<R, E>) -> Result<Page<R, C>, E> {
        let rows = self.rows.into_iter().map(row).collect::<Result<_, E>>()?;
        Ok(Page { rows, next: self.next })
    }

    /// The rows, and behind what the next page begins.
    pub fn parts(self) -> (Vec<T>, Option<C>) {
        (self.rows, self.next)
    }
}

impl<T: Serialize, C: Serialize> Page<T, C> {
    /// The answer to a request; the next page stands in the header `Link`.
    pub fn answer(self, uri: &Uri) -> Answered {
        let next = self.next.as_ref().map(written).transpose()?.map(|text| ("cursor", text));
        Answer::page(&self.rows, link(uri, next)?)
    }
}

/// The header `Link` of a page: the same request for the next one, by what that says instead.
pub fn link(uri: &Uri, next: Option<(&str, String)>) -> Result<Option<HeaderValue>, Problem> {
    let link = next.map(|(name, value)| format!("<{}>; rel=\"next\"", behind(uri, name, &value)));
    let link = link.map(HeaderValue::try_from).transpose();
    link.map_err(|error| Problem::unread(&error))
}

/// The first page behind a place, of rows that come in any order: as many as a page has are in
/// memory.
pub fn first<T, C: Ord + Clone, E>(
    rows: impl Iterator<Item = Result<(T, C), E>>,
    after: Option<&C>,
    limit: usize,
) -> Result<Page<T, C>, E> {
    let mut least = BTreeMap::new();
    let mut more = false;
    for row in rows {
        let (row, place) = row?;
        if after.is_some_and(|after| place <= *after) {
            continue;
        }
        least.insert(place, row);
        if least.len() > limit {
            least.pop_last();
            more = true;
        }
    }
    let next = least.last_key_value().map(|(place, _)| place.clone()).filter(|_| more);
    Ok(Page { rows: least.into_values().collect(), next })
}

/// The same request for the page that begins elsewhere.
pub fn behind(uri: &Uri, name: &str, value: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let mut next = form_urlencoded::Serializer::new(String::new());
    for (other, value) in form_urlencoded::parse(query.as_bytes()) {
        if other != name {
            next.append_pair(&other, &value);
        }
    }
    next.append_pair(name, value);
    format!("{}?{}", uri.path(), next.finish())
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use axum::response::IntoResponse as _;

    use super::*;

    fn page(limit: usize) -> Page<u8, u8> {
        Page::of((1..=3).map(|row| Ok::<_, Problem>((row, row))), limit).unwrap()
    }

    #[test]
    fn a_page_says_where_the_next_begins() {
        assert_eq!(page(2).parts(), (vec![1, 2], Some(2)));
        assert_eq!(page(3).parts(), (vec![1, 2, 3], None));
        let uri = "/api/v1/items?q=a%20b&cursor=old&limit=2".parse().unwrap();
        let answer = page(2).answer(&uri).unwrap().into_response();
        let link = answer.headers()[header::LINK].to_str().unwrap();
        assert_eq!(link, "</api/v1/items?q=a+b&limit=2&cursor=Mg>; rel=\"next\"");
        assert_eq!(cursor::<u8>(Some("Mg")).unwrap(), Some(2));
        let whole = page(3).answer(&uri).unwrap().into_response();
        assert!(whole.headers().get(header::LINK).is_none());
    }

    #[test]
    fn rows_in_any_order_come_in_order_and_each_once() {
        let rows = [4, 1, 3, 2].map(|row| Ok::<_, Problem>((row, row)));
        let page = |after: Option<u8>| first(rows.clone().into_iter(), after.as_ref(), 2);
        assert_eq!(page(None).unwrap().parts(), (vec![1, 2], Some(2)));
        assert_eq!(page(Some(2)).unwrap().parts(), (vec![3, 4], None));
        assert_eq!(page(Some(3)).unwrap().parts(), (vec![4], None));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "%", "Mg==", "bnVsbCB", "eyJhIjo"] {
            let problem = cursor::<u8>(Some(text)).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("cursor"), "{text}");
        }
        assert_eq!(cursor::<u8>(None).unwrap(), None);
        assert_eq!(limit(Some(0)).unwrap_err().field.as_deref(), Some("limit"));
        assert!(limit(Some(MOST + 1)).is_err() && limit(Some(MOST)).is_ok());
    }
}
