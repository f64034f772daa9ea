//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_organizations::types;

structures! {
    types::Account {
        "Arn": arn,
        "Email": email,
        "Id": id,
        "JoinedMethod": joined_method,
        "JoinedTimestamp": joined_timestamp,
        "Name": name,
        "Paths": paths,
        "State": state,
        "Status": status,
    }
    types::PolicySummary {
        "Arn": arn,
        "AwsManaged": aws_managed,
        "Description": description,
        "Id": id,
        "Name": name,
        "Type": r#type,
    }
    types::PolicyTargetSummary {
        "Arn": arn,
        "Name": name,
        "TargetId": target_id,
        "Type": r#type,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
}

enumerations! {
    types::AccountJoinedMethod,
    types::AccountState,
    types::AccountStatus,
    types::PolicyType,
    types::TargetType,
}
