import json

from company import ACCOUNT

# Where AWS keeps them all.
HOME = "us-west-2"


def create(client):
    client("s3").create_bucket(Bucket="shop-everywhere")
    client("s3control", HOME).create_multi_region_access_point(
        AccountId=ACCOUNT,
        ClientToken="shop",
        Details={"Name": "shop", "Regions": [{"Bucket": "shop-everywhere"}]},
    )
    return {"id": "shop"}


def change(client, made):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3::{ACCOUNT}:accesspoint/shop.mrap/object/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("s3control", HOME).put_multi_region_access_point_policy(
        AccountId=ACCOUNT, ClientToken="policy", Details={"Name": made["id"], "Policy": policy}
    )


def delete(client, made):
    client("s3control", HOME).delete_multi_region_access_point(
        AccountId=ACCOUNT, ClientToken="end", Details={"Name": made["id"]}
    )
