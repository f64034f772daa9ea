from company import ACCOUNT


def create(client):
    client("s3").create_bucket(Bucket="shared-data")
    made = client("s3control").create_access_point(
        AccountId=ACCOUNT, Name="analytics", Bucket="shared-data"
    )
    return {"id": made["AccessPointArn"], "name": "analytics"}


def change(client, made):
    policy = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::%s:root"}, "Action": "s3:GetObject",
        "Resource": "%s/object/*"}]}"""
    client("s3control").put_access_point_policy(
        AccountId=ACCOUNT, Name=made["name"], Policy=policy % (ACCOUNT, made["id"])
    )


def delete(client, made):
    client("s3control").delete_access_point(AccountId=ACCOUNT, Name=made["name"])
