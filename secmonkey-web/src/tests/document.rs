//! The document, held against what is answered: whatever a test asks for is as it says.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::http::Method;
use jiff::Timestamp;

use super::*;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(crate::api::openapi()).unwrap());

/// Panics where an answer is not as the document says.
#[track_caller]
pub fn check(method: &Method, path: &str, status: StatusCode, kind: &str, body: &str) {
    let Some(operation) = operation(method, path) else { return };
    let about = format!("{method} {path}: {status}");
    let answer = &operation["responses"][status.as_str()];
    let answer = resolved(answer);
    assert!(answer.is_object(), "{about} is not in the document: {body}");
    let kind = kind.split(';').next().unwrap_or_default();
    let schema = &answer["content"][kind]["schema"];
    let values: Vec<&str> = match kind {
        "" | "text/event-stream" => Vec::new(),
        // A text is as the document says whatever it says, if its kind is there.
        "text/markdown" | "text/csv" | "text/plain" => {
            assert_eq!(schema["type"], "string", "{about}: {kind} is not in the document");
            return;
        }
        "application/x-ndjson" => body.lines().collect(),
        _ => vec![body],
    };
    assert!(!schema.is_null() || values.is_empty(), "{about}: {kind} is not in the document");
    for value in values {
        let value = serde_json::from_str(value).unwrap_or_else(|error| panic!("{about}: {error}"));
        if let Err(fault) = fits(schema, &value) {
            panic!("{about}: {fault}: {value:#}");
        }
    }
}

/// What the document says of a request. A path without parameters goes before one with.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap_or_default();
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let is_meant = |template: &str| {
        let mut parts = path.split('/');
        let all = template
            .split('/')
            .all(|one| parts.next().is_some_and(|part| one == part || one.starts_with('{')));
        all && parts.next().is_none()
    };
    let meant = paths.iter().filter(|(template, _)| is_meant(template));
    let (_, methods) = meant.min_by_key(|(template, _)| template.matches('{').count())?;
    let method = if method == Method::HEAD { &Method::GET } else { method };
    methods.get(method.as_str().to_lowercase())
}

fn resolved(value: &'static Value) -> &'static Value {
    let Some(named) = value["$ref"].as_str() else { return value };
    let found = DOCUMENT.pointer(named.trim_start_matches('#'));
    found.unwrap_or_else(|| panic!("{named} is not in the document"))
}

/// Which members of an object a schema speaks of.
enum Spoken {
    Of(BTreeSet<&'static str>),
    OfAll,
}

impl Spoken {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Of(mut one), Self::Of(other)) => {
                one.extend(other);
                Self::Of(one)
            }
            _ => Self::OfAll,
        }
    }
}

