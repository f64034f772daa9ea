//! SDK values as the JSON that the AWS CLI prints.
//!
//! Configurations are AWS-shaped: `IpPermissions[].IpRanges[].CidrIp`, never the SDK's
//! own field names. The lists of members below this module are written by
//! `cargo xtask shapes`, which pairs every field of the SDK's structures with a member
//! of AWS's own model and fails where one is left over: no member is lost.
//!
//! ```
//! use secmonkey_aws::shape::Shape;
//!
//! let ports = Some(vec![22, 443]);
//! assert_eq!(ports.to_json(), serde_json::json!([22, 443]));
//! ```

use std::collections::HashMap;
use std::hash::BuildHasher;

use aws_smithy_types::date_time::Format;
use aws_smithy_types::{Blob, DateTime, Document, Number, base64};
use serde_json::{Map, Value};

/// A value of the SDK that has an AWS-shaped JSON.
pub trait Shape {
    /// The value as the AWS CLI prints it: AWS's member names, members without a value
    /// left out, times in RFC 3339 UTC, blobs in base64.
    fn to_json(&self) -> Value;
}

/// The members of a structure that AWS's model marks sensitive: pointers with `*` for
/// every element of a list or a map. A configuration carries them as keyed digests, unless
/// its technology drops them or lists them as `plain` with a reason.
///
/// `None` for a structure that nobody watches. Structures are named as technologies name
/// them ([`Structure`](crate::watch::Structure)).
///
/// ```
/// use secmonkey_aws::shape;
///
/// let encryption = shape::sensitive("s3", "GetBucketEncryptionOutput").unwrap();
/// assert!(encryption.iter().any(|pointer| pointer.ends_with("/KMSMasterKeyID")));
/// ```
#[must_use]
pub fn sensitive(service: &str, structure: &str) -> Option<&'static [&'static str]> {
    let known = |(of, name, _): &&(&str, &str, _)| (*of, *name) == (service, structure);
    sensitive::STRUCTURES.iter().find(known).map(|(.., pointers)| *pointers)
}

impl Shape for String {
    fn to_json(&self) -> Value {
        Value::String(self.clone())
    }
}

impl Shape for bool {
    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Shape for i32 {
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl Shape for i64 {
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl Shape for f32 {
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl Shape for f64 {
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl Shape for DateTime {
    fn to_json(&self) -> Value {
        // A time outside the years 1 to 9999 has no RFC 3339 form: kept as seconds.
        match self.fmt(Format::DateTime) {
            Ok(text) => Value::String(text),
            Err(_) => Value::from(self.as_secs_f64()),
        }
    }
}

impl Shape for Blob {
    fn to_json(&self) -> Value {
        Value::String(base64::encode(self.as_ref()))
    }
}

impl Shape for Document {
    fn to_json(&self) -> Value {
        match self {
            Self::Object(members) => members.to_json(),
            Self::Array(elements) => elements.to_json(),
            Self::Number(Number::PosInt(number)) => Value::from(*number),
            Self::Number(Number::NegInt(number)) => Value::from(*number),
            Self::Number(Number::Float(number)) => Value::from(*number),
            Self::String(text) => text.to_json(),
            Self::Bool(truth) => truth.to_json(),
            Self::Null => Value::Null,
        }
    }
}

impl<T: Shape> Shape for Option<T> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Shape::to_json)
    }
}

impl<T: Shape> Shape for [T] {
    fn to_json(&self) -> Value {
        self.iter().map(Shape::to_json).collect()
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn to_json(&self) -> Value {
        self.as_slice().to_json()
    }
}

impl<K: AsRef<str>, T: Shape, S: BuildHasher> Shape for HashMap<K, T, S> {
    fn to_json(&self) -> Value {
        let members = self.iter().map(|(key, value)| (key.as_ref().to_owned(), value.to_json()));
        Value::Object(members.collect::<Map<_, _>>())
    }
}

impl<T: Shape + ?Sized> Shape for &T {
    fn to_json(&self) -> Value {
        (**self).to_json()
    }
}

/// Writes [`Shape`] for structures of one SDK crate.
#[allow(unused_macros, reason = "not every service is built")]
macro_rules! structures {
    ($($type:path { $($member:literal: $field:ident,)* })*) => {$(
        impl $crate::shape::Shape for $type {
            #[allow(deprecated, reason = "AWS still answers members that it advises against")]
            fn to_json(&self) -> ::serde_json::Value {
                let members: [(&str, ::serde_json::Value); _] =
                    [$(($member, $crate::shape::Shape::to_json(&self.$field)),)*];
                $crate::watch::object(members)
            }
        }
    )*};
}

/// Writes [`Shape`] for unions of one SDK crate.
#[allow(unused_macros, reason = "not every service is built")]
macro_rules! unions {
    ($($type:path { $($member:literal: $variant:ident,)* })*) => {$(
        impl $crate::shape::Shape for $type {
            fn to_json(&self) -> ::serde_json::Value {
                match self {
                    $(Self::$variant(value) => {
                        $crate::watch::object([($member, $crate::shape::Shape::to_json(value))])
                    })*
                    // The name that the AWS CLI gives to what it does not know either.
                    _ => $crate::watch::object([("SDK_UNKNOWN_MEMBER", true.into())]),
                }
            }
        }
    )*};
}

/// Writes [`Shape`] for enumerations of one SDK crate.
#[allow(unused_macros, reason = "not every service is built")]
macro_rules! enumerations {
    ($($type:path,)*) => {$(
        #[allow(deprecated, reason = "AWS still answers values that it advises against")]
        impl $crate::shape::Shape for $type {
            fn to_json(&self) -> ::serde_json::Value {
                self.as_str().into()
            }
        }
    )*};
}

// Below the macros, which the lists of members use.
#[cfg(feature = "acm")]
mod acm;
#[cfg(feature = "cloudfront")]
mod cloudfront;
#[cfg(feature = "cloudtrail")]
mod cloudtrail;
#[cfg(feature = "config")]
mod config;
#[cfg(feature = "directconnect")]
mod directconnect;
#[cfg(feature = "dynamodb")]
mod dynamodb;
#[cfg(feature = "ec2")]
mod ec2;
#[cfg(feature = "ecr")]
mod ecr;
#[cfg(feature = "ecs")]
mod ecs;
#[cfg(feature = "eks")]
mod eks;
#[cfg(feature = "elb")]
mod elb;
#[cfg(feature = "elbv2")]
mod elbv2;
#[cfg(feature = "glacier")]
mod glacier;
#[cfg(feature = "iam")]
mod iam;
#[cfg(feature = "kms")]
mod kms;
#[cfg(feature = "lambda")]
mod lambda;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "opensearch")]
mod opensearch;
#[cfg(feature = "organizations")]
mod organizations;
#[cfg(feature = "rds")]
mod rds;
#[cfg(feature = "redshift")]
mod redshift;
#[cfg(feature = "route53")]
mod route53;
#[cfg(feature = "route53domains")]
mod route53domains;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "s3")]
mod s3control;
#[cfg(feature = "secretsmanager")]
mod secretsmanager;
mod sensitive;
#[cfg(feature = "ses")]
mod ses;
#[cfg(feature = "sns")]
mod sns;
#[cfg(feature = "sqs")]
mod sqs;
