"""What list.py asks for once, in the same way as regional.py in each region."""

from company import ACCOUNT
from read import read, reads

BUCKET = """
get_bucket_accelerate_configuration get_bucket_acl get_bucket_cors get_bucket_encryption
get_bucket_lifecycle_configuration get_bucket_location get_bucket_logging
get_bucket_notification_configuration get_bucket_ownership_controls get_bucket_policy
get_bucket_policy_status get_bucket_replication get_bucket_request_payment
get_bucket_tagging get_bucket_versioning get_bucket_website
get_object_lock_configuration get_public_access_block
list_bucket_analytics_configurations list_bucket_intelligent_tiering_configurations
list_bucket_inventory_configurations list_bucket_metrics_configurations
"""
POLICIES = """
AISERVICES_OPT_OUT_POLICY BACKUP_POLICY BEDROCK_POLICY CHATBOT_POLICY
DECLARATIVE_POLICY_EC2 GUARDDUTY_POLICY INSPECTOR_POLICY NETWORK_SECURITY_DIRECTOR_POLICY
RESOURCE_CONTROL_POLICY S3_POLICY SECURITYHUB_POLICY SERVICE_CONTROL_POLICY TAG_POLICY
UPGRADE_ROLLOUT_POLICY
""".split()

# What there is once for all regions, and where it is asked for.
GLOBAL = [
    (
        "cloudfront",
        "us-east-1",
        [
            read(
                "list_distributions",
                "DistributionList.Items",
                read("get_distribution", Id="{Id}"),
                read("list_tags_for_resource", Resource="{ARN}"),
            )
        ],
    ),
    (
        "iam",
        "us-east-1",
        [
            *reads(
                "get_account_authorization_details get_account_password_policy"
                " get_account_summary list_account_aliases list_roles"
                " list_virtual_mfa_devices"
            ),
            read(
                "list_users",
                "Users",
                read(
                    "list_access_keys",
                    "AccessKeyMetadata",
                    read("get_access_key_last_used", AccessKeyId="{AccessKeyId}"),
                    UserName="{UserName}",
                ),
                *reads(
                    "get_login_profile list_mfa_devices list_signing_certificates",
                    UserName="{UserName}",
                ),
            ),
            read(
                "list_open_id_connect_providers",
                "OpenIDConnectProviderList",
                read("get_open_id_connect_provider", OpenIDConnectProviderArn="{Arn}"),
            ),
            read(
                "list_saml_providers",
                "SAMLProviderList",
                read("get_saml_provider", SAMLProviderArn="{Arn}"),
            ),
            read(
                "list_server_certificates",
                "ServerCertificateMetadataList",
                read(
                    "get_server_certificate", ServerCertificateName="{ServerCertificateName}"
                ),
            ),
        ],
    ),
    (
        "organizations",
        "us-east-1",
        [
            read("list_accounts"),
            *(
                read(
                    "list_policies",
                    "Policies",
                    *reads("describe_policy list_targets_for_policy", PolicyId="{Id}"),
                    read("list_tags_for_resource", ResourceId="{Id}"),
                    Filter=kind,
                )
                for kind in POLICIES
            ),
        ],
    ),
    (
        "route53",
        "us-east-1",
        [
            read("list_query_logging_configs"),
            read(
                "list_hosted_zones",
                "HostedZones",
                read("get_hosted_zone", Id="{Id}"),
                *reads("get_dnssec list_resource_record_sets", HostedZoneId="{Id}"),
                read(
                    "list_tags_for_resource", ResourceType="hostedzone", ResourceId="{Id}"
                ),
            ),
        ],
    ),
    (
        "route53domains",
        "us-east-1",
        [
            read(
                "list_domains",
                "Domains",
                *reads("get_domain_detail list_tags_for_domain", DomainName="{DomainName}"),
            )
        ],
    ),
    (
        "s3",
        "us-east-1",
        [read("list_buckets", "Buckets", *reads(BUCKET, Bucket="{Name}"))],
    ),
    ("s3control", "us-east-1", [read("get_public_access_block", AccountId=ACCOUNT)]),
    (
        "s3control",
        "us-west-2",
        [
            read(
                "list_multi_region_access_points",
                "AccessPoints",
                read(
                    "get_multi_region_access_point_policy", AccountId=ACCOUNT, Name="{Name}"
                ),
                AccountId=ACCOUNT,
            )
        ],
    ),
]
