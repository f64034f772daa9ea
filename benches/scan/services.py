"""What stands in a region beside machines and networks: rows, and what takes more than one."""

import io
import zipfile

from company import ACCOUNT, client, tags

# How many there are in a region at size 1 of what is no row.
FUNCTIONS, BALANCERS, SERVICES, ALIASES = 8, 4, 6, 4
DATABASE = {"MasterUsername": "bench", "MasterUserPassword": "correct-horse-battery"}


def key_of(name):
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def config_rule(name):
    source = {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"}
    return {"ConfigRule": {"ConfigRuleName": name, "Source": source}}


# Service, operation, how many at size 1, and what each is made with, by its number.
ROWS = (
    ("acm", "request_certificate", 6, lambda n: {"DomainName": f"shop-{n}.example"}),
    ("config", "put_config_rule", 10, lambda n: config_rule(f"rule-{n}")),
    ("dynamodb", "create_table", 10, lambda n: key_of(f"table-{n}")),
    (
        "ec2",
        "create_dhcp_options",
        1,
        lambda n: {
            "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": [f"10.0.0.{n}"]}]
        },
    ),
    ("ecr", "create_repository", 10, lambda n: {"repositoryName": f"repository-{n}"}),
    ("ecs", "create_cluster", 3, lambda n: {"clusterName": f"cluster-{n}"}),
    (
        "eks",
        "create_cluster",
        2,
        lambda n: {
            "name": f"cluster-{n}",
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/role-1",
            "resourcesVpcConfig": {"subnetIds": ["subnet-0a0a", "subnet-0b0b"]},
        },
    ),
    ("kms", "create_key", 8, lambda n: {"Description": f"key {n}"}),
    ("logs", "create_log_group", 20, lambda n: {"logGroupName": f"group-{n:03}"}),
    ("opensearch", "create_domain", 3, lambda n: {"DomainName": f"search-{n}"}),
    (
        "rds",
        "create_db_instance",
        6,
        lambda n: {
            "DBInstanceIdentifier": f"orders-{n}",
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "AllocatedStorage": 20,
            "PubliclyAccessible": False,
            **DATABASE,
        },
    ),
    (
        "rds",
        "create_db_snapshot",
        6,
        lambda n: {
            "DBInstanceIdentifier": f"orders-{n}",
            "DBSnapshotIdentifier": f"orders-{n}-before",
        },
    ),
    (
        "rds",
        "create_db_cluster",
        2,
        lambda n: {
            "DBClusterIdentifier": f"shop-{n}",
            "Engine": "aurora-mysql",
            **DATABASE,
        },
    ),
    (
        "rds",
        "create_db_cluster_snapshot",
        2,
        lambda n: {
            "DBClusterIdentifier": f"shop-{n}",
            "DBClusterSnapshotIdentifier": f"shop-{n}-before",
        },
    ),
    (
        "redshift",
        "create_cluster",
        1,
        lambda n: {
            "ClusterIdentifier": f"sales-{n}",
            "NodeType": "ra3.large",
            "MasterUsername": "bench",
            "MasterUserPassword": "Correct-horse-1",
        },
    ),
    (
        "secretsmanager",
        "create_secret",
        12,
        lambda n: {"Name": f"secret-{n}", "SecretString": "x", "Tags": tags(team=f"team-{n}")},
    ),
    (
        "sns",
        "create_topic",
        12,
        lambda n: {"Name": f"topic-{n}", "Tags": tags(team=f"team-{n}")},
    ),
    (
        "sqs",
        "create_queue",
        12,
        lambda n: {"QueueName": f"queue-{n}", "tags": {"team": f"team-{n}"}},
    ),
)


def build_services(region, size, subnets):
    for service, operation, count, arguments in ROWS:
        create = getattr(client(service, region), operation)
        for n in range(count * size):
            create(**arguments(n))
    build_balancers(region, size, subnets)
    build_functions(region, size)
    build_containers(region, size)
    build_records(region)
    build_access(region, size, subnets)


def build_balancers(region, size, subnets):
    classic, balancers = client("elb", region), client("elbv2", region)
    [subnet] = client("ec2", region).describe_subnets(SubnetIds=subnets[:1])["Subnets"]
    for n in range(BALANCERS * size):
        classic.create_load_balancer(
            LoadBalancerName=f"old-{n}",
            Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}],
            AvailabilityZones=[f"{region}a"],
            Tags=tags(team=f"team-{n}"),
        )
        made = balancers.create_load_balancer(Name=f"shop-{n}", Subnets=subnets)
        group = balancers.create_target_group(
            Name=f"shop-{n}",
            Protocol="HTTP",
            Port=8080,
            TargetType="ip",
            VpcId=subnet["VpcId"],
        )["TargetGroups"][0]
        balancers.create_listener(
            LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[
                {"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}
            ],
        )


def build_functions(region, size):
    functions = client("lambda", region)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): pass\n")
    for n in range(FUNCTIONS * size):
        functions.create_function(
            FunctionName=f"function-{n}",
            Runtime="python3.13",
            Role=f"arn:aws:iam::{ACCOUNT}:role/role-1",
            Handler="main.handler",
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": {"STAGE": "bench"}},
        )


def build_containers(region, size):
    ecs = client("ecs", region)
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "web", "image": "nginx", "memory": 128}]
    )
    for n in range(SERVICES * size):
        ecs.create_service(
            cluster="cluster-0", serviceName=f"web-{n}", taskDefinition="web", desiredCount=0
        )


def build_records(region):
    """What records: a trail, and AWS Config."""
    client("cloudtrail", region).create_trail(
        Name=f"audit-{region}", S3BucketName="bench-bucket-000"
    )
    client("config", region).put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": f"arn:aws:iam::{ACCOUNT}:role/config",
            "recordingGroup": {"allSupported": True},
        }
    )


def build_access(region, size, subnets):
    """Access points, aliases of keys, and where databases may stand."""
    points, kms, rds = client("s3control", region), client("kms", region), client("rds", region)
    keys = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    for n in range(ALIASES * size):
        kms.create_alias(AliasName=f"alias/key-{n}", TargetKeyId=keys[n])
        points.create_access_point(
            AccountId=ACCOUNT, Name=f"{region}-{n}", Bucket=f"bench-bucket-{n:03}"
        )
        rds.create_db_subnet_group(
            DBSubnetGroupName=f"data-{n}",
            DBSubnetGroupDescription="where databases stand",
            SubnetIds=subnets,
        )
