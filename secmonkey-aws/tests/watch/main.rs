//! The watchers against recorded answers, through the real SDK clients.
//!
//! What every technology has to pass stands in `every`, which knows them from the
//! registry; the other files hold what is particular to one.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test cannot do fails it"
)]

mod acm_certificate;
mod cloud;
mod cloudcontrol;
mod cloudfront_distribution;
mod cloudtrail;
mod cloudwatch_log_group;
mod config;
mod dhcp_options;
mod directconnect_connection;
mod dynamodb_table;
mod ebs_snapshot;
mod ebs_volume;
mod ec2_image;
mod ec2_instance;
mod ecr_repository;
mod ecs;
mod eks_cluster;
mod elastic_ip;
mod elasticsearch_domain;
mod elb;
mod elbv2;
mod every;
mod flow_log;
mod glacier_vault;
mod iam_provider;
mod iam_server_certificate;
mod internet_gateway;
mod key_pair;
mod kms_key;
mod lambda_function;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod organizations;
mod prefix_list;
mod rds;
mod redshift;
mod route53;
mod route53_domain;
mod route_table;
mod s3_access_point;
mod s3_account;
mod s3_bucket;
mod secretsmanager_secret;
mod security_group;
mod ses_identity;
mod sns_topic;
mod sqs_queue;
mod subnet;
mod virtual_gateway;
mod vpc;
mod vpc_endpoint;
mod vpc_peering_connection;
mod vpn_connection;
