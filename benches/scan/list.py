"""Reads with boto3 what a scan reads, with the same calls; prints how many there were."""

import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from company import ACCOUNT
from estate import REGIONS

PARTS = """
accelerate_configuration acl cors encryption lifecycle_configuration location logging
notification_configuration ownership_controls policy policy_status replication
request_payment tagging versioning website
""".split()
LISTS = ("analytics", "intelligent_tiering", "inventory", "metrics")

calls = 0
# moto has no quota: what is throttled here would only wait.
session = boto3.Session()
session.events.register("before-send", lambda **_: count())


def count():
    global calls
    calls += 1


def client(service, region="us-east-1"):
    made = session.client(
        service, region_name=region, config=Config(s3={"addressing_style": "path"})
    )
    if service == "s3control":
        # Its calls go to ACCOUNT.HOST, and no such host exists here.
        def address(request, **_):
            request.url = request.url.replace(f"//{ACCOUNT}.", "//", 1)

        made.meta.events.register_first("before-send.s3-control", address)
    return made


def ask(operation, **arguments):
    """What there is; nothing where AWS says so with an error."""
    try:
        return operation(**arguments)
    except ClientError:
        return {}


def pages(made, operation, **arguments):
    return list(made.get_paginator(operation).paginate(**arguments))


def read_region(region):
    ec2, mail = client("ec2", region), client("ses", region)
    ec2.describe_addresses()
    for operation in (
        "describe_nat_gateways",
        "describe_network_interfaces",
        "describe_security_groups",
        "describe_vpcs",
        "describe_vpc_endpoints",
    ):
        pages(ec2, operation, PaginationConfig={"PageSize": 1000})
    [page] = pages(mail, "list_identities", PaginationConfig={"PageSize": 1000})
    names = page["Identities"]
    mail.get_identity_verification_attributes(Identities=names)
    mail.get_identity_dkim_attributes(Identities=names)
    mail.get_identity_mail_from_domain_attributes(Identities=names)
    mail.get_identity_notification_attributes(Identities=names)
    for name in names:
        mail.list_identity_policies(Identity=name)


def read_buckets():
    s3 = client("s3")
    ask(client("s3control").get_public_access_block, AccountId=ACCOUNT)
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for part in PARTS:
            ask(getattr(s3, f"get_bucket_{part}"), Bucket=name)
        for part in LISTS:
            ask(getattr(s3, f"list_bucket_{part}_configurations"), Bucket=name)
        ask(s3.get_public_access_block, Bucket=name)
        ask(s3.get_object_lock_configuration, Bucket=name)


def read_people():
    iam = client("iam")
    all_pages = pages(
        iam, "get_account_authorization_details", PaginationConfig={"PageSize": 1000}
    )
    pages(iam, "list_roles", PaginationConfig={"PageSize": 1000})
    pages(iam, "list_virtual_mfa_devices", PaginationConfig={"PageSize": 1000})
    while iam.generate_credential_report()["State"] != "COMPLETE":
        time.sleep(0.1)
    iam.get_credential_report()
    for page in all_pages:
        for user in page["UserDetailList"]:
            iam.list_access_keys(UserName=user["UserName"])
            ask(iam.get_login_profile, UserName=user["UserName"])
            iam.list_mfa_devices(UserName=user["UserName"])


if __name__ == "__main__":
    client("sts").get_caller_identity()
    for region in REGIONS:
        read_region(region)
    read_buckets()
    read_people()
    print(calls)
