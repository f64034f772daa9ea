"""An account of about 700 resources in three regions, on the moto server of AWS_ENDPOINT_URL."""

from company import ACCOUNT, BLOCK_ALL, allow, client, document, rule, tags, trust

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
VPCS, GROUPS = 8, 40  # a region
IDENTITIES = 10  # a region
BUCKETS, USERS, ROLES, POLICIES, TEAMS = 100, 100, 180, 100, 20


def build_network(number, region):
    ec2 = client("ec2", region)
    vpcs = [
        ec2.create_vpc(CidrBlock=f"10.{20 * number + n}.0.0/16")["Vpc"]["VpcId"]
        for n in range(VPCS)
    ]
    for n in range(GROUPS):
        group = ec2.create_security_group(
            GroupName=f"service-{n}",
            Description=f"What service {n} lets in",
            VpcId=vpcs[n % VPCS],
            TagSpecifications=[
                {"ResourceType": "security-group", "Tags": tags(Service=f"service-{n}")}
            ],
        )["GroupId"]
        sources = [(f"198.51.100.{8 * k}/29", f"partner {k}") for k in range(n % 8 + 1)]
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[rule("tcp", (443, 443), *sources)]
        )
    mail = client("ses", region)
    for n in range(IDENTITIES):
        mail.verify_email_identity(EmailAddress=f"team-{n}@{region}.example")


def build_buckets():
    s3 = client("s3")
    for n in range(BUCKETS):
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


def build_people():
    iam = client("iam")
    read = document(allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::bench-bucket-*"))
    policies = [
        iam.create_policy(PolicyName=f"policy-{n}", PolicyDocument=read)["Policy"]["Arn"]
        for n in range(POLICIES)
    ]
    for n in range(TEAMS):
        iam.create_group(GroupName=f"team-{n}")
        iam.attach_group_policy(GroupName=f"team-{n}", PolicyArn=policies[n])
    for n in range(USERS):
        iam.create_user(UserName=f"user-{n}")
        iam.add_user_to_group(GroupName=f"team-{n % TEAMS}", UserName=f"user-{n}")
    for n in range(ROLES):
        iam.create_role(
            RoleName=f"role-{n}",
            AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}),
        )
        iam.put_role_policy(RoleName=f"role-{n}", PolicyName="read", PolicyDocument=read)


if __name__ == "__main__":
    for number, region in enumerate(REGIONS):
        build_network(number, region)
    build_buckets()
    build_people()
