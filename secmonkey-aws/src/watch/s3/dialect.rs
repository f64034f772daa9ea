//! What stores that speak S3 say otherwise than S3 does.
//!
//! With an endpoint of one's own, the other side need not be AWS. The SDK reads a document
//! only where its first element has the name that S3 gives it; AWS's other SDKs, against
//! which such stores are tested, do not look at that name.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;

/// Documents that are named after their operation, and what S3 calls them.
const NAMES: &[(&str, &str)] = &[
    ("GetBucketAccelerateConfigurationResponse", "AccelerateConfiguration"),
    ("GetBucketNotificationResponse", "NotificationConfiguration"),
    ("GetBucketVersioningResponse", "VersioningConfiguration"),
    ("ListBucketInventoryConfigurationsResponse", "ListInventoryConfigurationsResult"),
];

/// Gives documents the names that S3 gives them.
#[derive(Debug)]
pub(super) struct Rename;

impl Intercept for Rename {
    fn name(&self) -> &'static str {
        "Rename"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        if let Some(renamed) = body.bytes().and_then(renamed) {
            *body = SdkBody::from(renamed);
        }
        Ok(())
    }
}

/// Whether an answer is a listing of the bucket's objects. That is how a store answers a
/// question about a configuration that it does not have: it does not know the name in the
/// query, and what is left of it asks for the objects. S3 itself never does.
pub(super) fn lists_objects(answer: &HttpResponse) -> bool {
    let body = answer.body().bytes().and_then(|body| std::str::from_utf8(body).ok());
    answer.status().is_success() && body.and_then(root) == Some("ListBucketResult")
}

/// The name of the first element.
fn root(body: &str) -> Option<&str> {
    let (at, _) =
        body.match_indices('<').find(|(at, _)| !body[at + 1..].starts_with(['?', '!']))?;
    body[at + 1..].split(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).next()
}

/// The document under the name that S3 gives it; `None` where it has it.
fn renamed(body: &[u8]) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    let name = root(body)?;
    let (_, aws) = NAMES.iter().find(|(other, _)| *other == name)?;
    let open = body.replacen(&format!("<{name}"), &format!("<{aws}"), 1);
    // The last to be closed; an empty element has no other tag.
    Some(match open.rsplit_once(&format!("</{name}")) {
        Some((content, end)) => format!("{content}</{aws}{end}"),
        None => open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_renamed_at_both_ends() {
        let text = "<?xml version=\"1.0\"?>\n<GetBucketVersioningResponse xmlns=\"x\">\
                    <Status>Enabled</Status></GetBucketVersioningResponse>\n";
        assert_eq!(
            renamed(text.as_bytes()).unwrap(),
            "<?xml version=\"1.0\"?>\n<VersioningConfiguration xmlns=\"x\">\
             <Status>Enabled</Status></VersioningConfiguration>\n"
        );
        let empty = renamed(b"<GetBucketNotificationResponse xmlns=\"x\"/>").unwrap();
        assert_eq!(empty, "<NotificationConfiguration xmlns=\"x\"/>");
    }

    #[test]
    fn what_s3_says_stays_as_it_is() {
        let said = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        for text in [said, "<Tagging/>", "{\"Version\": \"2012-10-17\"}", "", "<", "<?xml?>"] {
            assert_eq!(renamed(text.as_bytes()), None, "{text}");
        }
    }
}
