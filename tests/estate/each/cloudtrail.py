def create(client):
    client("s3").create_bucket(Bucket="each-trail-logs")
    made = client("cloudtrail").create_trail(Name="audit", S3BucketName="each-trail-logs")
    return {"id": made["TrailARN"]}


def change(client, made):
    client("cloudtrail").start_logging(Name=made["id"])


def delete(client, made):
    client("cloudtrail").delete_trail(Name="audit")
