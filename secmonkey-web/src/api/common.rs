//! What is the same for many routes or all of them, said once in the document: problems, headers,
//! and which members answers always have.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::governance::Role;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Components, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr, Required};
use utoipa::{IntoParams, IntoResponses};

use crate::idempotency;

macro_rules! problems {
    ($($name:ident $status:literal $about:literal)*) => {
        $(
            #[doc = concat!($about, ".")]
            pub enum $name {}

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    let problem = Ref::from_response_name(stringify!($name));
                    BTreeMap::from([($status.to_owned(), problem.into())])
                }
            }
        )*

        /// What each of them says.
        const ALL: &[(&str, &str)] = &[$((stringify!($name), $about)),*];
    };
}

problems! {
    Unknown "401" "Who asks is not known"
    Everything "403" "It is for who sees everything"
    Refused "403" "It takes another role, is for who sees everything, or the page of another site asks"
    NotThere "404" "It is not there, or was not then"
    There "409" "It is there already, or the same request is being answered"
    Over "409" "It is over"
    Unsigned "409" "No checkpoint covers it yet"
    Answering "409" "The same request is being answered"
    Cut "410" "What was there was cut"
    Changed "412" "It changed meanwhile"
    Long "413" "The body is longer than 1 MiB"
    TooMany "429" "It was tried too often"
    Wrong "422" "A parameter, the query or the body cannot be; `field` says which, if one alone is to blame"
    Failed "500" "The record cannot be read"
    Busy "503" "It cannot be done at the moment"
}

/// Under which name an operation says what it asks of who asks for it.
pub const RIGHTS: &str = "x-requires";

/// What stands in the place of an answer that did not change.
const SAME: &str = "Same";

/// An edit that counts only if nothing changed meanwhile.
pub enum IfMatch {}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header(
            "if-match",
            "The `ETag` of it when it was read: the edit counts only if \
                                 nothing changed since",
            None,
        )]
    }
}

fn header(name: &str, about: &str, longest: Option<usize>) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).max_length(longest);
    // What is no longer than that has something to be: a word of ASCII.
    let text = text.pattern(longest.map(|_| "^[!-~]+$")).build();
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header);
    let parameter = parameter.required(Required::False).description(Some(about));
    parameter.schema(Some(text)).build()
}

/// Says of all routes what layers and readers around them do, and of all answers which members
/// they always have.
pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (name, about) in ALL {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
        let problem = ResponseBuilder::new().description(*about);
        let problem = problem.content("application/problem+json", content.build());
        components.responses.insert((*name).to_owned(), problem.build().into());
    }
    let same = ResponseBuilder::new().description("It is as it was with that `ETag`");
    components.responses.insert(SAME.to_owned(), same.build().into());
    let mut given = BTreeSet::new();
    for (place, path) in &mut document.paths.paths {
        if let Some(read) = &mut path.get {
            let needs = needs_of_read(read);
            require_rights(read, needs);
            complete_read(read);
        }
        let edits = [&mut path.post, &mut path.put, &mut path.patch, &mut path.delete];
        edits.into_iter().flatten().for_each(|edit| require_rights(edit, needs_of_edit(place)));
        let sent_again = path.post.iter_mut().map(|operation| (true, operation));
        let others = [&mut path.get, &mut path.put, &mut path.patch, &mut path.delete];
        let others = others.into_iter().flatten().map(|operation| (false, operation));
        for (is_sent_again, operation) in sent_again.chain(others) {
            complete_operation(operation, is_sent_again);
            refer(&operation.request_body, components, &mut given);
        }
    }
    for (_, schema) in components.schemas.iter_mut().filter(|(name, _)| !given.contains(*name)) {
        require(schema);
    }
}

/// What an operation asks of who asks for it.
#[derive(Debug, Clone, Copy, Serialize)]
struct Needs {
    /// The least role.
    role: Role,
    /// Whether it is for who sees everything.
    everything: bool,
}

/// Reading takes nothing more than to be let in, if the problems that a route names do not say
/// so: it is for who sees everything, or may also do everything.
fn needs_of_read(operation: &Operation) -> Needs {
    let name = match operation.responses.responses.get("403") {
        Some(RefOr::Ref(problem)) => problem.ref_location.rsplit('/').next().unwrap_or_default(),
        _ => "",
    };
    let role = if name == "Refused" { Role::Admin } else { Role::View };
    Needs { role, everything: !name.is_empty() }
}

