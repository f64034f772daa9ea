def create(client):
    made = client("rds").create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="orders_admin",
        MasterUserPassword="correct-horse-battery",
        PubliclyAccessible=False,
    )
    return {"id": made["DBInstance"]["DBInstanceArn"]}


def change(client, made):
    client("rds").modify_db_instance(
        DBInstanceIdentifier="orders", BackupRetentionPeriod=7, ApplyImmediately=True
    )


def delete(client, made):
    client("rds").delete_db_instance(DBInstanceIdentifier="orders", SkipFinalSnapshot=True)
