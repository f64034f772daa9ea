//! The clients of services that need nothing but a place, a line each.

use std::sync::Arc;

use aws_config::Region;
use secmonkey_core::account::Account;

use super::base::{Base, Cache, Way, client};
use super::clients::Place;
use super::{Sessions, calls, place, retry};
use crate::service;

/// Services that are asked in every region.
macro_rules! regional {
    ($($feature:tt $name:ident $sdk:ident $service:ident $title:literal,)*) => {
        /// The clients of one account that are one a region.
        #[derive(Debug, Default)]
        pub(super) struct Regional {$(
            #[cfg(feature = $feature)]
            $name: Cache<Place, $sdk::Client>,
        )*}

        impl Sessions {$(
            #[doc = concat!($title, " of an account in a region.")]
            #[cfg(feature = $feature)]
            #[must_use]
            pub fn $name(&self, account: &Account, region: &str) -> $sdk::Client {
                let clients = self.clients(account);
                clients.regional.$name.get_or(place(account, region), |place| {
                    let way = clients.way(&self.0.base, &service::$service, account, place);
                    $sdk::Client::from_conf(client!(&self.0.base, $sdk, way).build())
                })
            }
        )*}
    };
}

/// Services that are one for all regions.
macro_rules! global {
    ($($feature:tt $name:ident $sdk:ident $service:ident $title:literal,)*) => {
        /// The clients of one account that are one for all regions.
        #[derive(Debug, Default)]
        pub(super) struct Global {$(
            #[cfg(feature = $feature)]
            $name: Cache<Place, $sdk::Client>,
        )*}

        impl Sessions {$(
            #[doc = concat!($title, " of an account, which is one for all regions.")]
            #[cfg(feature = $feature)]
            #[must_use]
            pub fn $name(&self, account: &Account) -> $sdk::Client {
                let clients = self.clients(account);
                clients.global.$name.get_or(self.home(account), |place| {
                    let way = clients.way(&self.0.base, &service::$service, account, place);
                    $sdk::Client::from_conf(client!(&self.0.base, $sdk, way).build())
                })
            }
        )*}
    };
}

regional! {
    "acm" acm aws_sdk_acm ACM "ACM",
    "cloudcontrol" cloudcontrol aws_sdk_cloudcontrol CLOUDCONTROL "Cloud Control",
    "cloudtrail" cloudtrail aws_sdk_cloudtrail CLOUDTRAIL "CloudTrail",
    "cloudtrail" cloudtrail_lookup aws_sdk_cloudtrail CLOUDTRAIL_LOOKUP "CloudTrail, for its log of calls,",
    "config" config aws_sdk_config CONFIG "AWS Config",
    "directconnect" directconnect aws_sdk_directconnect DIRECTCONNECT "Direct Connect",
    "dynamodb" dynamodb aws_sdk_dynamodb DYNAMODB "DynamoDB",
    "ec2" ec2 aws_sdk_ec2 EC2 "EC2",
    "ecr" ecr aws_sdk_ecr ECR "ECR",
    "ecs" ecs aws_sdk_ecs ECS "ECS",
    "eks" eks aws_sdk_eks EKS "EKS",
    "elb" elb aws_sdk_elasticloadbalancing ELB "Elastic Load Balancing (classic)",
    "elbv2" elbv2 aws_sdk_elasticloadbalancingv2 ELBV2 "Elastic Load Balancing",
    "glacier" glacier aws_sdk_glacier GLACIER "S3 Glacier",
    "kms" kms aws_sdk_kms KMS "KMS",
    "lambda" lambda aws_sdk_lambda LAMBDA "Lambda",
    "logs" logs aws_sdk_cloudwatchlogs LOGS "CloudWatch Logs",
    "opensearch" opensearch aws_sdk_opensearch OPENSEARCH "OpenSearch",
    "rds" rds aws_sdk_rds RDS "RDS",
    "redshift" redshift aws_sdk_redshift REDSHIFT "Redshift",
    "secretsmanager" secretsmanager aws_sdk_secretsmanager SECRETSMANAGER "Secrets Manager",
    "ses" ses aws_sdk_ses SES "SES",
    "sns" sns aws_sdk_sns SNS "SNS",
    "sqs" sqs aws_sdk_sqs SQS "SQS",
}

global! {
    "cloudfront" cloudfront aws_sdk_cloudfront CLOUDFRONT "CloudFront",
    "iam" iam aws_sdk_iam IAM "IAM",
    "organizations" organizations aws_sdk_organizations ORGANIZATIONS "Organizations",
    "route53" route53 aws_sdk_route53 ROUTE53 "Route 53",
    "route53domains" route53domains aws_sdk_route53domains ROUTE53DOMAINS "Route 53 Domains",
}
