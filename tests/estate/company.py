"""A small company's AWS account, on moto: `company.py build`, then `company.py change`.

The endpoint is taken from AWS_ENDPOINT_URL and must be on this machine.
"""

import json
import os
import sys
from urllib.parse import urlsplit

import boto3

ACCOUNT = "123456789012"
HOME = "us-east-1"
BUSINESS_PARTNER = "210987654321"

BLOCK_ALL = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def client(service, region=HOME):
    """A client of the moto server, with credentials that are none."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    if urlsplit(endpoint).hostname not in ("127.0.0.1", "localhost"):
        sys.exit(f"company.py: {endpoint} is not a moto server on this machine")
    made = boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="demo",
        aws_secret_access_key="demo",
    )
    if service == "s3control":
        # Its calls go to ACCOUNT.HOST, and no such host exists here.
        def address(request, **_):
            request.url = request.url.replace(f"//{ACCOUNT}.", "//", 1)

        made.meta.events.register("before-send.s3-control", address)
    return made


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal, **more):
    return document(
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    )


def tags(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


def rule(protocol, ports, *sources):
    """One entry of IpPermissions. A source is a CIDR block or a group id, and why."""
    entry = {"IpProtocol": protocol}
    if ports:
        entry["FromPort"], entry["ToPort"] = ports
    for source, why in sources:
        if source.startswith("sg-"):
            pair = {"GroupId": source, "Description": why}
            entry.setdefault("UserIdGroupPairs", []).append(pair)
        elif ":" in source:
            pair = {"CidrIpv6": source, "Description": why}
            entry.setdefault("Ipv6Ranges", []).append(pair)
        else:
            pair = {"CidrIp": source, **({"Description": why} if why else {})}
            entry.setdefault("IpRanges", []).append(pair)
    return entry


def group(ec2, vpc, name, description, *rules, **labels):
    """A group that lets in what the rules say and out nothing but HTTPS."""
    made = ec2.create_security_group(
        GroupName=name,
        Description=description,
        VpcId=vpc,
        TagSpecifications=[
            {"ResourceType": "security-group", "Tags": tags(Name=name, **labels)}
        ],
    )["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=list(rules))
    ec2.revoke_security_group_egress(
        GroupId=made, IpPermissions=[rule("-1", None, ("0.0.0.0/0", ""))]
    )
    ec2.authorize_security_group_egress(
        GroupId=made, IpPermissions=[rule("tcp", (443, 443), ("192.0.2.0/24", "our proxies"))]
    )
    return made


def build_network(region, block, public=False, bastion=False):
    ec2 = client("ec2", region)
    vpc = ec2.create_vpc(
        CidrBlock=f"{block}.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": tags(Name=f"shop-{region}")}],
    )["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"{block}.1.0/24")["Subnet"]["SubnetId"]

    clients = ("0.0.0.0/0", "::/0") if public else (f"{block}.0.0/16",)
    balancer = group(
        ec2,
        vpc,
        "load-balancer",
        "HTTPS of the shop",
        rule("tcp", (443, 443), *((block, "shop") for block in clients)),
        Service="shop",
    )
    web = group(
        ec2,
        vpc,
        "web",
        "Web servers",
        rule("tcp", (8080, 8080), (balancer, "from the load balancer")),
        rule("tcp", (9100, 9100), (f"{block}.0.0/16", "metrics")),
        Service="shop",
    )
    group(
        ec2,
        vpc,
        "database",
        "PostgreSQL",
        rule("tcp", (5432, 5432), (web, "from the web servers")),
        Service="shop",
    )
    attached = [(10, [web]), (11, [web]), (30, [balancer])]
    if bastion:
        attached.append((20, [build_bastion(ec2, vpc, block)]))
    for place, groups in attached:
        ec2.create_network_interface(
            SubnetId=subnet, PrivateIpAddress=f"{block}.1.{place}", Groups=groups
        )
    build_ways_out(ec2, region, vpc, subnet)


def build_ways_out(ec2, region, vpc, subnet):
    """To the world through one address, to S3 without leaving the network."""
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{region}.s3",
        PolicyDocument=document(
            allow(
                ["s3:GetObject", "s3:PutObject"],
                "arn:aws:s3:::lighthouse-*",
                Principal="*",
                Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
            )
        ),
    )


def build_bastion(ec2, vpc, block):
    """Seventeen sources: every office and partner has one."""
    cities = ["Amsterdam", "Athens", "Bergen", "Bilbao", "Cork", "Gdansk", "Genoa", "Ghent"]
    offices = [(f"203.0.113.{16 * n}/28", f"office {city}") for n, city in enumerate(cities)]
    partners = [(f"198.51.100.{8 * n}/29", f"partner {n + 1}") for n in range(6)]
    return group(
        ec2,
        vpc,
        "bastion",
        "The way in for operators",
        rule("tcp", (22, 22), *offices),
        rule("tcp", (8443, 8443), *partners),
        rule("udp", (51820, 51820), ("192.0.2.0/24", "wireguard"), ("2001:db8::/32", "wireguard")),
        rule("icmp", (8, -1), (f"{block}.0.0/16", "ping from inside")),
        Service="operations",
    )


def build_buckets():
    s3, europe = client("s3"), client("s3", "eu-west-1")

    def create(where, bucket, region=None, **labels):
        more = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region else {}
        where.create_bucket(Bucket=bucket, **more)
        where.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(**labels)})
        where.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )

    def encrypt(where, bucket, **rule):
        where.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": rule}]
            },
        )

    create(s3, "lighthouse-logs", owner="operations")
    encrypt(s3, "lighthouse-logs", SSEAlgorithm="AES256")
    s3.put_bucket_policy(
        Bucket="lighthouse-logs",
        Policy=document(
            allow(
                "s3:PutObject",
                "arn:aws:s3:::lighthouse-logs/*",
                Principal={"Service": "logging.s3.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            )
        ),
    )
    s3.put_public_access_block(
        Bucket="lighthouse-logs", PublicAccessBlockConfiguration=BLOCK_ALL
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket="lighthouse-logs",
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "two-years",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": 730},
                }
            ]
        },
    )

    create(s3, "lighthouse-invoices", owner="finance", data="confidential")
    encrypt(
        s3,
        "lighthouse-invoices",
        SSEAlgorithm="aws:kms",
        KMSMasterKeyID=f"arn:aws:kms:{HOME}:{ACCOUNT}:key/5c9f3f0e-3a44-4f5c-9d0a-0f3b6a1c2d3e",
    )
    s3.put_public_access_block(
        Bucket="lighthouse-invoices", PublicAccessBlockConfiguration=BLOCK_ALL
    )
    s3.put_bucket_policy(
        Bucket="lighthouse-invoices",
        Policy=document(
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "arn:aws:s3:::lighthouse-invoices/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            allow(
                "s3:GetObject",
                "arn:aws:s3:::lighthouse-invoices/*",
                Principal={"AWS": f"arn:aws:iam::{BUSINESS_PARTNER}:root"},
            ),
        ),
    )

    create(s3, "lighthouse-web-assets", owner="shop")
    s3.put_public_access_block(
        Bucket="lighthouse-web-assets", PublicAccessBlockConfiguration=BLOCK_ALL
    )
    s3.put_bucket_cors(
        Bucket="lighthouse-web-assets",
        CORSConfiguration={
            "CORSRules": [
                {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://shop.lighthouse.example"]}
            ]
        },
    )
    s3.put_bucket_website(
        Bucket="lighthouse-web-assets",
        WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}},
    )

    create(europe, "lighthouse-backups", "eu-west-1", owner="operations")
    encrypt(europe, "lighthouse-backups", SSEAlgorithm="AES256")
    europe.put_bucket_ownership_controls(
        Bucket="lighthouse-backups",
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    )

    # An old one that nobody looked after: an access control list, nothing else.
    europe.create_bucket(
        Bucket="lighthouse-archive-2014",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    europe.put_bucket_acl(Bucket="lighthouse-archive-2014", ACL="log-delivery-write")

    for bucket in ("lighthouse-invoices", "lighthouse-web-assets"):
        s3.put_bucket_logging(
            Bucket=bucket,
            BucketLoggingStatus={
                "LoggingEnabled": {"TargetBucket": "lighthouse-logs", "TargetPrefix": f"{bucket}/"}
            },
        )


def build_people():
    iam = client("iam")

    def policy(name, *statements):
        made = iam.create_policy(PolicyName=name, PolicyDocument=document(*statements))
        return made["Policy"]["Arn"]

    deploy = policy(
        "deploy",
        allow(["ecs:UpdateService", "ecs:DescribeServices"], "*"),
        allow("s3:PutObject", "arn:aws:s3:::lighthouse-web-assets/*"),
    )
    invoices = policy("read-invoices", allow("s3:GetObject", "arn:aws:s3:::lighthouse-invoices/*"))
    policy("unused-legacy", allow("dynamodb:*", "*"))
    boundary = policy("boundary", allow(["s3:*", "ecs:*", "ec2:Describe*"], "*"))

    for name in ("administrators", "developers", "contractors"):
        iam.create_group(GroupName=name)
    iam.put_group_policy(
        GroupName="administrators",
        PolicyName="everything",
        PolicyDocument=document(allow("*", "*")),
    )
    iam.attach_group_policy(GroupName="developers", PolicyArn=deploy)
    iam.put_group_policy(
        GroupName="contractors",
        PolicyName="look-around",
        PolicyDocument=document(allow(["s3:List*", "ec2:Describe*"], "*")),
    )

    def user(name, *groups, password=False, mfa=False, **labels):
        iam.create_user(UserName=name, Tags=tags(**labels))
        for member in groups:
            iam.add_user_to_group(GroupName=member, UserName=name)
        if password:
            iam.create_login_profile(UserName=name, Password="Tr0ub4dor&3-demo")
        if mfa:
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
            iam.enable_mfa_device(
                UserName=name,
                SerialNumber=device["VirtualMFADevice"]["SerialNumber"],
                AuthenticationCode1="123456",
                AuthenticationCode2="654321",
            )

    user("ana", "administrators", password=True, mfa=True, team="operations")
    user("ben", "developers", password=True, team="shop")
    user("chloe", "developers", "contractors", password=True, mfa=True, team="shop")
    user("ci-deploy", team="shop")
    iam.attach_user_policy(UserName="ci-deploy", PolicyArn=deploy)
    iam.put_user_policy(
        UserName="ci-deploy",
        PolicyName="registry",
        PolicyDocument=document(allow("ecr:*", "*")),
    )
    iam.create_access_key(UserName="ci-deploy")
    old = iam.create_access_key(UserName="ben")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="ben", AccessKeyId=old, Status="Inactive")

    iam.create_role(
        RoleName="web-server",
        AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}),
        Tags=tags(service="shop"),
    )
    iam.put_role_policy(
        RoleName="web-server",
        PolicyName="assets",
        PolicyDocument=document(allow("s3:GetObject", "arn:aws:s3:::lighthouse-web-assets/*")),
    )
    iam.create_instance_profile(InstanceProfileName="web-server")
    iam.add_role_to_instance_profile(InstanceProfileName="web-server", RoleName="web-server")

    iam.create_role(
        RoleName="invoice-maker",
        AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}),
        PermissionsBoundary=boundary,
    )
    iam.attach_role_policy(RoleName="invoice-maker", PolicyArn=invoices)

    iam.create_role(
        RoleName="external-auditor",
        AssumeRolePolicyDocument=trust(
            {"AWS": f"arn:aws:iam::{BUSINESS_PARTNER}:root"},
            Condition={"StringEquals": {"sts:ExternalId": "lighthouse-2026"}},
        ),
    )
    iam.attach_role_policy(RoleName="external-auditor", PolicyArn=invoices)


def build_mail():
    mail, europe = client("ses"), client("ses", "eu-west-1")
    mail.verify_domain_identity(Domain="lighthouse.example")
    mail.verify_email_identity(EmailAddress="invoices@lighthouse.example")
    europe.verify_email_identity(EmailAddress="hello@lighthouse.example")


def build():
    client("s3control").put_public_access_block(
        AccountId=ACCOUNT,
        PublicAccessBlockConfiguration={**BLOCK_ALL, "BlockPublicPolicy": False,
                                        "RestrictPublicBuckets": False},
    )
    build_network("us-east-1", "10.10", public=True)
    build_network("eu-west-1", "10.20", bastion=True)
    build_network("ap-southeast-2", "10.30")
    build_buckets()
    build_people()
    build_mail()


def change():
    """A bad afternoon."""
    ec2 = client("ec2", "eu-west-1")
    bastion = ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["bastion"]}]
    )["SecurityGroups"][0]["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=bastion,
        IpPermissions=[rule("tcp", (22, 22), ("0.0.0.0/0", "just for today"))],
    )

    s3 = client("s3")
    s3.delete_public_access_block(Bucket="lighthouse-web-assets")
    s3.put_bucket_policy(
        Bucket="lighthouse-web-assets",
        Policy=document(
            allow("s3:GetObject", "arn:aws:s3:::lighthouse-web-assets/*", Principal="*")
        ),
    )

    iam = client("iam")
    iam.create_access_key(UserName="ana")
    iam.remove_user_from_group(GroupName="contractors", UserName="chloe")
    iam.delete_group_policy(GroupName="contractors", PolicyName="look-around")
    iam.delete_group(GroupName="contractors")


if __name__ == "__main__":
    steps = {"build": build, "change": change}
    if len(sys.argv) != 2 or sys.argv[1] not in steps:
        sys.exit("usage: company.py build|change")
    steps[sys.argv[1]]()
