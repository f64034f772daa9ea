//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_sns::{operation, types};

structures! {
    operation::get_topic_attributes::GetTopicAttributesOutput {
        "Attributes": attributes,
    }
    types::Subscription {
        "Endpoint": endpoint,
        "Owner": owner,
        "Protocol": protocol,
        "SubscriptionArn": subscription_arn,
        "TopicArn": topic_arn,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
}
