//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_elasticloadbalancingv2::types;

structures! {
    types::Action {
        "AuthenticateCognitoConfig": authenticate_cognito_config,
        "AuthenticateOidcConfig": authenticate_oidc_config,
        "FixedResponseConfig": fixed_response_config,
        "ForwardConfig": forward_config,
        "JwtValidationConfig": jwt_validation_config,
        "Order": order,
        "RedirectConfig": redirect_config,
        "TargetGroupArn": target_group_arn,
        "Type": r#type,
    }
    types::AuthenticateCognitoActionConfig {
        "AuthenticationRequestExtraParams": authentication_request_extra_params,
        "OnUnauthenticatedRequest": on_unauthenticated_request,
        "Scope": scope,
        "SessionCookieName": session_cookie_name,
        "SessionTimeout": session_timeout,
        "UserPoolArn": user_pool_arn,
        "UserPoolClientId": user_pool_client_id,
        "UserPoolDomain": user_pool_domain,
    }
    types::AuthenticateOidcActionConfig {
        "AuthenticationRequestExtraParams": authentication_request_extra_params,
        "AuthorizationEndpoint": authorization_endpoint,
        "ClientId": client_id,
        "ClientSecret": client_secret,
        "Issuer": issuer,
        "OnUnauthenticatedRequest": on_unauthenticated_request,
        "Scope": scope,
        "SessionCookieName": session_cookie_name,
        "SessionTimeout": session_timeout,
        "TokenEndpoint": token_endpoint,
        "UseExistingClientSecret": use_existing_client_secret,
        "UserInfoEndpoint": user_info_endpoint,
    }
    types::AvailabilityZone {
        "LoadBalancerAddresses": load_balancer_addresses,
        "OutpostId": outpost_id,
        "SourceNatIpv6Prefixes": source_nat_ipv6_prefixes,
        "SubnetId": subnet_id,
        "ZoneName": zone_name,
    }
    types::Certificate {
        "CertificateArn": certificate_arn,
        "IsDefault": is_default,
    }
    types::FixedResponseActionConfig {
        "ContentType": content_type,
        "MessageBody": message_body,
        "StatusCode": status_code,
    }
    types::ForwardActionConfig {
        "TargetGroupStickinessConfig": target_group_stickiness_config,
        "TargetGroups": target_groups,
    }
    types::IpamPools {
        "Ipv4IpamPoolId": ipv4_ipam_pool_id,
    }
    types::JwtValidationActionAdditionalClaim {
        "Format": format,
        "Name": name,
        "Values": values,
    }
    types::JwtValidationActionConfig {
        "AdditionalClaims": additional_claims,
        "Issuer": issuer,
        "JwksEndpoint": jwks_endpoint,
    }
    types::Listener {
        "AlpnPolicy": alpn_policy,
        "Certificates": certificates,
        "DefaultActions": default_actions,
        "ListenerArn": listener_arn,
        "LoadBalancerArn": load_balancer_arn,
        "MutualAuthentication": mutual_authentication,
        "Port": port,
        "Protocol": protocol,
        "SslPolicy": ssl_policy,
    }
    types::LoadBalancer {
        "AvailabilityZones": availability_zones,
        "CanonicalHostedZoneId": canonical_hosted_zone_id,
        "CreatedTime": created_time,
        "CustomerOwnedIpv4Pool": customer_owned_ipv4_pool,
        "DNSName": dns_name,
        "EnablePrefixForIpv6SourceNat": enable_prefix_for_ipv6_source_nat,
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": enforce_security_group_inbound_rules_on_private_link_traffic,
        "IpAddressType": ip_address_type,
        "IpamPools": ipam_pools,
        "LoadBalancerArn": load_balancer_arn,
        "LoadBalancerName": load_balancer_name,
        "Scheme": scheme,
        "SecurityGroups": security_groups,
        "State": state,
        "Type": r#type,
        "VpcId": vpc_id,
    }
    types::LoadBalancerAddress {
        "AllocationId": allocation_id,
        "IPv6Address": ipv6_address,
        "IpAddress": ip_address,
        "PrivateIPv4Address": private_ipv4_address,
    }
    types::LoadBalancerAttribute {
        "Key": key,
        "Value": value,
    }
    types::LoadBalancerState {
        "Code": code,
        "Reason": reason,
    }
    types::Matcher {
        "GrpcCode": grpc_code,
        "HttpCode": http_code,
    }
    types::MutualAuthenticationAttributes {
        "AdvertiseTrustStoreCaNames": advertise_trust_store_ca_names,
        "IgnoreClientCertificateExpiry": ignore_client_certificate_expiry,
        "Mode": mode,
        "TrustStoreArn": trust_store_arn,
        "TrustStoreAssociationStatus": trust_store_association_status,
    }
    types::RedirectActionConfig {
        "Host": host,
        "Path": path,
        "Port": port,
        "Protocol": protocol,
        "Query": query,
        "StatusCode": status_code,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::TargetGroup {
        "HealthCheckEnabled": health_check_enabled,
        "HealthCheckIntervalSeconds": health_check_interval_seconds,
        "HealthCheckPath": health_check_path,
        "HealthCheckPort": health_check_port,
        "HealthCheckProtocol": health_check_protocol,
        "HealthCheckTimeoutSeconds": health_check_timeout_seconds,
        "HealthyThresholdCount": healthy_threshold_count,
        "IpAddressType": ip_address_type,
        "LoadBalancerArns": load_balancer_arns,
        "Matcher": matcher,
        "Port": port,
        "Protocol": protocol,
        "ProtocolVersion": protocol_version,
        "TargetControlPort": target_control_port,
        "TargetGroupArn": target_group_arn,
        "TargetGroupName": target_group_name,
        "TargetType": target_type,
        "UnhealthyThresholdCount": unhealthy_threshold_count,
        "VpcId": vpc_id,
    }
    types::TargetGroupStickinessConfig {
        "DurationSeconds": duration_seconds,
        "Enabled": enabled,
    }
    types::TargetGroupTuple {
        "TargetGroupArn": target_group_arn,
        "Weight": weight,
    }
}

enumerations! {
    types::ActionTypeEnum,
    types::AdvertiseTrustStoreCaNamesEnum,
    types::AuthenticateCognitoActionConditionalBehaviorEnum,
    types::AuthenticateOidcActionConditionalBehaviorEnum,
    types::EnablePrefixForIpv6SourceNatEnum,
    types::IpAddressType,
    types::JwtValidationActionAdditionalClaimFormatEnum,
    types::LoadBalancerSchemeEnum,
    types::LoadBalancerStateEnum,
    types::LoadBalancerTypeEnum,
    types::ProtocolEnum,
    types::RedirectActionStatusCodeEnum,
    types::TargetGroupIpAddressTypeEnum,
    types::TargetTypeEnum,
    types::TrustStoreAssociationStatusEnum,
}
