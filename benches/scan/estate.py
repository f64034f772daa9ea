"""An account of about 1,500 resources in three regions, on the moto server of AWS_ENDPOINT_URL.

estate.py [SIZE]    so many times as many
"""

import sys

from company import ACCOUNT, BLOCK_ALL, allow, client, document, rule, tags, trust
from services import build_services

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
# What there is at size 1: in each region, and in all.
VPCS, GROUPS, INSTANCES, INTERFACES, IDENTITIES = 6, 32, 12, 10, 8
BUCKETS, USERS, ROLES, POLICIES = 60, 60, 100, 60
ZONES, RECORDS, DISTRIBUTIONS = 4, 80, 4
# As many at any size.
TEAMS, ACCOUNTS = 20, 10


def build_network(region, size):
    """VPCs with all that belongs to them; returns the subnets of the first."""
    ec2 = client("ec2", region)
    vpcs = [
        ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in range(VPCS * size)
    ]
    there = ec2.describe_availability_zones()["AvailabilityZones"]
    zones = [zone["ZoneName"] for zone in there[:2]]
    subnets = [build_vpc(ec2, region, vpc, f"10.{n}", zones) for n, vpc in enumerate(vpcs)]
    ec2.create_vpc_peering_connection(VpcId=vpcs[0], PeerVpcId=vpcs[1])
    ec2.create_managed_prefix_list(
        PrefixListName="offices",
        AddressFamily="IPv4",
        MaxEntries=4,
        Entries=[{"Cidr": "198.51.100.0/24", "Description": "Lisbon"}],
    )
    vpn = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpnGatewayId=vpn, VpcId=vpcs[0])
    office = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.7", BgpAsn=65000)
    ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=office["CustomerGateway"]["CustomerGatewayId"],
        VpnGatewayId=vpn,
    )
    for n in range(GROUPS * size):
        group = ec2.create_security_group(
            GroupName=f"service-{n}",
            Description=f"What service {n} lets in",
            VpcId=vpcs[n % len(vpcs)],
            TagSpecifications=[
                {"ResourceType": "security-group", "Tags": tags(Service=f"service-{n}")}
            ],
        )["GroupId"]
        sources = [(f"198.51.100.{8 * k}/29", f"partner {k}") for k in range(n % 8 + 1)]
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[rule("tcp", (443, 443), *sources)]
        )
    return subnets[0]


def build_vpc(ec2, region, vpc, block, zones):
    """A VPC that reaches the world and S3, and is recorded; returns its subnets."""
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"{block}.{n}.0/24", AvailabilityZone=zone)
        for n, zone in enumerate(zones)
    ]
    subnets = [made["Subnet"]["SubnetId"] for made in subnets]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[0])
    ec2.create_network_acl(VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)
    ec2.create_vpc_endpoint(
        VpcId=vpc, VpcEndpointType="Gateway", ServiceName=f"com.amazonaws.{region}.s3"
    )
    ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[vpc],
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::bench-bucket-000",
    )
    return subnets


def build_machines(region, size, subnets):
    """Instances with their volumes and interfaces; every third is an image, too."""
    ec2 = client("ec2", region)
    [image] = ec2.describe_images(Owners=["amazon"])["Images"][:1]
    started = ec2.run_instances(
        ImageId=image["ImageId"],
        InstanceType="t3.micro",
        SubnetId=subnets[0],
        UserData="#!/bin/sh\necho ready\n",
        MinCount=INSTANCES * size,
        MaxCount=INSTANCES * size,
    )
    for n, instance in enumerate(started["Instances"][::3]):
        ec2.create_image(InstanceId=instance["InstanceId"], Name=f"web-{n}")
    for n in range(INTERFACES * size):
        ec2.create_network_interface(SubnetId=subnets[1], Description=f"spare {n}")
        ec2.create_key_pair(KeyName=f"operator-{n}")


def build_mail(region, size):
    mail = client("ses", region)
    for n in range(IDENTITIES * size):
        mail.verify_email_identity(EmailAddress=f"team-{n}@{region}.example")


def build_buckets(size):
    s3 = client("s3")
    for n in range(BUCKETS * size):
        name = f"bench-bucket-{n:03}"
        s3.create_bucket(Bucket=name)
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags(owner=f"team-{n % TEAMS}")})
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=BLOCK_ALL)
        if n % 2:
            s3.put_bucket_versioning(
                Bucket=name, VersioningConfiguration={"Status": "Enabled"}
            )
            policy = document(
                allow("s3:GetObject", f"arn:aws:s3:::{name}/*", Principal={"AWS": ACCOUNT})
            )
            s3.put_bucket_policy(Bucket=name, Policy=policy)


def build_people(size):
    iam = client("iam")
    read = document(allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::bench-bucket-*"))
    policies = [
        iam.create_policy(PolicyName=f"policy-{n}", PolicyDocument=read)["Policy"]["Arn"]
        for n in range(POLICIES * size)
    ]
    for n in range(TEAMS):
        iam.create_group(GroupName=f"team-{n}")
        iam.attach_group_policy(GroupName=f"team-{n}", PolicyArn=policies[n])
    for n in range(USERS * size):
        iam.create_user(UserName=f"user-{n}")
        iam.add_user_to_group(GroupName=f"team-{n % TEAMS}", UserName=f"user-{n}")
        if n % 3 == 0:
            iam.create_access_key(UserName=f"user-{n}")
    for n in range(ROLES * size):
        service = "lambda" if n % 2 else "ec2"
        iam.create_role(
            RoleName=f"role-{n}",
            AssumeRolePolicyDocument=trust({"Service": f"{service}.amazonaws.com"}),
        )
        iam.put_role_policy(RoleName=f"role-{n}", PolicyName="read", PolicyDocument=read)
    iam.create_open_id_connect_provider(
        Url="https://ci.example",
        ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"],
        ClientIDList=["sts.amazonaws.com"],
    )


def build_organization():
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    for n in range(ACCOUNTS):
        organizations.create_account(AccountName=f"team-{n}", Email=f"team-{n}@bench.example")


def build_web(size):
    """Zones with their records, and distributions."""
    route53, cloudfront = client("route53"), client("cloudfront")
    for n in range(ZONES * size):
        name = f"zone-{n}.example"
        zone = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
        changes = [
            {"Action": "CREATE", "ResourceRecordSet": record(f"host-{k}.{name}", k)}
            for k in range(RECORDS // ZONES)
        ]
        route53.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": changes}
        )
    for n in range(DISTRIBUTIONS * size):
        cloudfront.create_distribution(DistributionConfig=distribution(n))


def record(name, n):
    values = [{"Value": f"192.0.2.{n}"}]
    return {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": values}


def distribution(n):
    origin = {
        "Id": "site",
        "DomainName": f"bench-bucket-{n:03}.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    return {
        "CallerReference": f"site-{n}",
        "Comment": f"site {n}",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "redirect-to-https",
            "MinTTL": 0,
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
        },
    }


def build(size):
    build_buckets(size)
    build_people(size)
    build_organization()
    build_web(size)
    for region in REGIONS:
        subnets = build_network(region, size)
        build_machines(region, size, subnets)
        build_mail(region, size)
        build_services(region, size, subnets)


if __name__ == "__main__":
    build(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
