def create(client):
    logs = client("logs")
    logs.create_log_group(logGroupName="each")
    group = logs.describe_log_groups(logGroupNamePrefix="each")["logGroups"][0]
    return {"id": group["arn"].removesuffix(":*"), "name": "each"}


def change(client, made):
    client("logs").put_retention_policy(logGroupName=made["name"], retentionInDays=30)


def delete(client, made):
    client("logs").delete_log_group(logGroupName=made["name"])
