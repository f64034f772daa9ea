def create(client):
    made = client("eks").create_cluster(
        name="shop",
        roleArn="arn:aws:iam::123456789012:role/eks-shop",
        resourcesVpcConfig={"subnetIds": ["subnet-0a0a", "subnet-0b0b"]},
    )
    return {"id": made["cluster"]["arn"], "name": "shop"}


def change(client, made):
    client("eks").update_cluster_config(
        name=made["name"],
        logging={"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]},
    )


def delete(client, made):
    client("eks").delete_cluster(name=made["name"])
