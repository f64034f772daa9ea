"""What list.py asks for in each region, as one writes it plainly.

A listing, page by page as AWS cuts them, and a call for each part of each item that the
listing does not tell. Many at once are asked for only where AWS has no other way, or where
that is the usual one, as in IAM. The resources that a scan reads by Cloud Control are left
out: moto has none.
"""

from company import ACCOUNT
from read import read, reads

# Those with other keys than RSA of 2048 bits have to be asked for.
KEYS = "RSA_1024 RSA_2048 RSA_3072 RSA_4096 EC_prime256v1 EC_secp384r1 EC_secp521r1".split()

EC2 = reads(
    "describe_addresses describe_dhcp_options describe_flow_logs describe_internet_gateways"
    " describe_nat_gateways describe_network_acls describe_network_interfaces"
    " describe_route_tables describe_security_groups describe_subnets describe_volumes"
    " describe_vpc_endpoints describe_vpc_peering_connections describe_vpcs"
    " describe_vpn_connections describe_vpn_gateways"
) + [
    read("describe_key_pairs", IncludePublicKey=True),
    read(
        "describe_images",
        "Images",
        read("describe_image_attribute", ImageId="{ImageId}", Attribute="launchPermission"),
        Owners=["self"],
        IncludeDeprecated=True,
        IncludeDisabled=True,
    ),
    read(
        "describe_instances",
        "Reservations[].Instances[]",
        read("describe_instance_attribute", InstanceId="{InstanceId}", Attribute="userData"),
    ),
    read(
        "describe_managed_prefix_lists",
        "PrefixLists[?OwnerId != 'AWS']",
        read("get_managed_prefix_list_entries", PrefixListId="{PrefixListId}"),
    ),
    read(
        "describe_snapshots",
        # moto lists those of AWS's images, too.
        f"Snapshots[?OwnerId == '{ACCOUNT}']",
        read(
            "describe_snapshot_attribute",
            SnapshotId="{SnapshotId}",
            Attribute="createVolumePermission",
        ),
        OwnerIds=["self"],
    ),
]

RDS = reads("describe_db_clusters describe_db_instances describe_db_security_groups") + [
    read(
        "describe_db_cluster_snapshots",
        "DBClusterSnapshots",
        read(
            "describe_db_cluster_snapshot_attributes",
            DBClusterSnapshotIdentifier="{DBClusterSnapshotIdentifier}",
        ),
        SnapshotType="manual",
    ),
    read(
        "describe_db_snapshots",
        "DBSnapshots",
        read(
            "describe_db_snapshot_attributes", DBSnapshotIdentifier="{DBSnapshotIdentifier}"
        ),
        SnapshotType="manual",
    ),
    read(
        "describe_db_subnet_groups",
        "DBSubnetGroups",
        read("list_tags_for_resource", ResourceName="{DBSubnetGroupArn}"),
    ),
]

