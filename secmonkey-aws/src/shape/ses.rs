//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_ses::types;

structures! {
    types::IdentityDkimAttributes {
        "DkimEnabled": dkim_enabled,
        "DkimTokens": dkim_tokens,
        "DkimVerificationStatus": dkim_verification_status,
    }
    types::IdentityMailFromDomainAttributes {
        "BehaviorOnMXFailure": behavior_on_mx_failure,
        "MailFromDomain": mail_from_domain,
        "MailFromDomainStatus": mail_from_domain_status,
    }
    types::IdentityNotificationAttributes {
        "BounceTopic": bounce_topic,
        "ComplaintTopic": complaint_topic,
        "DeliveryTopic": delivery_topic,
        "ForwardingEnabled": forwarding_enabled,
        "HeadersInBounceNotificationsEnabled": headers_in_bounce_notifications_enabled,
        "HeadersInComplaintNotificationsEnabled": headers_in_complaint_notifications_enabled,
        "HeadersInDeliveryNotificationsEnabled": headers_in_delivery_notifications_enabled,
    }
    types::IdentityVerificationAttributes {
        "VerificationStatus": verification_status,
        "VerificationToken": verification_token,
    }
}

enumerations! {
    types::BehaviorOnMxFailure,
    types::CustomMailFromStatus,
    types::VerificationStatus,
}
