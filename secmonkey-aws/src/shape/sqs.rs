//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_sqs::{operation, types};

structures! {
    operation::get_queue_attributes::GetQueueAttributesOutput {
        "Attributes": attributes,
    }
}

enumerations! {
    types::QueueAttributeName,
}