/// Whether a value is as a schema says, and has no members that the schema does not speak of.
fn fits(schema: &'static Value, value: &Value) -> Result<(), String> {
    match (spoken(schema, value)?, value) {
        (Spoken::Of(names), Value::Object(members)) => {
            match members.keys().find(|name| !names.contains(name.as_str())) {
                Some(name) => Err(format!("`{name}` is not in the document")),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn spoken(schema: &'static Value, value: &Value) -> Result<Spoken, String> {
    let schema = resolved(schema);
    let known = [
        "additionalProperties",
        "allOf",
        "default",
        "description",
        "enum",
        "examples",
        "format",
        "items",
        "maximum",
        "minimum",
        "oneOf",
        "properties",
        "propertyNames",
        "required",
        "type",
        "uniqueItems",
    ];
    for word in schema.as_object().ok_or("a schema is an object")?.keys() {
        assert!(known.contains(&word.as_str()), "this test does not know `{word}`");
    }
    own(schema, value)?;
    let mut spoken = members(schema, value)?;
    for one in list(&schema["allOf"]) {
        spoken = spoken.and(self::spoken(one, value)?);
    }
    if !schema["oneOf"].is_null() {
        let all = list(&schema["oneOf"]).map(|one| self::spoken(one, value));
        let (fit, faults): (Vec<_>, Vec<_>) = all.partition(Result::is_ok);
        let faults: Vec<_> = faults.into_iter().filter_map(Result::err).collect();
        let mut fit = fit.into_iter().flatten();
        let one = fit.next().ok_or_else(|| format!("none of: {}", faults.join("; ")))?;
        if fit.next().is_some() {
            return Err("it is several things at once".to_owned());
        }
        spoken = spoken.and(one);
    }
    Ok(spoken)
}

/// What a schema says of a value itself.
fn own(schema: &'static Value, value: &Value) -> Result<(), String> {
    let is = |kind: &Value| match (kind.as_str().unwrap(), value) {
        ("null", Value::Null)
        | ("boolean", Value::Bool(_))
        | ("number", Value::Number(_))
        | ("string", Value::String(_))
        | ("array", Value::Array(_))
        | ("object", Value::Object(_)) => true,
        ("integer", Value::Number(number)) => number.is_i64() || number.is_u64(),
        _ => false,
    };
    let kinds = &schema["type"];
    let is_one = match kinds {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(is),
        kind => is(kind),
    };
    let fault = |what: &str| Err(format!("{value} is not {what}"));
    if !is_one {
        return fault(&format!("of type {kinds}"));
    }
    if !schema["enum"].is_null() && !list(&schema["enum"]).any(|one| one == value) {
        return fault(&format!("one of {}", schema["enum"]));
    }
    if let Some(number) = value.as_f64()
        && (schema["minimum"].as_f64().is_some_and(|least| number < least)
            || schema["maximum"].as_f64().is_some_and(|most| number > most))
    {
        return fault("within its limits");
    }
    if schema["format"] == "date-time"
        && let Some(text) = value.as_str()
        && !(text.ends_with('Z') && text.parse::<Timestamp>().is_ok())
    {
        return fault("a time in UTC");
    }
    for (at, one) in value.as_array().into_iter().flatten().enumerate() {
        if !schema["items"].is_null() {
            fits(&schema["items"], one).map_err(|fault| format!("{at}: {fault}"))?;
        }
    }
    Ok(())
}

/// What a schema says of the members of a value.
fn members(schema: &'static Value, value: &Value) -> Result<Spoken, String> {
    let (named, more) = (schema["properties"].as_object(), &schema["additionalProperties"]);
    let is_silent = schema["allOf"].is_null() && schema["oneOf"].is_null();
    let Some(members) = value.as_object() else { return Ok(Spoken::OfAll) };
    for name in list(&schema["required"]) {
        let name = name.as_str().unwrap();
        if !members.contains_key(name) {
            return Err(format!("`{name}` is missing"));
        }
    }
    for (name, member) in members {
        let about = named.and_then(|named| named.get(name));
        let Some(about) = about.or(Some(more).filter(|more| more.is_object())) else { continue };
        fits(about, member).map_err(|fault| format!("`{name}`: {fault}"))?;
    }
    Ok(match named {
        _ if more.is_object() || *more == json!(true) => Spoken::OfAll,
        None if is_silent => Spoken::OfAll,
        named => Spoken::Of(named.into_iter().flatten().map(|(name, _)| name.as_str()).collect()),
    })
}

fn list(value: &'static Value) -> impl Iterator<Item = &'static Value> {
    value.as_array().into_iter().flatten()
}

#[test]
fn what_is_not_as_the_document_says_is_found() {
    let problem = json!({ "status": 404, "title": "Not Found", "detail": "it is not there" });
    let without = |name: &str| {
        let mut problem = problem.clone();
        problem.as_object_mut().unwrap().remove(name);
        problem
    };
    let with = |name: &str, value: Value| {
        let mut problem = problem.clone();
        problem[name] = value;
        problem
    };
    let schema = &DOCUMENT["components"]["schemas"]["Problem"];
    assert_eq!(fits(schema, &problem), Ok(()));
    assert_eq!(fits(schema, &with("field", json!("q"))), Ok(()));
    for (wrong, fault) in [
        (without("detail"), "`detail` is missing"),
        (with("more", json!(1)), "`more` is not in the document"),
        (with("status", json!("404")), "`status`: \"404\" is not of type \"integer\""),
        (with("status", json!(-1)), "`status`: -1 is not within its limits"),
        (with("field", json!(null)), "`field`: null is not of type \"string\""),
    ] {
        assert_eq!(fits(schema, &wrong), Err(fault.to_owned()));
    }
    // What may be null is there, also where it is flattened into another.
    let issue = &DOCUMENT["components"]["schemas"]["IssueDetailRecord"]["allOf"][0];
    let required: Vec<_> = list(&resolved(issue)["required"]).collect();
    assert!(
        required.contains(&&json!("resolved_at")) && !required.contains(&&json!("reopened_at"))
    );
}

/// Calls something with each object of the document.
fn each(value: &'static Value, seen: &mut impl FnMut(&'static Value)) {
    if value.is_object() {
        seen(value);
    }
    for one in value.as_object().into_iter().flat_map(|members| members.values()) {
        each(one, seen);
    }
    list(value).for_each(|one| each(one, seen));
}

#[test]
fn what_is_so_where_nobody_says_otherwise_may_be_said() {
    let mut defaults = 0;
    each(&DOCUMENT, &mut |one| {
        let (default, is_schema) = (&one["default"], !one["type"].is_null());
        if is_schema && !default.is_null() && !default.is_object() {
            defaults += 1;
            assert_eq!(fits(one, default), Ok(()), "{one:#}");
        }
    });
    assert!(defaults > 20, "{defaults}");
    let sort = list(&DOCUMENT["paths"]["/api/v1/issues"]["get"]["parameters"]);
    let sort = sort.filter(|one| one["name"] == "sort").map(|one| &one["schema"]["default"]);
    assert_eq!(sort.collect::<Vec<_>>(), ["worst"]);
}

#[test]
fn what_may_be_left_out_of_a_body_says_what_it_is_then() {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    for operation in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
        let Some(content) = operation["requestBody"]["content"].as_object() else { continue };
        let schema = resolved(&content["application/json"]["schema"]);
        let required: Vec<_> = list(&schema["required"]).collect();
        for (name, member) in schema["properties"].as_object().unwrap() {
            let is_required = required.contains(&&json!(name));
            let may_be_null =
                own(member, &Value::Null).is_ok() && spoken(member, &Value::Null).is_ok();
            let is_said = is_required || may_be_null || !member["default"].is_null();
            assert!(is_said, "{}: {name}: {member}", operation["operationId"]);
        }
    }
}
