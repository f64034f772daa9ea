//! The API as a page: what its document says, to be read and printed.

use std::fmt::{self, Display, Formatter};
use std::sync::LazyLock;

use askama::Template;
use askama::filters::{Escaper, Html, HtmlSafe};
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::Value;
use tower_http::compression::CompressionLayer;

use crate::answer::{Answer, Answered};
use crate::api::{self, RIGHTS};
use crate::assets::STYLE;
use crate::error::Problem;
use crate::etag;

/// The page runs nothing, and loads nothing but its style.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
static PAGE: LazyLock<Answered> = LazyLock::new(|| {
    let document = serde_json::to_value(api::openapi()).map_err(|error| Problem::unread(&error))?;
    let page = Page::of(&document).render().map_err(|error| Problem::unread(&error))?;
    Answer::text("text/html; charset=utf-8", page)
});

/// The page: for everybody, as the document is.
pub fn router() -> Router {
    let page = get(page).layer(middleware::from_fn(etag::conditional));
    Router::new().route("/api", page).layer(CompressionLayer::new())
}

async fn page() -> Response {
    let mut answer = PAGE.clone().into_response();
    let policy = HeaderValue::from_static(POLICY);
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    answer
}

/// The page.
#[derive(Template)]
#[template(path = "api.html")]
struct Page<'a> {
    title: &'a str,
    about: Vec<Prose<'a>>,
    style: &'a str,
    sections: Vec<Section<'a>>,
    schemas: Vec<Schema<'a>>,
}

/// The operations of a tag.
struct Section<'a> {
    name: &'a str,
    about: Prose<'a>,
    operations: Vec<Operation<'a>>,
}

struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: &'a str,
    about: Vec<Prose<'a>>,
    /// Who may ask, in a sentence.
    rights: String,
    parameters: Vec<Field<'a>>,
    body: Option<Kind<'a>>,
    answers: Vec<Told<'a>>,
}

/// A parameter, or a member of a schema.
struct Field<'a> {
    name: &'a str,
    /// Where a parameter stands.
    place: &'a str,
    required: bool,
    kind: Kind<'a>,
    about: Prose<'a>,
}

struct Told<'a> {
    status: &'a str,
    about: Prose<'a>,
    contents: Vec<Content<'a>>,
}

struct Content<'a> {
    kind: &'a str,
    schema: Kind<'a>,
}

struct Schema<'a> {
    name: &'a str,
    about: Vec<Prose<'a>>,
    kind: Kind<'a>,
    fields: Vec<Field<'a>>,
}

impl<'a> Page<'a> {
    /// What the document says.
    fn of(document: &'a Value) -> Self {
        let tags = document["tags"].as_array().into_iter().flatten();
        let sections = tags.map(|tag| {
            let name = text(&tag["name"]);
            let operations = operations(document).filter(|(_, _, one)| one["tags"][0] == name);
            Section {
                name,
                about: Prose(text(&tag["description"])),
                operations: operations.map(|one| Operation::of(document, one)).collect(),
            }
        });
        let schemas = members(&document["components"]["schemas"]).map(|(name, schema)| Schema {
            name,
            about: paragraphs(schema),
            kind: Kind(schema),
            fields: fields(document, schema),
        });
        Self {
            title: text(&document["info"]["title"]),
            about: paragraphs(&document["info"]),
            style: STYLE.path(),
            sections: sections.collect(),
            schemas: schemas.collect(),
        }
    }
}

impl<'a> Operation<'a> {
    fn of(document: &'a Value, (path, method, one): (&'a str, &'a str, &'a Value)) -> Self {
        let parameters = one["parameters"].as_array().into_iter().flatten().map(|one| Field {
            name: text(&one["name"]),
            place: text(&one["in"]),
            required: one["required"] == true,
            kind: Kind(&one["schema"]),
            about: Prose(text(&one["description"])),
        });
        let answers = members(&one["responses"]).map(|(status, answer)| {
            let answer = resolved(document, answer);
            let contents = members(&answer["content"]);
            let contents =
                contents.map(|(kind, one)| Content { kind, schema: Kind(&one["schema"]) });
            let about = Prose(text(&answer["description"]));
            Told { status, about, contents: contents.collect() }
        });
        let body = &one["requestBody"]["content"]["application/json"]["schema"];
        Self {
            id: text(&one["operationId"]),
            method: method.to_uppercase(),
            path,
            summary: text(&one["summary"]),
            about: paragraphs(one),
            rights: rights(one),
            parameters: parameters.collect(),
            body: (!body.is_null()).then_some(Kind(body)),
            answers: answers.collect(),
        }
    }
}

