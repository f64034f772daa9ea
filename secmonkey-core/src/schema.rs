//! What the values that are written as one text look like, for who describes them in `OpenAPI`.
//! What has members derives it.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::account::AccountId;
use crate::config::Digest;
use crate::event::{Actor, Hash, IssueId, ScanId, StreamId};
use crate::governance::RuleId;
use crate::item::Key;
use crate::provider::Provider;
use crate::report::Cell;
use crate::schedule::Interval;

macro_rules! texts {
    ($($type:ty: $about:literal, $example:literal;)*) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                text.description(Some($about)).examples([$example]).build().into()
            }
        }

        impl ToSchema for $type {}
    )*};
}

texts! {
    AccountId: "The id of an account, as its provider writes it.", "123456789012";
    Actor: "Who did something: `scheduler`, `cli:alice`, the name of a user.", "scheduler";
    Digest: "The digest of a configuration, in hexadecimal digits.", "9f86d081884c7d659a2feaa0c55ad015";
    Hash: "The hash chain up to an event, in hexadecimal digits.", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    Interval: "How often something is looked at.", "1h";
    IssueId: "Names an issue for ever.", "q7m3kdh2x5";
    Key: "Names an item for ever: account, technology, region and the provider's id of it.", "123456789012/security_group/eu-west-1/sg-0a1b2c3d";
    Provider: "Who runs accounts.", "aws";
    RuleId: "Names a rule for ever.", "k3v9tqa2bc";
    ScanId: "Names a scan for ever.", "20260131T140000000Z";
    StreamId: "The stream of an event: `item/KEY`, `scan/ID`, `account/ID`, `governance`, `notifier/NAME`.", "governance";
}

impl PartialSchema for Cell {
    fn schema() -> RefOr<Schema> {
        let kinds = SchemaType::from_iter([Type::Null, Type::String, Type::Integer]);
        let cell = ObjectBuilder::new().schema_type(kinds);
        cell.description(Some(
            "What a table of a report holds: a text, a time, a number, or nothing.",
        ))
        .build()
        .into()
    }
}

impl ToSchema for Cell {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ReportCell")
    }
}
