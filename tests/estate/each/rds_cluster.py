def create(client):
    made = client("rds").create_db_cluster(
        DBClusterIdentifier="shop",
        Engine="aurora-mysql",
        MasterUsername="shop",
        MasterUserPassword="correct-horse-battery",
    )
    return {"id": made["DBCluster"]["DBClusterArn"]}


def change(client, made):
    client("rds").modify_db_cluster(
        DBClusterIdentifier="shop", CopyTagsToSnapshot=True, ApplyImmediately=True
    )


def delete(client, made):
    client("rds").delete_db_cluster(DBClusterIdentifier="shop", SkipFinalSnapshot=True)
