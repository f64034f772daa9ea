def create(client):
    client("redshift").create_cluster(
        ClusterIdentifier="sales",
        NodeType="ra3.large",
        MasterUsername="awsuser",
        MasterUserPassword="Correct-horse-1",
    )
    return {"id": "arn:aws:redshift:us-east-1:123456789012:cluster:sales"}


def change(client, made):
    client("redshift").modify_cluster(ClusterIdentifier="sales", EnhancedVpcRouting=True)


def delete(client, made):
    client("redshift").delete_cluster(ClusterIdentifier="sales", SkipFinalClusterSnapshot=True)
