//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_s3control::{operation, types};

structures! {
    operation::get_access_point::GetAccessPointOutput {
        "AccessPointArn": access_point_arn,
        "Alias": alias,
        "Bucket": bucket,
        "BucketAccountId": bucket_account_id,
        "CreationDate": creation_date,
        "DataSourceId": data_source_id,
        "DataSourceType": data_source_type,
        "Endpoints": endpoints,
        "Name": name,
        "NetworkOrigin": network_origin,
        "PublicAccessBlockConfiguration": public_access_block_configuration,
        "VpcConfiguration": vpc_configuration,
    }
    types::EstablishedMultiRegionAccessPointPolicy {
        "Policy": policy,
    }
    types::MultiRegionAccessPointPolicyDocument {
        "Established": established,
        "Proposed": proposed,
    }
    types::MultiRegionAccessPointReport {
        "Alias": alias,
        "CreatedAt": created_at,
        "Name": name,
        "PublicAccessBlock": public_access_block,
        "Regions": regions,
        "Status": status,
    }
    types::ProposedMultiRegionAccessPointPolicy {
        "Policy": policy,
    }
    types::PublicAccessBlockConfiguration {
        "BlockPublicAcls": block_public_acls,
        "BlockPublicPolicy": block_public_policy,
        "IgnorePublicAcls": ignore_public_acls,
        "RestrictPublicBuckets": restrict_public_buckets,
    }
    types::RegionReport {
        "Bucket": bucket,
        "BucketAccountId": bucket_account_id,
        "Region": region,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::VpcConfiguration {
        "VpcId": vpc_id,
    }
}

enumerations! {
    types::MultiRegionAccessPointStatus,
    types::NetworkOrigin,
}