REGIONAL = {
    "acm": [
        read(
            "list_certificates",
            "CertificateSummaryList",
            *reads(
                "describe_certificate list_tags_for_certificate",
                CertificateArn="{CertificateArn}",
            ),
            Includes={"keyTypes": KEYS},
        )
    ],
    "cloudtrail": [
        read(
            "describe_trails",
            "trailList",
            read("get_trail_status", Name="{TrailARN}"),
            *reads("get_event_selectors get_insight_selectors", TrailName="{TrailARN}"),
            read("list_tags", ResourceIdList=["{TrailARN}"]),
            includeShadowTrails=False,
        )
    ],
    "config": [
        *reads(
            "describe_configuration_recorders describe_configuration_recorder_status"
            " describe_delivery_channels"
        ),
        read(
            "describe_config_rules",
            "ConfigRules",
            read("list_tags_for_resource", ResourceArn="{ConfigRuleArn}"),
        ),
    ],
    "directconnect": [read("describe_connections")],
    "dynamodb": [
        read(
            "list_tables",
            "TableNames",
            *reads("describe_continuous_backups describe_time_to_live", TableName="{0}"),
            read(
                "describe_table",
                "[Table]",
                *reads("get_resource_policy list_tags_of_resource", ResourceArn="{TableArn}"),
                TableName="{0}",
            ),
        )
    ],
    "ec2": EC2,
    "ecr": [
        read(
            "describe_repositories",
            "repositories",
            *reads(
                "get_lifecycle_policy get_repository_policy", repositoryName="{repositoryName}"
            ),
            read("list_tags_for_resource", resourceArn="{repositoryArn}"),
            together=reads(
                "batch_get_repository_scanning_configuration",
                repositoryNames="{all.repositoryName}",
            ),
        )
    ],
    "ecs": [
        read(
            "list_clusters",
            "clusterArns",
            read(
                "list_services",
                "serviceArns",
                together=reads(
                    "describe_services", cluster="{0}", services="{all}", include=["TAGS"]
                ),
                cluster="{0}",
            ),
            together=reads("describe_clusters", clusters="{all}", include=["TAGS"]),
        )
    ],
    "eks": [
        read("list_clusters", "clusters", read("describe_cluster", name="{0}"), include=["all"])
    ],
    "elb": [
        read(
            "describe_load_balancers",
            "LoadBalancerDescriptions",
            *reads(
                "describe_load_balancer_attributes describe_load_balancer_policies",
                LoadBalancerName="{LoadBalancerName}",
            ),
            read("describe_tags", LoadBalancerNames=["{LoadBalancerName}"]),
        )
    ],
    "elbv2": [
        read(
            "describe_load_balancers",
            "LoadBalancers",
            *reads(
                "describe_load_balancer_attributes describe_listeners",
                LoadBalancerArn="{LoadBalancerArn}",
            ),
            read("describe_tags", ResourceArns=["{LoadBalancerArn}"]),
        ),
        read("describe_target_groups"),
    ],
    "glacier": [
        read(
            "list_vaults",
            "VaultList",
            *reads(
                "get_vault_access_policy get_vault_lock get_vault_notifications"
                " list_tags_for_vault",
                accountId="-",
                vaultName="{VaultName}",
            ),
            accountId="-",
        )
    ],
    "kms": [
        read("list_aliases"),
        read(
            "list_keys",
            "Keys",
            *reads(
                "describe_key get_key_rotation_status list_grants list_resource_tags",
                KeyId="{KeyId}",
            ),
            read("get_key_policy", KeyId="{KeyId}", PolicyName="default"),
        ),
    ],
    "lambda": [
        read("list_event_source_mappings"),
        read(
            "list_functions",
            "Functions",
            *reads("get_policy list_function_url_configs", FunctionName="{FunctionName}"),
            read(
                "list_aliases",
                "Aliases",
                read("get_policy", FunctionName="{1[FunctionName]}", Qualifier="{Name}"),
                FunctionName="{FunctionName}",
            ),
            read("list_tags", Resource="{FunctionArn}"),
        ),
    ],
    "logs": [read("describe_log_groups")],
    "opensearch": [
        read(
            "list_domain_names",
            "DomainNames",
            read(
                "describe_domain",
                "[DomainStatus]",
                read("list_tags", ARN="{ARN}"),
                DomainName="{DomainName}",
            ),
        )
    ],
    "rds": RDS,
    "redshift": [
        read(
            "describe_clusters",
            "Clusters",
            read("describe_logging_status", ClusterIdentifier="{ClusterIdentifier}"),
        )
    ],
    "s3control": [
        read(
            "list_access_points",
            "AccessPointList",
            *reads(
                "get_access_point get_access_point_policy", AccountId=ACCOUNT, Name="{Name}"
            ),
            read(
                "list_tags_for_resource", AccountId=ACCOUNT, ResourceArn="{AccessPointArn}"
            ),
            AccountId=ACCOUNT,
        )
    ],
    "secretsmanager": [
        read(
            "list_secrets",
            "SecretList",
            read("get_resource_policy", SecretId="{ARN}"),
            IncludePlannedDeletion=True,
        )
    ],
    "ses": [
        read(
            "list_identities",
            "Identities",
            read("list_identity_policies", Identity="{0}"),
            together=reads(
                "get_identity_dkim_attributes get_identity_mail_from_domain_attributes"
                " get_identity_notification_attributes get_identity_verification_attributes",
                Identities="{all}",
            ),
        )
    ],
    "sns": [
        read(
            "list_topics",
            "Topics",
            *reads("get_topic_attributes list_subscriptions_by_topic", TopicArn="{TopicArn}"),
            read("list_tags_for_resource", ResourceArn="{TopicArn}"),
        )
    ],
    "sqs": [
        read(
            "list_queues",
            "QueueUrls",
            read("get_queue_attributes", QueueUrl="{0}", AttributeNames=["All"]),
            read("list_queue_tags", QueueUrl="{0}"),
        )
    ],
}
