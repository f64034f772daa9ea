def create(client):
    made = client("secretsmanager").create_secret(Name="each", SecretString="to be forgotten")
    return {"id": made["ARN"]}


def change(client, made):
    tags = [{"Key": "team", "Value": "orders"}]
    client("secretsmanager").tag_resource(SecretId=made["id"], Tags=tags)


def delete(client, made):
    client("secretsmanager").delete_secret(SecretId=made["id"], ForceDeleteWithoutRecovery=True)
