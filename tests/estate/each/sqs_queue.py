def create(client):
    url = client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    return {"id": "arn:aws:sqs:us-east-1:123456789012:orders", "url": url}


def change(client, made):
    client("sqs").set_queue_attributes(QueueUrl=made["url"], Attributes={"DelaySeconds": "30"})


def delete(client, made):
    client("sqs").delete_queue(QueueUrl=made["url"])
