//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_elasticloadbalancing::types;

structures! {
    types::AccessLog {
        "EmitInterval": emit_interval,
        "Enabled": enabled,
        "S3BucketName": s3_bucket_name,
        "S3BucketPrefix": s3_bucket_prefix,
    }
    types::AdditionalAttribute {
        "Key": key,
        "Value": value,
    }
    types::AppCookieStickinessPolicy {
        "CookieName": cookie_name,
        "PolicyName": policy_name,
    }
    types::BackendServerDescription {
        "InstancePort": instance_port,
        "PolicyNames": policy_names,
    }
    types::ConnectionDraining {
        "Enabled": enabled,
        "Timeout": timeout,
    }
    types::ConnectionSettings {
        "IdleTimeout": idle_timeout,
    }
    types::CrossZoneLoadBalancing {
        "Enabled": enabled,
    }
    types::HealthCheck {
        "HealthyThreshold": healthy_threshold,
        "Interval": interval,
        "Target": target,
        "Timeout": timeout,
        "UnhealthyThreshold": unhealthy_threshold,
    }
    types::Instance {
        "InstanceId": instance_id,
    }
    types::LbCookieStickinessPolicy {
        "CookieExpirationPeriod": cookie_expiration_period,
        "PolicyName": policy_name,
    }
    types::Listener {
        "InstancePort": instance_port,
        "InstanceProtocol": instance_protocol,
        "LoadBalancerPort": load_balancer_port,
        "Protocol": protocol,
        "SSLCertificateId": ssl_certificate_id,
    }
    types::ListenerDescription {
        "Listener": listener,
        "PolicyNames": policy_names,
    }
    types::LoadBalancerAttributes {
        "AccessLog": access_log,
        "AdditionalAttributes": additional_attributes,
        "ConnectionDraining": connection_draining,
        "ConnectionSettings": connection_settings,
        "CrossZoneLoadBalancing": cross_zone_load_balancing,
    }
    types::LoadBalancerDescription {
        "AvailabilityZones": availability_zones,
        "BackendServerDescriptions": backend_server_descriptions,
        "CanonicalHostedZoneName": canonical_hosted_zone_name,
        "CanonicalHostedZoneNameID": canonical_hosted_zone_name_id,
        "CreatedTime": created_time,
        "DNSName": dns_name,
        "HealthCheck": health_check,
        "Instances": instances,
        "ListenerDescriptions": listener_descriptions,
        "LoadBalancerName": load_balancer_name,
        "Policies": policies,
        "Scheme": scheme,
        "SecurityGroups": security_groups,
        "SourceSecurityGroup": source_security_group,
        "Subnets": subnets,
        "VPCId": vpc_id,
    }
    types::Policies {
        "AppCookieStickinessPolicies": app_cookie_stickiness_policies,
        "LBCookieStickinessPolicies": lb_cookie_stickiness_policies,
        "OtherPolicies": other_policies,
    }
    types::PolicyAttributeDescription {
        "AttributeName": attribute_name,
        "AttributeValue": attribute_value,
    }
    types::PolicyDescription {
        "PolicyAttributeDescriptions": policy_attribute_descriptions,
        "PolicyName": policy_name,
        "PolicyTypeName": policy_type_name,
    }
    types::SourceSecurityGroup {
        "GroupName": group_name,
        "OwnerAlias": owner_alias,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
}
