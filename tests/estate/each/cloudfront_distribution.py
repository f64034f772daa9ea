def config(comment):
    return {
        "CallerReference": "shop",
        "Comment": comment,
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "site",
                    "DomainName": "shop-site.s3.us-east-1.amazonaws.com",
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "redirect-to-https",
            "MinTTL": 0,
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
        },
    }


def create(client):
    made = client("cloudfront").create_distribution(DistributionConfig=config("the shop"))
    return {"id": made["Distribution"]["Id"]}


def change(client, made):
    cloudfront = client("cloudfront")
    version = cloudfront.get_distribution(Id=made["id"])["ETag"]
    cloudfront.update_distribution(
        Id=made["id"], IfMatch=version, DistributionConfig=config("the old shop")
    )


def delete(client, made):
    cloudfront = client("cloudfront")
    version = cloudfront.get_distribution(Id=made["id"])["ETag"]
    cloudfront.delete_distribution(Id=made["id"], IfMatch=version)
