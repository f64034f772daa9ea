//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_ecr::types;

structures! {
    types::EncryptionConfiguration {
        "encryptionType": encryption_type,
        "kmsKey": kms_key,
    }
    types::ImageScanningConfiguration {
        "scanOnPush": scan_on_push,
    }
    types::ImageTagMutabilityExclusionFilter {
        "filter": filter,
        "filterType": filter_type,
    }
    types::Repository {
        "createdAt": created_at,
        "encryptionConfiguration": encryption_configuration,
        "imageScanningConfiguration": image_scanning_configuration,
        "imageTagMutability": image_tag_mutability,
        "imageTagMutabilityExclusionFilters": image_tag_mutability_exclusion_filters,
        "registryId": registry_id,
        "repositoryArn": repository_arn,
        "repositoryName": repository_name,
        "repositoryUri": repository_uri,
    }
    types::RepositoryScanningConfiguration {
        "appliedScanFilters": applied_scan_filters,
        "repositoryArn": repository_arn,
        "repositoryName": repository_name,
        "scanFrequency": scan_frequency,
        "scanOnPush": scan_on_push,
    }
    types::ScanningRepositoryFilter {
        "filter": filter,
        "filterType": filter_type,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
}

enumerations! {
    types::EncryptionType,
    types::ImageTagMutability,
    types::ImageTagMutabilityExclusionFilterType,
    types::ScanFrequency,
    types::ScanningRepositoryFilterType,
}
