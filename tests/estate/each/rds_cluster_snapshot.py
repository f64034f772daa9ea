def create(client):
    client("rds").create_db_cluster(
        DBClusterIdentifier="bookings",
        Engine="aurora-postgresql",
        MasterUsername="bookings",
        MasterUserPassword="correct-horse-battery",
    )
    made = client("rds").create_db_cluster_snapshot(
        DBClusterIdentifier="bookings", DBClusterSnapshotIdentifier="bookings-1"
    )
    return {"id": made["DBClusterSnapshot"]["DBClusterSnapshotArn"]}


def change(client, made):
    client("rds").modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="bookings-1",
        AttributeName="restore",
        ValuesToAdd=["210987654321"],
    )


def delete(client, made):
    client("rds").delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="bookings-1")
