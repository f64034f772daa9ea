def create(client):
    made = client("dynamodb").create_table(
        TableName="each",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    return {"id": made["TableArn"], "name": made["TableName"]}


def change(client, made):
    recovery = {"PointInTimeRecoveryEnabled": True}
    client("dynamodb").update_continuous_backups(
        TableName=made["name"], PointInTimeRecoverySpecification=recovery
    )


def delete(client, made):
    client("dynamodb").delete_table(TableName=made["name"])
