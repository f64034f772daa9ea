def create(client):
    made = client("kms").create_key(Description="orders")["KeyMetadata"]
    # KMS has no way to delete a key at once: it stays, to be deleted in a week.
    return {"id": made["Arn"], "key": made["KeyId"], "stays": True}


def change(client, made):
    client("kms").enable_key_rotation(KeyId=made["key"])


def delete(client, made):
    client("kms").schedule_key_deletion(KeyId=made["key"], PendingWindowInDays=7)
