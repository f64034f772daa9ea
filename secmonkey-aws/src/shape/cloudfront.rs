//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_cloudfront::types;

structures! {
    types::ActiveTrustedKeyGroups {
        "Enabled": enabled,
        "Items": items,
        "Quantity": quantity,
    }
    types::ActiveTrustedSigners {
        "Enabled": enabled,
        "Items": items,
        "Quantity": quantity,
    }
    types::AliasIcpRecordal {
        "CNAME": cname,
        "ICPRecordalStatus": icp_recordal_status,
    }
    types::Aliases {
        "Items": items,
        "Quantity": quantity,
    }
    types::AllowedMethods {
        "CachedMethods": cached_methods,
        "Items": items,
        "Quantity": quantity,
    }
    types::CacheBehavior {
        "AllowedMethods": allowed_methods,
        "CachePolicyId": cache_policy_id,
        "Compress": compress,
        "DefaultTTL": default_ttl,
        "FieldLevelEncryptionId": field_level_encryption_id,
        "ForwardedValues": forwarded_values,
        "FunctionAssociations": function_associations,
        "GrpcConfig": grpc_config,
        "LambdaFunctionAssociations": lambda_function_associations,
        "MaxTTL": max_ttl,
        "MinTTL": min_ttl,
        "OriginRequestPolicyId": origin_request_policy_id,
        "PathPattern": path_pattern,
        "RealtimeLogConfigArn": realtime_log_config_arn,
        "ResponseHeadersPolicyId": response_headers_policy_id,
        "SmoothStreaming": smooth_streaming,
        "TargetOriginId": target_origin_id,
        "TrustedKeyGroups": trusted_key_groups,
        "TrustedSigners": trusted_signers,
        "ViewerProtocolPolicy": viewer_protocol_policy,
    }
    types::CacheBehaviors {
        "Items": items,
        "Quantity": quantity,
    }
    types::CacheTagConfig {
        "HeaderName": header_name,
    }
    types::CachedMethods {
        "Items": items,
        "Quantity": quantity,
    }
    types::ConnectionFunctionAssociation {
        "Id": id,
    }
    types::CookieNames {
        "Items": items,
        "Quantity": quantity,
    }
    types::CookiePreference {
        "Forward": forward,
        "WhitelistedNames": whitelisted_names,
    }
    types::CustomErrorResponse {
        "ErrorCachingMinTTL": error_caching_min_ttl,
        "ErrorCode": error_code,
        "ResponseCode": response_code,
        "ResponsePagePath": response_page_path,
    }
    types::CustomErrorResponses {
        "Items": items,
        "Quantity": quantity,
    }
    types::CustomHeaders {
        "Items": items,
        "Quantity": quantity,
    }
    types::CustomOriginConfig {
        "HTTPPort": http_port,
        "HTTPSPort": https_port,
        "IpAddressType": ip_address_type,
        "OriginKeepaliveTimeout": origin_keepalive_timeout,
        "OriginMtlsConfig": origin_mtls_config,
        "OriginProtocolPolicy": origin_protocol_policy,
        "OriginReadTimeout": origin_read_timeout,
        "OriginSslProtocols": origin_ssl_protocols,
    }
    types::DefaultCacheBehavior {
        "AllowedMethods": allowed_methods,
        "CachePolicyId": cache_policy_id,
        "Compress": compress,
        "DefaultTTL": default_ttl,
        "FieldLevelEncryptionId": field_level_encryption_id,
        "ForwardedValues": forwarded_values,
        "FunctionAssociations": function_associations,
        "GrpcConfig": grpc_config,
        "LambdaFunctionAssociations": lambda_function_associations,
        "MaxTTL": max_ttl,
        "MinTTL": min_ttl,
        "OriginRequestPolicyId": origin_request_policy_id,
        "RealtimeLogConfigArn": realtime_log_config_arn,
        "ResponseHeadersPolicyId": response_headers_policy_id,
        "SmoothStreaming": smooth_streaming,
        "TargetOriginId": target_origin_id,
        "TrustedKeyGroups": trusted_key_groups,
        "TrustedSigners": trusted_signers,
        "ViewerProtocolPolicy": viewer_protocol_policy,
    }
    types::Distribution {
        "ARN": arn,
        "ActiveTrustedKeyGroups": active_trusted_key_groups,
        "ActiveTrustedSigners": active_trusted_signers,
        "AliasICPRecordals": alias_icp_recordals,
        "DistributionConfig": distribution_config,
        "DomainName": domain_name,
        "Id": id,
        "InProgressInvalidationBatches": in_progress_invalidation_batches,
        "LastModifiedTime": last_modified_time,
        "Status": status,
    }
    types::DistributionConfig {
        "Aliases": aliases,
        "AnycastIpListId": anycast_ip_list_id,
        "CacheBehaviors": cache_behaviors,
        "CacheTagConfig": cache_tag_config,
        "CallerReference": caller_reference,
        "Comment": comment,
        "ConnectionFunctionAssociation": connection_function_association,
        "ConnectionMode": connection_mode,
        "ContinuousDeploymentPolicyId": continuous_deployment_policy_id,
        "CustomErrorResponses": custom_error_responses,
        "DefaultCacheBehavior": default_cache_behavior,
        "DefaultRootObject": default_root_object,
        "Enabled": enabled,
        "HttpVersion": http_version,
        "IsIPV6Enabled": is_ipv6_enabled,
        "Logging": logging,
        "OriginGroups": origin_groups,
        "Origins": origins,
        "PriceClass": price_class,
        "Restrictions": restrictions,
        "Staging": staging,
        "TenantConfig": tenant_config,
        "ViewerCertificate": viewer_certificate,
        "ViewerMtlsConfig": viewer_mtls_config,
        "WebACLId": web_acl_id,
    }
    types::ForwardedValues {
        "Cookies": cookies,
        "Headers": headers,
        "QueryString": query_string,
        "QueryStringCacheKeys": query_string_cache_keys,
    }
    types::FunctionAssociation {
        "EventType": event_type,
        "FunctionARN": function_arn,
    }
    types::FunctionAssociations {
        "Items": items,
        "Quantity": quantity,
    }
    types::GeoRestriction {
        "Items": items,
        "Quantity": quantity,
        "RestrictionType": restriction_type,
    }
    types::GrpcConfig {
        "Enabled": enabled,
    }
    types::Headers {
        "Items": items,
        "Quantity": quantity,
    }
    types::KeyPairIds {
        "Items": items,
        "Quantity": quantity,
    }
    types::KgKeyPairIds {
        "KeyGroupId": key_group_id,
        "KeyPairIds": key_pair_ids,
    }
    types::LambdaFunctionAssociation {
        "EventType": event_type,
        "IncludeBody": include_body,
        "LambdaFunctionARN": lambda_function_arn,
    }
    types::LambdaFunctionAssociations {
        "Items": items,
        "Quantity": quantity,
    }
    types::LoggingConfig {
        "Bucket": bucket,
        "Enabled": enabled,
        "IncludeCookies": include_cookies,
        "Prefix": prefix,
    }
    types::Origin {
        "ConnectionAttempts": connection_attempts,
        "ConnectionTimeout": connection_timeout,
        "CustomHeaders": custom_headers,
        "CustomOriginConfig": custom_origin_config,
        "DomainName": domain_name,
        "Id": id,
        "OriginAccessControlId": origin_access_control_id,
        "OriginPath": origin_path,
        "OriginShield": origin_shield,
        "ResponseCompletionTimeout": response_completion_timeout,
        "S3OriginConfig": s3_origin_config,
        "VpcOriginConfig": vpc_origin_config,
    }
    types::OriginCustomHeader {
        "HeaderName": header_name,
        "HeaderValue": header_value,
    }
    types::OriginGroup {
        "FailoverCriteria": failover_criteria,
        "Id": id,
        "Members": members,
        "SelectionCriteria": selection_criteria,
    }
    types::OriginGroupFailoverCriteria {
        "StatusCodes": status_codes,
    }
    types::OriginGroupMember {
        "OriginId": origin_id,
    }
    types::OriginGroupMembers {
        "Items": items,
        "Quantity": quantity,
    }
    types::OriginGroups {
        "Items": items,
        "Quantity": quantity,
    }
    types::OriginMtlsConfig {
        "ClientCertificateArn": client_certificate_arn,
    }
    types::OriginShield {
        "Enabled": enabled,
        "OriginShieldRegion": origin_shield_region,
    }
    types::OriginSslProtocols {
        "Items": items,
        "Quantity": quantity,
    }
    types::Origins {
        "Items": items,
        "Quantity": quantity,
    }
    types::ParameterDefinition {
        "Definition": definition,
        "Name": name,
    }
    types::ParameterDefinitionSchema {
        "StringSchema": string_schema,
    }
    types::QueryStringCacheKeys {
        "Items": items,
        "Quantity": quantity,
    }
    types::Restrictions {
        "GeoRestriction": geo_restriction,
    }
    types::S3OriginConfig {
        "OriginAccessIdentity": origin_access_identity,
        "OriginReadTimeout": origin_read_timeout,
    }
    types::Signer {
        "AwsAccountNumber": aws_account_number,
        "KeyPairIds": key_pair_ids,
    }
    types::StatusCodes {
        "Items": items,
        "Quantity": quantity,
    }
    types::StringSchemaConfig {
        "Comment": comment,
        "DefaultValue": default_value,
        "Required": required,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::TenantConfig {
        "ParameterDefinitions": parameter_definitions,
    }
    types::TrustStoreConfig {
        "AdvertiseTrustStoreCaNames": advertise_trust_store_ca_names,
        "IgnoreCertificateExpiry": ignore_certificate_expiry,
        "TrustStoreId": trust_store_id,
    }
    types::TrustedKeyGroups {
        "Enabled": enabled,
        "Items": items,
        "Quantity": quantity,
    }
    types::TrustedSigners {
        "Enabled": enabled,
        "Items": items,
        "Quantity": quantity,
    }
    types::ViewerCertificate {
        "ACMCertificateArn": acm_certificate_arn,
        "Certificate": certificate,
        "CertificateSource": certificate_source,
        "CloudFrontDefaultCertificate": cloud_front_default_certificate,
        "IAMCertificateId": iam_certificate_id,
        "MinimumProtocolVersion": minimum_protocol_version,
        "SSLSupportMethod": ssl_support_method,
    }
    types::ViewerMtlsConfig {
        "Mode": mode,
        "TrustStoreConfig": trust_store_config,
    }
    types::VpcOriginConfig {
        "OriginKeepaliveTimeout": origin_keepalive_timeout,
        "OriginReadTimeout": origin_read_timeout,
        "OwnerAccountId": owner_account_id,
        "VpcOriginId": vpc_origin_id,
    }
}

enumerations! {
    types::CertificateSource,
    types::ConnectionMode,
    types::EventType,
    types::GeoRestrictionType,
    types::HttpVersion,
    types::IcpRecordalStatus,
    types::IpAddressType,
    types::ItemSelection,
    types::Method,
    types::MinimumProtocolVersion,
    types::OriginGroupSelectionCriteria,
    types::OriginProtocolPolicy,
    types::PriceClass,
    types::SslProtocol,
    types::SslSupportMethod,
    types::ViewerMtlsMode,
    types::ViewerProtocolPolicy,
}
