//! What AWS Security Hub calls resources.

/// Technologies, each with the type that findings in the AWS Security Finding Format give its
/// resources (<https://docs.aws.amazon.com/securityhub/latest/userguide/asff-resources.html>).
const TYPES: &[(&str, &str)] = &[
    ("acm_certificate", "AwsCertificateManagerCertificate"),
    ("apigateway_http_api", "AwsApiGatewayV2Api"),
    ("apigateway_rest_api", "AwsApiGatewayRestApi"),
    ("backup_vault", "AwsBackupBackupVault"),
    ("cloudfront_distribution", "AwsCloudFrontDistribution"),
    ("cloudtrail", "AwsCloudTrailTrail"),
    ("dynamodb_table", "AwsDynamoDbTable"),
    ("ebs_volume", "AwsEc2Volume"),
    ("ec2_instance", "AwsEc2Instance"),
    ("ecr_repository", "AwsEcrRepository"),
    ("ecs_cluster", "AwsEcsCluster"),
    ("ecs_service", "AwsEcsService"),
    ("eks_cluster", "AwsEksCluster"),
    ("elastic_ip", "AwsEc2Eip"),
    ("elasticsearch_domain", "AwsOpenSearchServiceDomain"),
    ("elb", "AwsElbLoadBalancer"),
    ("elbv2", "AwsElbv2LoadBalancer"),
    ("guardduty_detector", "AwsGuardDutyDetector"),
    ("iam_account", "AwsAccount"),
    ("iam_group", "AwsIamGroup"),
    ("iam_managed_policy", "AwsIamPolicy"),
    ("iam_role", "AwsIamRole"),
    ("iam_user", "AwsIamUser"),
    ("kms_key", "AwsKmsKey"),
    ("lambda_function", "AwsLambdaFunction"),
    ("network_acl", "AwsEc2NetworkAcl"),
    ("network_interface", "AwsEc2NetworkInterface"),
    ("organizations_account", "AwsAccount"),
    ("rds_cluster", "AwsRdsDbCluster"),
    ("rds_cluster_snapshot", "AwsRdsDbClusterSnapshot"),
    ("rds_instance", "AwsRdsDbInstance"),
    ("rds_security_group", "AwsRdsDbSecurityGroup"),
    ("rds_snapshot", "AwsRdsDbSnapshot"),
    ("redshift_cluster", "AwsRedshiftCluster"),
    ("route53_hosted_zone", "AwsRoute53HostedZone"),
    ("route_table", "AwsEc2RouteTable"),
    ("s3_access_point", "AwsS3AccessPoint"),
    ("s3_account", "AwsS3AccountPublicAccessBlock"),
    ("s3_bucket", "AwsS3Bucket"),
    ("secretsmanager_secret", "AwsSecretsManagerSecret"),
    ("security_group", "AwsEc2SecurityGroup"),
    ("sns_topic", "AwsSnsTopic"),
    ("sqs_queue", "AwsSqsQueue"),
    ("step_functions_state_machine", "AwsStepFunctionStateMachine"),
    ("subnet", "AwsEc2Subnet"),
    ("vpc", "AwsEc2Vpc"),
    ("vpc_peering_connection", "AwsEc2VpcPeeringConnection"),
    ("vpn_connection", "AwsEc2VpnConnection"),
    ("wafv2_web_acl", "AwsWafv2WebAcl"),
];

/// The type that Security Hub has for resources of a technology; `None` where it has none, and
/// calls them `Other`.
///
/// ```
/// use secmonkey_aws::security_hub::resource_type;
///
/// assert_eq!(resource_type("s3_bucket"), Some("AwsS3Bucket"));
/// assert_eq!(resource_type("dhcp_options"), None);
/// ```
#[must_use]
pub fn resource_type(technology: &str) -> Option<&'static str> {
    TYPES.iter().find(|(id, _)| *id == technology).map(|(_, named)| *named)
}

#[cfg(all(test, feature = "default"))]
mod tests {
    use super::*;

    #[test]
    fn each_technology_is_there_and_stands_once() {
        let known: Vec<_> = crate::watch::facts().map(|facts| facts.id).collect();
        for (technology, _) in TYPES {
            assert!(known.contains(technology), "{technology}");
        }
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