/// Every operation: its path, method and description.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(&document["paths"])
        .flat_map(|(path, methods)| members(methods).map(move |(method, one)| (path, method, one)))
}

/// Who may ask for an operation.
fn rights(operation: &Value) -> String {
    if operation["security"] == serde_json::json!([{}]) {
        return "For everybody.".to_owned();
    }
    let rights = &operation[RIGHTS];
    let everything = if rights["everything"] == true { ", for who sees everything" } else { "" };
    format!("Role: {}{everything}.", text(&rights["role"]))
}

/// The members of an object, those of what it is made of with them.
fn fields<'a>(document: &'a Value, schema: &'a Value) -> Vec<Field<'a>> {
    let parts = |how: &str| {
        let parts = schema[how].as_array().into_iter().flatten();
        parts.flat_map(move |part| fields(document, resolved(document, part)))
    };
    // Of several only one is there.
    let several = parts("oneOf").map(|field| Field { required: false, ..field });
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    let own = members(&schema["properties"]).map(|(name, member)| Field {
        name,
        place: "",
        required: required.contains(&&Value::from(name)),
        kind: Kind(member),
        about: Prose(text(&member["description"])),
    });
    parts("allOf").chain(several).chain(own).collect()
}

fn members(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

/// What a reference stands for.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let place = value["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
    place.and_then(|place| document.pointer(place)).unwrap_or(value)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn paragraphs(about: &Value) -> Vec<Prose<'_>> {
    let all = text(&about["description"]).split("\n\n");
    all.filter(|one| !one.is_empty()).map(Prose).collect()
}

/// A text of the document: what stands in backquotes is code.
struct Prose<'a>(&'a str);

impl Display for Prose<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.split('`').enumerate() {
            let is_code = at % 2 == 1;
            f.write_str(if is_code { "<code>" } else { "" })?;
            Html.write_escaped_str(&mut *f, part)?;
            f.write_str(if is_code { "</code>" } else { "" })?;
        }
        Ok(())
    }
}

impl HtmlSafe for Prose<'_> {}

/// What a value is; schemas that have a name are links.
#[derive(Clone, Copy)]
struct Kind<'a>(&'a Value);

impl Display for Kind<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let schema = self.0;
        if let Some(place) = schema["$ref"].as_str() {
            let name = place.rsplit('/').next().unwrap_or_default();
            return Link(name).fmt(f);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return listed(f, parts.iter().map(Kind), " and ");
        }
        if let Some(parts) = schema["oneOf"].as_array() {
            return listed(f, parts.iter().map(Kind), " or ");
        }
        if let Some(words) = schema["enum"].as_array() {
            return listed(f, words.iter().map(|word| Word(text(word))), ", ");
        }
        match &schema["type"] {
            Value::Array(kinds) => {
                listed(f, kinds.iter().map(|kind| One { kind: text(kind), schema }), " or ")
            }
            Value::String(kind) => One { kind, schema }.fmt(f),
            _ => f.write_str("anything"),
        }
    }
}

impl HtmlSafe for Kind<'_> {}

/// A schema that has a name.
struct Link<'a>(&'a str);

impl Display for Link<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("<a href=\"#schema-")?;
        Html.write_escaped_str(&mut *f, self.0)?;
        f.write_str("\">")?;
        Html.write_escaped_str(&mut *f, self.0)?;
        f.write_str("</a>")
    }
}

/// A word that something may be.
struct Word<'a>(&'a str);

impl Display for Word<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("<code>")?;
        Html.write_escaped_str(&mut *f, self.0)?;
        f.write_str("</code>")
    }
}

/// One of the types that a value may have.
struct One<'a> {
    kind: &'a str,
    schema: &'a Value,
}

impl Display for One<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Html.write_escaped_str(&mut *f, self.kind)?;
        match (self.kind, self.schema["format"].as_str()) {
            ("array", _) => write!(f, " of {}", Kind(&self.schema["items"])),
            ("object", _) if self.schema["properties"].is_object() => {
                f.write_str(" of ")?;
                listed(f, members(&self.schema["properties"]).map(|(name, _)| Word(name)), ", ")
            }
            ("string", Some(format)) => {
                f.write_str(", ")?;
                Html.write_escaped_str(&mut *f, format)
            }
            _ => Ok(()),
        }
    }
}

fn listed<T: Display>(
    f: &mut Formatter<'_>,
    all: impl Iterator<Item = T>,
    between: &str,
) -> fmt::Result {
    for (at, one) in all.enumerate() {
        write!(f, "{}{one}", if at > 0 { between } else { "" })?;
    }
    Ok(())
}