/// What is said about items takes little, what is one's own nothing more, all else everything.
fn needs_of_edit(path: &str) -> Needs {
    let is_own = ["/session", "/sessions/{id}", "/tokens", "/tokens/{id}"];
    let is_own = is_own.iter().any(|own| path.ends_with(own)) || path.ends_with("/password");
    let role = match path {
        _ if is_own => Role::View,
        _ if path.ends_with("/comments") => Role::Comment,
        _ if path.contains("justification") => Role::Justify,
        _ => Role::Admin,
    };
    Needs { role, everything: role == Role::Admin }
}

/// Says what an operation asks of who asks for it, as far as that is no part of `OpenAPI`.
fn require_rights(operation: &mut Operation, needs: Needs) {
    let needs = serde_json::to_value(needs).unwrap_or_default();
    operation.extensions.get_or_insert_default().insert(RIGHTS.to_owned(), needs);
}

/// Adds that what did not change is not sent again, where an answer is told at once.
fn complete_read(operation: &mut Operation) {
    let is_told = |kind: &str| matches!(kind, "application/json" | "text/plain");
    let is_whole = |answer: &RefOr<Response>| matches!(answer, RefOr::T(answer) if answer.content.keys().any(|kind| is_told(kind)));
    let responses = &mut operation.responses.responses;
    if responses.get("200").is_some_and(is_whole) {
        responses.insert("304".to_owned(), Ref::from_response_name(SAME).into());
        let known = header("if-none-match", "The `ETag` of it when it was read", None);
        operation.parameters.get_or_insert_default().push(known.into());
    }
}

/// Adds the problems that layers and readers around a route make.
fn complete_operation(operation: &mut Operation, is_sent_again: bool) {
    let mut more = Unknown::responses();
    more.extend(Refused::responses());
    more.extend(Wrong::responses());
    more.extend(Failed::responses());
    more.extend(Busy::responses());
    if operation.request_body.is_some() {
        more.extend(Long::responses());
    }
    if is_sent_again {
        more.extend(Answering::responses());
        let about = "Names this request: sent again with it, nothing is done twice";
        let key = header(idempotency::HEADER, about, Some(idempotency::LONGEST));
        operation.parameters.get_or_insert_default().push(key.into());
    }
    for (status, problem) in more {
        operation.responses.responses.entry(status).or_insert(problem);
    }
}

/// Collects the names of the schemas that something refers to, and of those that these refer to.
fn refer(of: &impl Serialize, components: &Components, found: &mut BTreeSet<String>) {
    fn collect(value: &Value, names: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                let place = members.get("$ref").and_then(Value::as_str);
                let schema = place.and_then(|place| place.strip_prefix("#/components/schemas/"));
                names.extend(schema.map(str::to_owned));
                members.values().for_each(|one| collect(one, names));
            }
            Value::Array(all) => all.iter().for_each(|one| collect(one, names)),
            _ => {}
        }
    }
    let mut names = Vec::new();
    collect(&serde_json::to_value(of).unwrap_or_default(), &mut names);
    for name in names {
        if let Some(schema) = components.schemas.get(&name)
            && found.insert(name)
        {
            refer(schema, components, found);
        }
    }
}

/// Requires the members of an answer that may be `null`: these are always sent, and what is left
/// out is never `null`. (What is derived takes an `Option` for what may be left out, as it may
/// in what is given.)
fn require(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            for (name, member) in &mut object.properties {
                if is_nullable(member) && !object.required.contains(name) {
                    object.required.push(name.clone());
                }
                require(member);
            }
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(require),
        Schema::AllOf(all) => all.items.iter_mut().for_each(require),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(require),
        _ => {}
    }
}

/// Whether it may be `null`, and says so.
fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let has_null = |kind: &SchemaType| match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => false,
    };
    match schema {
        RefOr::T(Schema::Object(object)) => has_null(&object.schema_type),
        RefOr::T(Schema::Array(array)) => has_null(&array.schema_type),
        RefOr::T(Schema::OneOf(one)) => one.items.iter().any(is_nullable),
        _ => false,
    }
}
