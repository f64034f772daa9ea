def create(client):
    client("rds").create_db_instance(
        DBInstanceIdentifier="demo",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="demo",
        MasterUserPassword="correct-horse-battery",
        PubliclyAccessible=False,
    )
    made = client("rds").create_db_snapshot(
        DBInstanceIdentifier="demo", DBSnapshotIdentifier="demo-1"
    )
    return {"id": made["DBSnapshot"]["DBSnapshotArn"]}


def change(client, made):
    client("rds").modify_db_snapshot_attribute(
        DBSnapshotIdentifier="demo-1", AttributeName="restore", ValuesToAdd=["all"]
    )


def delete(client, made):
    client("rds").delete_db_snapshot(DBSnapshotIdentifier="demo-1")
